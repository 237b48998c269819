package io.cxr.codec.jpeg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The inverse DCT against its definition (ITU-T T.81, A.3.3). */
class JpegInverseDctTest {
  private static final int STRIDE = 11;
  private static final byte[] NATURAL = JpegZigzag.naturalOrder();

  @Property(tries = 5000)
  void samplesAreThoseOfTheDefinition(
      @ForAll @IntRange(min = 0, max = 63) int last,
      @ForAll @IntRange(min = 1, max = 25) int count,
      @ForAll @IntRange(min = 1, max = 200) int size,
      @ForAll long seed)
      throws JpegIrregularity {
    Random random = new Random(seed);
    int[] coefficients = new int[64];
    coefficients[0] = random.nextInt(2001) - 1000;
    int sum = Math.abs(coefficients[0]);
    for (int i = 0; i < count && last > 0; i++) {
      int place = NATURAL[1 + random.nextInt(last)];
      int value = random.nextInt(2 * size + 1) - size;
      sum += Math.abs(value) + Math.abs(coefficients[place]);
      if (sum < 2000) {
        coefficients[place] = value;
      }
    }
    JpegBlock block = block(coefficients);
    block.check();
    byte[] samples = new byte[2 + 8 * STRIDE];
    new JpegInverseDct().transform(block, samples, 2, STRIDE);
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 8; x++) {
        double exact = Math.max(0, Math.min(255, sample(coefficients, y, x) + 128));
        assertEquals(exact, samples[2 + y * STRIDE + x] & 255, 1.01, "row " + y + " column " + x);
      }
    }
    assertEquals(0, samples[0] | samples[1], "before the block");
    assertEquals(0, samples[2 + 8] | samples[2 + STRIDE - 1], "beside the block");
  }

  @Test
  void whatNoPictureHasIsLeftToTheCodec() throws JpegIrregularity {
    int[] coefficients = new int[64];
    coefficients[0] = 5601;
    assertThrows(JpegIrregularity.class, block(coefficients)::check);
    coefficients[0] = -5601;
    assertThrows(JpegIrregularity.class, block(coefficients)::check);
    coefficients[0] = 4200;
    assertThrows(JpegIrregularity.class, block(coefficients)::check, "525 above 511");
    // Large numbers whose samples are not.
    coefficients[0] = 1000;
    for (int place : new int[] {1, 8, 9, 18, 27, 36}) {
      coefficients[place] = place % 2 == 0 ? 300 : -300;
    }
    block(coefficients).check();
    assertTrue(JpegInverseDct.exceedsLimits(block(scaled(coefficients))));
  }

  private static int[] scaled(int[] coefficients) {
    int[] scaled = coefficients.clone();
    for (int i = 0; i < 64; i++) {
      scaled[i] *= 3;
    }
    return scaled;
  }

  private static JpegBlock block(int[] coefficients) {
    JpegBlock block = new JpegBlock();
    block.dc = coefficients[0];
    for (int place = 1; place < 64; place++) {
      int natural = NATURAL[place];
      if (coefficients[natural] != 0) {
        block.pairs[natural / 2] += (long) coefficients[natural] << (natural % 2 * 32);
        block.present |= 1L << place;
        block.acSum += Math.abs(coefficients[natural]);
      }
    }
    return block;
  }

  private static double sample(int[] coefficients, int y, int x) {
    double sum = 0;
    for (int v = 0; v < 8; v++) {
      for (int u = 0; u < 8; u++) {
        sum +=
            (u == 0 ? Math.sqrt(0.5) : 1)
                * (v == 0 ? Math.sqrt(0.5) : 1)
                * coefficients[v * 8 + u]
                * Math.cos((2 * x + 1) * u * Math.PI / 16)
                * Math.cos((2 * y + 1) * v * Math.PI / 16);
      }
    }
    return sum / 4;
  }
}
