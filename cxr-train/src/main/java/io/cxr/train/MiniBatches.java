package io.cxr.train;

/**
 * The batches that a learner is shown, in the order that a recipe's seed gives, and how fast it
 * learns from them. Not thread-safe.
 */
final class MiniBatches {
  private final TrainingRecipe recipe;
  private final Samples samples;
  private final SampleOrder order;
  private final int steps;
  private int epoch;

  MiniBatches(TrainingRecipe recipe, Samples samples) {
    this.recipe = recipe;
    this.samples = samples;
    this.order = new SampleOrder(samples.size(), recipe.seed());
    this.steps = recipe.steps(samples.size());
  }

  /** How many an epoch has. */
  int steps() {
    return steps;
  }

  /** The epoch whose batches are shown; 0 before the first. */
  int epoch() {
    return epoch;
  }

  /**
   * Begins an epoch.
   *
   * @param next its number, from 1
   */
  void startEpoch(int next) {
    epoch = next;
  }

  /** The learning rate of the epoch. */
  double rate() {
    return rate(epoch);
  }

  /** The learning rate of an epoch. */
  double rate(int of) {
    return recipe.schedule().rate(recipe.learningRate(), of, recipe.epochs());
  }

  /** The indices of the next samples. */
  int[] next() {
    return order.next(recipe.batchSize());
  }

  /**
   * The label of each sample as the epoch shows it; {@link Targets#NO_LABEL} without its centre.
   */
  int[] labels(int[] batch) {
    int[] labels = new int[batch.length];
    for (int i = 0; i < batch.length; i++) {
      labels[i] = samples.isBlank(batch[i], epoch) ? Targets.NO_LABEL : samples.label(batch[i]);
    }
    return labels;
  }

  /** Leaves out the batches of the first epochs, which were learnt from before. */
  void skip(int epochs) {
    for (int i = 0; i < epochs * steps; i++) {
      next();
    }
  }
}
