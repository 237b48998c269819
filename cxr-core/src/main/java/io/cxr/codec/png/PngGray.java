package io.cxr.codec.png;

import io.cxr.codec.CodecException;
import io.cxr.codec.Luma;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Turns rows of PNG samples into gray pixels: colour into luma, transparency composed on black, a
 * transparent colour black. Samples of 16 bits have the high byte first, as in the file; samples of
 * fewer than 8 bits have a byte each.
 */
final class PngGray {
  private enum Kind {
    STORED,
    TABLE,
    GRAY_16,
    GRAY_ALPHA_8,
    GRAY_ALPHA_16,
    COLOUR_8,
    COLOUR_16,
    COLOUR_ALPHA_8,
    COLOUR_ALPHA_16
  }

  private final Kind kind;
  private final int rows;
  private final int columns;

  /** The transparent gray or colour, or -1. */
  private final long key;

  /** The gray of each sample, or -1. */
  private final int[] table;

  /** Whether alpha is left out. */
  private boolean opaque;

  /** All alpha values, one bit over the other. */
  private int seen;

  private int unknown = -1;

  private PngGray(Kind kind, int rows, int columns, long key, int[] table) {
    this.kind = kind;
    this.rows = rows;
    this.columns = columns;
    this.key = key;
    this.table = table;
  }

  static PngGray ofGray(int rows, int columns, int depth, byte[] transparency) {
    int key = transparency.length == 0 ? -1 : ByteBuffer.wrap(transparency).getChar();
    if (depth == 16) {
      return new PngGray(Kind.GRAY_16, rows, columns, key, new int[0]);
    }
    int most = (1 << depth) - 1;
    if (depth == 8 && (key < 0 || key > most)) {
      return new PngGray(Kind.STORED, rows, columns, -1, new int[0]);
    }
    int[] table = emptyTable();
    for (int value = 0; value <= most; value++) {
      table[value] = value == key ? 0 : value * 255 / most;
    }
    return new PngGray(Kind.TABLE, rows, columns, -1, table);
  }

  static PngGray ofPalette(int rows, int columns, byte[] palette, byte[] transparency) {
    int[] table = emptyTable();
    for (int i = 0; i < palette.length / 3; i++) {
      int gray =
          Luma.ofRgb(palette[3 * i] & 255, palette[3 * i + 1] & 255, palette[3 * i + 2] & 255);
      table[i] = i < transparency.length ? Luma.onBlack(gray, transparency[i] & 255) : gray;
    }
    return new PngGray(Kind.TABLE, rows, columns, -1, table);
  }

  private static int[] emptyTable() {
    int[] table = new int[256];
    Arrays.fill(table, -1);
    return table;
  }

  static PngGray ofGrayAlpha(int rows, int columns, int depth, boolean opaque) {
    Kind kind = depth == 16 ? Kind.GRAY_ALPHA_16 : Kind.GRAY_ALPHA_8;
    return withAlpha(kind, rows, columns, opaque);
  }

  private static PngGray withAlpha(Kind kind, int rows, int columns, boolean opaque) {
    PngGray gray = new PngGray(kind, rows, columns, -1, new int[0]);
    gray.opaque = opaque;
    return gray;
  }

  static PngGray ofColour(int rows, int columns, int depth, byte[] transparency) {
    long key = -1;
    if (transparency.length != 0) {
      ByteBuffer colour = ByteBuffer.wrap(transparency);
      key = colour(colour.getChar(), colour.getChar(), colour.getChar());
    }
    Kind kind = depth == 16 ? Kind.COLOUR_16 : Kind.COLOUR_8;
    return new PngGray(kind, rows, columns, key, new int[0]);
  }

  static PngGray ofColourAlpha(int rows, int columns, int depth, boolean opaque) {
    Kind kind = depth == 16 ? Kind.COLOUR_ALPHA_16 : Kind.COLOUR_ALPHA_8;
    return withAlpha(kind, rows, columns, opaque);
  }

  private static long colour(int red, int green, int blue) {
    return (long) red << 32 | (long) green << 16 | blue;
  }

  /** How many bits a pixel of the picture has. */
  int bits() {
    return kind == Kind.GRAY_16 || kind == Kind.GRAY_ALPHA_16 ? 16 : 8;
  }

  /** How many bytes the pixels of the picture take. */
  int length() {
    return Math.multiplyExact(rows * columns, bits() / 8);
  }

  /** Whether the samples are the pixels. */
  boolean isStored() {
    return kind == Kind.STORED;
  }

