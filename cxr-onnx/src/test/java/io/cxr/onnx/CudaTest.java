package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import io.cxr.Device;
import io.cxr.Explanation;
import io.cxr.Prediction;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * CUDA against the CPU: the same predictions and heatmaps. Run with {@code -Pcuda -Dgpu}; skipped
 * aloud where the card or a library is missing.
 */
@Tag("gpu")
class CudaTest {
  private static final double TOLERANCE = 1e-5;

  @TempDir Path folder;
  private OnnxClassifier cpu;
  private OnnxClassifier cuda;

  @BeforeEach
  void open() throws IOException {
    Path file = SmallNetwork.write(folder, SmallNetwork.softmax().onnx());
    try {
      cuda = OnnxClassifier.builder(file).device(Device.cuda(0)).batchLimit(8).open();
    } catch (DeviceUnavailableException e) {
      System.err.println("SKIPPED: " + e.getMessage());
      abort(e.getMessage());
    }
    cpu = OnnxClassifier.open(file);
  }

  @AfterEach
  void close() {
    if (cpu != null) {
      cpu.close();
    }
    if (cuda != null) {
      cuda.close();
    }
  }

  private static List<Radiograph> films(int count) {
    Random random = new Random(3);
    List<Radiograph> films = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] gray = new byte[40 * 32];
      random.nextBytes(gray);
      films.add(Radiograph.ofGray8(40, 32, gray));
    }
    return films;
  }

  private static void assertSame(Prediction expected, Prediction found) {
    expected
        .probabilities()
        .forEach(one -> assertEquals(one.probability(), found.probability(one.label()), TOLERANCE));
  }

  @Test
  void predictionsAreThoseOfTheCpu() {
    assertEquals(Device.cuda(0), cuda.device());
    List<Radiograph> films = films(19);
    List<Prediction> expected = cpu.classify(films);
    List<Prediction> found = cuda.classify(films);
    for (int i = 0; i < films.size(); i++) {
      assertSame(expected.get(i), found.get(i));
    }
  }

  @Test
  void heatmapsAreThoseOfTheCpu() {
    Radiograph film = films(1).get(0);
    Explanation expected = cpu.explain(film);
    Explanation found = cuda.explain(film);
    assertSame(expected.prediction(), found.prediction());
    for (int row = 0; row < expected.heatmap().rows(); row++) {
      for (int column = 0; column < expected.heatmap().columns(); column++) {
        assertEquals(
            expected.heatmap().value(row, column), found.heatmap().value(row, column), TOLERANCE);
      }
    }
  }

  @Test
  void thePipelineFeedsTheCard() {
    List<Radiograph> films = films(100);
    List<Prediction> expected = cpu.classify(films);
    InferencePipeline<Radiograph> pipeline =
        InferencePipeline.<Radiograph>of(cuda, (film, buffers) -> film).batchLimit(8).build();
    int done = 0;
    try (PipelineResults<Radiograph> results = pipeline.run(films)) {
      while (results.hasNext()) {
        assertSame(expected.get(done++), results.next().prediction().orElseThrow());
      }
    }
    assertEquals(films.size(), done);
  }
}
