package io.cxr.train;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The endless order in which samples are shown: every sample once, shuffled, then all again in
 * another order. The same seed gives the same order on any machine.
 */
final class SampleOrder {
  private final SplittableRandom random;
  private final int[] order;
  private int next;

  SampleOrder(int samples, long seed) {
    random = new SplittableRandom(seed);
    order = new int[samples];
    Arrays.setAll(order, i -> i);
    next = samples;
  }

  /** The next samples: {@code batchSize} of them, fewer at the end of a round. */
  int[] next(int batchSize) {
    if (next == order.length) {
      for (int i = order.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
      }
      next = 0;
    }
    int end = Math.min(order.length, next + batchSize);
    int[] batch = Arrays.copyOfRange(order, next, end);
    next = end;
    return batch;
  }
}
