package io.cxr.train;

/** The training loss is no longer a number. The message names the epoch and the best model. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TrainingDivergedException(String message) {
    super(message);
  }
}
