package io.cxr.phantom;

import static io.cxr.phantom.ChestAnatomy.between;
import static io.cxr.phantom.ChestAnatomy.gaussian;
import static io.cxr.phantom.ChestAnatomy.square;

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
    write(folder.resolve("patients.csv"), patients);
  }

  /** Writes a table, one row a line. */
  static void write(Path file, List<String> rows) throws IOException {
    Path temporary = Files.createTempFile(file.getParent(), "synthetic", ".tmp");
    try {
      Files.write(temporary, String.join("\n", rows).concat("\n").getBytes(StandardCharsets.UTF_8));
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static byte[] pixels(boolean opacity, long seed, int size) {
    SplittableRandom random = new SplittableRandom(seed);
    ChestAnatomy anatomy = new ChestAnatomy(random);

    int blobs = opacity ? 1 + random.nextInt(3) : 0;
    double[] blobX = new double[blobs];
    double[] blobY = new double[blobs];
    double[] blobSize = new double[blobs];
    double[] blobDensity = new double[blobs];
    for (int i = 0; i < blobs; i++) {
      int side = random.nextBoolean() ? 1 : -1;
      blobX[i] = anatomy.centre() + side * (anatomy.lungOffset() + between(random, -0.05, 0.05));
      blobY[i] = anatomy.lungMiddle() + anatomy.lungHeight() * between(random, -0.55, 0.65);
      blobSize[i] = between(random, 0.05, 0.09);
      blobDensity[i] = between(random, 70, 110);
    }

    byte[] pixels = new byte[size * size];
    for (int row = 0; row < size; row++) {
      double y = (row + 0.5) / size;
      for (int column = 0; column < size; column++) {
        double x = (column + 0.5) / size;
        double lung = anatomy.lung(x, y);
        double density = anatomy.density(x, y, lung, 1);
        for (int i = 0; i < blobs; i++) {
          double distance =
              square((x - blobX[i]) / blobSize[i]) + square((y - blobY[i]) / blobSize[i]);
          density += blobDensity[i] * lung * Math.exp(-distance);
        }
        density = density * anatomy.exposure() + 5 * gaussian(random);
        pixels[row * size + column] = ChestAnatomy.pixel(density);
      }
    }
    return pixels;
  }
}
