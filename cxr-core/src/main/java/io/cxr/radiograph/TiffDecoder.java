package io.cxr.radiograph;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.apache.commons.imaging.common.PackBits;
import org.apache.commons.imaging.formats.tiff.itu_t4.T4AndT6Compression;
import org.apache.commons.imaging.mylzw.MyLzwDecompressor;

/**
 * The first image of a TIFF file (TIFF 6.0): gray of 1 to 16 bits, RGB of 8 or 16, palettes; in
 * strips or tiles; plain, PackBits, LZW, Deflate or CCITT. {@code WhiteIsZero} is turned round, so
 * that black is 0 as in every other file format. The orientation tag is ignored.
 *
 * <p>Commons Imaging unpacks the strips. Its pixels are not used: it reduces 16-bit gray to 8 bits,
 * scales 2 and 4 bits wrongly, forgets the alpha of gray, undoes the 16-bit predictor byte by byte,
 * and leaves what a short strip lacks black without a word. The JDK's codec refuses that predictor.
 */
final class TiffDecoder {
  private static final int COLUMNS = 256;
  private static final int ROWS = 257;
  private static final int BITS_PER_SAMPLE = 258;
  private static final int COMPRESSION = 259;
  private static final int PHOTOMETRIC = 262;
  private static final int FILL_ORDER = 266;
  private static final int STRIP_OFFSETS = 273;
  private static final int SAMPLES_PER_PIXEL = 277;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_BYTE_COUNTS = 279;
  private static final int PLANAR_CONFIGURATION = 284;
  private static final int T4_OPTIONS = 292;
  private static final int PREDICTOR = 317;
  private static final int COLOUR_MAP = 320;
  private static final int TILE_COLUMNS = 322;
  private static final int TILE_ROWS = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTE_COUNTS = 325;
  private static final int EXTRA_SAMPLES = 338;
  private static final int SAMPLE_FORMAT = 339;

  private static final int PLAIN = 1;
  private static final int CCITT_HUFFMAN = 2;
  private static final int CCITT_T4 = 3;
  private static final int CCITT_T6 = 4;
  private static final int LZW = 5;
  private static final int DEFLATE = 8;
  private static final int OLD_DEFLATE = 32946;
  private static final int PACK_BITS = 32773;

  private static final int WHITE_IS_ZERO = 0;
  private static final int BLACK_IS_ZERO = 1;
  private static final int RGB = 2;
  private static final int PALETTE = 3;

  /** The colour is not yet weighted by it; associated alpha (1) leaves nothing to compose. */
  private static final int UNASSOCIATED_ALPHA = 2;

  private final byte[] encoded;
  private final ByteBuffer buffer;
  private final DecodeLimits limits;
  private final int directory;
  private final int entries;

  private final int rows;
  private final int columns;
  private final int bits;
  private final int compression;
  private final int photometric;
  private final int samplesPerPixel;
  private final int alpha;
  private final boolean planar;
  private final boolean predicted;
  private final boolean reversed;
  private final int[] palette;

