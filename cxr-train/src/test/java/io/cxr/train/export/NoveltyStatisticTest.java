package io.cxr.train.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NoveltyStatisticTest {
  private static final int CHANNELS = 24;

  /** Images that move along six directions of falling weight, with a little noise. */
  private static float[][] images(int count, long seed) {
    Random directions = new Random(99);
    double[][] axes = new double[6][CHANNELS];
    for (double[] axis : axes) {
      Arrays.setAll(axis, c -> directions.nextGaussian());
    }
    Random random = new Random(seed);
    float[][] images = new float[count][CHANNELS];
    for (float[] image : images) {
      double[] weights = random.doubles(axes.length).map(x -> x - 0.5).toArray();
      for (int c = 0; c < CHANNELS; c++) {
        double value = 3 + 0.05 * random.nextGaussian();
        for (int k = 0; k < axes.length; k++) {
          value += weights[k] * axes[k][c] / (1 + k);
        }
        image[c] = (float) (c % 2 == 0 ? value : 1000 * value);
      }
    }
    return images;
  }

  @Test
  void isNearTwoForTrainingImagesAndFarForOthers() {
    float[][] training = images(400, 1);
    NoveltyStatistic statistic = NoveltyStatistic.fit(training);
    double mean = Arrays.stream(training).mapToDouble(statistic::score).average().orElseThrow();
    assertEquals(2, mean, 1e-3, "each half is a mean of what it is divided by");
    double others =
        Arrays.stream(images(400, 2)).mapToDouble(statistic::score).average().orElseThrow();
    assertEquals(2, others, 0.3);
    float[] stranger = training[0].clone();
    // Out of the plane that training images lie in, not further from their mean.
    stranger[0] += 1;
    stranger[2] -= 1;
    assertTrue(statistic.score(stranger) > 20, "score " + statistic.score(stranger));
  }

  @Test
  void unitsDoNotMatter() {
    float[][] training = images(100, 1);
    float[][] scaled = new float[training.length][];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = training[i].clone();
      for (int c = 0; c < CHANNELS; c++) {
        scaled[i][c] = scaled[i][c] * (c + 1) - 7 * c;
      }
    }
    NoveltyStatistic plain = NoveltyStatistic.fit(training);
    NoveltyStatistic other = NoveltyStatistic.fit(scaled);
    for (int i = 0; i < 100; i++) {
      double expected = plain.score(training[i]);
      assertEquals(expected, other.score(scaled[i]), 0.02 * expected);
    }
  }

  @Test
  void constantChannelsAndFewImagesAreNoTrouble() {
    float[][] flat = new float[8][6];
    for (int i = 0; i < flat.length; i++) {
      flat[i][1] = i;
      flat[i][2] = i * i;
    }
    NoveltyStatistic statistic = NoveltyStatistic.fit(flat);
    assertTrue(Double.isFinite(statistic.score(flat[3])));
    assertTrue(statistic.score(new float[] {1, 3, 9, 0, 0, 0}) > 1e3, "a channel that never moved");
    assertThrows(
        IllegalArgumentException.class, () -> NoveltyStatistic.fit(new float[][] {{1, 2, 3}}));
  }
}
