package io.cxr.train;

/** The figure on the validation images that decides which epoch is best. */
public enum Monitor {
  /** Share of validation images with the right top label; more is better. */
  VALIDATION_ACCURACY,
  /** Mean of {@code -ln p(true label)} over the validation images; less is better. */
  VALIDATION_LOSS;

  double of(TrainingHistory.Epoch epoch) {
    return this == VALIDATION_ACCURACY ? epoch.validationAccuracy() : epoch.validationLoss();
  }

  /** How much better {@code candidate} is than {@code best}; not above 0 if it is not. */
  double gain(double candidate, double best) {
    return this == VALIDATION_ACCURACY ? candidate - best : best - candidate;
  }
}
