package io.cxr.preprocess;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class AxisWeightsTest {

  @Property(tries = 2000)
  void anAxisThatShrinksOrStaysIsPaired(
      @ForAll @IntRange(min = 1, max = 500) int to, @ForAll @IntRange(max = 5000) int more) {
    assertTrue(new AxisWeights(to + more, to).isPaired());
  }

  @Property(tries = 2000)
  void pixelsFollowEachOtherAndAreWhole(
      @ForAll @IntRange(min = 1, max = 3000) int from,
      @ForAll @IntRange(min = 1, max = 600) int to) {
    AxisWeights axis = new AxisWeights(from, to);
    for (int i = 0; i < to; i++) {
      int end = axis.first[i] + axis.count[i];
      assertTrue(axis.first[i] >= 0 && axis.count[i] >= 1 && end <= from);
      if (i > 0) {
        assertTrue(axis.first[i] >= axis.first[i - 1]);
        assertTrue(end >= axis.first[i - 1] + axis.count[i - 1]);
      }
      long sum = 0;
      for (int source = axis.first[i]; source < end; source++) {
        sum += axis.weight(i, source);
      }
      assertTrue(Math.abs(sum - (1L << AxisWeights.FRACTION_BITS)) <= axis.count[i], "Sum " + sum);
    }
  }

  @Property(tries = 500)
  void pairsHoldEachWeightOnce(
      @ForAll @IntRange(min = 1, max = 400) int from,
      @ForAll @IntRange(min = 1, max = 400) int to) {
    AxisWeights axis = new AxisWeights(from, to);
    if (!axis.isPaired()) {
      return;
    }
    long[][] found = new long[to][from];
    for (int segment = 0; segment <= to; segment++) {
      for (int i = axis.segments[segment]; i < axis.segments[segment + 1]; i++) {
        if (segment > 0) {
          found[segment - 1][i] += axis.pairs[i] & 0xffffffffL;
        }
        if (segment < to) {
          found[segment][i] += axis.pairs[i] >>> 32;
        }
      }
    }
    for (int pixel = 0; pixel < to; pixel++) {
      for (int i = 0; i < from; i++) {
        assertEquals(axis.weight(pixel, i), found[pixel][i]);
      }
    }
  }
}
