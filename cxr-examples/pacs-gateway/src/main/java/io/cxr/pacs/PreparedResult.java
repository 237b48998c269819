package io.cxr.pacs;

/** A result that waits to be stored. The file is shared, not copied: nobody changes it. */
final class PreparedResult {
  private final String uid;
  private final byte[] file;

  PreparedResult(String uid, byte[] file) {
    this.uid = uid;
    this.file = file;
  }

  /** Its SOP Instance UID. */
  String uid() {
    return uid;
  }

  /** The DICOM file. */
  byte[] file() {
    return file;
  }
}
