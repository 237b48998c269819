package io.cxr.train;

/** The figure on the validation images that decides which epoch is best. */
public enum Monitor {
  /** Share of validation images with the right top label; more is better. */
  VALIDATION_ACCURACY,
  /** Mean of {@code -ln p(true label)} over the validation images; less is better. */
  VALIDATION_LOSS,
  /**
   * Mean over the findings of the area under the ROC curve, on the validation images of which a
   * finding is known; more is better. The usual one for findings.
   */
  VALIDATION_AUROC;

  double of(TrainingHistory.Epoch epoch) {
    return switch (this) {
      case VALIDATION_ACCURACY -> epoch.validationAccuracy();
      case VALIDATION_LOSS -> epoch.validationLoss();
      case VALIDATION_AUROC -> epoch.validationAuroc();
    };
  }

  /** How much better {@code candidate} is than {@code best}; not above 0 if it is not. */
  double gain(double candidate, double best) {
    return this == VALIDATION_LOSS ? best - candidate : candidate - best;
  }
}
