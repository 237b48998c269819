package io.cxr.codec.tiff;

import io.cxr.codec.CodecException;
import io.cxr.codec.rle.PackBits;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The compression methods of TIFF whose result is rows of samples; not JPEG, which has its own. */
enum TiffCompression {
  NONE(1, 1),
  CCITT_HUFFMAN(2, Integer.MAX_VALUE),
  CCITT_T4(3, Integer.MAX_VALUE),
  CCITT_T6(4, Integer.MAX_VALUE),
  LZW(5, 4096),
  JPEG(7, Integer.MAX_VALUE),
  DEFLATE(8, 1032),
  OLD_DEFLATE(32946, 1032),
  PACK_BITS(32773, 64);

  /** T4Options: lines that are coded by the line above, and uncompressed parts. */
  private static final int T4_TWO_DIMENSIONS = 1;

  private static final int T4_UNCOMPRESSED = 2;

  private final int number;

  /** How many bytes one byte can become, so that a lying header cannot ask for memory. */
  private final int expansion;

  TiffCompression(int number, int expansion) {
    this.number = number;
    this.expansion = expansion;
  }

  static TiffCompression of(long number) {
    for (TiffCompression compression : values()) {
      if (compression.number == number) {
        return compression;
      }
    }
    throw CodecException.encoding(
        "no compression, PackBits, LZW, Deflate, JPEG or CCITT",
        switch ((int) Math.min(number, Integer.MAX_VALUE)) {
          case 6 -> "JPEG as before 1995 (compression 6)";
          case 9, 10, 34661 -> "JBIG (compression " + number + ")";
          case 32766 -> "NeXT's run lengths (compression 32766)";
          case 32809 -> "ThunderScan (compression 32809)";
          case 33003, 33004, 33005, 34712 -> "JPEG 2000 (compression " + number + ")";
          case 34887 -> "LERC (compression 34887)";
          case 34892 -> "JPEG of a camera's raw data (compression 34892)";
          case 34925 -> "LZMA (compression 34925)";
          case 50000, 34926 -> "Zstandard (compression " + number + ")";
          case 34927, 50001 -> "WebP (compression " + number + ")";
          case 50002, 52546 -> "JPEG XL (compression " + number + ")";
          default -> "compression number " + number;
        });
  }

  boolean isCcitt() {
    return this == CCITT_HUFFMAN || this == CCITT_T4 || this == CCITT_T6;
  }

  /** Whether rows may be written as differences (TIFF 6.0, section 14). */
  boolean takesPredictor() {
    return this == LZW || this == DEFLATE || this == OLD_DEFLATE;
  }

  /**
   * A block's rows.
   *
   * @param packed what is stored of it
   * @param size how many bytes the rows have
   * @param t4Options the field of that name
   * @return at least {@code size} bytes
   */
  byte[] unpack(byte[] packed, int size, int width, int height, long t4Options) {
    if (size > (long) packed.length * expansion) {
      throw tooFew();
    }
    byte[] block =
        switch (this) {
          case PACK_BITS -> packBits(packed, size);
          case LZW -> lzw(packed, size);
          case DEFLATE, OLD_DEFLATE -> inflate(packed, size);
          case CCITT_HUFFMAN, CCITT_T4, CCITT_T6 -> ccitt(packed, width, height, t4Options);
          case NONE -> packed;
          case JPEG -> throw new IllegalStateException("JPEG blocks are no rows");
        };
    if (block.length < size) {
      throw tooFew();
    }
    return block;
  }

  private static CodecException tooFew() {
    return CodecException.truncated("fewer pixels than the header states");
  }

  /** TIFF 6.0, section 9. */
  private static byte[] packBits(byte[] packed, int size) {
    byte[] block = new byte[size];
    int filled = PackBits.unpack(packed, 0, packed.length, block, 0, 1, size, false);
    return filled == size ? block : Arrays.copyOf(block, filled);
  }

  /** Whether a block is LZW as before TIFF 6.0, told as libtiff tells it. */
  boolean isOldLzw(byte[] packed) {
    // The first code, to begin anew, is 256: with the highest bits first that is a byte of 128.
    return this == LZW && packed.length >= 2 && packed[0] == 0 && (packed[1] & 1) != 0;
  }

  private byte[] lzw(byte[] packed, int size) {
    LzwDecoder decoder = isOldLzw(packed) ? LzwDecoder.oldTiff() : LzwDecoder.tiff();
    byte[] block = new byte[size];
    try {
      int filled = decoder.decode(packed, 0, packed.length, block, size);
      return filled == size ? block : Arrays.copyOf(block, filled);
    } catch (LzwDecoder.UnknownCode e) {
      throw CodecException.damaged(e);
    }
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
          throw tooFew();
        }
        length += more;
      }
      return block;
    } catch (DataFormatException e) {
      throw CodecException.damaged(e);
    } finally {
      inflater.end();
    }
  }

  private byte[] ccitt(byte[] packed, int width, int height, long options) {
    if (this == CCITT_T4 && (options & T4_UNCOMPRESSED) != 0) {
      throw CodecException.encoding("compressed CCITT T.4", "its uncompressed mode");
    }
    return switch (this) {
      case CCITT_HUFFMAN -> CcittDecoder.huffman(packed, width, height);
      case CCITT_T6 -> CcittDecoder.t6(packed, width, height);
      default -> CcittDecoder.t4(packed, width, height, (options & T4_TWO_DIMENSIONS) != 0);
    };
  }
}
