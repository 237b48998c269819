package io.cxr.train.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.Explanation;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.model.Task;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Networks of torchvision with random weights, exported by PyTorch, adopted, and compared with
 * PyTorch from the picture to the heatmap, which is PyTorch's own Grad-CAM by automatic
 * differentiation.
 */
@Tag("slow")
class TorchAdoptionTest {
  private static final String PYTHON = "/usr/bin/python3";

  @TempDir Path folder;

  private void export(String network) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "SKIPPED: no " + PYTHON);
    Path script = folder.resolve("torch_networks.py");
    try (InputStream in = TorchAdoptionTest.class.getResourceAsStream("torch_networks.py")) {
      Files.write(script, Objects.requireNonNull(in).readAllBytes());
    }
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(PYTHON, script.toString(), network, folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertTrue(process.waitFor(300, TimeUnit.SECONDS), "PyTorch goes on and on");
    assumeTrue(
        process.exitValue() != 3,
        "SKIPPED: " + PYTHON + " has no torch or torchvision (python3-torchvision)");
    assertEquals(0, process.exitValue(), Files.readString(log));
  }

  private ModelAdoption adoption(String network) {
    return ModelAdoption.of(
            folder.resolve(network + ".onnx"),
            new Task.ExclusiveLabels(List.of("A", "B", "C")),
            OutputActivation.SOFTMAX)
        .resampling(Resampling.BICUBIC)
        .normalization(new Normalization(Normalization.Kind.TORCH_MEAN_DEVIATION));
  }

  @ParameterizedTest
  @ValueSource(strings = {"densenet121", "resnet50", "mobilenet_v2"})
  void agreesWithPyTorchFromThePictureToTheHeatmap(String network) throws Exception {
    export(network);
    Path golden = folder.resolve(network + ".npz");
    Path model = folder.resolve("adopted.onnx");
    ModelAdoption.Result made = adoption(network).verify(golden, 1e-4).write(model);
    assertTrue(made.heatmap().isPresent(), made.notes().toString());
    // resnet50 was exported with a batch axis fixed at one.
    assertTrue(made.freeBatch());
    for (String what : List.of("output", "heatmap", "input from the image", "answer")) {
      assertTrue(
          made.notes().stream().anyMatch(note -> note.startsWith("Verified " + what)),
          made.notes().toString());
    }
    NumpyArchive.Array image = NumpyArchive.read(golden).array("image").orElseThrow();
    int rows = image.shape()[1];
    int columns = image.shape()[2];
    byte[] pixels = new byte[rows * columns];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (int) image.values()[i];
    }
    Radiograph film = Radiograph.ofGray8(rows, columns, pixels);
    NumpyArchive.Array cams = NumpyArchive.read(golden).array("heatmap").orElseThrow();
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      for (int label = 0; label < 3; label++) {
        Explanation explanation = classifier.explain(film, List.of("A", "B", "C").get(label));
        assertSame(cams, label, explanation);
      }
      assertEquals(made.card(), classifier.card());
      assertTrue(classifier.card().metrics().isEmpty());
      assertTrue(classifier.card().calibration().isEmpty());
    }
    // A wrong preprocessing is seen.
    assertThrows(
        VerificationException.class,
        () ->
            adoption(network)
                .normalization(new Normalization(Normalization.Kind.UNIT_RANGE))
                .verify(golden, 1e-4)
                .write(folder.resolve("never.onnx")));
    assertTrue(Files.notExists(folder.resolve("never.onnx")));
  }

  /** The heatmap of a classifier, from 0 to 1, against Grad-CAM divided by its greatest value. */
  private static void assertSame(NumpyArchive.Array cams, int label, Explanation explanation) {
    int[] shape = cams.shape();
    int size = shape[2] * shape[3];
    float greatest = 0;
    for (int i = 0; i < size; i++) {
      greatest = Math.max(greatest, cams.values()[label * size + i]);
    }
    for (int i = 0; i < size && greatest > 0; i++) {
      assertEquals(
          cams.values()[label * size + i] / greatest,
          explanation.heatmap().value(i / shape[3], i % shape[3]),
          1e-4,
          "label " + label + ", cell " + i);
    }
  }

  @Test
  void aNetworkAsTorchXRayVisionsIsAdopted() throws Exception {
    export("xrv");
    List<String> findings = IntStream.range(0, 18).mapToObj(i -> "Finding " + i).toList();
    ModelAdoption.Result made =
        ModelAdoption.of(
                folder.resolve("xrv.onnx"), new Task.Findings(findings), OutputActivation.SIGMOID)
            .fit(ModelAdoption.Fit.CENTRE_CROP)
            .resampling(Resampling.AREA)
            .normalization(new ChannelNormalization(List.of(127.5), List.of(255.0 / 2048)))
            .origin("A network with random weights", "CC0-1.0", "https://example.org/")
            .verify(folder.resolve("xrv.npz"), 1e-4)
            .write(folder.resolve("adopted.onnx"));
    assertTrue(made.heatmap().isPresent(), made.notes().toString());
    assertEquals("CC0-1.0", made.card().origin().orElseThrow().licence());
    try (OnnxClassifier classifier = OnnxClassifier.open(folder.resolve("adopted.onnx"))) {
      byte[] gray = new byte[400 * 300];
      Explanation explanation = classifier.explain(Radiograph.ofGray8(400, 300, gray), "Finding 7");
      assertEquals(18, explanation.prediction().probabilities().size());
      // The square about the centre.
      assertEquals(300, explanation.heatmap().region().rows());
      assertEquals(50, explanation.heatmap().region().row());
    }
  }
}
