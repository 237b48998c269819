package io.cxr.spark;

import io.cxr.radiograph.Radiograph;
import io.cxr.train.network.Network;
import io.cxr.train.network.RandomKerasWeights;
import io.cxr.train.network.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Pictures whose brightness tells the class, of three sources and of patients with two each, and
 * the weights of a network.
 *
 * @param folder that has them
 * @param images the folder of the classes
 */
record TrainingFilms(Path folder, Path images) {
  private static final int EACH = 10;

  /** Draws them, always the same. */
  static TrainingFilms draw(Path folder) throws IOException {
    Path images = folder.resolve("images");
    List<String> table = new ArrayList<>(List.of("file,label,patient,source"));
    Random random = new Random(4);
    for (String label : List.of("DARK", "LIGHT")) {
      Files.createDirectories(images.resolve(label));
      for (int source = 0; source < 3; source++) {
        for (int i = 0; i < EACH; i++) {
          byte[] pixels = new byte[40 * 40];
          int least = random.nextInt(60) + (label.equals("LIGHT") ? 45 : 0);
          for (int p = 0; p < pixels.length; p++) {
            pixels[p] = (byte) (least + random.nextInt(90));
          }
          String name = label + "/" + source + "-" + i + ".png";
          Radiograph.ofGray8(40, 40, pixels).writePng(images.resolve(name));
          table.add(name + "," + label + "," + label + source + "-" + i / 2 + ",s" + source);
        }
      }
    }
    Files.write(folder.resolve("sources.csv"), table);
    RandomKerasWeights.write(
        Network.named("mobilenet").orElseThrow().graph(Shape.map(3, 32, 32)),
        folder.resolve("mobilenet.h5"),
        1,
        0.5);
    return new TrainingFilms(folder, images);
  }

  /** The options of a training on them. */
  List<String> arguments() {
    return List.of(
        "--data=" + images,
        "--sources=" + folder.resolve("sources.csv"),
        "--architecture=mobilenet",
        "--weights",
        folder.resolve("mobilenet.h5").toString(),
        "--cut=conv_pw_2_relu",
        "--size=32",
        "--solver=lbfgs");
  }
}
