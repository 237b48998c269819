package io.cxr.workbench.state;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/** What of the computer, rather than of the work, ended something that works in a folder. */
public enum FailureCause {
  /** There was no memory left. */
  OUT_OF_MEMORY,
  /** The disk of the folder is full. */
  DISK_FULL,
  /** The folder was deleted meanwhile. */
  FOLDER_GONE,
  /** It was something else. */
  OTHER;

  /**
   * The cause of a failure.
   *
   * @param failure with its causes
   * @param folder that was worked in
   * @return the first that applies
   */
  public static FailureCause of(Throwable failure, Path folder) {
    if (isBy(failure, OutOfMemoryError.class)) {
      return OUT_OF_MEMORY;
    }
    if (DiskSpace.isFull(failure, folder)) {
      return DISK_FULL;
    }
    return Files.exists(folder) ? OTHER : FOLDER_GONE;
  }

  /**
   * Whether a failure has a cause of a kind.
   *
   * @param failure with its causes
   * @param kind of the failure itself or of a cause
   * @return false if neither it nor any cause is
   */
  public static boolean isBy(Throwable failure, Class<? extends Throwable> kind) {
    return chain(failure).anyMatch(kind::isInstance);
  }

  /** A failure, its cause, that one's cause, and so on. */
  static Stream<Throwable> chain(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
  }
}
