package io.cxr.workbench.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/** Tells a full disk from other failures, which look alike. */
final class DiskSpace {
  /** With less than this even a small file fails. */
  private static final long LEAST_BYTES = 64 << 10;

  /** What the system and SQLite say; a system in another language is asked how much is left. */
  private static final List<String> MESSAGES =
      List.of("No space left on device", "Disk quota exceeded", "database or disk is full");

  private DiskSpace() {}

  /**
   * Whether something failed because a disk is full.
   *
   * @param failure with its causes
   * @param place a folder on the disk that was written to
   */
  static boolean isFull(Throwable failure, Path place) {
    return FailureCause.chain(failure)
        .anyMatch(each -> saysSo(each) || (isOfStorage(each) && isFull(place)));
  }

  private static boolean saysSo(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return MESSAGES.stream().anyMatch(message::contains);
  }

  private static boolean isOfStorage(Throwable failure) {
    return failure instanceof IOException || failure instanceof SQLException;
  }

  private static boolean isFull(Path place) {
    try {
      return Files.getFileStore(place).getUsableSpace() < LEAST_BYTES;
    } catch (IOException e) {
      return false;
    }
  }
}
