package io.cxr.train;

/** How the learning rate changes from epoch to epoch. */
public sealed interface LearningRateSchedule {

  /**
   * The learning rate of an epoch.
   *
   * @param initial the rate of the first epoch, above 0
   * @param epoch the epoch, from 1
   * @param epochs how many epochs there are at most
   * @return the rate, above 0
   */
  double rate(double initial, int epoch, int epochs);

  /** The same rate in every epoch. */
  record Constant() implements LearningRateSchedule {
    @Override
    public double rate(double initial, int epoch, int epochs) {
      return initial;
    }
  }

  /**
   * The rate is multiplied by a factor every few epochs.
   *
   * @param everyEpochs after how many epochs, at least 1
   * @param factor above 0, at most 1
   */
  record Step(int everyEpochs, double factor) implements LearningRateSchedule {
    /** Checks the values. */
    public Step {
      if (everyEpochs < 1 || !(factor > 0 && factor <= 1)) {
        throw new IllegalArgumentException(
            "Step schedule: expected at least 1 epoch and a factor above 0 and at most 1, found "
                + everyEpochs
                + " and "
                + factor);
      }
    }

    @Override
    public double rate(double initial, int epoch, int epochs) {
      int drops = (epoch - 1) / everyEpochs;
      return initial * Math.pow(factor, drops);
    }
  }

  /**
   * Half a cosine from the initial rate down to a share of it, reached in the last epoch
   * (Loshchilov and Hutter, ICLR 2017, without restarts).
   *
   * @param finalShare the last epoch's rate over the first's, above 0 and at most 1
   */
  record Cosine(double finalShare) implements LearningRateSchedule {
    /** Checks the value. */
    public Cosine {
      if (!(finalShare > 0 && finalShare <= 1)) {
        throw new IllegalArgumentException(
            "Cosine schedule: expected a final share above 0 and at most 1, found " + finalShare);
      }
    }

    @Override
    public double rate(double initial, int epoch, int epochs) {
      double way = epochs == 1 ? 0 : (double) (epoch - 1) / (epochs - 1);
      return initial * (finalShare + (1 - finalShare) * (1 + Math.cos(Math.PI * way)) / 2);
    }
  }
}
