package io.cxr.train.linear;

import java.util.Arrays;

/**
 * The two matrix products of a linear head, feature block by feature block, so that weights stay in
 * the processor's cache. Sums are taken in one order whatever the machine, so that results repeat.
 */
final class Products {
  /** Features at a time: with a batch of 32 they fit into a cache of 512 KiB. */
  private static final int BLOCK = 2048;

  private Products() {}

  /** {@code logits[i][u] = sum_f rows[i][f] w[u][f] + b[u]}. */
  static void forward(
      float[] rows, int count, float[] values, int features, int units, double[] logits) {
    for (int i = 0; i < count; i++) {
      for (int unit = 0; unit < units; unit++) {
        logits[i * units + unit] = values[units * features + unit];
      }
    }
    for (int start = 0; start < features; start += BLOCK) {
      int length = Math.min(BLOCK, features - start);
      for (int i = 0; i < count; i++) {
        for (int unit = 0; unit < units; unit++) {
          logits[i * units + unit] +=
              dot(rows, i * features + start, values, unit * features + start, length);
        }
      }
    }
  }

  /** Eight sums at a time, which do not wait for one another. */
  private static double dot(float[] a, int aStart, float[] b, int bStart, int length) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    int i = 0;
    for (; i <= length - 8; i += 8) {
      int p = aStart + i;
      int q = bStart + i;
      s0 += a[p] * b[q];
      s1 += a[p + 1] * b[q + 1];
      s2 += a[p + 2] * b[q + 2];
      s3 += a[p + 3] * b[q + 3];
      s4 += a[p + 4] * b[q + 4];
      s5 += a[p + 5] * b[q + 5];
      s6 += a[p + 6] * b[q + 6];
      s7 += a[p + 7] * b[q + 7];
    }
    double sum =
        ((double) s0 + s1) + ((double) s2 + s3) + (((double) s4 + s5) + ((double) s6 + s7));
    for (; i < length; i++) {
      sum += a[aStart + i] * b[bStart + i];
    }
    return sum;
  }

  /** {@code gradient[u][f] = sum_i slopes[i][u] rows[i][f]}, and the sum of slopes behind. */
  static void backward(
      float[] rows, int count, double[] slopes, int features, int units, float[] gradient) {
    for (int start = 0; start < features; start += BLOCK) {
      int length = Math.min(BLOCK, features - start);
      for (int unit = 0; unit < units; unit++) {
        int to = unit * features + start;
        Arrays.fill(gradient, to, to + length, 0);
        for (int i = 0; i < count; i++) {
          add((float) slopes[i * units + unit], rows, i * features + start, gradient, to, length);
        }
      }
    }
    for (int unit = 0; unit < units; unit++) {
      double sum = 0;
      for (int i = 0; i < count; i++) {
        sum += slopes[i * units + unit];
      }
      gradient[units * features + unit] = (float) sum;
    }
  }

  /** The virtual machine computes eight of these at once. */
  private static void add(
      float factor, float[] from, int fromStart, float[] to, int toStart, int length) {
    for (int i = 0; i < length; i++) {
      to[toStart + i] += factor * from[fromStart + i];
    }
  }
}
