package io.cxr.commandline;

import static io.cxr.commandline.Output.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.onnx.LungFinder;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training of a lung model as a shell sees it. */
class TrainLungsCommandTest {
  @TempDir Path folder;

  @Test
  void writesAModelWithItsFigures() throws IOException {
    Path data = folder.resolve("phantoms");
    SyntheticChestPhantom.writeFolder(data, 3, 1);
    Path masks = Files.createDirectories(folder.resolve("masks"));
    byte[] half = new byte[64 * 64];
    for (int i = 0; i < half.length; i++) {
      half[i] = (byte) (i % 64 < 32 ? 255 : 0);
    }
    for (int i = 1; i <= 3; i++) {
      Radiograph.ofGray8(64, 64, half)
          .writePng(masks.resolve(String.format("CLEAR-synthetic-%04d.png", i)));
    }
    Path out = folder.resolve("lungs.onnx");
    Output output =
        run(
            "train-lungs",
            "--data",
            data,
            "--masks",
            masks,
            "--epochs",
            1,
            "--folds",
            0,
            "--hold-out",
            3,
            "--attribution",
            "Drawn",
            "--name",
            "halves",
            "--out",
            out);
    assertEquals(0, output.exitCode(), output.err());
    assertTrue(output.out().startsWith("IoU on 1 films of 1 patients left out"), output.out());
    try (LungFinder finder = LungFinder.open(out)) {
      assertEquals("halves", finder.card().name());
      assertEquals(List.of("Drawn"), finder.card().attributions());
      assertEquals(1.0, finder.card().metrics().get("films"));
    }
  }

  @Test
  void wrongUsage() throws IOException {
    assertEquals(2, run("train-lungs").exitCode());
    SyntheticChestPhantom.writeFolder(folder.resolve("phantoms"), 2, 1);
    Output noMasks =
        run(
            "train-lungs",
            "--data",
            folder.resolve("phantoms"),
            "--masks",
            Files.createDirectories(folder.resolve("masks")));
    assertEquals(2, noMasks.exitCode());
    assertTrue(noMasks.err().contains("with a mask"), noMasks.err());
    assertEquals(
        2,
        run("train-lungs", "--data", folder, "--masks", folder, "--out", "lungs.txt").exitCode());
  }
}
