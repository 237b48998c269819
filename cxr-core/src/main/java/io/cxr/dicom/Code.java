package io.cxr.dicom;

/**
 * A coded entry (PS3.3 section 8).
 *
 * @param value Code Value; of more than 16 characters it is a Long Code Value
 * @param scheme Coding Scheme Designator
 * @param meaning Code Meaning, at most 64 characters
 */
public record Code(String value, String scheme, String meaning) {
  /** The designator of codes of our own, private by its prefix (PS3.3 8.2). */
  public static final String OWN = "99CXR";

  /** Of a Code Value (PS3.3 8.1). */
  private static final int LONGEST = 16;

  public static Code dcm(int value, String meaning) {
    return new Code(Integer.toString(value), "DCM", meaning);
  }

  public DicomDataSet toItem() {
    DataSetBuilder item = new DataSetBuilder();
    if (value.length() <= LONGEST) {
      item.text(0x00080100, ValueRepresentation.SH, value);
    } else {
      item.text(0x00080119, ValueRepresentation.UC, value);
    }
    return item.text(0x00080102, ValueRepresentation.SH, scheme)
        .text(0x00080104, ValueRepresentation.LO, meaning)
        .build();
  }
}
