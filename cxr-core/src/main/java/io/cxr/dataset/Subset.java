package io.cxr.dataset;

/** The subset of a data set that a radiograph belongs to. */
public enum Subset {
  /** The weights are fitted to it. */
  TRAINING,
  /** The epoch, calibration, thresholds and label sets are chosen by it, the weights are not. */
  VALIDATION,
  /** Nothing is fitted to it or chosen by it. */
  TEST
}
