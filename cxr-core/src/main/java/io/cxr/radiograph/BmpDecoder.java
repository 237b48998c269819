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
    checkEncoding(header, headerLength, rows, columns);

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

  private static void checkEncoding(ByteBuffer header, int headerLength, int rows, int columns) {
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
    if (compression == PLAIN || compression == BIT_FIELDS) {
      long rowBytes = ((long) columns * bits + 31) / 32 * 4;
      long start = Integer.toUnsignedLong(header.getInt(10));
      if (start + rowBytes * rows > header.capacity()) {
        throw Refusal.truncated("BMP", "fewer pixels than the header states");
      }
    }
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
