package io.cxr.evaluation;

import java.util.List;

/**
 * A share of samples, such as a sensitivity: of the images with a finding, those that are found.
 */
final class Proportion implements Statistic {
  private final boolean[] counted;
  private final boolean[] met;

  /**
   * Asks for a share.
   *
   * @param counted the samples that count; not copied
   * @param met those that meet what is asked; read only where a sample counts; not copied
   */
  Proportion(boolean[] counted, boolean[] met) {
    this.counted = counted;
    this.met = met;
  }

  boolean[] counted() {
    return counted;
  }

  boolean[] met() {
    return met;
  }

  @Override
  public double of(int[] times) {
    long all = 0;
    long part = 0;
    for (int i = 0; i < times.length; i++) {
      if (counted[i]) {
        all += times[i];
        part += met[i] ? times[i] : 0;
      }
    }
    return all == 0 ? Double.NaN : (double) part / all;
  }

  @Override
  public List<boolean[]> observations() {
    return List.of(counted);
  }
}
