package io.cxr.radiograph;

import io.cxr.codec.Luma;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Radiographs from and to images of {@code java.awt}. Gray passes through the raster alone: {@code
 * BufferedImage.getRGB} would shift it by a gamma curve. Colour and transparency become gray as in
 * files.
 */
final class GrayRasters {
  private static final int BYTE = 255;

  private final Raster raster;
  private final ColorModel model;

  private GrayRasters(BufferedImage image) {
    this.raster = image.getRaster();
    this.model = image.getColorModel();
  }

  static BufferedImage image(Radiograph radiograph) {
    int rows = radiograph.rows();
    int columns = radiograph.columns();
    boolean isDeep = radiograph.bitsStored() > 8;
    BufferedImage image =
        new BufferedImage(
            columns, rows, isDeep ? BufferedImage.TYPE_USHORT_GRAY : BufferedImage.TYPE_BYTE_GRAY);
    image
        .getRaster()
        .setDataElements(
            0, 0, columns, rows, isDeep ? radiograph.toGray16() : radiograph.toGray8());
    return image;
  }

  static Radiograph radiograph(BufferedImage image) {
    return new GrayRasters(image).radiograph();
  }

  private Radiograph radiograph() {
    int type = raster.getTransferType();
    boolean isWhole =
        type == DataBuffer.TYPE_BYTE
            || type == DataBuffer.TYPE_USHORT
            || type == DataBuffer.TYPE_INT;
    if (isWhole && model instanceof IndexColorModel palette) {
      return palette(palette);
    }
    int space = model.getColorSpace().getType();
    int bands = model.getNumComponents();
    if (isWhole && bands == raster.getNumBands() && model.getComponentSize(0) <= 16) {
      if (space == ColorSpace.TYPE_GRAY) {
        return gray();
      }
      if (space == ColorSpace.TYPE_RGB) {
        return colour();
      }
    }
    throw new IllegalArgumentException(
        "Image: expected gray, RGB or a palette, in unsigned whole numbers of up to 16 bits, found "
            + model.getClass().getSimpleName()
            + " with "
            + bands
            + " components in "
            + DataBuffer.getDataTypeSize(type)
            + " bits; convert it with BufferedImageOp or draw it into one of those");
  }

  private Radiograph gray() {
    int size = model.getComponentSize(0);
    int most = most(0);
    int bits = Math.max(8, size);
    byte[] samples = samples(bits);
    int[] line = new int[raster.getWidth()];
    int[] alpha = new int[raster.getWidth()];
    for (int row = 0; row < raster.getHeight(); row++) {
      band(0, row, line);
      boolean isComposed = alpha(1, row, alpha);
      for (int column = 0; column < line.length; column++) {
        int value = size < 8 ? line[column] * BYTE / most : line[column];
        put(
            samples,
            bits,
            row * line.length + column,
            isComposed ? composed(value, alpha[column], most(1)) : value);
      }
    }
    return Radiograph.owning(raster.getHeight(), raster.getWidth(), bits, samples);
  }

  private Radiograph colour() {
    byte[] samples = samples(8);
    int columns = raster.getWidth();
    int[][] lines = new int[3][columns];
    int[] alpha = new int[columns];
    for (int row = 0; row < raster.getHeight(); row++) {
      for (int band = 0; band < 3; band++) {
        band(band, row, lines[band]);
        int size = model.getComponentSize(band);
        int most = most(band);
        for (int column = 0; column < columns; column++) {
          int value = lines[band][column];
          // Of deep colours the high bits count, as in files.
          lines[band][column] = size >= 8 ? value >> (size - 8) : (value * BYTE + most / 2) / most;
        }
      }
      boolean isComposed = alpha(3, row, alpha);
      for (int column = 0; column < columns; column++) {
        int luma = Luma.ofRgb(lines[0][column], lines[1][column], lines[2][column]);
        int value = isComposed ? composed(luma, alpha[column], most(3)) : luma;
        samples[row * columns + column] = (byte) value;
      }
    }
    return Radiograph.owning(raster.getHeight(), columns, 8, samples);
  }

  private Radiograph palette(IndexColorModel palette) {
    byte[] samples = samples(8);
    byte[] gray = new byte[palette.getMapSize()];
    for (int i = 0; i < gray.length; i++) {
      int luma = Luma.ofRgb(palette.getRed(i), palette.getGreen(i), palette.getBlue(i));
      gray[i] = (byte) Luma.onBlack(luma, palette.getAlpha(i));
    }
    int[] line = new int[raster.getWidth()];
    for (int row = 0; row < raster.getHeight(); row++) {
      band(0, row, line);
      for (int column = 0; column < line.length; column++) {
        if (line[column] >= gray.length) {
          throw new IllegalArgumentException(
              "Image: expected colours of a palette of "
                  + gray.length
                  + ", found number "
                  + line[column]);
        }
        samples[row * line.length + column] = gray[line[column]];
      }
    }
    return Radiograph.owning(raster.getHeight(), raster.getWidth(), 8, samples);
  }

  private byte[] samples(int bits) {
    return new byte
        [Math.multiplyExact(
            Math.multiplyExact(raster.getHeight(), raster.getWidth()), bits > 8 ? 2 : 1)];
  }

  /** Fills a row of opacity; false if there is none, or colours are multiplied by it already. */
  private boolean alpha(int band, int row, int[] line) {
    if (!model.hasAlpha() || model.isAlphaPremultiplied()) {
      return false;
    }
    band(band, row, line);
    return true;
  }

  private void band(int band, int row, int[] line) {
    raster.getSamples(raster.getMinX(), raster.getMinY() + row, raster.getWidth(), 1, band, line);
  }

  private int most(int band) {
    return (1 << model.getComponentSize(band)) - 1;
  }

  private static int composed(int gray, int alpha, int most) {
    return most == BYTE
        ? Luma.onBlack(gray, alpha)
        : (int) (((long) gray * alpha + most / 2) / most);
  }

  private static void put(byte[] samples, int bits, int at, int value) {
    if (bits == 8) {
      samples[at] = (byte) value;
    } else {
      samples[2 * at] = (byte) value;
      samples[2 * at + 1] = (byte) (value >>> 8);
    }
  }
}
