package org.teavm.classlib.java.util;

/** What the readers ask of {@code java.util.HexFormat}. */
public final class THexFormat {
  private final String delimiter;

  private THexFormat(String delimiter) {
    this.delimiter = delimiter;
  }

  public static THexFormat of() {
    return new THexFormat("");
  }

  public static THexFormat ofDelimiter(String delimiter) {
    return new THexFormat(delimiter);
  }

  public byte[] parseHex(CharSequence digits) {
    byte[] bytes = new byte[digits.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      int high = Character.digit(digits.charAt(2 * i), 16);
      int low = Character.digit(digits.charAt(2 * i + 1), 16);
      bytes[i] = (byte) (high << 4 | low);
    }
    return bytes;
  }

  public String formatHex(byte[] bytes, int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < to; i++) {
      text.append(i == from ? "" : delimiter)
          .append(Character.forDigit(bytes[i] >> 4 & 15, 16))
          .append(Character.forDigit(bytes[i] & 15, 16));
    }
    return text.toString();
  }
}
