package io.cxr.train;

/**
 * When to stop before the last epoch, as Keras {@code EarlyStopping} does: once the monitored
 * figure has not improved by more than {@code minimumDelta} for {@code patience} epochs.
 *
 * @param minimumDelta the least gain that counts, at least 0
 * @param patience how many epochs without such a gain are borne, at least 1
 * @param restoreBest whether the model file ends up with the weights of the best epoch or with
 *     those of the last
 */
public record EarlyStopping(double minimumDelta, int patience, boolean restoreBest) {

  /** Checks the values. */
  public EarlyStopping {
    if (!(minimumDelta >= 0) || Double.isInfinite(minimumDelta) || patience < 1) {
      throw new IllegalArgumentException(
          "Early stopping: expected a minimum delta of at least 0 and a patience of at least 1,"
              + " found "
              + minimumDelta
              + " and "
              + patience);
    }
  }
}
