package io.cxr.pacs;

import io.cxr.dicom.DicomFile;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import org.jspecify.annotations.Nullable;

/**
 * An instance as the archive sent it, parsed at most once: what is classified, recorded in the
 * audit trail and named in a report is one and the same. Not thread-safe.
 */
final class RetrievedInstance {
  private final byte[] bytes;
  private @Nullable DicomFile parsed;
  private @Nullable UnsupportedRadiographException refusal;

  RetrievedInstance(byte[] bytes) {
    this.bytes = bytes;
  }

  /** As they were sent; nobody changes them. */
  byte[] bytes() {
    return bytes;
  }

  /**
   * What the bytes hold.
   *
   * @throws UnsupportedRadiographException if they are no DICOM that can be read
   */
  DicomFile parsed() {
    if (refusal != null) {
      throw refusal;
    }
    DicomFile file = parsed;
    if (file == null) {
      try {
        file = DicomFile.read(bytes, DecodeLimits.DEFAULT);
      } catch (UnsupportedRadiographException e) {
        refusal = e;
        throw e;
      }
      parsed = file;
    }
    return file;
  }
}
