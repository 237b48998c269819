package io.cxr.train.audit;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/**
 * A data set of drawn chests in two classes that differ inside the lungs only: a small opacity at a
 * random place, after which the centre's gray values are given back their histogram. What is
 * planted on top of that in the second class is the only shortcut.
 */
final class PhantomSet {
  static final String CLEAR = "CLEAR";
  static final String OPACITY = "OPACITY";

  enum Plant {
    NOTHING,
    MARKER,
    QUALITY,
    SIZE,
    BLUR
  }

  private PhantomSet() {}

  /** Writes {@code each} images a class, two of them of every fifth patient. */
  static Path write(Path folder, int each, Plant plant, long seed) throws IOException {
    Random random = new Random(seed);
    List<String> lines = new ArrayList<>(List.of("file,label,patient"));
    int patient = 0;
    for (String label : List.of(CLEAR, OPACITY)) {
      Path target = Files.createDirectories(folder.resolve(label));
      boolean planted = label.equals(OPACITY);
      for (int i = 0; i < each; i++) {
        int side = plant == Plant.SIZE && planted ? 140 : 128;
        byte[] pixels = draw(side, planted, random);
        if (plant == Plant.MARKER && planted) {
          for (int row = 3; row < 8; row++) {
            Arrays.fill(pixels, row * side + 4, row * side + 12, (byte) 210);
          }
        }
        if (plant == Plant.BLUR && planted) {
          pixels = blurred(pixels, side);
        }
        String name = "image-" + i + ".jpg";
        Files.write(
            target.resolve(name),
            jpeg(side, pixels, plant == Plant.QUALITY && planted ? 0.7f : 0.8f));
        patient += i % 5 == 1 ? 0 : 1;
        lines.add(label + "/" + name + "," + label + ",patient-" + patient);
      }
    }
    Files.write(folder.resolve("patients.csv"), lines, StandardCharsets.UTF_8);
    return folder;
  }

  /** The mean of each pixel and its neighbours, as a film out of focus. */
  private static byte[] blurred(byte[] pixels, int side) {
    byte[] blurred = pixels.clone();
    for (int row = 1; row < side - 1; row++) {
      for (int i = row * side + 1; i < (row + 1) * side - 1; i++) {
        int sum = 0;
        for (int from = i - side; from <= i + side; from += side) {
          sum += (pixels[from - 1] & 0xff) + (pixels[from] & 0xff) + (pixels[from + 1] & 0xff);
        }
        blurred[i] = (byte) (sum / 9);
      }
    }
    return blurred;
  }

  static byte[] draw(int side, boolean opacity, Random random) {
    double exposure = 0.9 + 0.2 * random.nextDouble();
    double centre = 0.5 + 0.04 * (random.nextDouble() - 0.5);
    double[] clear = new double[side * side];
    double[] ill = new double[side * side];
    double x0 = centre + (random.nextBoolean() ? 0.18 : -0.18);
    double y0 = 0.3 + 0.35 * random.nextDouble();
    // Noise and folds of each patient's own, as real chests have: else any byte would tell.
    double noise = 3 + 4 * random.nextDouble();
    int waves = 8;
    double[] down = random.doubles(waves, -6, 6).toArray();
    double[] across = random.doubles(waves, -6, 6).toArray();
    double[] phase = random.doubles(waves, 0, 6.28).toArray();
    for (int i = 0; i < clear.length; i++) {
      int row = i / side;
      double y = (row + 0.5) / side;
      double x = (i % side + 0.5) / side;
      double lung =
          Math.exp(-Math.pow((Math.abs(x - centre) - 0.18) / 0.11, 4))
              * Math.exp(-Math.pow((y - 0.48) / 0.3, 4));
      double body = 1 / (1 + Math.exp(25 * (Math.abs(x - centre) - 0.42)));
      clear[i] = exposure * (15 + 150 * body - 90 * lung) + noise * random.nextGaussian();
      for (int wave = 0; wave < waves; wave++) {
        clear[i] += 9 * Math.sin(6.28 * (down[wave] * y + across[wave] * x) + phase[wave]);
      }
      double distance = (Math.pow(x - x0, 2) + Math.pow(y - y0, 2)) / (0.04 * 0.04);
      ill[i] = clear[i] + 50 * Math.exp(-distance);
    }
    byte[] pixels = bytes(clear);
    if (opacity) {
      int margin = GrayGrid.centreStart(side);
      List<Integer> inside = new ArrayList<>();
      for (int i = 0; i < clear.length; i++) {
        int row = i / side;
        int column = i % side;
        if (Math.min(row, column) >= margin && Math.max(row, column) < side - margin) {
          inside.add(i);
        }
      }
      int[] values = inside.stream().mapToInt(i -> pixels[i] & 0xff).sorted().toArray();
      inside.sort(Comparator.comparingDouble(i -> ill[i]));
      for (int rank = 0; rank < values.length; rank++) {
        pixels[inside.get(rank)] = (byte) values[rank];
      }
    }
    return pixels;
  }

  private static byte[] bytes(double[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.round(Math.max(0, Math.min(255, values[i])));
    }
    return bytes;
  }

  static BufferedImage image(int side, byte[] pixels) {
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setDataElements(0, 0, side, side, pixels);
    return image;
  }

  static byte[] jpeg(int side, byte[] pixels, float quality) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream()) {
      try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
        writer.setOutput(out);
        ImageWriteParam parameters = writer.getDefaultWriteParam();
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(quality);
        writer.write(null, new IIOImage(image(side, pixels), null, null), parameters);
      }
      return bytes.toByteArray();
    } finally {
      writer.dispose();
    }
  }
}
