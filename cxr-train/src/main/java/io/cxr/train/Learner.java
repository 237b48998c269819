package io.cxr.train;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * What is fitted to samples, step by step and epoch by epoch, and can be asked about the validation
 * samples between epochs. Not thread-safe.
 */
interface Learner {

  /** How many epochs there are at most. */
  int epochs();

  /** How many steps an epoch has. */
  int steps();

  /** Running means of the epoch. */
  TrainingFigures figures();

  /**
   * Begins an epoch.
   *
   * @param next its number, from 1
   */
  void startEpoch(int next);

  /**
   * Takes one step.
   *
   * @return whether loss and weights are still numbers
   */
  boolean step() throws IOException;

  /** One probability a label for every validation sample. NaN where there is no number. */
  List<double[]> probabilities() throws IOException;

  /** Settings that it chose itself, by name, for the card; none before they are chosen. */
  default Map<String, String> chosen() {
    return Map.of();
  }

  // The state of a training, for checkpoints.

  /** All that is learnt; a copy. */
  float[] weights();

  /** Puts weights in place that {@link #weights} gave. */
  void setWeights(float[] weights);

  /** The state of the optimiser; a copy, empty where there is none. */
  float[] optimizer();

  /** Steps of the optimiser so far. */
  int iterations();

  /** Goes back to where a checkpoint was written, before the next epoch starts. */
  void restore(Checkpoint checkpoint);
}
