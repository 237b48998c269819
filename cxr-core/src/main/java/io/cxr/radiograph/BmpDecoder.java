package io.cxr.radiograph;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecNotes;
import io.cxr.codec.GraySamples;
import io.cxr.codec.Luma;
import io.cxr.codec.PictureSize;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Windows bitmaps of 1, 4, 8, 24 or 32 bits, plain or run-length encoded, from either end. Alpha
 * counts where the header has a mask for it, unless it is 0 everywhere.
 */
final class BmpDecoder {
  private static final int FILE_HEADER = 14;
  private static final int INFO_HEADER = 40;
  private static final int MASKS = 54;
  private static final int PLAIN = 0;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int BIT_FIELDS = 3;
  private static final int JPEG = 4;
  private static final int PNG = 5;

  private final byte[] encoded;
  private final ByteBuffer buffer;
  private final int headerLength;
  private final int rows;
  private final int columns;
  private final boolean topDown;
  private final int bits;
  private final int compression;

  /** Where the pixels begin. */
  private final int start;

  private BmpDecoder(byte[] encoded, long mostPixels) {
    this.encoded = encoded;
    if (encoded.length < FILE_HEADER + INFO_HEADER) {
      throw CodecException.truncated(encoded.length + " bytes");
    }
    buffer = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    headerLength = buffer.getInt(FILE_HEADER);
    if (headerLength < INFO_HEADER) {
      throw CodecException.encoding(
          "a header of at least " + INFO_HEADER + " bytes", headerLength + " bytes");
    }
    columns = buffer.getInt(18);
    int height = buffer.getInt(22);
    PictureSize.check(Math.abs((long) height), columns, mostPixels);
    rows = Math.abs(height);
    topDown = height < 0;
    bits = buffer.getChar(28);
    compression = buffer.getInt(30);
    checkEncoding();
    long stated = Integer.toUnsignedLong(buffer.getInt(10));
    if (stated > encoded.length) {
      throw CodecException.truncated("pixels after the end");
    }
    start = (int) stated;
  }

  static GraySamples decode(byte[] encoded, long mostPixels, CodecNotes notes) {
    BmpDecoder decoder = new BmpDecoder(encoded, mostPixels);
    byte[] gray = decoder.bits > 8 ? decoder.colours(notes) : decoder.indexed();
    return new GraySamples(decoder.rows, decoder.columns, 8, gray);
  }

  private void checkEncoding() {
    boolean known =
        switch (compression) {
          case PLAIN -> bits == 1 || bits == 4 || bits == 8 || bits == 24 || bits == 32;
          case RLE8 -> bits == 8;
          case RLE4 -> bits == 4;
          case BIT_FIELDS -> bits == 32 && wholeBytes();
          default -> false;
        };
    if (!known) {
      throw CodecException.encoding(
          "1, 4, 8, 24 or 32 bits, with 8 bits a colour",
          compression == JPEG
              ? "a JPEG image in it"
              : compression == PNG
                  ? "a PNG image in it"
                  : bits + " bits in compression number " + compression);
    }
  }

  /** Whether the masks of red, green, blue and alpha are bytes: others would have to be scaled. */
  private boolean wholeBytes() {
    int masks = headerLength >= 56 ? 4 : 3;
    if (encoded.length < MASKS + 4 * masks) {
      return false;
    }
    for (int i = 0; i < masks; i++) {
      int mask = buffer.getInt(MASKS + 4 * i);
      boolean absentAlpha = i == 3 && mask == 0;
      int shift = Integer.numberOfTrailingZeros(mask);
      if (!absentAlpha && (shift % 8 != 0 || mask >>> shift != 255)) {
        return false;
      }
    }
    return true;
  }

  private int rowBytes() {
    long rowBytes = ((long) columns * bits + 31) / 32 * 4;
    if (start + rowBytes * rows > encoded.length) {
      throw CodecException.truncated("fewer pixels than the header states");
    }
    return (int) rowBytes;
  }

  /** Where a row of the file goes. */
  private int target(int row) {
    return (topDown ? row : rows - 1 - row) * columns;
  }

  // Colours -------------------------------------------------------------------------------------

