package io.cxr.codec.tiff;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecMemory;
import io.cxr.codec.CodecNotes;
import io.cxr.codec.GraySamples;
import io.cxr.codec.Luma;
import io.cxr.codec.Orientation;
import io.cxr.codec.PictureSize;
import io.cxr.codec.jpeg.JpegDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The first image of a TIFF or BigTIFF file (TIFF 6.0): gray of 1, 2, 4 and 8 to 16 bits, RGB of 8
 * or 16, palettes; in strips or tiles; plain, PackBits, LZW, Deflate, CCITT or JPEG. {@code
 * WhiteIsZero} is turned round, so that black is 0 as in every other file format.
 *
 * <p>Read as other programs read it, and told in the log: lengths of strips that are missing, 0 or
 * beyond the end, tiles under the tags of strips, signed types of whole numbers, LZW as before TIFF
 * 6.0, and samples of undefined format, which are taken for unsigned as TIFF 6.0 advises.
 */
public final class TiffDecoder {
  private static final int COLUMNS = 256;
  private static final int ROWS = 257;
  private static final int BITS_PER_SAMPLE = 258;
  private static final int COMPRESSION = 259;
  private static final int PHOTOMETRIC = 262;
  private static final int FILL_ORDER = 266;
  private static final int ORIENTATION = 274;
  private static final int SAMPLES_PER_PIXEL = 277;
  private static final int PLANAR_CONFIGURATION = 284;
  private static final int T4_OPTIONS = 292;
  private static final int PREDICTOR = 317;
  private static final int COLOUR_MAP = 320;
  private static final int EXTRA_SAMPLES = 338;
  private static final int SAMPLE_FORMAT = 339;
  private static final int JPEG_TABLES = 347;

  private static final int WHITE_IS_ZERO = 0;
  private static final int BLACK_IS_ZERO = 1;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int YCBCR = 6;

  private static final int UNSIGNED = 1;
  private static final int UNDEFINED = 4;

  /** The colour is not yet weighted by it; associated alpha (1) leaves nothing to compose. */
  private static final int UNASSOCIATED_ALPHA = 2;

  private final byte[] encoded;
  private final long mostPixels;
  private final CodecMemory memory;
  private final CodecNotes notes;
  private final JpegDecoder.Fallback fallback;
  private final TiffDirectory directory;

  private final int rows;
  private final int columns;
  private final int bits;
  private final TiffCompression compression;
  private final int photometric;
  private final int samplesPerPixel;
  private final boolean planar;
  private final boolean predicted;
  private final boolean reversed;
  private final int[] palette;
  private final long t4Options;

  /** Whether the last sample of a pixel says how much of it is seen. */
  private boolean transparent;

  private boolean oldLzw;

  private TiffDecoder(
      byte[] encoded,
      long mostPixels,
      CodecMemory memory,
      CodecNotes notes,
      JpegDecoder.Fallback fallback) {
    this.encoded = encoded;
    this.mostPixels = mostPixels;
    this.memory = memory;
    this.notes = notes;
    this.fallback = fallback;
    directory = new TiffDirectory(encoded, notes);
    long statedColumns = directory.number(COLUMNS, 0);
    long statedRows = directory.number(ROWS, 0);
    PictureSize.check(statedRows, statedColumns, mostPixels);
    columns = (int) statedColumns;
    rows = (int) statedRows;
    Orientation.check(directory.number(ORIENTATION, 1));
    compression = TiffCompression.of(directory.number(COMPRESSION, 1));
    photometric = (int) Math.min(directory.number(PHOTOMETRIC, -1), Integer.MAX_VALUE);
    checkPhotometric();
    long samples = directory.number(SAMPLES_PER_PIXEL, 1);
    int colours = photometric == RGB || photometric == YCBCR ? 3 : 1;
    if (samples < colours || samples > colours + 1) {
      throw CodecException.encoding(
          colours + " samples a pixel, and at most one for transparency", String.valueOf(samples));
    }
    samplesPerPixel = (int) samples;
    transparent =
        samplesPerPixel > colours && directory.number(EXTRA_SAMPLES, 0) == UNASSOCIATED_ALPHA;
    bits = bits();
    planar = samplesPerPixel > 1 && directory.number(PLANAR_CONFIGURATION, 1) == 2;
    long predictor = directory.number(PREDICTOR, 1);
    predicted = compression.takesPredictor() && predictor == 2;
    if (compression.takesPredictor() && (predictor > 2 || (predicted && bits != 8 && bits != 16))) {
      throw CodecException.encoding(
          "no predictor, or horizontal differences of 8 or 16 bits", "another predictor");
    }
    if (compression == TiffCompression.JPEG && (bits != 8 || planar || samplesPerPixel > colours)) {
      throw CodecException.encoding(
          "JPEG of 8 bits, one or three colours together", "JPEG of another kind");
    }
    reversed = directory.number(FILL_ORDER, 1) == 2;
    t4Options = directory.number(T4_OPTIONS, 0);
    palette = photometric == PALETTE ? palette() : new int[0];
  }

