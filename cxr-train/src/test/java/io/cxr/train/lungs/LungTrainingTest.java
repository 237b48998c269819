package io.cxr.train.lungs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.LungFields;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.Interval;
import io.cxr.model.LungCard;
import io.cxr.onnx.LungFinder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LungTrainingTest {
  private static final LungRecipe SMALL = new LungRecipe(1, 16, 4, 1e-2, 32, List.of(6, 8));

  @TempDir Path folder;

  @Test
  void findsLungsOfPatientsThatItDidNotSee() throws IOException {
    DrawnLungs drawn = new DrawnLungs(folder, 16, 1);
    LungTraining training =
        LungTraining.of(drawn.films(), drawn.masks(), SMALL, LungProgress.SILENT);
    LungScores scores = training.crossValidate(2);
    assertEquals(16, scores.films().size(), "every film is in one part");
    Interval mean = scores.mean();
    // Who calls all of a picture lung reaches 0.2.
    assertTrue(mean.value() > 0.65, scores.format());
    assertTrue(mean.low() <= mean.value() && mean.value() <= mean.high(), scores.format());
    assertTrue(scores.worst().intersectionOverUnion() <= scores.median(), scores.format());
    assertEquals(mean.value(), scores.figures().get("iou.mean"));
  }

  @Test
  void aModelCarriesItsFiguresOnThePartLeftOut() throws IOException {
    DrawnLungs drawn = new DrawnLungs(folder, 12, 5);
    Path file = folder.resolve("held-out.onnx");
    LungScores scores =
        LungTraining.of(drawn.films(), drawn.masks(), SMALL.withEpochs(3), LungProgress.SILENT)
            .trainWithout(3, "drawn", "1", List.of(), file);
    assertEquals(4, scores.films().size());
    try (LungFinder finder = LungFinder.open(file)) {
      assertEquals(scores.figures(), finder.card().metrics());
      assertEquals(Map.of("CHEST", 8), finder.card().training().trainingImages());
      for (LungScores.Film film : scores.films()) {
        LabelledRadiograph item =
            drawn.films().items().stream()
                .filter(each -> film.file().endsWith("/" + each.file().getFileName()))
                .findFirst()
                .orElseThrow();
        LungFields mask = LungFields.ofMask(drawn.masks().read(film.file()).orElseThrow());
        assertEquals(
            film.intersectionOverUnion(), finder.find(item.read()).intersectionOverUnion(mask));
      }
    }
  }

  @Test
  void theSameSeedGivesTheSameFile() throws IOException {
    DrawnLungs drawn = new DrawnLungs(folder, 8, 2);
    LungRecipe brief = SMALL.withEpochs(2);
    byte[] first = train(drawn, brief);
    assertArrayEquals(first, train(drawn, brief));
    assertTrue(first.length < 100_000, first.length + " bytes");
    byte[] other = train(drawn, brief.withSeed(2));
    assertTrue(!Arrays.equals(first, other), "another seed");
  }

  private byte[] train(DrawnLungs drawn, LungRecipe recipe) throws IOException {
    Path file = folder.resolve("lungs.onnx");
    LungTraining.of(drawn.films(), drawn.masks(), recipe, LungProgress.SILENT)
        .train("drawn", "1", Map.of("iou.mean", 0.5), List.of("Drawn by a test"), file);
    try (LungFinder finder = LungFinder.open(file)) {
      LungCard card = finder.card();
      assertEquals("drawn", card.name());
      assertEquals(List.of("Drawn by a test"), card.attributions());
      assertEquals(Map.of("iou.mean", 0.5), card.metrics());
      assertEquals(Map.of("CHEST", 8), card.training().trainingImages());
      assertEquals(recipe.seed(), card.training().seed());
      LabelledRadiograph film = drawn.films().items().get(0);
      LungFields lungs = finder.find(film.read());
      assertEquals(lungs, finder.find(film.read()));
    }
    return Files.readAllBytes(file);
  }

  @Test
  void filmsWithoutAMaskArePassedOver() throws IOException {
    DrawnLungs drawn = new DrawnLungs(folder, 8, 3);
    Files.delete(folder.resolve("masks/CHEST-film-3.png"));
    assertEquals(
        7, LungTraining.of(drawn.films(), drawn.masks(), SMALL, LungProgress.SILENT).films());
    for (int i = 2; i < 8; i++) {
      Files.deleteIfExists(folder.resolve("masks/CHEST-film-" + i + ".png"));
    }
    IllegalArgumentException onePatient =
        assertThrows(
            IllegalArgumentException.class,
            () -> LungTraining.of(drawn.films(), drawn.masks(), SMALL, LungProgress.SILENT));
    assertTrue(onePatient.getMessage().contains("two patients"), onePatient.getMessage());
  }

  @Test
  void refusesFoldsThatPatientsDoNotFill() throws IOException {
    DrawnLungs drawn = new DrawnLungs(folder, 8, 4);
    LungTraining training =
        LungTraining.of(drawn.films(), drawn.masks(), SMALL, LungProgress.SILENT);
    assertThrows(IllegalArgumentException.class, () -> training.crossValidate(1));
    assertThrows(IllegalArgumentException.class, () -> training.crossValidate(5));
  }
}
