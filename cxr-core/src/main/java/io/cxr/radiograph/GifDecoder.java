package io.cxr.radiograph;

import io.cxr.codec.CodecException;
import io.cxr.codec.GraySamples;
import io.cxr.codec.Luma;
import io.cxr.codec.PictureSize;
import io.cxr.codec.tiff.LzwDecoder;

/**
 * The first frame of a GIF file (GIF 87a, 89a) on its screen. What the frame leaves uncovered is
 * transparent, so black.
 */
final class GifDecoder {
  private static final int SCREEN_END = 13;
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2c;
  private static final int TRAILER = 0x3b;
  private static final int DESCRIPTOR_LENGTH = 10;
  private static final int GRAPHIC_CONTROL = 0xf9;
  private static final int INTERLACED = 0x40;
  private static final int[] PASS_STARTS = {0, 4, 2, 1};
  private static final int[] PASS_STEPS = {8, 8, 4, 2};

  /** A code of 12 bits stands for at most 4,096 bytes. */
  private static final long LZW_EXPANSION = 4096;

  private final byte[] encoded;

  private GifDecoder(byte[] encoded) {
    this.encoded = encoded;
  }

  static GraySamples decode(byte[] encoded, long mostPixels) {
    return new GifDecoder(encoded).decode(mostPixels);
  }

  private GraySamples decode(long mostPixels) {
    need(SCREEN_END);
    int globalTable = SCREEN_END;
    int globalColours = colours(encoded[10]);
    int at = SCREEN_END + 3 * globalColours;
    int transparent = -1;
    while (true) {
      need(at + 1);
      int block = encoded[at] & 255;
      if (block == IMAGE) {
        break;
      }
      if (block != EXTENSION) {
        throw CodecException.damaged("an image", block == TRAILER ? "none" : "an unknown block");
      }
      need(at + 7);
      if ((encoded[at + 1] & 255) == GRAPHIC_CONTROL && encoded[at + 2] == 4) {
        transparent = (encoded[at + 3] & 1) == 0 ? -1 : encoded[at + 6] & 255;
      }
      at = endOfSubBlocks(at + 2);
    }
    need(at + DESCRIPTOR_LENGTH);
    int left = number(at + 1);
    int top = number(at + 3);
    int frameColumns = number(at + 5);
    int frameRows = number(at + 7);
    PictureSize.check(frameRows, frameColumns, mostPixels);
    int columns = Math.max(number(6), left + frameColumns);
    int rows = Math.max(number(8), top + frameRows);
    PictureSize.check(rows, columns, mostPixels);
    int flags = encoded[at + 9];
    int ownColours = colours((byte) flags);
    int data = at + DESCRIPTOR_LENGTH + 3 * ownColours;
    need(data);
    int[] palette =
        ownColours > 0
            ? palette(at + DESCRIPTOR_LENGTH, ownColours, transparent)
            : palette(globalTable, globalColours, transparent);
    byte[] indices = indices(data, frameRows * frameColumns);
    byte[] screen = new byte[rows * columns];
    int stored = 0;
    boolean interlaced = (flags & INTERLACED) != 0;
    for (int pass = 0; pass < (interlaced ? 4 : 1); pass++) {
      int step = interlaced ? PASS_STEPS[pass] : 1;
      for (int y = interlaced ? PASS_STARTS[pass] : 0; y < frameRows; y += step, stored++) {
        int from = stored * frameColumns;
        int to = (top + y) * columns + left;
        for (int x = 0; x < frameColumns; x++) {
          int index = indices[from + x] & 255;
          if (index >= palette.length) {
            throw CodecException.damaged(
                "colours of a palette of " + palette.length, "number " + index);
          }
          screen[to + x] = (byte) palette[index];
        }
      }
    }
    return new GraySamples(rows, columns, 8, screen);
  }

  private int[] palette(int at, int colours, int transparent) {
    need(at + 3 * colours);
    int[] grays = new int[colours];
    for (int i = 0; i < colours; i++) {
      int from = at + 3 * i;
      grays[i] =
          i == transparent
              ? 0
              : Luma.ofRgb(encoded[from] & 255, encoded[from + 1] & 255, encoded[from + 2] & 255);
    }
    return grays;
  }

  /** The frame's pixels, in the order in which they are stored. */
  private byte[] indices(int from, int count) {
    need(from + 1);
    int literalBits = encoded[from] & 255;
    if (literalBits < 1 || literalBits > 8) {
      throw CodecException.damaged("codes for colours of 1 to 8 bits", literalBits + " bits");
    }
    int end = endOfSubBlocks(from + 1);
    // Without the length of each sub-block.
    byte[] codes = new byte[end - from];
    int length = 0;
    for (int at = from + 1; encoded[at] != 0; at += 1 + (encoded[at] & 255)) {
      System.arraycopy(encoded, at + 1, codes, length, encoded[at] & 255);
      length += encoded[at] & 255;
    }
    if (count > (long) length * LZW_EXPANSION) {
      throw tooFew();
    }
    byte[] indices = new byte[count];
    try {
      if (LzwDecoder.gif(literalBits).decode(codes, 0, length, indices, count) < count) {
        throw tooFew();
      }
    } catch (LzwDecoder.UnknownCode e) {
      throw CodecException.damaged(e);
    }
    return indices;
  }

  private static CodecException tooFew() {
    return CodecException.truncated("fewer pixels than the header states");
  }

  private int number(int at) {
    return (encoded[at] & 255) | (encoded[at + 1] & 255) << 8;
  }

  /** How many colours follow. */
  private static int colours(byte flags) {
    return (flags & 0x80) == 0 ? 0 : 2 << (flags & 7);
  }

  private int endOfSubBlocks(int from) {
    int at = from;
    while (true) {
      need(at + 1);
      int length = encoded[at] & 255;
      at += length + 1;
      if (length == 0) {
        return at;
      }
    }
  }

  private void need(int length) {
    if (encoded.length < length) {
      throw CodecException.truncated("no end of its first frame");
    }
  }
}
