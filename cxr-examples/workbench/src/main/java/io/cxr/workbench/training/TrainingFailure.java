package io.cxr.workbench.training;

import io.cxr.workbench.state.FailureCause;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Why a training has no model, as a sentence for its user: what was expected, what was found, what
 * to do. Stack traces are in the job's log.
 */
final class TrainingFailure {
  static final String OUT_OF_MEMORY =
      "Training: expected enough memory, found none left. Take fewer films or a smaller preset, or"
          + " start the workbench with more, then resume.";

  static final String DISK_FULL =
      "Training: expected room on the disk of the state folder, found it full. Make room, then"
          + " resume: it goes on from the last checkpoint.";

  static final String FOLDER_GONE =
      "Training: expected the job's files in the state folder, found that they were deleted. Delete"
          + " the job and start another.";

  static final String MODEL_GONE =
      "Training: expected the finished model's file, found that it was deleted. Delete the job and"
          + " start another.";

  static final String MODEL_DAMAGED =
      "Training: expected a model file that opens, found one that does not. Delete the job and"
          + " start another.";

  private static final String FILM_GONE =
      "Training: expected all films that were there at the start, found that one was moved or"
          + " deleted meanwhile. Its name is in the log. Put it back and resume, or start another"
          + " training.";

  /** What the system adds to the number of a signal that ended a process. */
  private static final int SIGNALLED = 128;

  private static final int KILL = 9;

  private TrainingFailure() {}

  /** What stopped a training within its process. */
  static String within(Throwable failure, TrainingOrder order, Path folder) {
    Optional<String> gone = order.data().gone();
    if (gone.isPresent()) {
      return "Training: " + gone.get();
    }
    Optional<String> ofComputer = ofComputer(failure, folder);
    if (ofComputer.isPresent()) {
      return ofComputer.get();
    }
    if (FailureCause.isBy(failure, NoSuchFileException.class)) {
      return FILM_GONE;
    }
    String message = failure.getMessage() == null ? "" : failure.getMessage();
    if (message.contains("expected") && message.contains("found")) {
      return ServerPaths.of(folder, order).hide(message);
    }
    String first = message.lines().findFirst().map(line -> ": " + line).orElse("");
    return ServerPaths.of(folder, order)
        .hide(
            "Training: expected to learn from these films, found "
                + failure.getClass().getSimpleName()
                + first
                + ". The log says where. Resume to try again from the last checkpoint.");
  }

  /** What stopped the server from starting or following a process. */
  static String around(Throwable failure, Path folder) {
    return ofComputer(failure, folder)
        .orElse(
            "Training: expected a process that can be started, found a failure of the system."
                + " Resume the job, or ask whoever runs the workbench.");
  }

  private static Optional<String> ofComputer(Throwable failure, Path folder) {
    return switch (FailureCause.of(failure, folder)) {
      case OUT_OF_MEMORY -> Optional.of(OUT_OF_MEMORY);
      case DISK_FULL -> Optional.of(DISK_FULL);
      case FOLDER_GONE -> Optional.of(FOLDER_GONE);
      case OTHER -> Optional.empty();
    };
  }

  /**
   * What a process died of that did not say.
   *
   * @param code its exit code
   * @param lastMessage the end of its log
   */
  static String ofProcess(int code, Optional<String> lastMessage) {
    if (code == TrainingProcess.OUT_OF_MEMORY) {
      return OUT_OF_MEMORY;
    }
    if (code == SIGNALLED + KILL) {
      return "Training: expected a process that ends by itself, found that it was killed, as a"
          + " system does that has no memory left. Take fewer films or a smaller preset, or free"
          + " memory, then resume: it goes on from the last checkpoint.";
    }
    String how =
        code > SIGNALLED ? "that signal " + (code - SIGNALLED) + " ended it" : "exit code " + code;
    return "Training: expected a process that ends by itself, found "
        + how
        + lastMessage.map(message -> " after it said \"" + message + "\"").orElse("")
        + ". The log says more. Resume to go on from the last checkpoint.";
  }
}
