package io.cxr.train.report;

import io.cxr.evaluation.ClassificationReport;
import io.cxr.train.ReportedTraining;
import io.cxr.train.TrainingHistory;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What one trained network did: a row of the table that the report has as its Table 11.
 *
 * @param name the network's name, as on the command line
 * @param reported what the report printed of this network; empty where it did not train it
 * @param settings what decided the training, by name, to be shown
 * @param history the figures of every epoch, at least one
 * @param bestEpoch the epoch whose weights are in the model file, one of the history
 * @param validation answers of the model file for the validation images
 * @param modelBytes size of the model file
 * @param parameters all parameters of the network
 * @param trainableParameters those that are learnt
 * @param inferenceMillis median time of one answer for one radiograph in memory, preprocessing
 *     included
 */
public record NetworkResult(
    String name,
    Optional<ReportedTraining> reported,
    Map<String, String> settings,
    TrainingHistory history,
    int bestEpoch,
    ClassificationReport validation,
    long modelBytes,
    long parameters,
    long trainableParameters,
    double inferenceMillis) {

  /** Checks the values. */
  public NetworkResult {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(reported, "reported");
    Objects.requireNonNull(validation, "validation");
    settings = Map.copyOf(settings);
    if (history.epochs().stream().noneMatch(epoch -> epoch.epoch() == bestEpoch)) {
      throw new IllegalArgumentException(
          "Best epoch: expected one of the history, found " + bestEpoch);
    }
  }

  /**
   * The figures of the epoch whose weights are in the model file.
   *
   * @return one epoch
   */
  public TrainingHistory.Epoch best() {
    return history.epochs().stream()
        .filter(epoch -> epoch.epoch() == bestEpoch)
        .findFirst()
        .orElseThrow();
  }

  /**
   * Mean time of an epoch, validation included.
   *
   * @return seconds
   */
  public double secondsAnEpoch() {
    return history.epochs().stream()
        .mapToDouble(TrainingHistory.Epoch::seconds)
        .average()
        .orElse(0);
  }
}