  /** Turns row {@code y}, whose samples begin an array, into its pixels. */
  void convert(byte[] samples, int y, byte[] pixels) {
    int at = y * columns;
    switch (kind) {
      case STORED -> System.arraycopy(samples, 0, pixels, at, columns);
      case TABLE -> lookUp(samples, pixels, at);
      case GRAY_16 -> gray16(samples, pixels, 2 * at);
      case GRAY_ALPHA_8 -> {
        for (int x = 0; x < columns; x++) {
          int alpha = alpha(samples[2 * x + 1] & 255, 255);
          pixels[at + x] = (byte) Luma.onBlack(samples[2 * x] & 255, alpha);
        }
      }
      case GRAY_ALPHA_16 -> {
        for (int x = 0; x < columns; x++) {
          int alpha = alpha(deep(samples, 4 * x + 2), 65535);
          int gray = Luma.onBlack16(deep(samples, 4 * x), alpha);
          pixels[2 * (at + x)] = (byte) gray;
          pixels[2 * (at + x) + 1] = (byte) (gray >>> 8);
        }
      }
      case COLOUR_8 -> colour8(samples, pixels, at);
      case COLOUR_16 -> colour16(samples, pixels, at);
      case COLOUR_ALPHA_8 -> colourAlpha(samples, 1, pixels, at);
      case COLOUR_ALPHA_16 -> colourAlpha(samples, 2, pixels, at);
    }
  }

  /** Whether there is alpha and it leaves no pixel to be seen. */
  boolean allTransparent() {
    return switch (kind) {
      case GRAY_ALPHA_8, GRAY_ALPHA_16, COLOUR_ALPHA_8, COLOUR_ALPHA_16 -> seen == 0 && !opaque;
      default -> false;
    };
  }

  /** Refuses samples that stand for no colour, once all rows are there. */
  void check() {
    if (unknown >= 0) {
      int colours = 0;
      while (table[colours] >= 0) {
        colours++;
      }
      throw CodecException.damaged("colours of a palette of " + colours, "number " + unknown);
    }
  }

  private void lookUp(byte[] samples, byte[] pixels, int at) {
    for (int x = 0; x < columns; x++) {
      int gray = table[samples[x] & 255];
      if (gray < 0 && unknown < 0) {
        unknown = samples[x] & 255;
      }
      pixels[at + x] = (byte) gray;
    }
  }

  private void gray16(byte[] samples, byte[] pixels, int at) {
    for (int x = 0; x < columns; x++) {
      int gray = deep(samples, 2 * x);
      if (gray == key) {
        gray = 0;
      }
      pixels[at + 2 * x] = (byte) gray;
      pixels[at + 2 * x + 1] = (byte) (gray >>> 8);
    }
  }

  private void colour8(byte[] samples, byte[] pixels, int at) {
    for (int x = 0, i = 0; x < columns; x++, i += 3) {
      int red = samples[i] & 255;
      int green = samples[i + 1] & 255;
      int blue = samples[i + 2] & 255;
      int gray = Luma.ofRgb(red, green, blue);
      pixels[at + x] = (byte) (key >= 0 && key == colour(red, green, blue) ? 0 : gray);
    }
  }

  /** The high bytes count, but the transparent colour has all its bits. */
  private void colour16(byte[] samples, byte[] pixels, int at) {
    for (int x = 0, i = 0; x < columns; x++, i += 6) {
      int red = deep(samples, i);
      int green = deep(samples, i + 2);
      int blue = deep(samples, i + 4);
      int gray = Luma.ofRgb(red >> 8, green >> 8, blue >> 8);
      pixels[at + x] = (byte) (key >= 0 && key == colour(red, green, blue) ? 0 : gray);
    }
  }

  /** Of each sample the first byte counts. */
  private void colourAlpha(byte[] samples, int sampleBytes, byte[] pixels, int at) {
    for (int x = 0, i = 0; x < columns; x++, i += 4 * sampleBytes) {
      int gray =
          Luma.ofRgb(
              samples[i] & 255, samples[i + sampleBytes] & 255, samples[i + 2 * sampleBytes] & 255);
      // Of 16 bits the second byte may be all that is not 0.
      seen |= samples[i + 4 * sampleBytes - 1];
      int alpha = alpha(samples[i + 3 * sampleBytes] & 255, 255);
      pixels[at + x] = (byte) Luma.onBlack(gray, alpha);
    }
  }

  private int alpha(int stated, int most) {
    seen |= stated;
    return opaque ? most : stated;
  }

  private static int deep(byte[] samples, int at) {
    return (samples[at] & 255) << 8 | (samples[at + 1] & 255);
  }
}
