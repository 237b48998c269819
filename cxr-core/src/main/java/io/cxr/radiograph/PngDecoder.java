package io.cxr.radiograph;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * PNG of every colour type and depth, interlaced or not (ISO/IEC 15948). Gray of 16 bits keeps
 * them; 16-bit colour keeps the high byte. Gamma, colour profiles and pixel density change nothing.
 *
 * <p>The JDK's codec checks no CRC, reads metadata that we do not need and has its own view of
 * transparency. So the chunks are checked here, and the codec is given only those that hold
 * samples.
 */
final class PngDecoder {
  private static final int SIGNATURE_LENGTH = 8;
  private static final int CHUNK_OVERHEAD = 12;
  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504c5445;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454e44;
  private static final int TRNS = 0x74524e53;

  private static final int GRAY = 0;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int GRAY_ALPHA = 4;
  private static final int RGB_ALPHA = 6;

  /** Deflate expands a byte to at most 1,032. */
  private static final long DEFLATE_EXPANSION = 1032;

  private final ByteBuffer encoded;
  private final DecodeLimits limits;
  private int rows;
  private int columns;
  private int depth;
  private int colourType;
  private boolean interlaced;
  private byte[] palette = new byte[0];
  private byte[] transparency = new byte[0];
  private long compressedLength;

  private PngDecoder(byte[] encoded, DecodeLimits limits) {
    this.encoded = ByteBuffer.wrap(encoded);
    this.limits = limits;
  }

  static Radiograph decode(byte[] encoded, DecodeLimits limits) throws IOException {
    return new PngDecoder(encoded, limits).decode();
  }

  private Radiograph decode() throws IOException {
    byte[] samples = checkChunks();
    Raster raster;
    try {
      raster = JdkRasters.png(samples);
    } catch (EOFException e) {
      throw Refusal.damaged("PNG", e);
    }
    return switch (colourType) {
      case GRAY -> depth == 16 ? gray16(raster, 1) : depth == 8 ? gray8(raster) : indexed(raster);
      case PALETTE -> indexed(raster);
      case GRAY_ALPHA -> depth == 16 ? gray16(raster, 2) : grayAlpha8(raster);
      default -> depth == 16 ? colour16(raster) : colour8(raster);
    };
  }

  // The chunks ----------------------------------------------------------------------------------

  /** Checks every chunk that bears on pixels; returns a PNG file of only those with samples. */
  private byte[] checkChunks() {
    ByteBuffer kept = ByteBuffer.allocate(encoded.capacity());
    kept.put(encoded.array(), 0, SIGNATURE_LENGTH);
    int at = SIGNATURE_LENGTH;
    boolean first = true;
    while (true) {
      if (encoded.capacity() - at < CHUNK_OVERHEAD) {
        throw Refusal.truncated("PNG", "no end (IEND chunk)");
      }
      int length = encoded.getInt(at);
      int type = encoded.getInt(at + 4);
      if (first && (type != IHDR || length != 13)) {
        throw Refusal.damaged("PNG", "a header (IHDR chunk) of 13 bytes", "none at the beginning");
      }
      if (length < 0 || length > encoded.capacity() - at - CHUNK_OVERHEAD) {
        throw Refusal.truncated("PNG", "a chunk that is longer than the rest of the file");
      }
      boolean critical = (type & 0x20000000) == 0;
      if (critical || type == TRNS) {
        checkCrc(at, length);
      }
      int content = at + 8;
      switch (type) {
        case IHDR -> {
          if (!first) {
            throw Refusal.damaged("PNG", "one header (IHDR chunk)", "another");
          }
          readHeader(content);
          keepHeader(kept);
        }
        case PLTE -> palette = slice(content, length);
        case TRNS -> transparency = slice(content, length);
        case IDAT -> {
          compressedLength += length;
          kept.put(encoded.array(), at, length + CHUNK_OVERHEAD);
        }
        case IEND -> {
          checkWhole();
          kept.put(encoded.array(), at, length + CHUNK_OVERHEAD);
          return Arrays.copyOf(kept.array(), kept.position());
        }
        default -> {
          if (critical) {
            throw Refusal.encoding("PNG", "the chunks of ISO/IEC 15948", "another critical chunk");
          }
        }
      }
      first = false;
      at += length + CHUNK_OVERHEAD;
    }
  }

  private byte[] slice(int from, int length) {
    return Arrays.copyOfRange(encoded.array(), from, from + length);
  }

  private void checkCrc(int at, int length) {
    CRC32 crc = new CRC32();
    crc.update(encoded.array(), at + 4, length + 4);
    if ((int) crc.getValue() != encoded.getInt(at + 8 + length)) {
      throw Refusal.damaged("PNG", "chunks that agree with their CRC", "one that does not");
    }
  }

