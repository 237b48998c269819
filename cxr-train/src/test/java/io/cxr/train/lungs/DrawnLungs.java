package io.cxr.train.lungs;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.MaskFolder;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Films with two dark ellipses in a bright body, and their masks; two films a patient. */
final class DrawnLungs {
  private final Path folder;

  DrawnLungs(Path folder, int films, long seed) throws IOException {
    this.folder = folder;
    Random random = new Random(seed);
    List<String> lines = new ArrayList<>(List.of("file,label,patient"));
    Files.createDirectories(folder.resolve("films/CHEST"));
    Files.createDirectories(folder.resolve("masks"));
    for (int i = 0; i < films; i++) {
      draw(i, random);
      lines.add("CHEST/film-" + i + ".png,CHEST,patient-" + i / 2);
    }
    Files.write(folder.resolve("patients.csv"), lines);
  }

  private void draw(int film, Random random) throws IOException {
    int side = 64;
    double middle = 0.5 + 0.06 * random.nextGaussian();
    double height = 0.25 + 0.06 * random.nextDouble();
    double width = 0.1 + 0.04 * random.nextDouble();
    byte[] gray = new byte[side * side];
    byte[] mask = new byte[side * side];
    for (int i = 0; i < gray.length; i++) {
      int row = i / side;
      double y = ((row + 0.5) / side - 0.5) / height;
      double x = (Math.abs((i % side + 0.5) / side - middle) - 0.2) / width;
      boolean lung = x * x + y * y < 1;
      gray[i] = (byte) Math.max(0, Math.min(255, (lung ? 70 : 170) + 12 * random.nextGaussian()));
      mask[i] = (byte) (lung ? 255 : 0);
    }
    Radiograph.ofGray8(side, side, gray)
        .writePng(folder.resolve("films/CHEST/film-" + film + ".png"));
    Radiograph.ofGray8(side, side, mask)
        .writePng(folder.resolve("masks/CHEST-film-" + film + ".png"));
  }

  ImageFolder films() throws IOException {
    return ImageFolder.builder(folder.resolve("films"))
        .patients(folder.resolve("patients.csv"))
        .open();
  }

  MaskFolder masks() throws IOException {
    return MaskFolder.open(folder.resolve("masks"));
  }
}
