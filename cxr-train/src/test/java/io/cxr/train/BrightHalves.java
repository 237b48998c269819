package io.cxr.train;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** A data set whose classes differ in which half of an image is bright. */
final class BrightHalves {
  private BrightHalves() {}

  /** Writes {@code LEFT/0.png} and so on. */
  static void draw(Path folder, int imagesALabel) throws IOException {
    Random random = new Random(1);
    for (String label : List.of("LEFT", "RIGHT")) {
      Path target = Files.createDirectories(folder.resolve(label));
      for (int i = 0; i < imagesALabel; i++) {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < 64; y++) {
          for (int x = 0; x < 64; x++) {
            boolean bright = label.equals("LEFT") ? x < 32 : x >= 32;
            image.getRaster().setSample(x, y, 0, (bright ? 130 : 50) + random.nextInt(60));
          }
        }
        ImageIO.write(image, "png", target.resolve(i + ".png").toFile());
      }
    }
  }
}