  /**
   * Decodes a file.
   *
   * @param encoded the file
   * @param mostPixels the most pixels that it may have
   * @param memory working memory
   * @param notes is told what was not as it should be
   * @param fallback decodes JPEG blocks that are rare or irregular
   * @return gray of 8 to 16 bits
   * @throws CodecException if it cannot be decoded
   */
  public static GraySamples decode(
      byte[] encoded,
      long mostPixels,
      CodecMemory memory,
      CodecNotes notes,
      JpegDecoder.Fallback fallback) {
    TiffDecoder decoder = new TiffDecoder(encoded, mostPixels, memory, notes, fallback);
    GraySamples samples = decoder.decode();
    if (samples == null) {
      notes.tellAllIsTransparent();
      decoder.transparent = false;
      samples = decoder.decode();
    }
    if (samples == null) {
      throw new IllegalStateException("without transparency every pixel is seen");
    }
    return samples;
  }

  // The directory -------------------------------------------------------------------------------

  private void checkPhotometric() {
    switch (photometric) {
      case WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE -> {}
      case YCBCR -> {
        if (compression != TiffCompression.JPEG) {
          throw CodecException.colour("YCbCr without JPEG");
        }
      }
      case -1 -> throw CodecException.damaged("a photometric interpretation", "none");
      case 5 -> throw CodecException.colour("CMYK ink");
      case 8, 9, 10 -> throw CodecException.colour("CIE L*a*b*");
      case 32803 -> throw CodecException.colour("a camera's colour filter array");
      case 34892 -> throw CodecException.colour("a camera's raw colours");
      default -> throw CodecException.colour("photometric interpretation " + photometric);
    }
  }

  private int bits() {
    boolean undefined = false;
    for (long format : directory.numbers(SAMPLE_FORMAT, samplesPerPixel)) {
      if (format == UNDEFINED) {
        undefined = true;
      } else if (format != UNSIGNED) {
        throw CodecException.encoding(
            "unsigned integer samples",
            format == 2
                ? "signed ones"
                : format == 3 ? "floating point ones" : "sample format " + format);
      }
    }
    if (undefined) {
      notes.tell("a format of samples", "an undefined one", "read as unsigned numbers");
    }
    long[] stated = directory.numbers(BITS_PER_SAMPLE, samplesPerPixel);
    long first = stated.length == 0 ? 1 : stated[0];
    for (long other : stated) {
      if (other != first) {
        throw CodecException.encoding("as many bits in every sample", "different ones");
      }
    }
    boolean gray = samplesPerPixel == 1;
    boolean known = first == 8 || (first == 16 && photometric != PALETTE);
    if (gray) {
      known |= first == 1 || first == 2 || first == 4;
      known |= first > 8 && first < 16 && photometric <= BLACK_IS_ZERO;
    }
    if (!known || (compression.isCcitt() && (first != 1 || !gray))) {
      throw CodecException.encoding(
          "gray of 1, 2, 4 or 8 to 16 bits, a palette of at most 8, or colour of 8 or 16",
          first + " bits");
    }
    return (int) first;
  }