  private void readHeader(int at) {
    ImageFormat.PNG.checkSize(
        Integer.toUnsignedLong(encoded.getInt(at + 4)),
        Integer.toUnsignedLong(encoded.getInt(at)),
        limits);
    columns = encoded.getInt(at);
    rows = encoded.getInt(at + 4);
    depth = encoded.get(at + 8);
    colourType = encoded.get(at + 9);
    boolean known =
        switch (colourType) {
          case GRAY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
          case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
          case RGB, GRAY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
          default -> false;
        };
    int interlace = encoded.get(at + 12);
    if (!known
        || encoded.get(at + 10) != 0
        || encoded.get(at + 11) != 0
        || interlace < 0
        || interlace > 1) {
      throw Refusal.damaged(
          "PNG", "a header of ISO/IEC 15948", "colour type " + colourType + ", depth " + depth);
    }
    interlaced = interlace == 1;
  }

  /** A palette's indices are shown to the codec as gray, so that it hands them over as they are. */
  private void keepHeader(ByteBuffer kept) {
    byte[] header = slice(SIGNATURE_LENGTH, 13 + CHUNK_OVERHEAD);
    if (colourType == PALETTE) {
      header[17] = GRAY;
      CRC32 crc = new CRC32();
      crc.update(header, 4, 17);
      ByteBuffer.wrap(header).putInt(21, (int) crc.getValue());
    }
    kept.put(header);
  }

  private void checkWhole() {
    if (compressedLength == 0) {
      throw Refusal.damaged("PNG", "pixels (IDAT chunks)", "none");
    }
    if (filteredLength() > compressedLength * DEFLATE_EXPANSION) {
      throw Refusal.damaged(
          "PNG",
          "pixels for " + rows + " rows x " + columns + " columns",
          "only " + compressedLength + " compressed bytes");
    }
    if (colourType == PALETTE
        && (palette.length == 0 || palette.length % 3 != 0 || palette.length > 768)) {
      throw Refusal.damaged("PNG", "a palette of 1 to 256 colours", palette.length + " bytes");
    }
    boolean key = colourType == GRAY || colourType == RGB;
    if (transparency.length != 0 && key && transparency.length != (colourType == GRAY ? 2 : 6)) {
      throw Refusal.damaged(
          "PNG", "one transparent value (tRNS chunk)", transparency.length + " bytes");
    }
  }

  /** How many bytes the pixels have before compression. */
  private long filteredLength() {
    int channels =
        switch (colourType) {
          case RGB -> 3;
          case GRAY_ALPHA -> 2;
          case RGB_ALPHA -> 4;
          default -> 1;
        };
    long bits = (long) channels * depth;
    if (!interlaced) {
      return rows * (1 + (columns * bits + 7) / 8);
    }
    int[] firstColumn = {0, 4, 0, 2, 0, 1, 0};
    int[] columnStep = {8, 8, 4, 4, 2, 2, 1};
    int[] firstRow = {0, 0, 4, 0, 2, 0, 1};
    int[] rowStep = {8, 8, 8, 4, 4, 2, 2};
    long length = 0;
    for (int pass = 0; pass < 7; pass++) {
      int passColumns = (columns - firstColumn[pass] + columnStep[pass] - 1) / columnStep[pass];
      int passRows = (rows - firstRow[pass] + rowStep[pass] - 1) / rowStep[pass];
      if (passColumns > 0 && passRows > 0) {
        length += (long) passRows * (1 + (passColumns * bits + 7) / 8);
      }
    }
    return length;
  }

  // The pixels ----------------------------------------------------------------------------------

  private Radiograph gray8(Raster raster) {
    byte[] gray;
    if (raster.getDataBuffer() instanceof DataBufferByte buffer
        && buffer.getSize() == rows * columns) {
      gray = buffer.getData();
    } else {
      gray = new byte[rows * columns];
      raster.getDataElements(0, 0, columns, rows, gray);
    }
    if (transparency.length != 0) {
      int key = ByteBuffer.wrap(transparency).getShort();
      for (int i = 0; i < gray.length; i++) {
        if ((gray[i] & 255) == key) {
          gray[i] = 0;
        }
      }
    }
    return Radiograph.owning(rows, columns, 8, gray);
  }

