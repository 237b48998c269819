package io.cxr.radiograph;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.commons.imaging.bytesource.ByteSource;
import org.apache.commons.imaging.formats.bmp.BmpImageParser;

/** Windows bitmaps of 1, 4, 8, 24 or 32 bits, plain or run-length encoded, from either end. */
final class BmpDecoder {
  private static final int FILE_HEADER = 14;
  private static final int INFO_HEADER = 40;
  private static final int PLAIN = 0;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int BIT_FIELDS = 3;

  private BmpDecoder() {}

  static Radiograph decode(byte[] encoded, DecodeLimits limits) throws IOException {
    if (encoded.length < FILE_HEADER + INFO_HEADER) {
      throw Refusal.truncated("BMP", encoded.length + " bytes");
    }
    ByteBuffer header = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = header.getInt(FILE_HEADER);
    if (headerLength < INFO_HEADER) {
      throw Refusal.encoding(
          "BMP", "a header of at least " + INFO_HEADER + " bytes", headerLength + " bytes");
    }
    int columns = header.getInt(18);
    int height = header.getInt(22);
    ImageFormat.BMP.checkSize(Math.abs((long) height), columns, limits);
    int rows = Math.abs(height);
    checkEncoding(encoded, headerLength, rows, columns);

    // Commons Imaging knows only bitmaps that begin at the bottom.
    byte[] upward = encoded;
    if (height < 0) {
      upward = encoded.clone();
      ByteBuffer.wrap(upward).order(ByteOrder.LITTLE_ENDIAN).putInt(22, rows);
    }
    BufferedImage image = new BmpImageParser().getBufferedImage(ByteSource.array(upward), null);
    byte[] gray = Luma.ofImage(image, rows, columns, "BMP");
    if (height < 0) {
      reverseRows(gray, rows, columns);
    }
    return Radiograph.owning(rows, columns, 8, gray);
  }

  private static void checkEncoding(byte[] encoded, int headerLength, int rows, int columns) {
    ByteBuffer header = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    int bits = header.getChar(28);
    int compression = header.getInt(30);
    boolean known =
        switch (compression) {
          case PLAIN -> bits == 1 || bits == 4 || bits == 8 || bits == 24 || bits == 32;
          case RLE8 -> bits == 8;
          case RLE4 -> bits == 4;
          case BIT_FIELDS -> bits == 32 && wholeBytes(header, headerLength);
          default -> false;
        };
    if (!known) {
      throw Refusal.encoding(
          "BMP",
          "1, 4, 8, 24 or 32 bits, with 8 bits a colour",
          bits + " bits in compression number " + compression);
    }
    long start = Integer.toUnsignedLong(header.getInt(10));
    if (compression == RLE8 || compression == RLE4) {
      if (start > header.capacity()
          || rowsReached(encoded, (int) start, compression == RLE4) < rows) {
        throw Refusal.truncated("BMP", "fewer rows than the header states");
      }
    } else {
      long rowBytes = ((long) columns * bits + 31) / 32 * 4;
      if (start + rowBytes * rows > header.capacity()) {
        throw Refusal.truncated("BMP", "fewer pixels than the header states");
      }
    }
  }

  /**
   * How many rows a run-length encoding gets to: Commons Imaging leaves the others black without a
   * word. (A row that ends early is usual: its encoder left out the background.)
   */
  private static int rowsReached(byte[] encoded, int start, boolean nibbles) {
    int complete = 0;
    boolean begun = false;
    int at = start;
    while (at + 1 < encoded.length) {
      int count = encoded[at] & 255;
      int value = encoded[at + 1] & 255;
      at += 2;
      if (count == 0 && value == 0) {
        complete++;
        begun = false;
      } else if (count == 0 && value == 1) {
        break;
      } else if (count == 0 && value == 2) {
        complete += at + 1 < encoded.length ? encoded[at + 1] & 255 : 0;
        at += 2;
      } else {
        begun = true;
        if (count == 0) {
          int literal = nibbles ? (value + 1) / 2 : value;
          at += literal + (literal & 1);
        }
      }
    }
    return begun ? complete + 1 : complete;
  }

  /** Whether the masks of red, green, blue and alpha are bytes: others would have to be scaled. */
  private static boolean wholeBytes(ByteBuffer header, int headerLength) {
    int masks = headerLength >= 56 ? 4 : 3;
    if (header.capacity() < 54 + 4 * masks) {
      return false;
    }
    for (int i = 0; i < masks; i++) {
      int mask = header.getInt(54 + 4 * i);
      boolean absentAlpha = i == 3 && mask == 0;
      int shift = Integer.numberOfTrailingZeros(mask);
      if (!absentAlpha && (shift % 8 != 0 || mask >>> shift != 255)) {
        return false;
      }
    }
    return true;
  }

  private static void reverseRows(byte[] gray, int rows, int columns) {
    byte[] row = new byte[columns];
    for (int top = 0, bottom = rows - 1; top < bottom; top++, bottom--) {
      System.arraycopy(gray, top * columns, row, 0, columns);
      System.arraycopy(gray, bottom * columns, gray, top * columns, columns);
      System.arraycopy(row, 0, gray, bottom * columns, columns);
    }
  }
}
