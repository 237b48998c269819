package io.cxr.train.report;

import io.cxr.evaluation.ConfusionMatrix;
import io.cxr.train.TrainingHistory;
import java.util.List;
import java.util.Objects;

/**
 * Why the report's small CNN stood at 50 % validation and 75 % training accuracy, shown by
 * experiment: the labels it was validated on, and the optimiser it was trained with.
 *
 * @param mismatch what Keras would print for the trained network on one-hot labels, beside what is
 *     true
 * @param sweep short trainings of the same network under other settings of Adam
 * @param largestClass the share of the largest class among the validation images: what a network
 *     gets that gives one answer only
 * @param largestTrainingClass the same share among the training images
 */
public record LocalMaximaExperiment(
    OneHotMismatch mismatch, List<Run> sweep, double largestClass, double largestTrainingClass) {

  /** Checks the values. */
  public LocalMaximaExperiment {
    Objects.requireNonNull(mismatch, "mismatch");
    sweep = List.copyOf(sweep);
  }

  /**
   * One short training.
   *
   * @param learningRate Adam's learning rate
   * @param epsilon Adam's epsilon
   * @param steps how many steps in all
   * @param last the figures of its last epoch
   * @param confusion the answers of its last weights for the validation images
   */
  public record Run(
      double learningRate,
      double epsilon,
      int steps,
      TrainingHistory.Epoch last,
      ConfusionMatrix confusion) {

    /** Checks the values. */
    public Run {
      Objects.requireNonNull(last, "last");
      Objects.requireNonNull(confusion, "confusion");
    }

    /**
     * Whether these are the report's settings: 0.003 and 0.1.
     *
     * @return true if both are
     */
    public boolean isReported() {
      return learningRate == 0.003 && epsilon == 0.1;
    }

    /**
     * Whether the network gives the same answer for every image.
     *
     * @return true if only one column of the matrix is filled
     */
    public boolean collapsed() {
      return confusion.labels().stream().filter(label -> confusion.answers(label) > 0).count() == 1;
    }
  }
}
