package io.cxr.dataset;

/** The subset of a data set that a radiograph belongs to. */
public enum Subset {
  /** The model is fitted to it. */
  TRAINING,
  /** The model is evaluated on it and never fitted to it. */
  VALIDATION
}
