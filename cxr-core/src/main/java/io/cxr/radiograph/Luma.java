package io.cxr.radiograph;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;

/**
 * Gray from colour and transparency. Colour follows the ITU-R BT.601 weights in Pillow's fixed
 * point ({@code Image.convert("L")}); transparent pixels are composed on black.
 */
final class Luma {
  private Luma() {}

  /** Gray of a colour, all from 0 to 255. */
  static int ofRgb(int red, int green, int blue) {
    return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
  }

  /** Gray composed on black: {@code round(gray * alpha / 255)}. */
  static int onBlack(int gray, int alpha) {
    return (gray * alpha + 127) / 255;
  }

  /** Gray of 16 bits composed on black: {@code round(gray * alpha / 65535)}. */
  static int onBlack16(int gray, int alpha) {
    return (int) (((long) gray * alpha + 32767) / 65535);
  }

  /** Gray of an image that Commons Imaging decoded, of the size that its header stated. */
  static byte[] ofImage(BufferedImage image, int rows, int columns, String format) {
    // The integers themselves: getRGB would convert colours.
    if (image.getWidth() != columns
        || image.getHeight() != rows
        || !(image.getRaster().getDataBuffer() instanceof DataBufferInt buffer)
        || buffer.getSize() != rows * columns) {
      throw Refusal.damaged(format, "an image of the stated size", "another");
    }
    int[] argb = buffer.getData();
    boolean hasAlpha = image.getColorModel().hasAlpha();
    byte[] gray = new byte[argb.length];
    for (int i = 0; i < gray.length; i++) {
      int pixel = argb[i];
      int value = ofRgb((pixel >> 16) & 255, (pixel >> 8) & 255, pixel & 255);
      gray[i] = (byte) (hasAlpha ? onBlack(value, pixel >>> 24) : value);
    }
    return gray;
  }
}