  /** Gray of fewer than 8 bits and palettes: each sample stands for one gray. */
  private Radiograph indexed(Raster raster) {
    int[] grays = new int[256];
    Arrays.fill(grays, -1);
    if (colourType == GRAY) {
      int most = (1 << depth) - 1;
      for (int value = 0; value <= most; value++) {
        grays[value] = value * 255 / most;
      }
      if (transparency.length != 0) {
        int key = ByteBuffer.wrap(transparency).getChar();
        if (key <= most) {
          grays[key] = 0;
        }
      }
    } else {
      for (int i = 0; i < palette.length / 3; i++) {
        int gray =
            Luma.ofRgb(palette[3 * i] & 255, palette[3 * i + 1] & 255, palette[3 * i + 2] & 255);
        grays[i] = i < transparency.length ? Luma.onBlack(gray, transparency[i] & 255) : gray;
      }
    }
    byte[] pixels = new byte[rows * columns];
    byte[] row = new byte[columns];
    for (int y = 0; y < rows; y++) {
      raster.getDataElements(0, y, columns, 1, row);
      for (int x = 0; x < columns; x++) {
        int gray = grays[row[x] & 255];
        if (gray < 0) {
          throw Refusal.damaged(
              "PNG", "colours of a palette of " + palette.length / 3, "number " + (row[x] & 255));
        }
        pixels[y * columns + x] = (byte) gray;
      }
    }
    return Radiograph.owning(rows, columns, 8, pixels);
  }

  private Radiograph gray16(Raster raster, int channels) {
    byte[] pixels = new byte[Math.multiplyExact(2, rows * columns)];
    short[] row = new short[channels * columns];
    int key = transparency.length == 0 ? -1 : ByteBuffer.wrap(transparency).getChar();
    for (int y = 0; y < rows; y++) {
      raster.getDataElements(0, y, columns, 1, row);
      for (int x = 0; x < columns; x++) {
        int gray = row[channels * x] & 0xffff;
        if (channels == 2) {
          gray = Luma.onBlack16(gray, row[2 * x + 1] & 0xffff);
        } else if (gray == key) {
          gray = 0;
        }
        int at = 2 * (y * columns + x);
        pixels[at] = (byte) gray;
        pixels[at + 1] = (byte) (gray >>> 8);
      }
    }
    return Radiograph.owning(rows, columns, 16, pixels);
  }

  private Radiograph grayAlpha8(Raster raster) {
    byte[] pixels = new byte[rows * columns];
    byte[] row = new byte[2 * columns];
    for (int y = 0; y < rows; y++) {
      raster.getDataElements(0, y, columns, 1, row);
      for (int x = 0; x < columns; x++) {
        pixels[y * columns + x] = (byte) Luma.onBlack(row[2 * x] & 255, row[2 * x + 1] & 255);
      }
    }
    return Radiograph.owning(rows, columns, 8, pixels);
  }

  private Radiograph colour8(Raster raster) {
    int channels = colourType == RGB_ALPHA ? 4 : 3;
    long key = colourKey();
    byte[] pixels = new byte[rows * columns];
    byte[] row = new byte[channels * columns];
    for (int y = 0; y < rows; y++) {
      raster.getDataElements(0, y, columns, 1, row);
      for (int x = 0, i = 0; x < columns; x++, i += channels) {
        int red = row[i] & 255;
        int green = row[i + 1] & 255;
        int blue = row[i + 2] & 255;
        int gray = Luma.ofRgb(red, green, blue);
        if (channels == 4) {
          gray = Luma.onBlack(gray, row[i + 3] & 255);
        } else if (key >= 0 && key == colour(red, green, blue)) {
          gray = 0;
        }
        pixels[y * columns + x] = (byte) gray;
      }
    }
    return Radiograph.owning(rows, columns, 8, pixels);
  }

  private Radiograph colour16(Raster raster) {
    int channels = colourType == RGB_ALPHA ? 4 : 3;
    long key = colourKey();
    byte[] pixels = new byte[rows * columns];
    short[] row = new short[channels * columns];
    for (int y = 0; y < rows; y++) {
      raster.getDataElements(0, y, columns, 1, row);
      for (int x = 0, i = 0; x < columns; x++, i += channels) {
        int red = row[i] & 0xffff;
        int green = row[i + 1] & 0xffff;
        int blue = row[i + 2] & 0xffff;
        int gray = Luma.ofRgb(red >> 8, green >> 8, blue >> 8);
        if (channels == 4) {
          gray = Luma.onBlack(gray, (row[i + 3] & 0xffff) >> 8);
        } else if (key >= 0 && key == colour(red, green, blue)) {
          gray = 0;
        }
        pixels[y * columns + x] = (byte) gray;
      }
    }
    return Radiograph.owning(rows, columns, 8, pixels);
  }

  /** The transparent colour, or -1. */
  private long colourKey() {
    if (colourType != RGB || transparency.length == 0) {
      return -1;
    }
    ByteBuffer key = ByteBuffer.wrap(transparency);
    return colour(key.getChar(), key.getChar(), key.getChar());
  }

  private static long colour(int red, int green, int blue) {
    return (long) red << 32 | (long) green << 16 | blue;
  }
}
