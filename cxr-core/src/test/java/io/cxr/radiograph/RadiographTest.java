package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.util.Arrays;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RadiographTest {

  @Property
  void monochrome1IsInvertedMonochrome2(@ForAll @Size(12) byte[] pixels) {
    Radiograph radiograph = Radiograph.ofGray8(3, 4, pixels);
    byte[] plain = radiograph.toGray8();
    byte[] inverted =
        radiograph.withPhotometricInterpretation(PhotometricInterpretation.MONOCHROME1).toGray8();
    for (int i = 0; i < plain.length; i++) {
      assertEquals(255, (plain[i] & 255) + (inverted[i] & 255));
    }
  }

  @Property
  void monochrome1IsInvertedMonochrome2InDeepGray(
      @ForAll @IntRange(min = 9, max = 16) int bits, @ForAll @Size(12) short[] values) {
    Radiograph radiograph = Radiograph.ofGray16(4, 3, bits, within(bits, values));
    byte[] plain = radiograph.toGray8();
    byte[] inverted =
        radiograph.withPhotometricInterpretation(PhotometricInterpretation.MONOCHROME1).toGray8();
    for (int i = 0; i < plain.length; i++) {
      assertEquals(255, (plain[i] & 255) + (inverted[i] & 255));
    }
  }

  @Property
  void deepGrayReadsBack(
      @ForAll @IntRange(min = 9, max = 16) int bits, @ForAll @Size(12) short[] values) {
    short[] pixels = within(bits, values);
    Radiograph radiograph = Radiograph.ofGray16(4, 3, bits, pixels);
    assertEquals(bits, radiograph.bitsStored());
    ByteBuffer stored = radiograph.pixels();
    for (int i = 0; i < pixels.length; i++) {
      assertEquals(Short.toUnsignedInt(pixels[i]), radiograph.pixel(i / 3, i % 3));
      assertEquals(pixels[i], stored.getShort(2 * i));
    }
    assertEquals(24, stored.remaining());
    assertEquals(radiograph, Radiograph.ofGray16(4, 3, bits, pixels));
  }

  @Property
  void deepGrayIsScaledOverTheWholeRange(
      @ForAll @IntRange(min = 9, max = 16) int bits, @ForAll @Size(12) short[] values) {
    short[] pixels = within(bits, values);
    byte[] gray = Radiograph.ofGray16(4, 3, bits, pixels).toGray8();
    double most = (1 << bits) - 1;
    for (int i = 0; i < gray.length; i++) {
      assertEquals(Math.round(Short.toUnsignedInt(pixels[i]) * 255 / most), gray[i] & 255);
    }
  }

  /** Every value of every depth, so that no quotient is off by one. */
  @Test
  void everyDeepGrayValueIsScaledExactly() {
    for (int bits = 9; bits <= 16; bits++) {
      int most = (1 << bits) - 1;
      short[] values = new short[most + 1];
      for (int i = 0; i < values.length; i++) {
        values[i] = (short) i;
      }
      byte[] gray = Radiograph.ofGray16(2, values.length / 2, bits, values).toGray8();
      for (int i = 0; i < gray.length; i++) {
        assertEquals((i * 255 + most / 2) / most, gray[i] & 255, bits + " bits, " + i);
      }
    }
  }

  @Property(tries = 200)
  void grayIsWrittenWhereItIsAskedFor(
      @ForAll @IntRange(min = 8, max = 16) int bits,
      @ForAll PhotometricInterpretation interpretation,
      @ForAll @IntRange(max = 5) int offset,
      @ForAll @Size(12) short[] values) {
    short[] pixels = within(bits, values);
    byte[] low = new byte[12];
    for (int i = 0; i < 12; i++) {
      low[i] = (byte) pixels[i];
    }
    Radiograph radiograph =
        (bits == 8 ? Radiograph.ofGray8(3, 4, low) : Radiograph.ofGray16(3, 4, bits, pixels))
            .withPhotometricInterpretation(interpretation);
    byte[] expected = new byte[17];
    Arrays.fill(expected, (byte) 77);
    System.arraycopy(radiograph.toGray8(), 0, expected, offset, 12);
    byte[] destination = new byte[17];
    Arrays.fill(destination, (byte) 77);
    radiograph.toGray8(destination, offset);
    assertArrayEquals(expected, destination);
    assertThrows(IndexOutOfBoundsException.class, () -> radiograph.toGray8(destination, 6));
    assertThrows(IndexOutOfBoundsException.class, () -> radiograph.toGray8(destination, -1));
    assertArrayEquals(expected, destination);
  }

  private static short[] within(int bits, short[] values) {
    short[] pixels = values.clone();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (short) (pixels[i] & ((1 << bits) - 1));
    }
    return pixels;
  }

  @Test
  void itsPixelsCannotBeChanged() {
    byte[] pixels = {1, 2, 3, 4, 5, 6};
    Radiograph radiograph = Radiograph.ofGray8(2, 3, pixels);
    pixels[0] = 99;
    radiograph.toGray8()[1] = 99;
    assertThrows(ReadOnlyBufferException.class, () -> radiograph.pixels().put(2, (byte) 99));
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, radiograph.toGray8());
    assertEquals(ByteOrder.LITTLE_ENDIAN, radiograph.pixels().order());
  }

  @Test
  void rowsAndColumnsAreChecked() {
    Radiograph radiograph = Radiograph.ofGray8(2, 3, new byte[] {1, 2, 3, 4, 5, (byte) 200});
    assertEquals(200, radiograph.pixel(1, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> radiograph.pixel(0, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> radiograph.pixel(2, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> radiograph.pixel(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> Radiograph.ofGray8(2, 3, new byte[5]));
    assertThrows(IllegalArgumentException.class, () -> Radiograph.ofGray8(0, 3, new byte[0]));
    assertThrows(IllegalArgumentException.class, () -> Radiograph.ofGray8(-2, -3, new byte[6]));
    // 65,536 x 65,536 is 0 in 32 bits.
    assertThrows(
        IllegalArgumentException.class, () -> Radiograph.ofGray8(1 << 16, 1 << 16, new byte[0]));
  }

  @Test
  void deepGrayMustFitItsBits() {
    short[] twelve = {0, 4095};
    assertEquals(4095, Radiograph.ofGray16(1, 2, 12, twelve).pixel(0, 1));
    assertThrows(
        IllegalArgumentException.class, () -> Radiograph.ofGray16(1, 2, 12, new short[] {0, 4096}));
    assertThrows(IllegalArgumentException.class, () -> Radiograph.ofGray16(1, 2, 8, twelve));
    assertThrows(IllegalArgumentException.class, () -> Radiograph.ofGray16(1, 2, 17, twelve));
  }

  @Test
  void viewAndSpacingBelongToTheValue() {
    Radiograph plain = Radiograph.ofGray8(1, 2, new byte[2]);
    Radiograph known =
        plain.withViewPosition(ViewPosition.PA).withPixelSpacing(new PixelSpacing(0.14, 0.15));
    assertEquals(Optional.empty(), plain.viewPosition());
    assertEquals(Optional.of(ViewPosition.PA), known.viewPosition());
    assertEquals(0.15, known.pixelSpacing().orElseThrow().columnMillimetres());
    assertNotEquals(plain, known);
    assertNotEquals(
        plain, plain.withPhotometricInterpretation(PhotometricInterpretation.MONOCHROME1));
    assertEquals(
        known,
        Radiograph.ofGray8(1, 2, new byte[2])
            .withPixelSpacing(new PixelSpacing(0.14, 0.15))
            .withViewPosition(ViewPosition.PA));
    assertTrue(ViewPosition.AP.isFrontal());
    assertThrows(IllegalArgumentException.class, () -> new PixelSpacing(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new PixelSpacing(1, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new DecodeLimits(0, 1));
  }
}
