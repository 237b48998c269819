package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Classifier;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.Novelty;
import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.ReplaceableClassifier;
import io.cxr.error.ModelFormatException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.explain.OcclusionExplainer;
import io.cxr.model.Calibration;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Calibration and novelty gate of the card, on a graph whose figures are computed by hand. */
class NoveltyGateTest {
  private static final SmallNetwork NETWORK = SmallNetwork.softmax();
  private static final Calibration.Temperature CALIBRATION = new Calibration.Temperature(2.5);

  @TempDir Path folder;

  /** Novelty is the sum of the squared means of the feature maps. */
  private Path model(double threshold, boolean withOutput) {
    ModelCard card =
        NETWORK.card().toBuilder()
            .calibration(CALIBRATION)
            .novelty(new NoveltyGate("squared means", threshold, 0.99, 0.95))
            .build();
    OnnxModelBuilder graph = NETWORK.graph("batch", true);
    if (withOutput) {
      graph
          .node(
              "ReduceSumSquare",
              List.of("flat"),
              "novelty",
              OnnxModelBuilder.ints("axes", 1),
              OnnxModelBuilder.integer("keepdims", 1))
          .output("novelty", "batch", 1);
    }
    return SmallNetwork.write(
        folder, graph.metadata(ModelCard.METADATA_KEY, card.toJson()).build());
  }

  private static float[] input(Radiograph film) {
    float[] input = new float[NETWORK.shape().elements()];
    StandardPreprocessor.of(NETWORK.card().preprocessing())
        .preprocess(film, FloatBuffer.wrap(input));
    return input;
  }

  private static double novelty(Radiograph film) {
    double[] features = NETWORK.features(input(film));
    int pixels = NETWORK.mapRows() * NETWORK.mapColumns();
    double sum = 0;
    for (int feature = 0; feature < SmallNetwork.FEATURES; feature++) {
      double mean =
          Arrays.stream(features, feature * pixels, (feature + 1) * pixels).average().orElseThrow();
      sum += mean * mean;
    }
    return sum;
  }

  @Test
  void answersAreCalibrated() throws IOException {
    List<Radiograph> films = ClassifierContract.films(23, 9);
    try (OnnxClassifier classifier = OnnxClassifier.open(model(1e6, true))) {
      List<Prediction> together = classifier.classify(films);
      for (int i = 0; i < films.size(); i++) {
        double[] expected = CALIBRATION.calibrate(NETWORK.output(input(films.get(i))));
        List<Prediction> ways =
            List.of(
                together.get(i),
                classifier.classify(films.get(i)),
                classifier.explain(films.get(i)).prediction());
        for (Prediction prediction : ways) {
          for (int label = 0; label < expected.length; label++) {
            assertEquals(
                expected[label], prediction.probabilities().get(label).probability(), 1e-5);
          }
        }
        assertEquals(novelty(films.get(i)), classifier.novelty(films.get(i)), 1e-4);
        for (Prediction prediction : ways) {
          Novelty carried = prediction.novelty().orElseThrow();
          assertEquals(novelty(films.get(i)), carried.score(), 1e-4);
          assertEquals(1e6, carried.threshold());
        }
      }
    }
  }

  @Test
  void theNetworksOwnAnswersCanBeHad() throws IOException {
    Radiograph film = ClassifierContract.films(23, 1).get(0);
    double[] expected = NETWORK.output(input(film));
    try (OnnxClassifier raw = OnnxClassifier.builder(model(1e6, true)).calibration(false).open()) {
      Prediction prediction = raw.classify(film);
      for (int label = 0; label < expected.length; label++) {
        assertEquals(expected[label], prediction.probabilities().get(label).probability(), 1e-5);
      }
    }
  }

  @Test
  void refusesWhatIsNovelHoweverItIsAsked() throws IOException {
    List<Radiograph> films = ClassifierContract.films(23, 9);
    double[] scores = films.stream().mapToDouble(NoveltyGateTest::novelty).toArray();
    int strangest = 0;
    for (int i = 0; i < scores.length; i++) {
      strangest = scores[i] > scores[strangest] ? i : strangest;
    }
    double second =
        Arrays.stream(scores)
            .filter(score -> score < Arrays.stream(scores).max().orElseThrow())
            .max()
            .orElseThrow();
    Radiograph stranger = films.get(strangest);
    try (OnnxClassifier classifier =
        OnnxClassifier.open(model((scores[strangest] + second) / 2, true))) {
      for (Radiograph film : films) {
        if (!film.equals(stranger)) {
          classifier.classify(film);
        }
      }
      for (UnsupportedRadiographException refusal :
          List.of(
              refusal(() -> classifier.classify(stranger)),
              refusal(() -> classifier.explain(stranger)),
              refusal(() -> classifier.explain(stranger, "NORMAL")),
              refusal(() -> classifier.classify(films)),
              refusal(() -> classifier.explain(films)))) {
        assertEquals(
            UnsupportedRadiographException.Reason.NOT_A_CHEST_RADIOGRAPH, refusal.reason());
        assertEquals(scores[strangest], refusal.novelty().orElseThrow(), 1e-4);
        assertEquals(
            (scores[strangest] + second) / 2, refusal.noveltyThreshold().orElseThrow(), 1e-12);
        String score = String.format(Locale.ROOT, "%.2f", scores[strangest]);
        assertTrue(refusal.getMessage().contains(score), refusal.getMessage());
      }
      String batch = refusal(() -> classifier.classify(films)).getMessage();
      assertTrue(batch.contains("Radiograph " + (strangest + 1) + " of 9"), batch);
      List<Outcome<Prediction>> outcomes = classifier.classifyAll(films);
      List<Outcome<Explanation>> explained = classifier.explainAll(films);
      for (int i = 0; i < films.size(); i++) {
        assertEquals(i != strangest, outcomes.get(i).isSuccess());
        assertEquals(i != strangest, explained.get(i).isSuccess());
        if (i != strangest) {
          ClassifierContract.assertClose(
              classifier.classify(films.get(i)), outcomes.get(i).orThrow());
        }
      }
    }
  }

