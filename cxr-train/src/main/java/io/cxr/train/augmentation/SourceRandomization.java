package io.cxr.train.augmentation;

import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.Resampling;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Changes of a radiograph in what tells where it comes from and not what it shows: framing, gray
 * scale, sharpness, noise, resolution, compression, and the frame around it. A network that is
 * trained on images whose classes come from different hospitals learns the hospital less easily
 * then. Every change is drawn for itself with the same probability; they come in the order of the
 * components.
 *
 * @param probability of each change, from 0 to 1; 0 changes nothing
 * @param crop the greatest share that is cut off at each side, below 0.4
 * @param gamma the greatest exponent of the gray scale; its least is the inverse; at least 1
 * @param contrast the greatest change of contrast, such as 0.3 for a factor of 0.7 to 1.3
 * @param brightness the greatest change of brightness as a share of the gray scale
 * @param blurSigma the greatest standard deviation of a Gaussian blur, in pixels of an image whose
 *     long side is {@value #LONG_SIDE}
 * @param noise the greatest standard deviation of Gaussian noise, in gray levels
 * @param leastResolution the least share to which the image is reduced and enlarged again, above 0
 *     and at most 1
 * @param leastJpegQuality the least quality of a JPEG compression, from 1 to 100
 * @param frame the greatest share of an even frame at each side, below 0.4
 */
public record SourceRandomization(
    double probability,
    double crop,
    double gamma,
    double contrast,
    double brightness,
    double blurSigma,
    double noise,
    double leastResolution,
    int leastJpegQuality,
    double frame) {

  /** Changes nothing. */
  public static final SourceRandomization NONE =
      new SourceRandomization(0, 0, 1, 0, 0, 0, 0, 1, 100, 0);

  /** Longer images are reduced to this first: networks see less, and the changes cost less. */
  static final int LONG_SIDE = 640;

  private static final double LEAST_BLUR = 0.1;

  /** Checks the values. */
  public SourceRandomization {
    check(probability >= 0 && probability <= 1, "a probability from 0 to 1", probability);
    check(crop >= 0 && crop < 0.4, "a crop from 0 to below 0.4", crop);
    check(gamma >= 1 && gamma <= 10, "a gamma from 1 to 10", gamma);
    check(contrast >= 0 && contrast < 1, "a contrast from 0 to below 1", contrast);
    check(brightness >= 0 && brightness <= 1, "a brightness from 0 to 1", brightness);
    check(blurSigma >= 0 && blurSigma <= 20, "a blur from 0 to 20", blurSigma);
    check(noise >= 0 && noise <= 128, "noise from 0 to 128", noise);
    check(
        leastResolution > 0 && leastResolution <= 1,
        "a resolution above 0 and at most 1",
        leastResolution);
    check(
        leastJpegQuality >= 1 && leastJpegQuality <= 100,
        "a JPEG quality from 1 to 100",
        leastJpegQuality);
    check(frame >= 0 && frame < 0.4, "a frame from 0 to below 0.4", frame);
  }

  private static void check(boolean right, String expected, double found) {
    if (!right) {
      throw new IllegalArgumentException(
          "Source randomization: expected " + expected + ", found " + found);
    }
  }

  boolean isNone() {
    return probability == 0;
  }

  /** 8-bit gray on its way. */
  private record Gray(int rows, int columns, Radiograph image) {
    static Gray of(int rows, int columns, byte[] pixels) {
      return new Gray(rows, columns, Radiograph.ofGray8(rows, columns, pixels));
    }

    byte[] pixels() {
      return image.toGray8();
    }
  }

  Radiograph apply(Radiograph radiograph, SplittableRandom random) {
    Radiograph small = reduced(radiograph);
    Gray gray = new Gray(small.rows(), small.columns(), small);
    // Each change has random numbers of its own: the setting of one does not alter the others.
    SplittableRandom[] own = new SplittableRandom[8];
    Arrays.setAll(own, i -> random.split());
    gray = drawn(own[0]) && crop > 0 ? cropped(gray, own[0]) : gray;
    gray = drawn(own[1]) ? toned(gray, own[1]) : gray;
    gray = drawn(own[2]) && blurSigma > 0 ? blurred(gray, own[2]) : gray;
    gray = drawn(own[3]) && noise > 0 ? noisy(gray, own[3]) : gray;
    gray = drawn(own[4]) && leastResolution < 1 ? coarser(gray, own[4]) : gray;
    gray = drawn(own[5]) && leastJpegQuality < 100 ? compressed(gray, own[5]) : gray;
    gray = drawn(own[6]) && frame > 0 ? framed(gray, own[6]) : gray;
    return gray.image();
  }

  /** With a long side of at most {@value #LONG_SIDE} pixels. */
  static Radiograph reduced(Radiograph radiograph) {
    int longSide = Math.max(radiograph.rows(), radiograph.columns());
    return longSide <= LONG_SIDE
        ? radiograph
        : resized(
                new Gray(radiograph.rows(), radiograph.columns(), radiograph),
                (double) LONG_SIDE / longSide)
            .image();
  }

  private boolean drawn(SplittableRandom random) {
    return random.nextDouble() < probability;
  }

  private Gray cropped(Gray gray, SplittableRandom random) {
    int top = (int) (crop * random.nextDouble() * gray.rows());
    int bottom = (int) (crop * random.nextDouble() * gray.rows());
    int left = (int) (crop * random.nextDouble() * gray.columns());
    int right = (int) (crop * random.nextDouble() * gray.columns());
    int rows = gray.rows() - top - bottom;
    int columns = gray.columns() - left - right;
    byte[] pixels = gray.pixels();
    byte[] cropped = new byte[rows * columns];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(
          pixels, (row + top) * gray.columns() + left, cropped, row * columns, columns);
    }
    return Gray.of(rows, columns, cropped);
  }

  private Gray toned(Gray gray, SplittableRandom random) {
    double exponent = Math.exp(Math.log(gamma) * (2 * random.nextDouble() - 1));
    double factor = 1 + contrast * (2 * random.nextDouble() - 1);
    double shift = brightness * (2 * random.nextDouble() - 1);
    byte[] level = new byte[256];
    for (int i = 0; i < level.length; i++) {
      double value = (Math.pow(i / 255.0, exponent) - 0.5) * factor + 0.5 + shift;
      level[i] = (byte) Math.round(255 * Math.min(1, Math.max(0, value)));
    }
    byte[] pixels = gray.pixels();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = level[pixels[i] & 0xff];
    }
    return Gray.of(gray.rows(), gray.columns(), pixels);
  }

  private Gray blurred(Gray gray, SplittableRandom random) {
    double sigma =
        blurSigma * random.nextDouble() * Math.max(gray.rows(), gray.columns()) / LONG_SIDE;
    return sigma < LEAST_BLUR
        ? gray
        : Gray.of(
            gray.rows(),
            gray.columns(),
            KerasTransforms.blurred(gray.pixels(), gray.rows(), gray.columns(), sigma));
  }

  private Gray noisy(Gray gray, SplittableRandom random) {
    double deviation = noise * random.nextDouble();
    byte[] pixels = gray.pixels();
    for (int i = 0; i < pixels.length; i++) {
      // The sum of four uniform numbers is Gaussian enough, and several times faster.
      double sum =
          random.nextDouble() + random.nextDouble() + random.nextDouble() + random.nextDouble();
      double value = (pixels[i] & 0xff) + deviation * Math.sqrt(3) * (sum - 2);
      pixels[i] = (byte) Math.round(Math.min(255, Math.max(0, value)));
    }
    return Gray.of(gray.rows(), gray.columns(), pixels);
  }

  private Gray coarser(Gray gray, SplittableRandom random) {
    double share = leastResolution + (1 - leastResolution) * random.nextDouble();
    Gray small = resized(gray, share);
    return Gray.of(
        gray.rows(), gray.columns(), resized(small.image(), gray.rows(), gray.columns()));
  }

  private Gray compressed(Gray gray, SplittableRandom random) {
    int quality = leastJpegQuality + random.nextInt(101 - leastJpegQuality);
    BufferedImage image =
        new BufferedImage(gray.columns(), gray.rows(), BufferedImage.TYPE_BYTE_GRAY);
    byte[] target = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    byte[] pixels = gray.pixels();
    System.arraycopy(pixels, 0, target, 0, pixels.length);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // In memory: the default stream would put the image into a temporary file.
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam settings = writer.getDefaultWriteParam();
      settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      settings.setCompressionQuality(quality / 100f);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), settings);
      out.flush();
      return new Gray(gray.rows(), gray.columns(), Radiograph.read(bytes.toByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
  }

  private Gray framed(Gray gray, SplittableRandom random) {
    byte level = (byte) (random.nextDouble() < 0.7 ? 0 : random.nextInt(256));
    int[] widths = new int[4];
    for (int side = 0; side < widths.length; side++) {
      boolean has = random.nextDouble() < 0.5;
      int size = side < 2 ? gray.rows() : gray.columns();
      widths[side] = has ? (int) (frame * random.nextDouble() * size) : 0;
    }
    byte[] pixels = gray.pixels();
    for (int row = 0; row < gray.rows(); row++) {
      boolean edge = row < widths[0] || row >= gray.rows() - widths[1];
      int start = row * gray.columns();
      int end = start + gray.columns();
      Arrays.fill(pixels, start, edge ? end : start + widths[2], level);
      Arrays.fill(pixels, end - widths[3], end, level);
    }
    return Gray.of(gray.rows(), gray.columns(), pixels);
  }

  private static Gray resized(Gray gray, double factor) {
    int rows = Math.max(1, (int) Math.round(gray.rows() * factor));
    int columns = Math.max(1, (int) Math.round(gray.columns() * factor));
    return Gray.of(rows, columns, resized(gray.image(), rows, columns));
  }

  static byte[] resized(Radiograph image, int rows, int columns) {
    return StandardPreprocessor.of(
            new PreprocessingSpec(
                List.of(
                    new Resize(rows, columns, Resampling.BILINEAR),
                    new ChannelReplication(1),
                    new Normalization(Normalization.Kind.UNIT_RANGE)),
                InputShape.Layout.CHANNELS_FIRST))
        .gray(image);
  }
}
