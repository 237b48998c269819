package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.SourceValidation.Fold;
import io.cxr.train.export.Precision;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceValidationTest {
  @TempDir Path folder;

  private ImageFolder images(int sources) throws Exception {
    Path images = folder.resolve("images");
    BrightHalves.draw(images, 90);
    List<String> table = new ArrayList<>(List.of("file,label,patient,source"));
    int number = 0;
    ImageFolder plain = ImageFolder.open(images);
    for (LabelledRadiograph item : plain.items()) {
      String name = plain.nameOf(item);
      table.add(name + "," + item.label() + ",," + "hospital " + number++ % sources);
    }
    Path csv = folder.resolve("images.csv");
    Files.write(csv, table);
    return ImageFolder.builder(images).patients(csv).open();
  }

  private SourceValidation validation(ImageFolder images, List<Path> strangers) {
    return new SourceValidation(
        images,
        QuickRecipe.in(folder).epochs(3).seed(3).build(),
        Precision.FP32,
        strangers,
        0.25,
        TrainingProgress.SILENT);
  }

  @Test
  void asksEachModelAboutTheSourceThatItNeverSaw() throws Exception {
    Path stranger = folder.resolve("stranger.png");
    ImageIO.write(
        new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_GRAY), "png", stranger.toFile());
    List<Fold> heard = new ArrayList<>();
    SourceValidation.Result result = validation(images(3), List.of(stranger)).run(heard::add);
    assertEquals(heard, result.folds());
    assertEquals(
        List.of("hospital 0", "hospital 1", "hospital 2"),
        result.folds().stream().map(Fold::source).toList());
    assertEquals(180, result.pooled().total());
    assertTrue(result.pooled().accuracy() >= 0.8, result.pooled().format());
    for (Fold fold : result.folds()) {
      assertEquals(60, fold.films().shown());
      assertEquals(60, fold.report().total());
      assertEquals(60, fold.inverted().shown());
      // One kind of pictures in all sources: the bound holds for the one left out, too.
      assertTrue(fold.films().refused() <= 4, fold.toString());
      assertEquals(1, fold.strangers().shown());
    }
    try (var left = Files.list(folder)) {
      assertFalse(left.anyMatch(file -> file.toString().endsWith(".onnx")));
    }
  }

  @Test
  void refusesWhatHasNoSourcesToLeaveOut() throws Exception {
    ImageFolder one = images(1);
    assertThrows(IllegalArgumentException.class, () -> validation(one, List.of()).run(fold -> {}));
    ImageFolder none = ImageFolder.open(folder.resolve("images"));
    IllegalArgumentException unnamed =
        assertThrows(
            IllegalArgumentException.class, () -> validation(none, List.of()).run(fold -> {}));
    assertTrue(unnamed.getMessage().contains("source"), unnamed.getMessage());
  }

  @Test
  void turnsAndInverts() {
    byte[] pixels = {1, 2, 3, 4, 5, 6};
    Radiograph film = Radiograph.ofGray8(2, 3, pixels);
    assertEquals(
        Radiograph.ofGray8(3, 2, new byte[] {4, 1, 5, 2, 6, 3}),
        SourceValidation.quarterTurned(film));
    assertEquals(
        Radiograph.ofGray8(2, 3, new byte[] {6, 5, 4, 3, 2, 1}), SourceValidation.upsideDown(film));
    assertEquals(
        SourceValidation.upsideDown(film),
        SourceValidation.quarterTurned(SourceValidation.quarterTurned(film)));
    assertEquals(film, SourceValidation.inverted(SourceValidation.inverted(film)));
    assertEquals(254, SourceValidation.inverted(film).pixel(0, 0));
  }
}
