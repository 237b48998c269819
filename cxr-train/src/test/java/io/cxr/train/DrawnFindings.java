package io.cxr.train;

import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * A data set of images with three findings, a bright quarter each, any of which an image may have,
 * and how bright the fourth quarter is.
 */
final class DrawnFindings {
  static final List<String> NAMES = List.of("Upper_Left", "Upper_Right", "Lower_Left");

  /** One column a finding, a third of whose fields is blank, patients of two images. */
  static final String CELLS = "cells.csv";

  /** All findings in one column. */
  static final String LISTED = "listed.csv";

  private DrawnFindings() {}

  /** Writes {@code images/0.png} and so on, and tables beside the folder. */
  static Path draw(Path folder, int images) throws IOException {
    Random random = new Random(1);
    Path target = Files.createDirectories(folder.resolve("images"));
    List<String> cells = new ArrayList<>();
    cells.add("file,patient," + String.join(",", NAMES) + ",brightness");
    List<String> listed = new ArrayList<>(List.of("file,patient,labels"));
    for (int i = 0; i < images; i++) {
      boolean[] has = new boolean[NAMES.size()];
      List<String> present = new ArrayList<>();
      StringBuilder row = new StringBuilder("images/" + i + ".png,p" + i / 2);
      for (int finding = 0; finding < has.length; finding++) {
        has[finding] = random.nextInt(2 + finding) == 0;
        row.append(random.nextInt(3) == 0 ? "," : has[finding] ? ",1" : ",0");
        if (has[finding]) {
          present.add(NAMES.get(finding));
        }
      }
      int bright = random.nextInt(120);
      byte[] pixels = new byte[64 * 64];
      for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 64; x++) {
          int quarter = (y < 32 ? 0 : 2) + (x < 32 ? 0 : 1);
          int level = quarter == 3 ? bright : has[quarter] ? 80 : 0;
          pixels[y * 64 + x] = (byte) (50 + level + random.nextInt(40));
        }
      }
      Radiograph.ofGray8(64, 64, pixels).writePng(target.resolve(i + ".png"));
      cells.add(row.append(String.format(Locale.ROOT, ",%.1f", 10 + bright / 10.0)).toString());
      listed.add(
          "images/"
              + i
              + ".png,p"
              + i / 2
              + ","
              + (present.isEmpty() ? "No Finding" : String.join("|", present)));
    }
    Files.write(folder.resolve(CELLS), cells);
    Files.write(folder.resolve(LISTED), listed);
    return folder;
  }
}
