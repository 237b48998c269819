package io.cxr.phantom;

import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Draws synthetic frontal chest phantoms, with and without opacities in the lungs. They have lungs,
 * ribs, spine, heart and diaphragm at random places and exposures, and do not depict a patient: a
 * model trained on them knows nothing about disease.
 */
public final class SyntheticChestPhantom {
  /** The label of phantoms with clear lungs. */
  public static final String CLEAR = "CLEAR";

  /** The label of phantoms with one to three opacities. */
  public static final String OPACITY = "OPACITY";

  private static final int SIZE = 256;

  private SyntheticChestPhantom() {}

  /**
   * Draws one phantom.
   *
   * @param opacity whether the lungs have opacities
   * @param seed any number; the same one gives the same pixels
   * @return 256 x 256 pixels of 8 bits
   */
  public static Radiograph draw(boolean opacity, long seed) {
    return draw(opacity, seed, SIZE);
  }

  /**
   * Draws one phantom in another size: the same body at the same exposure, with its own noise.
   *
   * @param opacity whether the lungs have opacities
   * @param seed any number; the same one gives the same pixels
   * @param size rows and columns, at least 1
   * @return a square of pixels of 8 bits
   */
  public static Radiograph draw(boolean opacity, long seed, int size) {
    return Radiograph.ofGray8(size, size, pixels(opacity, seed, size));
  }

  /**
   * Writes a data set: one folder a label, files named {@code synthetic-NNNN.png}, and {@code
   * patients.csv}, by which each phantom is a patient of its own.
   *
   * @param folder the folder, created when needed
   * @param each how many phantoms a label
   * @param seed the seed of the whole set
   * @throws IOException if a file cannot be written
   */
  public static void writeFolder(Path folder, int each, long seed) throws IOException {
    SplittableRandom seeds = new SplittableRandom(seed);
    List<String> patients = new ArrayList<>(List.of("file,label,patient"));
    for (String label : new String[] {CLEAR, OPACITY}) {
      Path target = Files.createDirectories(folder.resolve(label));
      for (int i = 1; i <= each; i++) {
        String file = String.format(Locale.ROOT, "synthetic-%04d.png", i);
        draw(label.equals(OPACITY), seeds.nextLong()).writePng(target.resolve(file));
        patients.add(label + "/" + file + "," + label + ",phantom-" + patients.size());
      }
    }
    write(
        folder.resolve("patients.csv"),
        String.join("\n", patients).concat("\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void write(Path file, byte[] content) throws IOException {
    Path temporary = Files.createTempFile(file.getParent(), "synthetic", ".tmp");
    try {
      Files.write(temporary, content);
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static byte[] pixels(boolean opacity, long seed, int size) {
    SplittableRandom random = new SplittableRandom(seed);
    double centre = 0.5 + between(random, -0.03, 0.03);
    double top = between(random, 0.10, 0.17);
    double bottom = between(random, 0.74, 0.84);
    double lungWidth = between(random, 0.13, 0.16);
    double lungOffset = between(random, 0.18, 0.21);
    double exposure = between(random, 0.85, 1.12);
    double ribPhase = between(random, 0, 1);
    double ribPitch = between(random, 0.065, 0.08);
    double heartSize = between(random, 0.10, 0.14);

    double lungMiddle = (top + bottom) / 2;
    double lungHeight = (bottom - top) / 2;

    int blobs = opacity ? 1 + random.nextInt(3) : 0;
    double[] blobX = new double[blobs];
    double[] blobY = new double[blobs];
    double[] blobSize = new double[blobs];
    double[] blobDensity = new double[blobs];
    for (int i = 0; i < blobs; i++) {
      int side = random.nextBoolean() ? 1 : -1;
      blobX[i] = centre + side * (lungOffset + between(random, -0.05, 0.05));
      blobY[i] = lungMiddle + lungHeight * between(random, -0.55, 0.65);
      blobSize[i] = between(random, 0.05, 0.09);
      blobDensity[i] = between(random, 70, 110);
    }

    byte[] pixels = new byte[size * size];
    for (int row = 0; row < size; row++) {
      double y = (row + 0.5) / size;
      for (int column = 0; column < size; column++) {
        double x = (column + 0.5) / size;
        double side = x < centre ? -1 : 1;
        double lung =
            inside((x - centre - side * lungOffset) / lungWidth, (y - lungMiddle) / lungHeight, 12);
        double body = inside((x - centre) / 0.46, (y - 0.62) / 0.62, 20);
        double density = 12 + 150 * body - 105 * lung;
        // Spine, heart (to the image's right) and ribs that fall towards the sides.
        density += 45 * body * Math.exp(-square((x - centre) / 0.035));
        density +=
            70 * inside((x - centre - 0.06) / heartSize, (y - bottom + 0.13) / 0.15, 10) * lung;
        double rib =
            Math.sin(
                2
                    * Math.PI
                    * ((y - 0.45 * square(x - centre - side * 0.05)) / ribPitch + ribPhase));
        density += 16 * lung * Math.max(0, rib);
        for (int i = 0; i < blobs; i++) {
          double distance =
              square((x - blobX[i]) / blobSize[i]) + square((y - blobY[i]) / blobSize[i]);
          density += blobDensity[i] * lung * Math.exp(-distance);
        }
        density = density * exposure + 5 * gaussian(random);
        pixels[row * size + column] = (byte) Math.max(0, Math.min(255, Math.round(density)));
      }
    }
    return pixels;
  }

  /** 1 inside the unit ellipse, 0 outside, with a soft edge. */
  private static double inside(double x, double y, double sharpness) {
    return 1 / (1 + Math.exp(sharpness * (Math.sqrt(x * x + y * y) - 1)));
  }

  private static double square(double value) {
    return value * value;
  }

  private static double between(SplittableRandom random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /** The sum of four uniform values, near enough to a normal one with deviation 1. */
  private static double gaussian(SplittableRandom random) {
    double sum = random.nextDouble() + random.nextDouble() + random.nextDouble();
    return (sum + random.nextDouble() - 2) * Math.sqrt(3);
  }
}
