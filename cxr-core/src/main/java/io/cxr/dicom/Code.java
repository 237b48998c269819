package io.cxr.dicom;

/**
 * A coded entry (PS3.3 section 8).
 *
 * @param value Code Value, at most 16 characters
 * @param scheme Coding Scheme Designator
 * @param meaning Code Meaning, at most 64 characters
 */
public record Code(String value, String scheme, String meaning) {
  /** The designator of codes of our own, private by its prefix (PS3.3 8.2). */
  public static final String OWN = "99CXR";

  public static Code dcm(int value, String meaning) {
    return new Code(Integer.toString(value), "DCM", meaning);
  }

  public DicomDataSet toItem() {
    return new DataSetBuilder()
        .text(0x00080100, ValueRepresentation.SH, value)
        .text(0x00080102, ValueRepresentation.SH, scheme)
        .text(0x00080104, ValueRepresentation.LO, meaning)
        .build();
  }
}
