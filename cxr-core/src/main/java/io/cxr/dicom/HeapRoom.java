package io.cxr.dicom;

import java.util.Locale;

/**
 * Whether the Java heap has room for what a file needs. With limits in pixels and bytes alone, a
 * file within them could end a small JVM with an {@link OutOfMemoryError}, which affects all of its
 * threads.
 */
public final class HeapRoom {
  /** The other half is for the file itself, and for whatever else runs. */
  private static final int SHARE = 2;

  private HeapRoom() {}

  public static void check(long bytes) {
    long most = Runtime.getRuntime().maxMemory() / SHARE;
    if (bytes > most) {
      throw DicomRefusal.refused(
          io.cxr.error.UnsupportedRadiographException.Reason.TOO_LARGE,
          String.format(
              Locale.ROOT,
              "expected an instance that half of the Java heap can hold, %d MiB, found one that"
                  + " takes %d MiB; send a smaller instance or raise -Xmx",
              most >> 20,
              bytes >> 20));
    }
  }
}
