package io.cxr.codec.rle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RleEncoderTest {

  /** PackBits as PS3.5 G.3.2 has it, row by row: a run that goes beyond a row is an error. */
  private static byte[] decoded(byte[] frame, int rows, int columns, int channels, int bytes) {
    ByteBuffer header = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    int segments = header.getInt(0);
    assertEquals(channels * bytes, segments);
    byte[] samples = new byte[rows * columns * segments];
    for (int segment = 0; segment < segments; segment++) {
      int at = header.getInt(4 + 4 * segment);
      assertEquals(0, at % 2, "segments begin at even bytes");
      int first = segment / bytes * bytes + bytes - 1 - segment % bytes;
      for (int row = 0; row < rows; row++) {
        int column = 0;
        while (column < columns) {
          int control = frame[at++];
          assertTrue(control != -128);
          int count = control >= 0 ? control + 1 : 1 - control;
          assertTrue(column + count <= columns, "a run stays in its row");
          for (int i = 0; i < count; i++, column++) {
            samples[(row * columns + column) * segments + first] =
                frame[control >= 0 ? at + i : at];
          }
          at += control >= 0 ? count : 1;
        }
      }
    }
    return samples;
  }

  @Property(tries = 500)
  void whatIsWrittenIsRead(
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 300) int columns,
      @ForAll @IntRange(min = 1, max = 3) int channels,
      @ForAll @IntRange(min = 1, max = 2) int bytes,
      @ForAll @IntRange(min = 1, max = 5) int levels,
      @ForAll long seed) {
    byte[] samples = new byte[rows * columns * channels * bytes];
    Random random = new Random(seed);
    for (int i = 0; i < samples.length; i++) {
      // Runs of all lengths, and samples without one.
      boolean isSame = i >= channels * bytes && random.nextInt(levels) > 0;
      samples[i] = isSame ? samples[i - channels * bytes] : (byte) random.nextInt();
    }
    byte[] frame = RleEncoder.encode(rows, columns, channels, bytes, samples);
    assertEquals(0, frame.length % 2);
    assertArrayEquals(samples, decoded(frame, rows, columns, channels, bytes));
    int most = 64 + channels * bytes * (1 + rows * (columns + (columns + 127) / 128));
    assertTrue(frame.length <= most, "noise grows by one byte in 128");
  }

  @Test
  void runsArePackedAsTheStandardSays() {
    byte[] row = {1, 1, 1, 2, 3, 3, 4, 4, 4, 4};
    byte[] frame = RleEncoder.encode(1, 10, 1, 1, row);
    byte[] packed = Arrays.copyOfRange(frame, 64, frame.length);
    // A pair behind other bytes is copied with them, as a run would take more room.
    assertArrayEquals(new byte[] {-2, 1, 2, 2, 3, 3, -3, 4}, packed);
    byte[] flat = RleEncoder.encode(2, 300, 1, 1, new byte[600]);
    assertEquals(64 + 2 * 6, flat.length);
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThrows(IllegalArgumentException.class, () -> RleEncoder.encode(1, 2, 3, 1, new byte[5]));
    assertThrows(
        IllegalArgumentException.class, () -> RleEncoder.encode(1, 1, 16, 1, new byte[16]));
    assertThrows(IllegalArgumentException.class, () -> RleEncoder.encode(0, 1, 1, 1, new byte[0]));
  }
}
