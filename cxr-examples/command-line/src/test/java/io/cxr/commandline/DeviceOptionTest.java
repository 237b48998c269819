package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.Resampling;
import io.cxr.model.Task;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What users of ONNX Runtime's build for CPUs, which this one runs on, meet with --device. */
class DeviceOptionTest {
  @TempDir Path folder;
  private Path model;
  private Path film;

  @BeforeEach
  void draw() throws IOException {
    model =
        QuadrantModel.write(
            folder.resolve("quadrants.onnx"),
            ModelCard.builder("quadrants", "1")
                .architecture("QuadrantModel")
                .task(new Task.Findings(List.of("A", "B", "C", "D")))
                .output(OutputActivation.SIGMOID)
                .preprocessing(
                    PreprocessingSpec.of(
                        QuadrantModel.SIZE,
                        QuadrantModel.SIZE,
                        Resampling.NEAREST,
                        1,
                        PreprocessingStep.Normalization.Kind.UNIT_RANGE))
                .build(),
            true);
    byte[] gray = new byte[QuadrantModel.SIZE * QuadrantModel.SIZE];
    new Random(3).nextBytes(gray);
    film = folder.resolve("film.png");
    Radiograph.ofGray8(QuadrantModel.SIZE, QuadrantModel.SIZE, gray).writePng(film);
  }

  @Test
  void everyCommandThatRunsAModelTakesIt() {
    CommandLine cxr =
        Cxr.commandLine(new PrintWriter(Writer.nullWriter()), new PrintWriter(Writer.nullWriter()));
    for (String command :
        List.of(
            "adopt",
            "audit",
            "classify",
            "compare",
            "confusion",
            "crossvalidate",
            "demo",
            "evaluate",
            "export",
            "stack",
            "train")) {
      for (String option :
          List.of("--device", "--threads", "--cuda-memory", "--tf32", "--channels-last")) {
        assertNotNull(
            cxr.getSubcommands().get(command).getCommandSpec().findOption(option),
            command + " " + option);
      }
    }
  }

  @Test
  void withoutCudaTheErrorSaysWhatToInstallAndNothingIsAnswered() {
    for (String device : List.of("cuda", "cuda:1")) {
      Output output = Output.run("classify", "--model", model, film, "--json", "--device", device);
      assertEquals(1, output.exitCode(), output.err());
      assertEquals("", output.out());
      assertTrue(output.err().contains("onnxruntime_gpu"), output.err());
      assertTrue(output.err().contains("CUDA 12 and cuDNN 9"), output.err());
      assertTrue(output.err().contains("Device " + (device.equals("cuda") ? "cuda:0" : device)));
    }
  }

  @Test
  void otherCommandsFailAlike() {
    Path folderOfOne = folder;
    for (Output output :
        List.of(
            Output.run("evaluate", "--model", model, "--data", folderOfOne, "--device", "cuda"),
            Output.run("export", model, "--out", folder.resolve("x.onnx"), "--device", "cuda"))) {
      assertEquals(1, output.exitCode(), output.err());
      assertTrue(output.err().contains("onnxruntime_gpu"), output.err());
    }
    assertTrue(Files.notExists(folder.resolve("x.onnx")));
  }

  @Test
  void theCpuDoesWhereTheUserSaysSo() {
    Output asked = Output.run("classify", "--model", model, film, "--json");
    Output other =
        Output.run(
            "classify", "--model", model, film, "--json", "--device=cuda-or-cpu", "--threads=1");
    assertEquals(0, other.exitCode(), other.err());
    assertEquals(asked.out(), other.out());
  }

  @Test
  void wrongUsageIsToldFromAMissingCard() {
    for (String wrong : List.of("--device=gpu", "--threads=0", "--threads=x", "--cuda-memory=0")) {
      Output output = Output.run("classify", "--model", model, film, wrong);
      assertEquals(2, output.exitCode(), output.err());
      assertTrue(output.err().contains("expected") || output.err().contains("not an int"));
    }
  }
}
