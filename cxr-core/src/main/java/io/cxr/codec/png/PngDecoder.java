package io.cxr.codec.png;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecMemory;
import io.cxr.codec.CodecNotes;
import io.cxr.codec.GraySamples;
import io.cxr.codec.Orientation;
import io.cxr.codec.PictureSize;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * PNG of every colour type and depth, interlaced or not (ISO/IEC 15948). Gray of 16 bits keeps
 * them; 16-bit colour keeps the high byte. Gamma, colour profiles and pixel density change nothing.
 *
 * <p>The chunks are checked here. Rows that are not interlaced are inflated and unfiltered here
 * too. Interlaced files, and files in which anything is irregular, are left to another decoder, so
 * that its answer stands. The JDK's codec checks no CRC, reads metadata that we do not need and has
 * its own view of transparency: {@link #samplesOnly()} is only the chunks that hold samples.
 */
public final class PngDecoder {
  private static final int SIGNATURE_LENGTH = 8;
  private static final int CHUNK_OVERHEAD = 12;
  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504c5445;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454e44;
  private static final int TRNS = 0x74524e53;
  private static final int EXIF = 0x65584966;

  /** Apple's own, before the header: what follows is no PNG for any other program. */
  private static final int CGBI = 0x43674249;

  private static final int GRAY = 0;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int GRAY_ALPHA = 4;
  private static final int RGB_ALPHA = 6;

  /** Deflate expands a byte to at most 1,032. */
  private static final long DEFLATE_EXPANSION = 1032;

  /** Inflated at a time: little enough for the second cache, and few calls. */
  private static final int PIECE = 1 << 17;

  /** A longer row, which needs a file of 250 KB at least, is left to the codec. */
  private static final int LONGEST_ROW = 1 << 28;

  private final byte[] array;
  private final ByteBuffer encoded;
  private final int end;
  private final long mostPixels;
  private final CodecMemory memory;
  private int rows;
  private int columns;
  private int depth;
  private int colourType;
  private boolean interlaced;
  private byte[] palette = new byte[0];
  private byte[] transparency = new byte[0];
  private long compressedLength;

  /** Whether alpha is left out. */
  private boolean opaque;

  /** Whether what was decoded has no pixel that can be seen. */
  private boolean allTransparent;

  private PngDecoder(byte[] encoded, int length, long mostPixels, CodecMemory memory) {
    this.array = encoded;
    this.encoded = ByteBuffer.wrap(encoded);
    this.end = length;
    this.mostPixels = mostPixels;
    this.memory = memory;
  }

  /** Decodes what {@link PngDecoder#byInflater()} leaves to another decoder. */
  @FunctionalInterface
  public interface Fallback {
    /**
     * Decodes a file whose chunks are as they should be.
     *
     * @param checked the file
     * @return its gray
     */
    GraySamples decode(PngDecoder checked);
  }

  /** Brings the samples of a picture that another decoder has decoded, row by row. */
  @FunctionalInterface
  public interface Rows {
    /**
     * Brings a row.
     *
     * @param y which one
     * @param samples receives the samples of all channels: a byte each, or two with the higher one
     *     first
     */
    void row(int y, byte[] samples);
  }

  /**
   * Decodes a file.
   *
   * @param notes is told what was not as it should be
   * @param fallback decodes what is rare or irregular
   * @return gray of 8 or 16 bits in the pixels of the working memory
   */
  public GraySamples decode(CodecNotes notes, Fallback fallback) {
    GraySamples samples = decode(fallback);
    if (allTransparent) {
      notes.tellAllIsTransparent();
      opaque = true;
      samples = decode(fallback);
    }
    return samples;
  }

  private GraySamples decode(Fallback fallback) {
    return byInflater().orElseGet(() -> fallback.decode(this));
  }

  /**
   * A decoder for a file whose chunks are as they should be.
   *
   * @param encoded begins with a PNG file
   * @param length where that ends
   * @param mostPixels the most pixels that it may have
   * @param memory working memory
   * @return the decoder
   * @throws CodecException if the chunks are not as they should be
   */
  public static PngDecoder ofCheckedChunks(
      byte[] encoded, int length, long mostPixels, CodecMemory memory) {
    PngDecoder decoder = new PngDecoder(encoded, length, mostPixels, memory);
    decoder.checkChunks();
    return decoder;
  }

  // The rows ------------------------------------------------------------------------------------

  /**
   * The gray by our own decoding, or nothing if the file is interlaced or irregular: what the JDK's
   * codec makes of it is then the answer. Whatever this accepts, that decodes to the same.
   *
   * @return gray of 8 or 16 bits in the pixels of the working memory
   */
  public Optional<GraySamples> byInflater() {
    long rowLength = 1 + ((long) columns * channels() * depth + 7) / 8;
    if (interlaced || rowLength > LONGEST_ROW) {
      return Optional.empty();
    }
    try {
      return inflateRows((int) rowLength);
    } catch (DataFormatException e) {
      return Optional.empty();
    }
  }

  private Optional<GraySamples> inflateRows(int rowLength) throws DataFormatException {
    PngGray gray = gray();
    byte[] pixels = memory.pixels(gray.length());
    long left = (long) rows * rowLength;
    int capacity = (int) Math.min(left, Math.max(PIECE, rowLength));
    byte[] filtered = memory.filtered(capacity);
    int bytes = rowLength - 1;
    int pixelBytes = Math.max(1, channels() * depth / 8);
    byte[] row = memory.row(bytes);
    byte[] prior = memory.priorRow(bytes);
    Arrays.fill(prior, 0, bytes, (byte) 0);
    boolean rowsArePixels = gray.isStored();
    byte[] samples = memory.samples(depth < 8 ? columns : 0);

    ChunkInflater inflater = new ChunkInflater(memory.inflater());
    int y = 0;
    int held = 0;
    while (y < rows) {
      int wanted = (int) Math.min(capacity - held, left);
      if (!inflater.inflate(filtered, held, wanted)) {
        return Optional.empty();
      }
      left -= wanted;
      held += wanted;
      int at = 0;
      for (; held - at >= rowLength; at += rowLength, y++) {
        if (rowsArePixels) {
          byte[] above = y == 0 ? prior : pixels;
          int aboveFrom = y == 0 ? 0 : (y - 1) * bytes;
          if (!PngRows.unfilter(
              filtered, at, above, aboveFrom, pixels, y * bytes, bytes, pixelBytes)) {
            return Optional.empty();
          }
          continue;
        }
        if (!PngRows.unfilter(filtered, at, prior, 0, row, 0, bytes, pixelBytes)) {
          return Optional.empty();
        }
        if (depth < 8) {
          unpack(row, samples);
          gray.convert(samples, y, pixels);
        } else {
          gray.convert(row, y, pixels);
        }
        byte[] swapped = prior;
        prior = row;
        row = swapped;
      }
      System.arraycopy(filtered, at, filtered, 0, held - at);
      held -= at;
    }
    if (!inflater.ends(filtered)) {
      return Optional.empty();
    }
    gray.check();
    allTransparent = gray.allTransparent();
    return Optional.of(new GraySamples(rows, columns, gray.bits(), pixels));
  }

  /** Samples of 1, 2 or 4 bits, the first in the highest bits, to a byte each. */
  private void unpack(byte[] row, byte[] samples) {
    int perByte = 8 / depth;
    int most = (1 << depth) - 1;
    for (int x = 0; x < columns; x++) {
      int shift = 8 - depth - depth * (x % perByte);
      samples[x] = (byte) (row[x / perByte] >> shift & most);
    }
  }

  /** Feeds the content of the IDAT chunks, where they lie, to a decompressor. */
  private final class ChunkInflater {
    private final Inflater inflater;
    private int at = SIGNATURE_LENGTH;

    ChunkInflater(Inflater inflater) {
      this.inflater = inflater;
    }

    /** Fills a range; false if the stream ends before. */
    boolean inflate(byte[] into, int from, int length) throws DataFormatException {
      int done = 0;
      while (done < length) {
        int count = inflater.inflate(into, from + done, length - done);
        done += count;
        if (count == 0 && !goesOn()) {
          return false;
        }
      }
      return true;
    }

    /** Whether the stream ends here, with the right checksum. */
    boolean ends(byte[] scratch) throws DataFormatException {
      while (!inflater.finished()) {
        if (inflater.inflate(scratch, 0, 1) != 0 || (!inflater.finished() && !goesOn())) {
          return false;
        }
      }
      return true;
    }

    /** After no output: whether there is more input. */
    private boolean goesOn() {
      return !inflater.finished()
          && !inflater.needsDictionary()
          && inflater.needsInput()
          && nextChunk();
    }

    private boolean nextChunk() {
      while (true) {
        int length = encoded.getInt(at);
        int type = encoded.getInt(at + 4);
        int content = at + 8;
        if (type == IEND) {
          return false;
        }
        at += length + CHUNK_OVERHEAD;
        if (type == IDAT && length > 0) {
          inflater.setInput(array, content, length);
          return true;
        }
      }
    }
  }

  // Another decoder -----------------------------------------------------------------------------

  /** Bits of a sample. */
  public int depth() {
    return depth;
  }

  /** Rows of the picture. */
  public int rows() {
    return rows;
  }

  /** Columns of the picture. */
  public int columns() {
    return columns;
  }

  /** Samples of a pixel, as they are in the file: a palette's index is one. */
  public int channels() {
    return switch (colourType) {
      case RGB -> 3;
      case GRAY_ALPHA -> 2;
      case RGB_ALPHA -> 4;
      default -> 1;
    };
  }

  /**
   * The gray of what another decoder has decoded.
   *
   * @param source the samples
   * @return gray of 8 or 16 bits in the pixels of the working memory
   */
  public GraySamples grayOf(Rows source) {
    PngGray gray = gray();
    byte[] pixels = memory.pixels(gray.length());
    int values = columns * channels();
    byte[] samples = memory.samples(depth == 16 ? Math.multiplyExact(2, values) : values);
    for (int y = 0; y < rows; y++) {
      source.row(y, samples);
      gray.convert(samples, y, pixels);
    }
    gray.check();
    allTransparent = gray.allTransparent();
    return new GraySamples(rows, columns, gray.bits(), pixels);
  }

  /** A PNG file of only the chunks with samples. */
  public byte[] samplesOnly() {
    ByteBuffer kept = ByteBuffer.allocate(end);
    kept.put(array, 0, SIGNATURE_LENGTH);
    keepHeader(kept);
    int at = SIGNATURE_LENGTH;
    while (true) {
      int length = encoded.getInt(at) + CHUNK_OVERHEAD;
      int type = encoded.getInt(at + 4);
      if (type == IDAT || type == IEND) {
        kept.put(array, at, length);
      }
      if (type == IEND) {
        return Arrays.copyOf(kept.array(), kept.position());
      }
      at += length;
    }
  }

  // The chunks ----------------------------------------------------------------------------------

  /** Checks every chunk that bears on pixels. */
  private void checkChunks() {
    int at = SIGNATURE_LENGTH;
    boolean first = true;
    while (true) {
      if (end - at < CHUNK_OVERHEAD) {
        throw CodecException.truncated("no end (IEND chunk)");
      }
      int length = encoded.getInt(at);
      int type = encoded.getInt(at + 4);
      if (first && type == CGBI) {
        throw CodecException.encoding(
            "pixels as ISO/IEC 15948 has them",
            "Apple's own variant (CgBI), which Xcode makes for applications",
            "convert it back on a Mac (pngcrush -revert-iphone-optimizations IN OUT), or take the"
                + " picture that it was made of");
      }
      if (first && (type != IHDR || length != 13)) {
        throw CodecException.damaged("a header (IHDR chunk) of 13 bytes", "none at the beginning");
      }
      if (length < 0 || length > end - at - CHUNK_OVERHEAD) {
        throw CodecException.truncated("a chunk that is longer than the rest of the file");
      }
      boolean critical = (type & 0x20000000) == 0;
      if (critical || type == TRNS) {
        checkCrc(at, length);
      }
      int content = at + 8;
      switch (type) {
        case IHDR -> {
          if (!first) {
            throw CodecException.damaged("one header (IHDR chunk)", "another");
          }
          readHeader(content);
        }
        case PLTE -> palette = slice(content, length);
        case TRNS -> transparency = slice(content, length);
        case IDAT -> compressedLength += length;
        case EXIF -> Orientation.check(Orientation.ofExif(array, content, content + length));
        case IEND -> {
          checkWhole();
          return;
        }
        default -> {
          if (critical) {
            throw CodecException.encoding("the chunks of ISO/IEC 15948", "another critical chunk");
          }
        }
      }
      first = false;
      at += length + CHUNK_OVERHEAD;
    }
  }

  private byte[] slice(int from, int length) {
    return Arrays.copyOfRange(array, from, from + length);
  }

  private void checkCrc(int at, int length) {
    CRC32 crc = memory.crc();
    crc.update(array, at + 4, length + 4);
    if ((int) crc.getValue() != encoded.getInt(at + 8 + length)) {
      throw CodecException.damaged("chunks that agree with their CRC", "one that does not");
    }
  }

  private void readHeader(int at) {
    PictureSize.check(
        Integer.toUnsignedLong(encoded.getInt(at + 4)),
        Integer.toUnsignedLong(encoded.getInt(at)),
        mostPixels);
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
      throw CodecException.damaged(
          "a header of ISO/IEC 15948", "colour type " + colourType + ", depth " + depth);
    }
    interlaced = interlace == 1;
  }

  /** A palette's indices are shown to the codec as gray, so that it hands them over as they are. */
  private void keepHeader(ByteBuffer kept) {
    byte[] header = slice(SIGNATURE_LENGTH, 13 + CHUNK_OVERHEAD);
    if (colourType == PALETTE) {
      header[17] = GRAY;
      CRC32 crc = memory.crc();
      crc.update(header, 4, 17);
      ByteBuffer.wrap(header).putInt(21, (int) crc.getValue());
    }
    kept.put(header);
  }

  private void checkWhole() {
    if (compressedLength == 0) {
      throw CodecException.damaged("pixels (IDAT chunks)", "none");
    }
    if (filteredLength() > compressedLength * DEFLATE_EXPANSION) {
      throw CodecException.damaged(
          "pixels for " + rows + " rows x " + columns + " columns",
          "only " + compressedLength + " compressed bytes");
    }
    if (colourType == PALETTE
        && (palette.length == 0 || palette.length % 3 != 0 || palette.length > 768)) {
      throw CodecException.damaged("a palette of 1 to 256 colours", palette.length + " bytes");
    }
    boolean key = colourType == GRAY || colourType == RGB;
    if (transparency.length != 0 && key && transparency.length != (colourType == GRAY ? 2 : 6)) {
      throw CodecException.damaged(
          "one transparent value (tRNS chunk)", transparency.length + " bytes");
    }
  }

  /** How many bytes the pixels have before compression. */
  private long filteredLength() {
    long bits = (long) channels() * depth;
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

  private PngGray gray() {
    return switch (colourType) {
      case GRAY -> PngGray.ofGray(rows, columns, depth, transparency);
      case PALETTE -> PngGray.ofPalette(rows, columns, palette, transparency);
      case GRAY_ALPHA -> PngGray.ofGrayAlpha(rows, columns, depth, opaque);
      case RGB -> PngGray.ofColour(rows, columns, depth, transparency);
      default -> PngGray.ofColourAlpha(rows, columns, depth, opaque);
    };
  }
}
