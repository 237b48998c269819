package io.cxr.codec;

/**
 * {@link Words} byte by byte: the same results, also where an index lies outside, but for the array
 * then being partly written.
 */
final class PlainWords {
  private PlainWords() {}

  static long bigLong(byte[] bytes, int at) {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = value << 8 | (bytes[at + i] & 255);
    }
    return value;
  }

  static long littleLong(byte[] bytes, int at) {
    return Long.reverseBytes(bigLong(bytes, at));
  }

  static void setLittleLong(byte[] bytes, int at, long value) {
    for (int i = 0; i < 8; i++) {
      bytes[at + i] = (byte) (value >>> (8 * i));
    }
  }

  static int littleInt(byte[] bytes, int at) {
    return littleChar(bytes, at) | littleChar(bytes, at + 2) << 16;
  }

  static void setLittleInt(byte[] bytes, int at, int value) {
    setLittleChar(bytes, at, (char) value);
    setLittleChar(bytes, at + 2, (char) (value >>> 16));
  }

  static char littleChar(byte[] bytes, int at) {
    return (char) ((bytes[at] & 255) | (bytes[at + 1] & 255) << 8);
  }

  static void setLittleChar(byte[] bytes, int at, char value) {
    bytes[at] = (byte) value;
    bytes[at + 1] = (byte) (value >>> 8);
  }
}
