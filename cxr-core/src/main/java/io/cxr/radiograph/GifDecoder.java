package io.cxr.radiograph;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import org.apache.commons.imaging.bytesource.ByteSource;
import org.apache.commons.imaging.formats.gif.GifImageParser;

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

  private final byte[] encoded;

  private GifDecoder(byte[] encoded) {
    this.encoded = encoded;
  }

  static Radiograph decode(byte[] encoded, DecodeLimits limits) throws IOException {
    return new GifDecoder(encoded).decode(limits);
  }

  private Radiograph decode(DecodeLimits limits) throws IOException {
    need(SCREEN_END);
    int at = SCREEN_END + colourTable(encoded[10]);
    while (true) {
      need(at + 1);
      int block = encoded[at] & 255;
      if (block == IMAGE) {
        break;
      }
      if (block != EXTENSION) {
        throw Refusal.damaged("GIF", "an image", block == TRAILER ? "none" : "an unknown block");
      }
      at = endOfSubBlocks(at + 2);
    }
    need(at + DESCRIPTOR_LENGTH);
    int left = number(at + 1);
    int top = number(at + 3);
    int frameColumns = number(at + 5);
    int frameRows = number(at + 7);
    ImageFormat.GIF.checkSize(frameRows, frameColumns, limits);
    int columns = Math.max(number(6), left + frameColumns);
    int rows = Math.max(number(8), top + frameRows);
    ImageFormat.GIF.checkSize(rows, columns, limits);
    int end = endOfSubBlocks(at + DESCRIPTOR_LENGTH + colourTable(encoded[at + 9]) + 1);

    // Commons Imaging would unpack every frame: it is shown the first alone.
    byte[] first = Arrays.copyOf(encoded, end + 1);
    first[end] = TRAILER;
    BufferedImage image = new GifImageParser().getBufferedImage(ByteSource.array(first), null);
    byte[] frame = Luma.ofImage(image, frameRows, frameColumns, "GIF");
    if (rows == frameRows && columns == frameColumns) {
      return Radiograph.owning(rows, columns, 8, frame);
    }
    byte[] screen = new byte[rows * columns];
    for (int y = 0; y < frameRows; y++) {
      System.arraycopy(frame, y * frameColumns, screen, (top + y) * columns + left, frameColumns);
    }
    return Radiograph.owning(rows, columns, 8, screen);
  }

  private int number(int at) {
    return (encoded[at] & 255) | (encoded[at + 1] & 255) << 8;
  }

  private static int colourTable(byte flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
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
      throw Refusal.truncated("GIF", "no end of its first frame");
    }
  }
}