  private byte[] colours(CodecNotes notes) {
    boolean masked = compression == BIT_FIELDS;
    int red = masked ? place(0) : 2;
    int green = masked ? place(1) : 1;
    int blue = masked ? place(2) : 0;
    boolean transparent = masked && headerLength >= 56 && buffer.getInt(MASKS + 12) != 0;
    if (transparent && !anyIsSeen(place(3))) {
      notes.tellAllIsTransparent();
      transparent = false;
    }
    int alpha = transparent ? place(3) : 0;
    int rowBytes = rowBytes();
    int step = bits / 8;
    byte[] gray = new byte[rows * columns];
    for (int row = 0; row < rows; row++) {
      int from = start + row * rowBytes;
      int to = target(row);
      for (int x = 0; x < columns; x++, from += step) {
        int value =
            Luma.ofRgb(
                encoded[from + red] & 255, encoded[from + green] & 255, encoded[from + blue] & 255);
        gray[to + x] =
            (byte) (transparent ? Luma.onBlack(value, encoded[from + alpha] & 255) : value);
      }
    }
    return gray;
  }

  /** Which byte of a pixel a mask stands for. */
  private int place(int mask) {
    return Integer.numberOfTrailingZeros(buffer.getInt(MASKS + 4 * mask)) / 8;
  }

  private boolean anyIsSeen(int alpha) {
    int end = start + rowBytes() * rows;
    for (int at = start + alpha; at < end; at += 4) {
      if (encoded[at] != 0) {
        return true;
      }
    }
    return false;
  }

  // A palette -----------------------------------------------------------------------------------

  private byte[] indexed() {
    byte[] pixels = compression == PLAIN ? unpacked() : runs();
    int[] palette = palette();
    for (int i = 0; i < pixels.length; i++) {
      int index = pixels[i] & 255;
      if (index >= palette.length) {
        throw CodecException.damaged(
            "colours of a palette of " + palette.length, "number " + index);
      }
      pixels[i] = (byte) palette[index];
    }
    return pixels;
  }

  private int[] palette() {
    long stated = Integer.toUnsignedLong(buffer.getInt(46));
    int most = 1 << bits;
    int colours = stated == 0 || stated > most ? most : (int) stated;
    long at = FILE_HEADER + (long) headerLength;
    // Some writers count colours that they leave out: the pixels then begin earlier.
    colours = (int) Math.min(colours, Math.max(0, start - at) / 4);
    int[] grays = new int[colours];
    for (int i = 0; i < colours; i++) {
      int from = (int) at + 4 * i;
      grays[i] = Luma.ofRgb(encoded[from + 2] & 255, encoded[from + 1] & 255, encoded[from] & 255);
    }
    return grays;
  }

  private byte[] unpacked() {
    int rowBytes = rowBytes();
    byte[] pixels = new byte[rows * columns];
    int perByte = 8 / bits;
    int mask = (1 << bits) - 1;
    for (int row = 0; row < rows; row++) {
      int from = start + row * rowBytes;
      int to = target(row);
      for (int x = 0; x < columns; x++) {
        int shift = 8 - bits - bits * (x % perByte);
        pixels[to + x] = (byte) (encoded[from + x / perByte] >> shift & mask);
      }
    }
    return pixels;
  }

  /**
   * Run lengths. A row that ends early is usual: its encoder left out the background, which is the
   * palette's first colour. But every row has to be reached.
   */
  private byte[] runs() {
    byte[] pixels = new byte[rows * columns];
    boolean nibbles = compression == RLE4;
    int row = 0;
    int x = 0;
    boolean begun = false;
    boolean ended = false;
    int at = start;
    while (!ended && at + 1 < encoded.length) {
      int count = encoded[at] & 255;
      int value = encoded[at + 1] & 255;
      at += 2;
      if (count > 0) {
        begun = true;
        for (int i = 0; i < count; i++, x++) {
          put(pixels, row, x, nibbles ? (i & 1) == 0 ? value >> 4 : value & 15 : value);
        }
      } else if (value == 0) {
        row++;
        x = 0;
        begun = false;
      } else if (value == 1) {
        ended = true;
      } else if (value == 2) {
        if (at + 1 < encoded.length) {
          x += encoded[at] & 255;
          row += encoded[at + 1] & 255;
        }
        at += 2;
      } else {
        begun = true;
        int bytes = nibbles ? (value + 1) / 2 : value;
        for (int i = 0; i < value && at + (nibbles ? i / 2 : i) < encoded.length; i++, x++) {
          int literal = encoded[at + (nibbles ? i / 2 : i)] & 255;
          put(pixels, row, x, nibbles ? (i & 1) == 0 ? literal >> 4 : literal & 15 : literal);
        }
        at += bytes + (bytes & 1);
      }
      // What lies outside is passed over, and cannot count beyond all bounds.
      row = Math.min(row, rows);
      x = Math.min(x, columns);
    }
    if (row + (begun ? 1 : 0) < rows) {
      throw CodecException.truncated("fewer rows than the header states");
    }
    return pixels;
  }

  private void put(byte[] pixels, int row, int x, int value) {
    if (row < rows && x < columns) {
      pixels[target(row) + x] = (byte) value;
    }
  }
}
