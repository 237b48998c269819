package io.cxr.codec;

/** Takes the place of {@code Words}, whose handles a browser has not. */
public final class Words {
  private Words() {}

  public static long bigLong(byte[] bytes, int at) {
    return PlainWords.bigLong(bytes, at);
  }

  public static long littleLong(byte[] bytes, int at) {
    return PlainWords.littleLong(bytes, at);
  }

  public static void setLittleLong(byte[] bytes, int at, long value) {
    PlainWords.setLittleLong(bytes, at, value);
  }

  public static int littleInt(byte[] bytes, int at) {
    return PlainWords.littleInt(bytes, at);
  }

  public static void setLittleInt(byte[] bytes, int at, int value) {
    PlainWords.setLittleInt(bytes, at, value);
  }

  public static char littleChar(byte[] bytes, int at) {
    return PlainWords.littleChar(bytes, at);
  }

  public static void setLittleChar(byte[] bytes, int at, char value) {
    PlainWords.setLittleChar(bytes, at, value);
  }
}
