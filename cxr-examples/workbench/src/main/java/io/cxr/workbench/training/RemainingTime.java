package io.cxr.workbench.training;

/**
 * How long a training still takes at most: while images are prepared by the time of those that
 * were, then by the mean time of the epochs that were and the steps of the one that is. Early
 * stopping may end it before. Not thread-safe.
 */
final class RemainingTime {
  private final Preset.Cost cost;
  private final int epochs;
  private int images;
  private double epochSeconds;
  private int epochsDone;

  /**
   * A training that begins.
   *
   * @param cost what is expected before anything was measured
   * @param epochs the most epochs
   */
  RemainingTime(Preset.Cost cost, int epochs) {
    this.cost = cost;
    this.epochs = epochs;
  }

  void images(int count) {
    images = count;
  }

  /** After so many images were prepared in so many seconds. */
  double preparing(int done, int total, double seconds) {
    return seconds / done * (total - done) + epochs * images * cost.perImageAndEpoch();
  }

  /** After an epoch. */
  void epochDone(double seconds) {
    epochSeconds += seconds;
    epochsDone++;
  }

  /** Within an epoch, so many seconds after its start. */
  double training(int epoch, int step, int steps, double seconds) {
    double share = (double) step / steps;
    double perEpoch = epochsDone == 0 ? seconds / share : epochSeconds / epochsDone;
    return (1 - share) * perEpoch + (epochs - epoch) * perEpoch;
  }
}
