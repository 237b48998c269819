package io.cxr.benchmarks;

import io.cxr.radiograph.Radiograph;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/**
 * Kinds of image files that radiographs come in. Each kind writes the same synthetic picture, about
 * as smooth and as noisy as a chest radiograph of the NIH collection (a third of a megabyte as a
 * gray PNG of 1024 x 1024 pixels), so its decoded pixels are known.
 */
public enum RadiographKind {
  /** 8-bit gray PNG. */
  GRAY_PNG("png", false, false),
  /** 8-bit RGB PNG. */
  RGB_PNG("png", true, false),
  /** Baseline gray JPEG. */
  GRAY_JPEG("jpg", false, false),
  /** Baseline colour JPEG, YCbCr with chroma at half the resolution (4:2:0). */
  COLOUR_JPEG("jpg", true, false),
  /** The same, progressive. */
  PROGRESSIVE_JPEG("jpg", true, true);

  private static final float JPEG_QUALITY = 0.9f;

  /** What JPEG of this quality may change on average, in gray levels. */
  private static final double JPEG_MEAN_ERROR = 1.5;

  /** What JPEG of this quality may change in one pixel, in gray levels. */
  private static final int JPEG_LARGEST_ERROR = 16;

  private final String suffix;
  private final boolean colour;
  private final boolean progressive;

  RadiographKind(String suffix, boolean colour, boolean progressive) {
    this.suffix = suffix;
    this.colour = colour;
    this.progressive = progressive;
  }

  /**
   * What files of this kind are called.
   *
   * @return such as {@code gray-png.png}
   */
  public String fileName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-') + '.' + suffix;
  }

  private boolean lossless() {
    return suffix.equals("png");
  }

  /**
   * The picture in this format.
   *
   * @param size rows and columns
   * @return the bytes of a file
   */
  public byte[] encode(int size) {
    byte[] gray = picture(size);
    BufferedImage image =
        new BufferedImage(
            size, size, colour ? BufferedImage.TYPE_3BYTE_BGR : BufferedImage.TYPE_BYTE_GRAY);
    WritableRaster raster = image.getRaster();
    int[] channels = new int[colour ? 3 : 1];
    for (int i = 0; i < gray.length; i++) {
      for (int channel = 0; channel < channels.length; channel++) {
        channels[channel] = tint(gray[i] & 0xff, channel);
      }
      raster.setPixel(i % size, i / size, channels);
    }
    ImageWriter writer = ImageIO.getImageWritersBySuffix(suffix).next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam settings = writer.getDefaultWriteParam();
      if (!lossless()) {
        settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        settings.setCompressionQuality(JPEG_QUALITY);
        settings.setProgressiveMode(
            progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), settings);
      out.flush();
    } catch (IOException e) {
      throw new IllegalStateException("Writing an image to memory failed", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /**
   * Checks a decoded radiograph against the picture that was encoded.
   *
   * @param decoded what a reader made of {@link #encode}
   * @param size rows and columns
   * @throws IllegalStateException if a pixel of a PNG differs, or more of a JPEG than its loss
   *     explains
   */
  public void verify(Radiograph decoded, int size) {
    Verification.require(
        decoded.rows() == size && decoded.columns() == size && decoded.bitsStored() == 8,
        this + ": expected " + size + " x " + size + " pixels of 8 bits, found " + decoded);
    byte[] expected = gray(size);
    byte[] found = decoded.toGray8();
    long sum = 0;
    int largest = 0;
    for (int i = 0; i < expected.length; i++) {
      int error = Math.abs((expected[i] & 0xff) - (found[i] & 0xff));
      sum += error;
      largest = Math.max(largest, error);
    }
    double mean = (double) sum / expected.length;
    Verification.require(
        lossless() ? largest == 0 : mean <= JPEG_MEAN_ERROR && largest <= JPEG_LARGEST_ERROR,
        this + ": decoded pixels differ by " + mean + " on average and " + largest + " at most");
  }

  /**
   * What a reader gives: colour becomes gray by Pillow's formula.
   *
   * @param size rows and columns
   * @return {@code size * size} unsigned bytes, row by row; of a JPEG, before its loss
   */
  public byte[] gray(int size) {
    byte[] gray = picture(size);
    if (colour) {
      for (int i = 0; i < gray.length; i++) {
        int level = gray[i] & 0xff;
        gray[i] =
            (byte)
                ((19595 * tint(level, 0) + 38470 * tint(level, 1) + 7471 * tint(level, 2) + 32768)
                    >> 16);
      }
    }
    return gray;
  }

  /** A scanned film is a little yellow. */
  private int tint(int level, int channel) {
    return colour ? level - level * channel / 32 : level;
  }

  private static byte[] picture(int size) {
    SplittableRandom random = new SplittableRandom(1);
    double scale = 1024.0 / size;
    byte[] gray = new byte[size * size];
    for (int y = 0; y < size; y++) {
      double row = y * scale;
      for (int x = 0; x < size; x++) {
        double column = x * scale;
        double lungs = 60 * Math.sin(column / 163) * Math.cos(row / 240);
        double ribs = 14 * Math.sin((row + Math.abs(column - 512) / 3) / 13);
        double level = 118 + lungs + ribs + random.nextGaussian();
        gray[y * size + x] = (byte) Math.max(0, Math.min(255, Math.round(level)));
      }
    }
    return gray;
  }
}
