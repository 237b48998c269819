package io.cxr.dicom.image;

import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomParser;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.DecodeOptions;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographFormat;
import java.util.Arrays;
import java.util.Set;

/** DICOM instances, as {@link DicomRadiographReader} reads them without options. */
public final class DicomFormat implements RadiographFormat {
  /** The end of the prefix DICM. */
  private static final int PREFIX_END = 132;

  /** What of a data set's first element is known. */
  private static final int ELEMENT = 8;

  /** For {@link java.util.ServiceLoader}. */
  public DicomFormat() {}

  @Override
  public String name() {
    return "DICOM";
  }

  @Override
  public Set<String> extensions() {
    return Set.of("dcm");
  }

  /** Archives export instances without an extension or named by their UID. */
  @Override
  public boolean isOftenUnnamed() {
    return true;
  }

  /** The prefix may follow the beginning of another format, and comes before it. */
  @Override
  public int recognise(byte[] encoded, int length) {
    if (!DicomFile.isDicom(encoded, length)) {
      return 0;
    }
    return DicomParser.hasPrefix(encoded, length) ? PREFIX_END : ELEMENT;
  }

  @Override
  public Radiograph read(byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers) {
    byte[] file = encoded.length == length ? encoded : Arrays.copyOf(encoded, length);
    return DicomRadiographReader.withLimits(options.limits())
        .read(file, DicomRadiographOptions.DEFAULT, buffers)
        .radiograph();
  }
}
