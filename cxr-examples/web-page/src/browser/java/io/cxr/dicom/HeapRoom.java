package io.cxr.dicom;

import io.cxr.error.UnsupportedRadiographException.Reason;

/** Takes the place of {@code HeapRoom}: how much memory there is, no browser says. */
public final class HeapRoom {
  /** What browsers on phones give a page without ending it. */
  private static final long MOST = 1L << 29;

  private HeapRoom() {}

  public static void check(long bytes) {
    if (bytes > MOST) {
      throw DicomRefusal.refused(
          Reason.TOO_LARGE,
          "expected an instance that takes at most "
              + (MOST >> 20)
              + " MiB, found one that takes "
              + (bytes >> 20)
              + " MiB; send a smaller instance");
    }
  }
}
