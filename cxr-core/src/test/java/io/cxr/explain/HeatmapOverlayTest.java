package io.cxr.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.radiograph.PhotometricInterpretation;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeatmapOverlayTest {
  private static final int ROWS = 40;
  private static final int COLUMNS = 150;
  private static final PixelRegion REGION = new PixelRegion(5, 10, 30, 100);

  private static Radiograph radiograph() {
    byte[] pixels = new byte[ROWS * COLUMNS];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 7);
    }
    return Radiograph.ofGray8(ROWS, COLUMNS, pixels);
  }

  private static CaptionStrip strip(int columns, String... paragraphs) {
    return CaptionStrip.of(List.of(paragraphs), columns, null);
  }

  /** The scale has the map's colours in their order, and is there when it is asked for. */
  @Test
  void theScaleRunsFromTheLeastColourToTheMost() {
    for (Colormap map : List.of(Colormap.JET, Colormap.VIRIDIS)) {
      HeatmapOverlay overlay =
          HeatmapOverlay.builder(radiograph(), heatmap())
              .colormap(map)
              .caption("one")
              .caption("two")
              .build();
      assertEquals(List.of("one", "two"), overlay.caption().subList(1, 3));
      byte[] rgb = overlay.toRgb();
      List<Integer> coloured = new ArrayList<>();
      int columns = overlay.pictureColumns();
      // In the rows beneath the radiograph all but the scale is gray.
      int row = overlay.pictureRows() - 7;
      for (int column = 0; column < columns; column++) {
        int at = 3 * (row * columns + column);
        int red = rgb[at] & 255;
        int green = rgb[at + 1] & 255;
        int blue = rgb[at + 2] & 255;
        if (red != green || green != blue) {
          coloured.add(red << 16 | green << 8 | blue);
        }
      }
      assertEquals(map.rgb(0), coloured.get(0));
      assertEquals(map.rgb(1), coloured.get(coloured.size() - 1));
      assertTrue(coloured.size() >= 50, "colours: " + coloured.size());
    }
  }

  private static Heatmap heatmap() {
    return Heatmap.ofActivations("COVID19", 2, 2, new float[] {0, 1, 2, 4}, REGION, ROWS, COLUMNS);
  }

  private static Prediction prediction(double probability) {
    return new Prediction(
        List.of(
            new LabelProbability("COVID19", probability),
            new LabelProbability("NORMAL", 1 - probability)),
        new ModelIdentity("m", "1", "0".repeat(64)));
  }

  private static boolean inside(int row, int column) {
    return row >= 5 && row < 35 && column >= 10 && column < 110;
  }

  private static int blend(double alpha, int colour, int gray, int shift) {
    return (int) Math.round(alpha * (colour >> shift & 0xff) + (1 - alpha) * gray);
  }

  private static void assertBlended(
      HeatmapOverlay overlay, Colormap map, double alpha, int inversion) {
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        int gray = radiograph().pixel(row, column) ^ inversion;
        int colour = map.rgb(heatmap().valueAt(row, column));
        int expected =
            inside(row, column)
                ? blend(alpha, colour, gray, 16) << 16
                    | blend(alpha, colour, gray, 8) << 8
                    | blend(alpha, colour, gray, 0)
                : gray * 0x010101;
        assertEquals(expected, overlay.rgb(row, column));
      }
    }
  }

  @Test
  void blendsInsideTheRegionAndKeepsTheGrayOutside() {
    assertBlended(HeatmapOverlay.of(radiograph(), heatmap()), Colormap.INFERNO, 0.4, 0);
    HeatmapOverlay.Builder builder =
        HeatmapOverlay.builder(radiograph(), heatmap()).colormap(Colormap.VIRIDIS).alpha(0.7);
    assertBlended(builder.build(), Colormap.VIRIDIS, 0.7, 0);
  }

  @Test
  void showsMonochrome1AsOneSeesIt() {
    Radiograph inverted =
        radiograph().withPhotometricInterpretation(PhotometricInterpretation.MONOCHROME1);
    assertBlended(HeatmapOverlay.of(inverted, heatmap()), Colormap.INFERNO, 0.4, 0xff);
  }

  @Test
  void showsTheRadiographAloneAtAlpha0() {
    HeatmapOverlay overlay = HeatmapOverlay.builder(radiograph(), heatmap()).alpha(0).build();
    assertEquals(radiograph().pixel(20, 50) * 0x010101, overlay.rgb(20, 50));
  }

  @Test
  void encodesAPngWithAStripBeneath() throws IOException {
    HeatmapOverlay overlay = HeatmapOverlay.of(radiograph(), heatmap());
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(overlay.toPng()));
    assertEquals(COLUMNS, image.getWidth());
    assertTrue(image.getHeight() > ROWS + 20);
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        assertEquals(overlay.rgb(row, column), image.getRGB(column, row) & 0xffffff);
      }
    }
    assertTrue(ink(image, ROWS) > 200);
    assertThrows(IndexOutOfBoundsException.class, () -> overlay.rgb(0, COLUMNS));
  }

  @Test
  void isNoLargerThanAskedFor() throws IOException {
    int rows = 900;
    int columns = 1500;
    byte[] pixels = new byte[rows * columns];
    new Random(5).nextBytes(pixels);
    Radiograph film = Radiograph.ofGray8(rows, columns, pixels);
    PixelRegion region = new PixelRegion(90, 300, 720, 900);
    Heatmap heatmap =
        Heatmap.ofActivations("A", 2, 3, new float[] {0, 1, 2, 3, 4, 5}, region, rows, columns);
    HeatmapOverlay standard = HeatmapOverlay.of(film, heatmap);
    assertEquals(HeatmapOverlay.LONGEST_SIDE, standard.columns());
    HeatmapOverlay small =
        HeatmapOverlay.builder(film, heatmap).longestSide(300).alpha(0.5).build();
    assertEquals(180, small.rows());
    assertEquals(300, small.columns());
    byte[] gray = film.resize(180, 300).toGray8();
    for (int row = 0; row < 180; row++) {
      for (int column = 0; column < 300; column++) {
        int level = gray[row * 300 + column] & 255;
        boolean seen = row >= 18 && row < 162 && column >= 60 && column < 240;
        // The middle of the pixel, which covers 5 x 5 of the film.
        int colour = Colormap.INFERNO.rgb(heatmap.valueAt(5 * row + 2, 5 * column + 2));
        int expected =
            seen
                ? blend(0.5, colour, level, 16) << 16
                    | blend(0.5, colour, level, 8) << 8
                    | blend(0.5, colour, level, 0)
                : level * 0x010101;
        assertEquals(expected, small.rgb(row, column), row + ", " + column);
      }
    }
    HeatmapOverlay whole =
        HeatmapOverlay.builder(film, heatmap).longestSide(Integer.MAX_VALUE).build();
    assertEquals(rows, whole.rows());
    assertEquals(columns, whole.columns());
    BufferedImage read = ImageIO.read(new ByteArrayInputStream(small.toPng()));
    assertEquals(small.pictureRows(), read.getHeight());
    assertTrue(ink(read, 180) > 300, "a caption that can be read");
    HeatmapOverlay.Builder none = HeatmapOverlay.builder(film, heatmap).longestSide(0);
    assertThrows(IllegalArgumentException.class, none::build);
  }

  @Test
  void theImageTheBytesAndTheFileShowTheSame() throws IOException {
    HeatmapOverlay overlay =
        HeatmapOverlay.builder(radiograph(), heatmap()).prediction(prediction(0.25)).build();
    BufferedImage image = overlay.toImage();
    BufferedImage file = ImageIO.read(new ByteArrayInputStream(overlay.toPng()));
    byte[] rgb = overlay.toRgb();
    assertEquals(overlay.pictureRows(), image.getHeight());
    assertEquals(overlay.pictureColumns(), image.getWidth());
    int at = 0;
    for (int row = 0; row < image.getHeight(); row++) {
      for (int column = 0; column < image.getWidth(); column++) {
        int expected = (rgb[at++] & 255) << 16 | (rgb[at++] & 255) << 8 | (rgb[at++] & 255);
        assertEquals(expected, image.getRGB(column, row) & 0xffffff);
        assertEquals(expected, file.getRGB(column, row) & 0xffffff);
      }
    }
    assertArrayEquals(overlay.toPng(), overlay.toPng());
  }

  private static int ink(BufferedImage image, int fromRow) {
    int ink = 0;
    for (int row = fromRow; row < image.getHeight(); row++) {
      for (int column = 0; column < image.getWidth(); column++) {
        ink += (image.getRGB(column, row) & 0xff) > 0x80 ? 1 : 0;
      }
    }
    return ink;
  }

  @Test
  void givesAnyRadiographRoomForTheNotice() throws IOException {
    for (int side : new int[] {1, 64, 700, 1024}) {
      Radiograph radiograph = Radiograph.ofGray8(side, side, new byte[side * side]);
      Heatmap heatmap =
          Heatmap.ofActivations(
              "A", 1, 1, new float[1], new PixelRegion(0, 0, side, side), side, side);
      BufferedImage image =
          ImageIO.read(new ByteArrayInputStream(HeatmapOverlay.of(radiograph, heatmap).toPng()));
      assertEquals(Math.max(128, side), image.getWidth());
      assertTrue(ink(image, side) > 300, () -> "side " + side);
    }
  }

  @Test
  void saysLabelProbabilityCaptionAndNotice() {
    HeatmapOverlay overlay =
        HeatmapOverlay.builder(radiograph(), heatmap())
            .prediction(prediction(0.9731))
            .caption("Änderung")
            .build();
    assertEquals(
        List.of("COVID19 97.3 %", "Änderung", "Research use only. Not for diagnostic use."),
        overlay.caption());
    assertEquals(
        List.of("COVID19", Prediction.NOTICE),
        HeatmapOverlay.of(radiograph(), heatmap()).caption());
    byte[] png = overlay.toPng();
    assertTrue(contains(png, "tEXtDisclaimer\0Research use only. Not for diagnostic use."));
    assertTrue(contains(png, "iTXtDescription\0"));
    assertTrue(contains(png, "COVID19 97.3 %\nÄnderung\nResearch use only."));
  }

  private static boolean contains(byte[] bytes, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i + wanted.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void writesAndReplacesAWholeFile(@TempDir Path folder) throws IOException {
    HeatmapOverlay overlay = HeatmapOverlay.of(radiograph(), heatmap());
    Path file = folder.resolve("overlay.png");
    overlay.write(file);
    assertArrayEquals(overlay.toPng(), Files.readAllBytes(file));
    HeatmapOverlay other =
        HeatmapOverlay.builder(radiograph(), heatmap()).colormap(Colormap.GRAY).build();
    other.write(file);
    assertArrayEquals(other.toPng(), Files.readAllBytes(file));
    Path inside = folder.resolve("made/overlay.png");
    overlay.write(inside);
    assertArrayEquals(overlay.toPng(), Files.readAllBytes(inside));
    Path directory = Files.createDirectories(folder.resolve("taken.png/inside")).getParent();
    assertThrows(IOException.class, () -> overlay.write(directory));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(Set.of(file, directory, inside.getParent()), new HashSet<>(left.toList()));
    }
  }

  @Test
  void writesNoPngUnderTheNameOfAnotherFormat(@TempDir Path folder) throws IOException {
    HeatmapOverlay overlay = HeatmapOverlay.of(radiograph(), heatmap());
    for (String name : List.of("overlay.jpg", "overlay.dcm", "overlay", "png", "overlay.png.tif")) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> overlay.write(folder.resolve(name)), name);
      assertTrue(e.getMessage().contains("expected a file name that ends in .png"), name);
    }
    overlay.write(folder.resolve("OVERLAY.PNG"));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("OVERLAY.PNG")), left.toList());
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    Radiograph other = Radiograph.ofGray8(ROWS + 1, COLUMNS, new byte[(ROWS + 1) * COLUMNS]);
    assertThrows(IllegalArgumentException.class, () -> HeatmapOverlay.of(other, heatmap()));
    HeatmapOverlay.Builder builder = HeatmapOverlay.builder(radiograph(), heatmap());
    assertThrows(IllegalArgumentException.class, () -> builder.alpha(1.1).build());
    assertThrows(IllegalArgumentException.class, () -> builder.alpha(Double.NaN).build());
    assertThrows(IllegalArgumentException.class, () -> builder.alpha(0.5).probability(1.1).build());
  }

  @Test
  void breaksLinesAtWordsAndKeepsToAscii() {
    assertEquals(
        List.of("COVID19", "Research use only.", "Not for diagnostic", "use."),
        strip(128, "COVID19", Prediction.NOTICE).lines());
    assertEquals(
        List.of("Aenderung, ?, cafe", "abcdefghijklmnopqrst", "uvwxyz"),
        strip(128, "Aenderung, \u80ba, caf\u00e9", "abcdefghijklmnopqrstuvwxyz").lines());
    assertEquals(1, strip(300, Prediction.NOTICE).lines().size());
    assertEquals(1, strip(1024, Prediction.NOTICE).lines().size());
  }

  @Test
  void drawsEveryLetterDifferently() {
    Set<List<Integer>> drawn = new HashSet<>();
    for (char letter = '!'; letter <= '~'; letter++) {
      CaptionStrip strip = strip(128, String.valueOf(letter));
      BufferedImage image = new BufferedImage(128, strip.rows(), BufferedImage.TYPE_INT_RGB);
      image.setRGB(0, 0, 128, strip.rows(), strip.toRgb(), 0, 128);
      assertTrue(ink(image, 0) >= 3, "letter " + letter);
      int[] pixels = image.getRGB(0, 0, 12, strip.rows(), null, 0, 12);
      drawn.add(Arrays.stream(pixels).boxed().toList());
    }
    assertFalse(drawn.isEmpty());
    assertEquals('~' - '!' + 1, drawn.size());
  }
}
