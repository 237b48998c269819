package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.LungFields;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.MaskFolder;
import io.cxr.error.ModelFormatException;
import io.cxr.model.LungCard;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lung model that ships. */
class LungFinderTest {
  @TempDir Path folder;

  @Test
  void isSmallAndSaysWhereItIsFrom() throws IOException {
    try (InputStream file = LungFinder.class.getResourceAsStream("lungs.onnx")) {
      assertTrue(Objects.requireNonNull(file).readAllBytes().length <= 2_000_000);
    }
    try (LungFinder finder = LungFinder.openDefault()) {
      LungCard card = finder.card();
      assertEquals("lungs", card.name());
      assertTrue(card.attributions().stream().anyMatch(text -> text.contains("Selvan")));
      assertTrue(card.attributions().stream().anyMatch(text -> text.contains("Cohen")));
      assertTrue(card.metrics().get("iou.mean") > 0.8, card.metrics().toString());
    }
  }

  @Test
  void anEvenPictureHasTheSameAnswerEachTime() {
    Radiograph gray = Radiograph.ofGray8(200, 300, filled(200 * 300, 128));
    try (LungFinder finder = LungFinder.openDefault()) {
      LungFields first = finder.find(gray);
      assertEquals(first, finder.find(gray));
      assertTrue(first.share() <= 1 && first.share() >= 0);
    }
  }

  private static byte[] filled(int size, int value) {
    byte[] pixels = new byte[size];
    Arrays.fill(pixels, (byte) value);
    return pixels;
  }

  @Test
  void agreesWithMasksOfRealFilms() throws IOException {
    Path shared = Path.of(System.getProperty("cxr.shared", "../../shared"));
    Path data = shared.resolve("data/many-hospitals");
    assumeTrue(Files.isDirectory(data.resolve("lung-masks")), "SKIPPED: no " + data);
    ImageFolder films = ImageFolder.builder(data).classes("PNEUMONIA").open();
    MaskFolder masks = MaskFolder.open(data.resolve("lung-masks"));
    List<Double> agreement = new ArrayList<>();
    try (LungFinder finder = LungFinder.openDefault()) {
      for (LabelledRadiograph film : films.items()) {
        if (masks.file(films.nameOf(film)).isPresent()) {
          LungFields drawn = LungFields.ofMask(masks.read(films.nameOf(film)).orElseThrow());
          agreement.add(finder.find(film.read()).intersectionOverUnion(drawn));
        }
      }
    }
    assertEquals(38, agreement.size());
    double mean = agreement.stream().mapToDouble(iou -> iou).average().orElseThrow();
    assertTrue(mean > 0.8, "mean IoU " + mean);
  }

  @Test
  void refusesOtherFiles() throws IOException {
    Path classifier = folder.resolve("classifier.onnx");
    try (InputStream in = OnnxClassifier.class.getResourceAsStream("chest-xray.onnx")) {
      Files.copy(Objects.requireNonNull(in), classifier);
    }
    ModelFormatException other =
        assertThrows(ModelFormatException.class, () -> LungFinder.open(classifier));
    assertTrue(other.getMessage().contains("train-lungs"), other.getMessage());
    Path text = Files.writeString(folder.resolve("text.onnx"), "no model");
    assertThrows(ModelFormatException.class, () -> LungFinder.open(text));
    assertThrows(NoSuchFileException.class, () -> LungFinder.open(folder.resolve("none.onnx")));
  }

  @Test
  void aClosedFinderSaysSo() {
    LungFinder finder = LungFinder.openDefault();
    finder.close();
    finder.close();
    Radiograph gray = Radiograph.ofGray8(96, 96, filled(96 * 96, 9));
    assertThrows(IllegalStateException.class, () -> finder.find(gray));
    assertFalse(finder.toString().isEmpty());
  }
}
