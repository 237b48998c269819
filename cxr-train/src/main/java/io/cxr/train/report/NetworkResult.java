package io.cxr.train.report;

import io.cxr.evaluation.ClassificationReport;
import io.cxr.train.ReportPreset;
import io.cxr.train.TrainingHistory;
import java.util.Map;
import java.util.Objects;

/**
 * What one trained network did: a row of the report's Table 11.
 *
 * @param preset which of the report's networks it is
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
    ReportPreset preset,
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
    Objects.requireNonNull(preset, "preset");
    Objects.requireNonNull(validation, "validation");
    settings = Map.copyOf(settings);
    if (history.epochs().stream().noneMatch(epoch -> epoch.epoch() == bestEpoch)) {
      throw new IllegalArgumentException(
          "Best epoch: expected one of the history, found " + bestEpoch);
    }
  }

  /**
   * The network's name.
   *
   * @return as on the command line
   */
  public String name() {
    return preset.architecture().name();
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
