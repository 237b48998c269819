package io.cxr.train;

import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * What the 2022 report printed of one network's training. Figures are those of its last epoch.
 *
 * @param epochs after how many epochs it stopped
 * @param trainingAccuracy from 0 to 1
 * @param trainingLoss mean cross-entropy
 * @param validationAccuracy from 0 to 1
 * @param validationLoss mean cross-entropy
 * @param modelMegabytes the Keras model file, in units of 1,000,000 bytes; empty if not given
 * @param parameters all parameters of the network
 * @param trainableParameters those that were learnt
 * @param validation validation figures by epoch, as far as the report gives them
 */
public record ReportedTraining(
    int epochs,
    double trainingAccuracy,
    double trainingLoss,
    double validationAccuracy,
    double validationLoss,
    OptionalDouble modelMegabytes,
    long parameters,
    long trainableParameters,
    List<ValidationEpoch> validation) {

  /** Checks the values. */
  public ReportedTraining {
    Objects.requireNonNull(modelMegabytes, "modelMegabytes");
    validation = List.copyOf(validation);
  }

  /**
   * One epoch's figures on the report's validation images.
   *
   * @param accuracy from 0 to 1
   * @param loss mean cross-entropy; empty where the report leaves it out
   */
  public record ValidationEpoch(double accuracy, OptionalDouble loss) {

    /** Checks the values. */
    public ValidationEpoch {
      Objects.requireNonNull(loss, "loss");
    }
  }
}
