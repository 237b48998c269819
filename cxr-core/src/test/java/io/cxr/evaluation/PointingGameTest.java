package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Heatmap;
import io.cxr.dataset.BoxTable;
import io.cxr.dataset.BoxTable.Box;
import io.cxr.radiograph.PixelRegion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Heatmaps of known places against boxes, and the table of boxes. */
class PointingGameTest {
  @TempDir Path folder;

  /** A map of 4 x 4 cells over the middle half of a radiograph of 100 x 200, hot in one cell. */
  private static Heatmap heatmap(int row, int column) {
    float[] values = new float[16];
    values[row * 4 + column] = 3;
    return Heatmap.ofActivations(
        "FINDING", 4, 4, values, new PixelRegion(25, 50, 50, 100), 100, 200);
  }

  @Test
  void theHottestPointIsInTheRadiograph() {
    // The cell in row 1, column 3: rows 37.5 to 50 of 100, columns 125 to 150 of 200.
    Box there = new Box(0.68, 0.40, 0.02, 0.06);
    Box beside = new Box(0.5, 0.40, 0.1, 0.06);
    assertTrue(PointingGame.Film.of(heatmap(1, 3), List.of(there)).hit());
    assertFalse(PointingGame.Film.of(heatmap(1, 3), List.of(beside)).hit());
    assertTrue(PointingGame.Film.of(heatmap(1, 3), List.of(beside, there)).hit(), "any box");
    assertFalse(PointingGame.Film.of(heatmap(3, 1), List.of(there)).hit());
  }

  @Test
  void sharesOfTheSumAndOfTheImage() {
    float[] even = new float[16];
    java.util.Arrays.fill(even, 1);
    Heatmap flat =
        Heatmap.ofActivations("FINDING", 4, 4, even, new PixelRegion(0, 0, 64, 64), 64, 64);
    PointingGame.Film film =
        PointingGame.Film.of(flat, List.of(new Box(0, 0, 0.5, 0.5), new Box(0.25, 0.25, 0.5, 0.5)));
    // Two quarters that share a sixteenth.
    assertEquals(7 / 16.0, film.area(), 1e-9);
    assertEquals(7 / 16.0, film.mass(), 1e-6);
    // All of the map is in the middle half of the image.
    PointingGame.Film all =
        PointingGame.Film.of(heatmap(2, 2), List.of(new Box(0.25, 0.25, 0.5, 0.5)));
    assertEquals(1, all.mass(), 1e-9);
    assertEquals(0.25, all.area(), 1e-9);
  }

  @Test
  void figuresHaveIntervals() {
    List<PointingGame.Film> films = new ArrayList<>();
    films.addAll(Collections.nCopies(3, new PointingGame.Film(true, 0.4, 0.1)));
    films.addAll(Collections.nCopies(30, new PointingGame.Film(false, 0.1, 0.15)));
    films.add(new PointingGame.Film(false, Double.NaN, 0.2));
    PointingGame game = PointingGame.of(films, 1);
    assertEquals(34, game.films());
    assertEquals(1, game.empty());
    assertEquals(3 / 34.0, game.hits().value(), 1e-12);
    // The score interval of 3 of 34, computed in Python from its formula.
    assertEquals(0.03047, game.hits().low(), 5e-5);
    assertEquals(0.22962, game.hits().high(), 5e-5);
    assertEquals((3 * 0.1 + 30 * 0.15 + 0.2) / 34, game.chance(), 1e-12);
    Interval mass = game.mass().orElseThrow();
    assertEquals((3 * 0.4 + 30 * 0.1) / 33, mass.value(), 1e-12);
    assertTrue(mass.low() < mass.value() && mass.value() < mass.high());
    assertEquals(mass.value() / game.area(), game.gain().orElseThrow().value(), 1e-12);

    PointingGame none = PointingGame.of(List.of(new PointingGame.Film(false, Double.NaN, 0.2)), 1);
    assertTrue(none.mass().isEmpty());
    assertThrows(IllegalArgumentException.class, () -> PointingGame.of(List.of(), 1));
  }

  @Test
  void tablesAreRead() throws IOException {
    Path csv = folder.resolve("boxes.csv");
    Files.writeString(
        csv,
        "finding,height,width,top,left,file\n"
            + "Pneumonia,0.4,0.3,0.2,0.1,P/1.jpg\nNodule,0.1,0.1,0.9,0.9,P/1.jpg\n"
            + "Pneumonia,0.5,0.5,0.5,0.5,P/2.jpg\n");
    var boxes = BoxTable.read(csv).byFile();
    assertEquals(2, boxes.size());
    assertEquals(
        List.of(new Box(0.1, 0.2, 0.3, 0.4), new Box(0.9, 0.9, 0.1, 0.1)), boxes.get("P/1.jpg"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file,left,top,width\nx,0,0,1\n",
        "file,left,top,width,height\nx,0.5,0,0.6,0.1\n",
        "file,left,top,width,height\nx,10,20,30,40\n",
        "file,left,top,width,height\nx,0,0,0,1\n",
        "file,left,top,width,height\nx,NaN,0,0.5,1\n",
        "file,left,top,width,height\nx,a,0,0.5,1\n",
      })
  void otherTablesAreRefused(String text) throws IOException {
    Path csv = Files.writeString(folder.resolve("boxes.csv"), text);
    String message =
        assertThrows(IllegalArgumentException.class, () -> BoxTable.read(csv)).getMessage();
    assertTrue(message.startsWith("boxes.csv, line "), message);
  }
}
