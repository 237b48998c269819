package io.cxr.train;

/** Which images count alike in the training loss. */
public enum Balance {
  /** Each image, times the weight of its label where one is given. */
  NONE,
  /** Each label. */
  LABELS,
  /**
   * Each label, and within a label each source that has 50 images of it or more: {@code images /
   * (labels * sources of the label * images of the label in the source)}. Otherwise a label looks
   * like its largest source. A source with fewer counts by the share of 50 that it has, so that a
   * handful of images is not learnt by heart.
   */
  SOURCES
}
