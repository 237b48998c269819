package io.cxr.workbench.evaluation;

import io.cxr.workbench.state.FailureCause;
import java.nio.file.Path;

/**
 * Why an evaluation has no figures, as a sentence for its user: what was expected, what was found,
 * what to do.
 */
final class EvaluationFailure {
  static final String MODEL_GONE =
      "Evaluation: expected a model that is open, found none: it was deleted, or its file was when"
          + " the workbench started. Choose another model.";

  private EvaluationFailure() {}

  /**
   * What ended an evaluation.
   *
   * @param failure with its causes
   * @param folder the evaluation's
   */
  static String of(Throwable failure, Path folder) {
    if (failure instanceof IllegalArgumentException) {
      // What the user chose does not fit, which the message says; it may name the folder.
      return String.valueOf(failure.getMessage());
    }
    return switch (FailureCause.of(failure, folder)) {
      case OUT_OF_MEMORY ->
          "Evaluation: expected enough memory, found none left. Evaluate on fewer films, or start"
              + " the workbench with more.";
      case DISK_FULL ->
          "Evaluation: expected room on the disk of the state folder, found it full. Make room,"
              + " then ask again.";
      case FOLDER_GONE ->
          "Evaluation: expected its files in the state folder, found that they were deleted."
              + " Delete the evaluation and ask again.";
      case OTHER ->
          "Evaluation: expected films and a model that can be read, found a failure. Ask again, or"
              + " ask whoever runs the workbench.";
    };
  }
}
