package io.cxr.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Heatmap;
import io.cxr.Prediction;
import io.cxr.radiograph.PixelRegion;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeatmapLayerTest {
  private static final int ROWS = 300;
  private static final int COLUMNS = 400;
  private static final PixelRegion REGION = new PixelRegion(30, 40, 240, 320);

  /** Where the notice begins: one line, with its margins. */
  private static final int NOTICE = ROWS - 16;

  private static Heatmap heatmap() {
    float[] activations = new float[16];
    for (int i = 0; i < 16; i++) {
      activations[i] = i % 5;
    }
    return Heatmap.ofActivations("A", 4, 4, activations, REGION, ROWS, COLUMNS);
  }

  private static boolean isSeen(int row, int column) {
    return row >= 30 && row < 270 && column >= 40 && column < 360;
  }

  @Test
  void theStrongerTheMoreIsSeen() {
    HeatmapLayer layer =
        HeatmapLayer.builder(heatmap()).colormap(Colormap.VIRIDIS).opacity(0.8).build();
    assertEquals(ROWS, layer.rows());
    assertEquals(COLUMNS, layer.columns());
    for (int row = 0; row < NOTICE; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        float value = heatmap().valueAt(row, column);
        int alpha = (int) Math.round(255 * 0.8 * value);
        int expected =
            isSeen(row, column) && alpha > 0 ? alpha << 24 | Colormap.VIRIDIS.rgb(value) : 0;
        assertEquals(expected, layer.argb(row, column), row + ", " + column);
      }
    }
  }

  @Test
  void theFileAndTheImageShowTheSame(@TempDir Path folder) throws IOException {
    HeatmapLayer layer = HeatmapLayer.of(heatmap());
    BufferedImage file = ImageIO.read(new ByteArrayInputStream(layer.toPng()));
    assertTrue(file.getColorModel().hasAlpha());
    BufferedImage image = layer.toImage();
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        assertEquals(layer.argb(row, column), file.getRGB(column, row));
        assertEquals(layer.argb(row, column), image.getRGB(column, row));
      }
    }
    assertArrayEquals(layer.toPng(), HeatmapLayer.of(heatmap()).toPng());
    layer.write(folder.resolve("layer.png"));
    assertArrayEquals(layer.toPng(), Files.readAllBytes(folder.resolve("layer.png")));
    assertThrows(IllegalArgumentException.class, () -> layer.write(folder.resolve("layer.gif")));
  }

  @Test
  void saysThatItIsForResearch() {
    HeatmapLayer layer = HeatmapLayer.of(heatmap());
    int ink = 0;
    for (int row = NOTICE; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        assertTrue(layer.argb(row, column) >>> 24 > 128, "nothing of the film makes it illegible");
        ink += (layer.argb(row, column) & 255) > 128 ? 1 : 0;
      }
    }
    assertTrue(ink > 300, "letters: " + ink);
    String png = new String(layer.toPng(), StandardCharsets.ISO_8859_1);
    assertTrue(png.contains("tEXtDisclaimer\0" + Prediction.NOTICE));
    Heatmap small =
        Heatmap.ofActivations("A", 1, 1, new float[] {1}, new PixelRegion(0, 0, 20, 20), 20, 20);
    String alone = new String(HeatmapLayer.of(small).toPng(), StandardCharsets.ISO_8859_1);
    assertTrue(alone.contains(Prediction.NOTICE), "where no letter fits, the file says it");
  }

  @Test
  void isNoLargerThanAskedFor() {
    int side = 2000;
    Heatmap large =
        Heatmap.ofActivations(
            "A", 1, 2, new float[] {0, 1}, new PixelRegion(0, 0, side, side / 2), side, side / 2);
    HeatmapLayer standard = HeatmapLayer.of(large);
    assertEquals(HeatmapLayer.LONGEST_SIDE, standard.rows());
    assertEquals(HeatmapLayer.LONGEST_SIDE / 2, standard.columns());
    assertEquals(side, HeatmapLayer.builder(large).longestSide(5000).build().rows());
    assertThrows(
        IllegalArgumentException.class, () -> HeatmapLayer.builder(large).longestSide(0).build());
    assertThrows(
        IllegalArgumentException.class, () -> HeatmapLayer.builder(large).opacity(1.5).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> HeatmapLayer.builder(large).opacity(Double.NaN).build());
  }
}
