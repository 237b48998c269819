package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.ViewPosition;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphs with several inputs, in every way in which a model is run. */
class SeveralInputsTest {
  private static final List<Radiograph> FILMS = ClassifierContract.films(31, 13);

  @TempDir Path folder;

  private static byte[] file(StackedNetwork network, Object batch, List<String> onGray) {
    return network
        .graph(batch, onGray)
        .metadata(ModelCard.METADATA_KEY, network.card().toJson())
        .build();
  }

  private static void assertAnswers(StackedNetwork network, Radiograph film, Prediction found) {
    double[] expected = network.probabilities(film);
    for (int label = 0; label < expected.length; label++) {
      assertEquals(expected[label], found.probabilities().get(label).probability(), 1e-5);
    }
    double novelty = network.novelty(film);
    assertEquals(novelty, found.novelty().orElseThrow().score(), 1e-4 * Math.max(1, novelty));
  }

  private static void assertExplains(
      StackedNetwork network, Radiograph film, Explanation explanation) {
    assertAnswers(network, film, explanation.prediction());
    Heatmap heatmap = explanation.heatmap();
    double[] expected =
        network.heatmap(film, network.card().labels().indexOf(heatmap.label()));
    assertEquals(film.rows(), heatmap.radiographRows());
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          expected[i], heatmap.value(i / heatmap.columns(), i % heatmap.columns()), 1e-3);
    }
  }

  private static void assertEveryWay(StackedNetwork network, OnnxClassifier.Builder options)
      throws IOException {
    try (OnnxClassifier classifier = options.batchLimit(5).open()) {
      assertEquals(network.card(), classifier.card());
      List<Prediction> together = classifier.classify(FILMS);
      List<Explanation> explained = classifier.explain(FILMS);
      for (int i = 0; i < FILMS.size(); i++) {
        Radiograph film = FILMS.get(i);
        assertAnswers(network, film, together.get(i));
        assertAnswers(network, film, classifier.classify(film));
        assertExplains(network, film, explained.get(i));
        for (Explanation each : classifier.explain(film, network.card().labels())) {
          assertExplains(network, film, each);
        }
        double novelty = network.novelty(film);
        assertEquals(novelty, classifier.novelty(film), 1e-4 * Math.max(1, novelty));
      }
      long different = together.stream().distinct().count();
      assertEquals(FILMS.size(), different);
    }
  }

  @Test
  void answersAreThoseComputedByHand() throws IOException {
    for (StackedNetwork network :
        List.of(StackedNetwork.ofTwo(), StackedNetwork.ofThree())) {
      assertEveryWay(network, OnnxClassifier.builder(network.onnx()));
      assertEveryWay(network, OnnxClassifier.builder(SmallNetwork.write(folder, network.onnx())));
    }
  }

  @Test
  void someOrAllInputsMayTakeGrayBytes() throws IOException {
    StackedNetwork two = StackedNetwork.ofTwo();
    assertEveryWay(two, OnnxClassifier.builder(file(two, "batch", List.of("large"))));
    assertEveryWay(two, OnnxClassifier.builder(file(two, "batch", List.of("small", "large"))));
    // An input that would be copied from its twin, which holds bytes here.
    StackedNetwork three = StackedNetwork.ofThree();
    assertEveryWay(three, OnnxClassifier.builder(file(three, "batch", List.of("small"))));
  }

  @Test
  void aGraphForOneSampleARunIsRunOneByOne() throws IOException {
    StackedNetwork network = StackedNetwork.ofTwo();
    assertEveryWay(network, OnnxClassifier.builder(file(network, 1, List.of())));
  }

  @Test
  void aGraphThatDoesNotTellItsSizesIsMeasured() throws IOException {
    StackedNetwork network = StackedNetwork.ofTwo();
    byte[] open =
        network.graph("batch").openSizes().metadata(ModelCard.METADATA_KEY, network.card().toJson()).build();
    assertEveryWay(network, OnnxClassifier.builder(open));
  }

  @Test
  void aCacheKeepsTheModelToo() throws IOException {
    StackedNetwork network = StackedNetwork.ofTwo();
    Path file = SmallNetwork.write(folder, network.onnx());
    for (int i = 0; i < 2; i++) {
      assertEveryWay(network, OnnxClassifier.builder(file).cache(folder.resolve("cache")));
    }
  }

  @Test
  void aPipelineRunsIt() throws IOException {
    StackedNetwork network = StackedNetwork.ofTwo();
    try (OnnxClassifier classifier = OnnxClassifier.builder(network.onnx()).open()) {
      InferencePipeline<Radiograph> pipeline =
          InferencePipeline.<Radiograph>of(
                  classifier,
                  // Its memory is the pipeline's once it is decoded.
                  (film, buffers) ->
                      Radiograph.ofGray8(film.rows(), film.columns(), film.toGray8()))
              .decodeThreads(2)
              .batchLimit(4)
              .heatmaps(true)
              .build();
      List<Radiograph> eightBit =
          FILMS.stream()
              .map(film -> Radiograph.ofGray8(film.rows(), film.columns(), film.toGray8()))
              .toList();
      int count = 0;
      try (PipelineResults<Radiograph> results = pipeline.run(eightBit)) {
        while (results.hasNext()) {
          PipelineResult<Radiograph> result = results.next();
          assertExplains(network, result.item(), result.explanation().orElseThrow());
          count++;
        }
      }
      assertEquals(FILMS.size(), count);
    }
  }

  @Test
  void aBatcherGivesManyThreadsTheirOwnAnswers() throws Exception {
    StackedNetwork network = StackedNetwork.ofThree();
    ExecutorService executor = Executors.newFixedThreadPool(6);
    try (MicroBatcher batcher =
        MicroBatcher.builder(OnnxClassifier.builder(network.onnx()).open()).open()) {
      List<Callable<Void>> calls = new ArrayList<>();
      for (int round = 0; round < 6; round++) {
        for (Radiograph film : FILMS) {
          boolean explain = round % 2 == 0;
          calls.add(
              () -> {
                if (explain) {
                  assertExplains(network, film, batcher.explain(film));
                } else {
                  assertAnswers(network, film, batcher.classify(film));
                }
                return null;
              });
        }
      }
      for (Future<Void> answered : executor.invokeAll(calls)) {
        answered.get();
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void oneBadRadiographEndsNoOther() throws IOException {
    StackedNetwork network = StackedNetwork.ofTwo();
    double[] scores = FILMS.stream().mapToDouble(network::novelty).toArray();
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    double threshold = (sorted[sorted.length - 1] + sorted[sorted.length - 2]) / 2;
    ModelCard gated =
        network.card().toBuilder()
            .novelty(new NoveltyGate("squared means", threshold, 0.99, 0.95))
            .build();
    byte[] model = network.graph("batch").metadata(ModelCard.METADATA_KEY, gated.toJson()).build();
    List<Radiograph> films = new ArrayList<>(FILMS);
    films.set(3, FILMS.get(3).withViewPosition(ViewPosition.LL));
    try (OnnxClassifier classifier = OnnxClassifier.builder(model).batchLimit(4).open()) {
      List<Outcome<Prediction>> outcomes = classifier.classifyAll(films);
      for (int i = 0; i < films.size(); i++) {
        if (i == 3 || scores[i] > threshold) {
          assertThrows(UnsupportedRadiographException.class, outcomes.get(i)::orThrow);
        } else {
          assertAnswers(network, films.get(i), outcomes.get(i).orThrow());
        }
      }
      assertFalse(outcomes.stream().allMatch(Outcome::isSuccess));
    }
  }

  @Test
  void aCallAllocatesNoMoreThanWithOneInput() throws IOException {
    ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(memory.isThreadAllocatedMemorySupported(), "SKIPPED: allocation is not counted");
    Radiograph film = FILMS.get(0);
    long[] garbage = new long[2];
    byte[][] models = {SmallNetwork.softmax().onnx(), StackedNetwork.ofTwo().onnx()};
    for (int i = 0; i < 2; i++) {
      try (OnnxClassifier classifier = OnnxClassifier.builder(models[i]).open()) {
        for (int call = 0; call < 220; call++) {
          if (call == 20) {
            garbage[i] = -memory.getCurrentThreadAllocatedBytes();
          }
          classifier.classify(film);
        }
        garbage[i] = (garbage[i] + memory.getCurrentThreadAllocatedBytes()) / 200;
      }
    }
    // The tensors of one more input in ONNX Runtime's call, and a novelty.
    assertTrue(
        garbage[1] < garbage[0] + 1_500, () -> "bytes a call: " + Arrays.toString(garbage));
  }
}
