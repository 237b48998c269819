package io.cxr.train.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** What files say of themselves. */
class FilePropertiesTest {
  private static final int SIDE = 64;

  private static byte[] pixels() {
    return PhantomSet.draw(SIDE, false, new Random(1));
  }

  private static byte[] encoded(String format) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(PhantomSet.image(SIDE, pixels()), format, bytes);
    return bytes.toByteArray();
  }

  private static FileProperties of(byte[] file) {
    return FileProperties.of(file, SIDE, SIDE, 8);
  }

  private static double value(FileProperties.Table table, int row, String name) {
    int column = table.names.indexOf(name);
    assertTrue(column >= 0, name + " in " + table.names);
    return table.rows[row][column];
  }

  @Test
  void formatsAndQualityAreTold() throws IOException {
    byte[] good = PhantomSet.jpeg(SIDE, pixels(), 0.9f);
    byte[] poor = PhantomSet.jpeg(SIDE, pixels(), 0.5f);
    byte[] png = encoded("png");
    FileProperties.Table table =
        FileProperties.table(
            List.of(of(good), of(good), of(poor), of(poor), of(png), of(png), of(encoded("bmp"))));
    assertEquals(1, value(table, 0, "format JPEG"));
    assertEquals(0, value(table, 4, "format JPEG"));
    assertEquals(1, value(table, 4, "format PNG"));
    assertEquals(1, value(table, 5, "PNG bit depth 8"));
    double fine = value(table, 0, "JPEG quantisation");
    double coarse = value(table, 2, "JPEG quantisation");
    assertTrue(fine > 0 && coarse > fine, fine + " and " + coarse);
    assertEquals(0, value(table, 4, "JPEG quantisation"));
    assertEquals(
        Math.log((double) good.length / SIDE / SIDE), value(table, 1, "bytes a pixel"), 1e-5);
    // One file alone shares nothing that could be learnt, and all share their size.
    assertTrue(!table.names.contains("format BMP"), table.names.toString());
    assertTrue(!table.names.contains("size 64 x 64"), table.names.toString());
  }

  @Test
  void damagedHeadersAreWalkedAsFarAsTheyGo() throws IOException {
    for (byte[] file : List.of(PhantomSet.jpeg(SIDE, pixels(), 0.9f), encoded("png"))) {
      Random random = new Random(3);
      for (int i = 0; i < 2000; i++) {
        byte[] damaged = Arrays.copyOf(file, random.nextInt(Math.min(700, file.length)) + 1);
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        FileProperties.Table table = FileProperties.table(List.of(of(damaged)));
        assertEquals(1, table.rows.length);
      }
    }
  }
}