  private static UnsupportedRadiographException refusal(Executable call) {
    return assertThrows(UnsupportedRadiographException.class, call);
  }

  @Test
  void theGateCanBeOpened() throws IOException {
    Radiograph film = ClassifierContract.films(23, 1).get(0);
    Path model = model(0, true);
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      refusal(() -> classifier.classify(film));
      // The score is told of what is refused, too.
      assertEquals(novelty(film), classifier.novelty(film), 1e-4);
    }
    try (OnnxClassifier classifier = OnnxClassifier.builder(model).noveltyGate(false).open()) {
      Novelty carried = classifier.classify(film).novelty().orElseThrow();
      assertEquals(novelty(film), carried.score(), 1e-4);
      assertEquals(0, carried.threshold());
      assertTrue(carried.isRefused(), "the gate would");
    }
  }

  @Test
  void changedImagesAreAskedWithTheGateOpen() throws IOException {
    List<Radiograph> films = ClassifierContract.films(23, 3);
    Path model = model(0, true);
    List<Prediction> expected;
    try (OnnxClassifier open = OnnxClassifier.builder(model).noveltyGate(false).open()) {
      expected = open.classify(films);
    }
    OnnxClassifier gated = OnnxClassifier.open(model);
    List<Classifier> all =
        List.of(
            OnnxClassifier.open(model),
            MicroBatcher.builder(OnnxClassifier.open(model)).open(),
            new ReplaceableClassifier(gated));
    for (Classifier classifier : all) {
      refusal(() -> classifier.classify(films));
      List<Prediction> found = classifier.classifyUngated(films);
      for (int i = 0; i < films.size(); i++) {
        assertEquals(
            expected.get(i).probability("NORMAL"), found.get(i).probability("NORMAL"), 1e-5);
      }
      classifier.close();
    }
    assertThrows(IllegalStateException.class, () -> gated.classifyUngated(films));
  }

  @Test
  void occlusionExplainsWhatTheGateLetsThrough() throws IOException {
    Radiograph film = ClassifierContract.films(23, 1).get(0);
    byte[] pixels = film.toGray8();
    Arrays.fill(pixels, 0, pixels.length / 5, (byte) 128);
    Radiograph covered = Radiograph.ofGray8(film.rows(), film.columns(), pixels);
    // Whichever is less novel passes; the other one is its changed image.
    boolean raised = novelty(covered) > novelty(film);
    Radiograph familiar = raised ? film : covered;
    Radiograph novel = raised ? covered : film;
    double threshold = (novelty(covered) + novelty(film)) / 2;
    try (OnnxClassifier classifier = OnnxClassifier.open(model(threshold, true))) {
      refusal(() -> classifier.classify(novel));
      classifier.classifyUngated(List.of(novel));
      Heatmap heatmap = OcclusionExplainer.of(classifier).explain(familiar, "NORMAL").heatmap();
      assertEquals("NORMAL", heatmap.label());
      refusal(() -> OcclusionExplainer.of(classifier).explain(novel, "NORMAL"));
    }
  }

  @Test
  void aCardWithAGateWantsItsOutput() {
    Path model = model(1, false);
    ModelFormatException refused =
        assertThrows(ModelFormatException.class, () -> OnnxClassifier.open(model));
    assertTrue(refused.getMessage().contains("novelty"), refused.getMessage());
  }

  @Test
  void aModelWithoutTheOutputHasNoScore() throws IOException {
    Radiograph film = ClassifierContract.films(23, 1).get(0);
    try (OnnxClassifier classifier = OnnxClassifier.open(NETWORK.write(folder))) {
      assertThrows(UnsupportedOperationException.class, () -> classifier.novelty(film));
      assertEquals(Optional.empty(), classifier.classify(film).novelty());
    }
  }
}