  private int[] palette() {
    int size = 1 << bits;
    if (directory.count(COLOUR_MAP) != 3L * size) {
      throw CodecException.damaged(
          "a colour map of 3 x " + size + " values", String.valueOf(directory.count(COLOUR_MAP)));
    }
    long[] map = directory.numbers(COLOUR_MAP, 3 * size);
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

  // The strips and tiles ------------------------------------------------------------------------

  /** The picture, or nothing if all of it is transparent. */
  private @Nullable GraySamples decode() {
    int planes = planar ? samplesPerPixel : 1;
    int samplesPerBlockPixel = planar ? 1 : samplesPerPixel;
    TiffBlocks blocks =
        TiffBlocks.of(
            directory,
            encoded.length,
            rows,
            columns,
            planes,
            samplesPerBlockPixel * bits,
            compression,
            mostPixels,
            notes);
    boolean deep = bits > 8 && photometric <= BLACK_IS_ZERO;
    byte[] pixels = new byte[Math.multiplyExact(deep ? 2 : 1, rows * columns)];
    if (compression == TiffCompression.JPEG) {
      decodeJpeg(blocks, pixels);
      return new GraySamples(rows, columns, 8, pixels);
    }
    int rowBytes = (int) (((long) blocks.blockColumns * samplesPerBlockPixel * bits + 7) / 8);
    int[] samples = new int[Math.min(blocks.blockColumns, columns) * samplesPerPixel];
    byte[][] planesOfBlock = new byte[planes][];
    boolean seen = !transparent;
    for (int row = 0; row < blocks.down; row++) {
      int firstRow = row * blocks.blockRows;
      int used = Math.min(blocks.blockRows, rows - firstRow);
      for (int column = 0; column < blocks.across; column++) {
        int firstColumn = column * blocks.blockColumns;
        int width = Math.min(blocks.blockColumns, columns - firstColumn);
        for (int plane = 0; plane < planes; plane++) {
          byte[] stored = stored(blocks, plane, row, column);
          // Only the rows that are used: blocks at the lower end go on below the image.
          planesOfBlock[plane] =
              unpacked(stored, Math.multiplyExact(used, rowBytes), blocks.blockColumns, used);
        }
        for (int y = 0; y < used; y++) {
          for (int plane = 0; plane < planes; plane++) {
            unpack(
                planesOfBlock[plane],
                y * rowBytes,
                samples,
                plane,
                planes,
                width * samplesPerBlockPixel);
          }
          seen |= toGray(samples, pixels, (firstRow + y) * columns + firstColumn, width);
        }
      }
    }
    return seen ? new GraySamples(rows, columns, deep ? bits : 8, pixels) : null;
  }

  private byte[] stored(TiffBlocks blocks, int plane, int row, int column) {
    byte[] stored = blocks.stored(encoded, blocks.number(plane, row, column));
    if (reversed && compression != TiffCompression.JPEG) {
      for (int i = 0; i < stored.length; i++) {
        stored[i] = (byte) (Integer.reverse(stored[i]) >>> 24);
      }
    }
    return stored;
  }

  private byte[] unpacked(byte[] stored, int size, int width, int height) {
    if (!oldLzw && compression.isOldLzw(stored)) {
      oldLzw = true;
      notes.tell("LZW as in TIFF 6.0", "LZW as before it, lowest bits first", "read as such");
    }
    byte[] block = compression.unpack(stored, size, width, height, t4Options);
    if (predicted) {
      undoPrediction(block, width, height);
    }
    return block;
  }

  /** Blocks that are JPEG images of their own, but for tables that they share. */
  private void decodeJpeg(TiffBlocks blocks, byte[] pixels) {
    byte[] tables = directory.bytes(JPEG_TABLES);
    for (int row = 0; row < blocks.down; row++) {
      int firstRow = row * blocks.blockRows;
      int used = Math.min(blocks.blockRows, rows - firstRow);
      for (int column = 0; column < blocks.across; column++) {
        int firstColumn = column * blocks.blockColumns;
        int width = Math.min(blocks.blockColumns, columns - firstColumn);
        GraySamples block =
            JpegDecoder.decodeBlock(
                tables,
                stored(blocks, 0, row, column),
                samplesPerPixel,
                photometric == RGB,
                used,
                blocks.blockRows,
                blocks.blockColumns,
                mostPixels,
                memory,
                fallback);
        for (int y = 0; y < used; y++) {
          int to = (firstRow + y) * columns + firstColumn;
          System.arraycopy(block.samples(), y * blocks.blockColumns, pixels, to, width);
        }
      }
    }
    for (int i = 0; i < pixels.length; i++) {
      if (photometric == WHITE_IS_ZERO) {
        pixels[i] = (byte) ~pixels[i];
      } else if (photometric == PALETTE) {
        pixels[i] = (byte) palette[pixels[i] & 255];
      }
    }
  }

  /** Horizontal differencing (TIFF 6.0, section 14), over whole samples. */
  private void undoPrediction(byte[] block, int width, int height) {
    int step = planar ? 1 : samplesPerPixel;
    int rowSamples = width * step;
    ByteBuffer samples = ByteBuffer.wrap(block).order(directory.order());
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
      int high = directory.order() == ByteOrder.BIG_ENDIAN ? 0 : 1;
      for (int i = 0; i < count; i++, to += step) {
        int place = at + 2 * i;
        samples[to] = (block[place + high] & 255) << 8 | (block[place + 1 - high] & 255);
      }
    } else {
      // The first sample in the highest bits (TIFF 6.0, section 8), across bytes where it must.
      int mask = (1 << bits) - 1;
      int held = 0;
      int value = 0;
      int from = at;
      for (int i = 0; i < count; i++, to += step) {
        while (held < bits) {
          value = value << 8 | (block[from++] & 255);
          held += 8;
        }
        held -= bits;
        samples[to] = value >>> held & mask;
      }
    }
  }

  /** Turns a row into pixels; whether any of them is seen. */
  private boolean toGray(int[] samples, byte[] pixels, int at, int width) {
    int most = (1 << bits) - 1;
    int seen = 0;
    for (int x = 0, i = 0; x < width; x++, i += samplesPerPixel) {
      int alpha = transparent ? samples[i + samplesPerPixel - 1] : most;
      seen |= alpha;
      if (photometric == RGB) {
        int down = bits - 8;
        int gray = Luma.ofRgb(samples[i] >> down, samples[i + 1] >> down, samples[i + 2] >> down);
        pixels[at + x] = (byte) (transparent ? Luma.onBlack(gray, alpha >> down) : gray);
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
      if (bits > 8) {
        gray = transparent ? Luma.onBlack16(gray, alpha) : gray;
        pixels[2 * (at + x)] = (byte) gray;
        pixels[2 * (at + x) + 1] = (byte) (gray >>> 8);
      } else {
        pixels[at + x] = (byte) (transparent ? Luma.onBlack(gray, alpha) : gray);
      }
    }
    return seen != 0;
  }
}
