package io.cxr.train.network;

/** How the last feature map of a base becomes the vector that a Dense layer reads. */
public enum Pooling {
  /** Every value of the map, in the order {@code [channel, row, column]}. */
  FLATTEN,

  /**
   * The mean of each channel over the image (global average pooling: Lin, Chen and Yan, ICLR 2014).
   * The head then has a weight a channel in place of one a position, and fits few images better.
   */
  GLOBAL_AVERAGE
}
