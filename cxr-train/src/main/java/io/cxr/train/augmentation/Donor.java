package io.cxr.train.augmentation;

import io.cxr.radiograph.Radiograph;

/** Finds a radiograph whose look another one is given; see {@link StyleMixing}. */
@FunctionalInterface
public interface Donor {
  /**
   * A radiograph of another source, or of another class where sources are unknown.
   *
   * @param seed decides which
   * @return one of the training radiographs
   */
  Radiograph radiograph(long seed);
}
