package io.cxr.train.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SharpnessTest {
  private static final int SIDE = Sharpness.SIDE;

  private static float[] image(double noise, long seed) {
    Random random = new Random(seed);
    float[] gray = new float[SIDE * SIDE];
    for (int i = 0; i < gray.length; i++) {
      int row = i / SIDE;
      gray[i] =
          (float) (100 + 60 * Math.sin(row / 40.0) * Math.cos(i % SIDE / 30.0))
              + (float) (noise * random.nextGaussian());
    }
    return gray;
  }

  @Test
  void noiseShowsAtTheFinestScaleMost() {
    float[] calm = Sharpness.of(image(1, 1));
    float[] noisy = Sharpness.of(image(6, 1));
    for (int i = 0; i < calm.length; i++) {
      assertTrue(noisy[i] > calm[i], "feature " + i);
    }
    assertTrue(noisy[0] - calm[0] > noisy[6] - calm[6]);
  }

  @Test
  void grayScaleAndInversionDoNotShow() {
    float[] gray = image(3, 2);
    float[] other = new float[gray.length];
    for (int i = 0; i < gray.length; i++) {
      other[i] = 230 - 0.4f * gray[i];
    }
    assertArrayEquals(Sharpness.of(gray), Sharpness.of(other), 0.01f);
  }

  @Test
  void anEvenImageHasFiniteFeatures() {
    for (float feature : Sharpness.of(new float[SIDE * SIDE])) {
      assertTrue(Float.isFinite(feature));
    }
  }
}