  private TiffDecoder(byte[] encoded, DecodeLimits limits) {
    this.encoded = encoded;
    this.limits = limits;
    buffer =
        ByteBuffer.wrap(encoded)
            .order(encoded[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long start = encoded.length < 8 ? encoded.length : Integer.toUnsignedLong(buffer.getInt(4));
    if (start > encoded.length - 2) {
      throw Refusal.truncated("TIFF", "no image directory");
    }
    directory = (int) start;
    entries = buffer.getChar(directory);
    if (directory + 2L + 12L * entries > encoded.length) {
      throw Refusal.truncated("TIFF", "an image directory that goes on after the end");
    }

    long statedColumns = number(COLUMNS, 0);
    long statedRows = number(ROWS, 0);
    ImageFormat.TIFF.checkSize(statedRows, statedColumns, limits);
    columns = (int) statedColumns;
    rows = (int) statedRows;
    compression = (int) number(COMPRESSION, PLAIN);
    checkCompression();
    photometric = (int) number(PHOTOMETRIC, -1);
    checkPhotometric();
    samplesPerPixel = (int) number(SAMPLES_PER_PIXEL, 1);
    int colours = photometric == RGB ? 3 : 1;
    if (samplesPerPixel < colours || samplesPerPixel > colours + 1) {
      throw Refusal.encoding(
          "TIFF",
          colours + " samples a pixel, and at most one for transparency",
          String.valueOf(samplesPerPixel));
    }
    alpha = samplesPerPixel == colours ? 0 : (int) number(EXTRA_SAMPLES, 0);
    bits = bits();
    planar = samplesPerPixel > 1 && number(PLANAR_CONFIGURATION, 1) == 2;
    long predictor = number(PREDICTOR, 1);
    boolean predictable =
        compression == LZW || compression == DEFLATE || compression == OLD_DEFLATE;
    predicted = predictable && predictor == 2;
    if (predictable && (predictor > 2 || (predicted && bits < 8))) {
      throw Refusal.encoding(
          "TIFF", "no predictor, or horizontal differences of 8 or 16 bits", "another predictor");
    }
    reversed = number(FILL_ORDER, 1) == 2;
    palette = photometric == PALETTE ? palette() : new int[0];
  }

  static Radiograph decode(byte[] encoded, DecodeLimits limits) throws IOException {
    try {
      return new TiffDecoder(encoded, limits).decode();
    } catch (BufferUnderflowException e) {
      throw Refusal.damaged("TIFF", e);
    }
  }

  // The directory -------------------------------------------------------------------------------

  private void checkCompression() {
    switch (compression) {
      case PLAIN, CCITT_HUFFMAN, CCITT_T4, CCITT_T6, LZW, DEFLATE, OLD_DEFLATE, PACK_BITS -> {}
      default ->
          throw Refusal.encoding(
              "TIFF",
              "no compression, PackBits, LZW, Deflate or CCITT",
              "compression number " + compression);
    }
  }

  private void checkPhotometric() {
    switch (photometric) {
      case WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE -> {}
      case -1 -> throw Refusal.damaged("TIFF", "a photometric interpretation", "none");
      case 5 -> throw Refusal.colour("TIFF", "CMYK ink");
      default -> throw Refusal.colour("TIFF", "photometric interpretation " + photometric);
    }
  }

  private int bits() {
    for (long format : numbers(SAMPLE_FORMAT)) {
      if (format != 1) {
        throw Refusal.encoding("TIFF", "unsigned integer samples", "sample format " + format);
      }
    }
    long[] stated = numbers(BITS_PER_SAMPLE);
    long first = stated.length == 0 ? 1 : stated[0];
    for (long other : stated) {
      if (other != first) {
        throw Refusal.encoding("TIFF", "as many bits in every sample", "different ones");
      }
    }
    boolean small = first == 1 || first == 2 || first == 4;
    boolean gray = samplesPerPixel == 1;
    boolean ccitt = compression >= CCITT_HUFFMAN && compression <= CCITT_T6;
    if (!((gray && small) || first == 8 || (first == 16 && photometric != PALETTE))
        || (ccitt && (first != 1 || !gray))) {
      throw Refusal.encoding(
          "TIFF",
          "gray of 1, 2, 4, 8 or 16 bits, a palette of at most 8, or colour of 8 or 16",
          first + " bits");
    }
    return (int) first;
  }

  private int[] palette() {
    long[] map = numbers(COLOUR_MAP);
    int size = 1 << bits;
    if (map.length != 3 * size) {
      throw Refusal.damaged(
          "TIFF", "a colour map of 3 x " + size + " values", String.valueOf(map.length));
    }
    int[] grays = new int[size];
    for (int i = 0; i < size; i++) {
      grays[i] =
          Luma.ofRgb(
              ((int) map[i] >> 8) & 255,
              ((int) map[size + i] >> 8) & 255,
              ((int) map[2 * size + i] >> 8) & 255);
    }
    return grays;
  }

  private long number(int tag, long otherwise) {
    long[] values = numbers(tag);
    return values.length == 0 ? otherwise : values[0];
  }

  /** The values of a field of whole numbers; none if there is no such field. */
  private long[] numbers(int tag) {
    for (int i = 0; i < entries; i++) {
      int at = directory + 2 + 12 * i;
      if (buffer.getChar(at) != tag) {
        continue;
      }
      int size =
          switch (buffer.getChar(at + 2)) {
            case 1 -> 1;
            case 3 -> 2;
            case 4 -> 4;
            default -> throw Refusal.damaged("TIFF", "a whole number in field " + tag, "another");
          };
      long count = Integer.toUnsignedLong(buffer.getInt(at + 4));
      long start = count * size <= 4 ? at + 8L : Integer.toUnsignedLong(buffer.getInt(at + 8));
      if (start + count * size > encoded.length) {
        throw Refusal.truncated("TIFF", "field " + tag + " after the end");
      }
      long[] values = new long[(int) count];
      for (int k = 0; k < values.length; k++) {
        int place = (int) start + k * size;
        values[k] =
            switch (size) {
              case 1 -> buffer.get(place) & 255;
              case 2 -> buffer.getChar(place);
              default -> Integer.toUnsignedLong(buffer.getInt(place));
            };
      }
      return values;
    }
    return new long[0];
  }

  // The strips and tiles ------------------------------------------------------------------------

  private Radiograph decode() throws IOException {
    boolean tiled = numbers(TILE_OFFSETS).length != 0;
    long blockColumns = tiled ? number(TILE_COLUMNS, 0) : columns;
    long blockRows = tiled ? number(TILE_ROWS, 0) : Math.min(rows, number(ROWS_PER_STRIP, rows));
    ImageFormat.TIFF.checkSize(blockRows, blockColumns, limits);
    long[] offsets = numbers(tiled ? TILE_OFFSETS : STRIP_OFFSETS);
    long[] lengths = numbers(tiled ? TILE_BYTE_COUNTS : STRIP_BYTE_COUNTS);
    long across = (columns + blockColumns - 1) / blockColumns;
    long down = (rows + blockRows - 1) / blockRows;
    int planes = planar ? samplesPerPixel : 1;
    if (offsets.length < across * down * planes || lengths.length < across * down * planes) {
      throw Refusal.truncated("TIFF", "too few strips or tiles for " + rows + " rows");
    }
    int samplesPerBlockPixel = planar ? 1 : samplesPerPixel;
    long rowBytes = (blockColumns * samplesPerBlockPixel * bits + 7) / 8;

    boolean deep = bits == 16 && photometric <= BLACK_IS_ZERO;
    byte[] pixels = new byte[Math.multiplyExact(deep ? 2 : 1, rows * columns)];
    int[] samples = new int[Math.multiplyExact((int) blockColumns, samplesPerPixel)];
    byte[][] blocks = new byte[planes][];
    for (int down0 = 0; down0 < down; down0++) {
      long firstRow = down0 * blockRows;
      int used = (int) Math.min(blockRows, rows - firstRow);
      for (int across0 = 0; across0 < across; across0++) {
        for (int plane = 0; plane < planes; plane++) {
          int number = (int) ((plane * down + down0) * across + across0);
          long stored = tiled ? blockRows : used;
          blocks[plane] =
              block(
                  offsets[number],
                  lengths[number],
                  Math.multiplyExact(stored, rowBytes),
                  (int) blockColumns,
                  (int) stored);
        }
        int firstColumn = (int) (across0 * blockColumns);
        int width = (int) Math.min(blockColumns, columns - firstColumn);
        for (int y = 0; y < used; y++) {
          for (int plane = 0; plane < planes; plane++) {
            unpack(
                blocks[plane],
                (int) (y * rowBytes),
                samples,
                plane,
                planes,
                width * samplesPerBlockPixel);
          }
          toGray(samples, pixels, (int) ((firstRow + y) * columns + firstColumn), width);
        }
      }
    }
    return Radiograph.owning(rows, columns, deep ? 16 : 8, pixels);
  }

  private byte[] block(long offset, long length, long expected, int width, int height)
      throws IOException {
    if (offset + length > encoded.length) {
      throw Refusal.truncated("TIFF", "pixels after the end");
    }
    // How far each method can expand, so that a lying header cannot ask for memory.
    long expansion =
        switch (compression) {
          case PLAIN -> 1;
          case PACK_BITS -> 64;
          case DEFLATE, OLD_DEFLATE -> 1032;
          case LZW -> 4096;
          default -> Integer.MAX_VALUE;
        };
    if (expected > length * expansion) {
      throw Refusal.truncated("TIFF", "fewer pixels than the header states");
    }
    int size = Math.toIntExact(expected);
    byte[] packed = Arrays.copyOfRange(encoded, (int) offset, (int) (offset + length));
    if (reversed) {
      for (int i = 0; i < packed.length; i++) {
        packed[i] = (byte) (Integer.reverse(packed[i]) >>> 24);
      }
    }
    byte[] block =
        switch (compression) {
          case PACK_BITS -> PackBits.decompress(packed, size);
          case LZW ->
              new MyLzwDecompressor(8, ByteOrder.BIG_ENDIAN, true)
                  .decompress(new ByteArrayInputStream(packed), size);
          case DEFLATE, OLD_DEFLATE -> inflate(packed, size);
          case CCITT_HUFFMAN -> T4AndT6Compression.decompressModifiedHuffman(packed, width, height);
          case CCITT_T4 -> decompressT4(packed, width, height);
          case CCITT_T6 -> T4AndT6Compression.decompressT6(packed, width, height);
          default -> packed;
        };
    if (block.length < size) {
      throw Refusal.truncated("TIFF", "fewer pixels than the header states");
    }
    if (predicted) {
      undoPrediction(block, width, height);
    }
    return block;
  }

  private byte[] decompressT4(byte[] packed, int width, int height) throws IOException {
    long options = number(T4_OPTIONS, 0);
    if ((options & 2) != 0) {
      throw Refusal.encoding("TIFF", "compressed CCITT T.4", "its uncompressed mode");
    }
    boolean fillBits = (options & 4) != 0;
    return (options & 1) == 0
        ? T4AndT6Compression.decompressT4_1D(packed, width, height, fillBits)
        : T4AndT6Compression.decompressT4_2D(packed, width, height, fillBits);
  }

  private static byte[] inflate(byte[] packed, int size) {
    byte[] block = new byte[size];
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(packed);
      int length = 0;
      while (length < size) {
        int more = inflater.inflate(block, length, size - length);
        if (more == 0) {
          throw Refusal.truncated("TIFF", "fewer pixels than the header states");
        }
        length += more;
      }
      return block;
    } catch (DataFormatException e) {
      throw Refusal.damaged("TIFF", e);
    } finally {
      inflater.end();
    }
  }

  /** Horizontal differencing (TIFF 6.0, section 14), over whole samples. */
  private void undoPrediction(byte[] block, int width, int height) {
    int step = planar ? 1 : samplesPerPixel;
    int rowSamples = width * step;
    ByteBuffer samples = ByteBuffer.wrap(block).order(buffer.order());
    for (int y = 0; y < height; y++) {
      for (int i = step; i < rowSamples; i++) {
        int at = y * rowSamples + i;
        if (bits == 8) {
          block[at] += block[at - step];
        } else {
          samples.putShort(
              2 * at, (short) (samples.getShort(2 * at) + samples.getShort(2 * (at - step))));
        }
      }
    }
  }

  // The pixels ----------------------------------------------------------------------------------

  /** Spreads one row of a block over every {@code step}-th sample. */
  private void unpack(byte[] block, int at, int[] samples, int first, int step, int count) {
    int to = first;
    if (bits == 8) {
      for (int i = 0; i < count; i++, to += step) {
        samples[to] = block[at + i] & 255;
      }
    } else if (bits == 16) {
      int high = buffer.order() == ByteOrder.BIG_ENDIAN ? 0 : 1;
      for (int i = 0; i < count; i++, to += step) {
        int place = at + 2 * i;
        samples[to] = (block[place + high] & 255) << 8 | (block[place + 1 - high] & 255);
      }
    } else {
      int mask = (1 << bits) - 1;
      for (int i = 0; i < count; i++, to += step) {
        int bit = i * bits;
        samples[to] = (block[at + (bit >> 3)] >> (8 - bits - (bit & 7))) & mask;
      }
    }
  }

  private void toGray(int[] samples, byte[] pixels, int at, int width) {
    int most = (1 << bits) - 1;
    for (int x = 0, i = 0; x < width; x++, i += samplesPerPixel) {
      if (photometric == RGB) {
        int down = bits - 8;
        int gray = Luma.ofRgb(samples[i] >> down, samples[i + 1] >> down, samples[i + 2] >> down);
        pixels[at + x] =
            (byte)
                (alpha == UNASSOCIATED_ALPHA ? Luma.onBlack(gray, samples[i + 3] >> down) : gray);
        continue;
      }
      int gray = samples[i];
      if (photometric == PALETTE) {
        gray = palette[gray];
      } else {
        if (photometric == WHITE_IS_ZERO) {
          gray = most - gray;
        }
        if (bits < 8) {
          gray = gray * 255 / most;
        }
      }
      if (bits == 16) {
        gray = alpha == UNASSOCIATED_ALPHA ? Luma.onBlack16(gray, samples[i + 1]) : gray;
        pixels[2 * (at + x)] = (byte) gray;
        pixels[2 * (at + x) + 1] = (byte) (gray >>> 8);
      } else {
        pixels[at + x] =
            (byte) (alpha == UNASSOCIATED_ALPHA ? Luma.onBlack(gray, samples[i + 1]) : gray);
      }
    }
  }
}
