package io.cxr.train.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** All 65,536 values against the formula of IEEE 754-2008, section 3.4. */
class HalfFloatTest {
  private static double formula(int half) {
    int exponent = (half >> 10) & 31;
    int mantissa = half & 1023;
    double magnitude =
        exponent == 0
            ? mantissa * Math.pow(2, -24)
            : (1 + mantissa / 1024.0) * Math.pow(2, exponent - 15);
    return (half & 0x8000) == 0 ? magnitude : -magnitude;
  }

  private static boolean isFinite(int half) {
    return ((half >> 10) & 31) != 31;
  }

  /** A head on large features has weights that would be nothing, or a digit. */
  @Test
  void weightsThatWouldLoseTheirDigitsStay() {
    float[] weights = new float[4096];
    assertTrue(HalfFloat.suits(weights), "zeros are zeros");
    weights[17] = -0.01f;
    assertTrue(HalfFloat.suits(weights));
    weights[17] = -0.0005f;
    assertFalse(HalfFloat.suits(weights));
    assertFalse(HalfFloat.suits(new float[] {1}), "not worth a node");
    assertTrue(HalfFloat.keepsDigits(new float[] {1}));
  }

  @Test
  void everyValueThereAndBack() {
    for (int half = 0; half < 1 << 16; half++) {
      if (isFinite(half)) {
        assertEquals((float) formula(half), HalfFloat.toFloat((short) half));
        assertEquals((short) half, HalfFloat.of((float) formula(half)));
      }
    }
  }

  @Test
  void roundsToTheNearestAndTiesToEven() {
    for (int half = 0; half < 0x7bff; half++) {
      double low = formula(half);
      double high = formula(half + 1);
      float middle = (float) ((low + high) / 2);
      int even = half % 2 == 0 ? half : half + 1;
      assertEquals((short) even, HalfFloat.of(middle));
      assertEquals((short) (even | 0x8000), HalfFloat.of(-middle));
      assertEquals((short) half, HalfFloat.of(Math.nextDown(middle)));
      assertEquals((short) (half + 1), HalfFloat.of(Math.nextUp(middle)));
    }
  }

  @Test
  void boundsBeyondAllValuesAreInfinite() {
    assertEquals(HalfFloat.of(6), HalfFloat.ofBound(6));
    assertEquals(HalfFloat.of(65504), HalfFloat.ofBound(65504));
    assertEquals((short) 0x7c00, HalfFloat.ofBound(Float.MAX_VALUE));
    assertEquals((short) 0xfc00, HalfFloat.ofBound(Float.NEGATIVE_INFINITY));
    assertThrows(IllegalArgumentException.class, () -> HalfFloat.ofBound(Float.NaN));
  }

  @Test
  void refusesWhatDoesNotFit() {
    for (float value : new float[] {65505, -1e9f, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> HalfFloat.of(value));
    }
  }
}
