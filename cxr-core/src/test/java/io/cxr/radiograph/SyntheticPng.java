package io.cxr.radiograph;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes PNG files of any kind, with random content, row filters, chunk lengths and compression.
 */
final class SyntheticPng {
  private static final int[][] KINDS = {
    {0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8},
    {4, 8}, {4, 16}, {6, 8}, {6, 16}
  };
  static final int LAST_KIND = 14;

  private SyntheticPng() {}

  /** The same file for the same arguments. */
  static byte[] of(int kind, int rows, int columns, long seed) {
    Random random = new Random(seed);
    int colourType = KINDS[kind][0];
    int depth = KINDS[kind][1];
    int channels = colourType == 2 ? 3 : colourType == 4 ? 2 : colourType == 6 ? 4 : 1;
    byte[] filtered =
        filtered(rows, (columns * channels * depth + 7) / 8, channels * depth, random);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    file.writeBytes(chunk("IHDR", header(rows, columns, depth, colourType)));
    if (colourType == 3) {
      // Sometimes short, so that samples have no colour.
      int colours = random.nextInt(5) == 0 ? 1 + random.nextInt(1 << depth) : 1 << depth;
      file.writeBytes(chunk("PLTE", bytes(3 * colours, random)));
    }
    if (random.nextBoolean()) {
      file.writeBytes(chunk("tEXt", bytes(random.nextInt(20), random)));
    }
    if (colourType <= 3 && random.nextInt(3) == 0) {
      byte[] transparency =
          bytes(colourType == 0 ? 2 : colourType == 2 ? 6 : 1 + random.nextInt(256), random);
      if (colourType != 3 && depth < 16) {
        for (int i = 0; i < transparency.length; i += 2) {
          transparency[i] = (byte) (random.nextInt(8) == 0 ? 1 : 0);
          transparency[i + 1] &= (byte) ((1 << depth) - 1);
        }
      }
      file.writeBytes(chunk("tRNS", transparency));
    }
    byte[] compressed = deflate(filtered, random);
    for (int at = 0; at < compressed.length; ) {
      int longest = random.nextBoolean() ? compressed.length : 64;
      int length = Math.min(random.nextInt(longest + 1), compressed.length - at);
      file.writeBytes(chunk("IDAT", Arrays.copyOfRange(compressed, at, at + length)));
      at += length;
    }
    file.writeBytes(chunk("IEND", new byte[0]));
    return file.toByteArray();
  }

  private static byte[] header(int rows, int columns, int depth, int colourType) {
    return ByteBuffer.allocate(13)
        .putInt(columns)
        .putInt(rows)
        .put((byte) depth)
        .put((byte) colourType)
        .array();
  }

  /** Any bytes are some image's filtered rows; small ones are like those of a radiograph. */
  private static byte[] filtered(int rows, int rowBytes, int pixelBits, Random random) {
    byte[] filtered = new byte[rows * (1 + rowBytes)];
    int only = random.nextInt(10);
    int spread = 1 << random.nextInt(9);
    for (int y = 0, at = 0; y < rows; y++) {
      filtered[at++] = (byte) (only < 5 ? only : random.nextInt(5));
      for (int x = 0; x < rowBytes; x++) {
        int value = random.nextInt(spread);
        // The first pixel is seen: of a picture that is all transparent, alpha would be left out.
        boolean first = y == 0 && x < pixelBits / 8;
        filtered[at++] = (byte) (first ? 128 + value / 2 : value - spread / 2);
      }
    }
    return filtered;
  }

  private static byte[] bytes(int length, Random random) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] deflate(byte[] bytes, Random random) {
    Deflater deflater = new Deflater(random.nextInt(10));
    deflater.setStrategy(random.nextInt(3));
    deflater.setInput(bytes);
    deflater.finish();
    byte[] compressed = new byte[bytes.length * 2 + 1000];
    int length = 0;
    while (!deflater.finished()) {
      length += deflater.deflate(compressed, length, compressed.length - length);
    }
    deflater.end();
    return Arrays.copyOf(compressed, length);
  }

  static byte[] chunk(String type, byte[] content) {
    ByteBuffer chunk = ByteBuffer.allocate(12 + content.length);
    chunk.putInt(content.length).put(type.getBytes(StandardCharsets.US_ASCII)).put(content);
    return repair(chunk.putInt(0).array(), 0);
  }

  /** The same array with a right CRC for the chunk at this place, if it lies within the array. */
  static byte[] repair(byte[] file, int at) {
    ByteBuffer buffer = ByteBuffer.wrap(file);
    int length = buffer.getInt(at);
    if (length >= 0 && length <= file.length - at - 12) {
      CRC32 crc = new CRC32();
      crc.update(file, at + 4, length + 4);
      buffer.putInt(at + 8 + length, (int) crc.getValue());
    }
    return file;
  }
}
