package io.cxr.dataset;

/** The side of a split that a radiograph is on. */
public enum Part {
  /** Weights are fitted to it. */
  TRAINING,
  /** The model is measured on it, and never fitted to it. */
  VALIDATION
}
