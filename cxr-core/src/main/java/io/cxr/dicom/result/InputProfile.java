package io.cxr.dicom.result;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.nio.charset.StandardCharsets;

/** The ICC profile of colours of which nothing else is known. */
final class InputProfile {
  /** Where a profile names its class (ISO 15076-1 7.2.5). */
  private static final int CLASS = 12;

  private InputProfile() {}

  /** The platform's sRGB, as of an input device, which DICOM asks for (PS3.3 C.11.15). */
  static byte[] srgb() {
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData();
    byte[] input = "scnr".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(input, 0, profile, CLASS, input.length);
    return profile;
  }
}
