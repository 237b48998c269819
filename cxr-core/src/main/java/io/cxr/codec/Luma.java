package io.cxr.codec;

/**
 * Gray from colour and transparency. Colour follows the ITU-R BT.601 weights in Pillow's fixed
 * point ({@code Image.convert("L")}); transparent pixels are composed on black.
 */
public final class Luma {
  private Luma() {}

  /** Gray of a colour, all from 0 to 255. */
  public static int ofRgb(int red, int green, int blue) {
    return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
  }

  /** Gray composed on black: {@code round(gray * alpha / 255)}. */
  public static int onBlack(int gray, int alpha) {
    return (gray * alpha + 127) / 255;
  }

  /** Gray of 16 bits composed on black: {@code round(gray * alpha / 65535)}. */
  public static int onBlack16(int gray, int alpha) {
    return (int) (((long) gray * alpha + 32767) / 65535);
  }
}
