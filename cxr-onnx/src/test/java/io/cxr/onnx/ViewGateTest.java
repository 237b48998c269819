package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.DetectedView;
import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.error.ModelFormatException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.model.FilmView;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.model.ViewGate;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The view gate of the card, on a graph whose probabilities are computed by hand. */
class ViewGateTest {
  private static final SmallNetwork NETWORK = SmallNetwork.softmax();
  private static final int VIEWS = 3;

  @TempDir Path folder;

  /** From the mean of the first feature to the logits of three views. */
  private static final float[] SLOPES = {0, 40, -40};

  /** Views by the sign of the first feature's mean, less a middle. */
  private Path model(
      double middle, double threshold, boolean withOutput, @Nullable Double novelty) {
    Map<FilmView, Double> thresholds = new LinkedHashMap<>();
    thresholds.put(FilmView.UPSIDE_DOWN, threshold);
    thresholds.put(FilmView.LATERAL, threshold);
    ViewGate gate =
        new ViewGate(
            thresholds, 0.99, List.of(List.of(9, 0, 1), List.of(0, 9, 1), List.of(2, 0, 8)));
    ModelCard card =
        NETWORK.card().toBuilder()
            .views(gate)
            .novelty(
                novelty == null ? null : new NoveltyGate("sum of squares", novelty, 0.99, 0.95))
            .build();
    OnnxModelBuilder graph = NETWORK.graph("batch", true);
    float[] weights = new float[SmallNetwork.FEATURES * VIEWS];
    System.arraycopy(SLOPES, 0, weights, 0, VIEWS);
    float[] biases = new float[VIEWS];
    for (int view = 0; view < VIEWS; view++) {
      biases[view] = (float) (-SLOPES[view] * middle);
    }
    graph
        .weights("view/W", weights, SmallNetwork.FEATURES, VIEWS)
        .weights("view/B", biases, 1, VIEWS)
        .node("MatMul", List.of("flat", "view/W"), "view/products")
        .node("Add", List.of("view/products", "view/B"), "view/logits")
        .node("Softmax", List.of("view/logits"), "view", OnnxModelBuilder.integer("axis", 1));
    if (withOutput) {
      graph.output("view", "batch", VIEWS);
    }
    if (novelty != null) {
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

  private static double first(Radiograph film) {
    float[] input = new float[NETWORK.shape().elements()];
    StandardPreprocessor.of(NETWORK.card().preprocessing())
        .preprocess(film, FloatBuffer.wrap(input));
    int pixels = NETWORK.mapRows() * NETWORK.mapColumns();
    return Arrays.stream(NETWORK.features(input), 0, pixels).average().orElseThrow();
  }

  private static double probability(double feature, double middle, int view) {
    double sum = 0;
    for (float slope : SLOPES) {
      sum += Math.exp(slope * (feature - middle));
    }
    return Math.exp(SLOPES[view] * (feature - middle)) / sum;
  }

  @Test
  void eachViewIsRefusedForItsReasonAndNoOther() throws IOException {
    List<Radiograph> films = ClassifierContract.films(23, 9);
    double[] features = films.stream().mapToDouble(ViewGateTest::first).toArray();
    double middle = Arrays.stream(features).average().orElseThrow();
    double threshold = 0.4;
    int[] refused = new int[VIEWS];
    try (OnnxClassifier gated = OnnxClassifier.open(model(middle, threshold, true, null));
        OnnxClassifier open =
            OnnxClassifier.builder(model(middle, threshold, true, null)).viewGate(false).open()) {
      List<Prediction> all = open.classify(films);
      List<Outcome<Prediction>> outcomes = gated.classifyAll(films);
      for (int i = 0; i < features.length; i++) {
        int top = 0;
        for (int view = 1; view < VIEWS; view++) {
          top =
              probability(features[i], middle, view) > probability(features[i], middle, top)
                  ? view
                  : top;
        }
        double probability = probability(features[i], middle, top);
        if (Math.abs(probability - threshold) < 1e-3) {
          continue; // Roundings decide.
        }
        boolean expected = top > 0 && probability > threshold;
        refused[expected ? top : 0]++;
        DetectedView view = all.get(i).view().orElseThrow();
        assertEquals(probability, view.probability(), 1e-4);
        assertEquals(expected, view.isRefused());
        assertEquals(expected, all.get(i).refusal().isPresent());
        assertEquals(!expected, outcomes.get(i).isSuccess());
        if (expected) {
          Reason reason = top == 1 ? Reason.UPSIDE_DOWN : Reason.UNSUPPORTED_VIEW;
          Radiograph film = films.get(i);
          assertEquals(reason, all.get(i).refusal().orElseThrow());
          assertEquals(
              Optional.of(reason), ((Outcome.Refusal<Prediction>) outcomes.get(i)).reason());
          UnsupportedRadiographException thrown =
              assertThrows(UnsupportedRadiographException.class, () -> gated.explain(film));
          assertEquals(reason, thrown.reason());
          String words = top == 1 ? "rotate it by 180 degrees" : "lateral view";
          assertTrue(thrown.getMessage().contains(words), thrown.getMessage());
          assertTrue(thrown.novelty().isEmpty());
        }
      }
    }
    assertTrue(refused[1] > 0 && refused[2] > 0, Arrays.toString(refused));
  }

  @Test
  void theViewSaysMoreThanTheNovelty() throws IOException {
    assertEquals(
        List.of(Reason.UPSIDE_DOWN, Reason.NOT_A_CHEST_RADIOGRAPH), reasonsWhereNoveltyIs(1.9));
  }

  @Test
  void theViewSaysNothingOfWhatIsFarFromTheTrainingImages() throws IOException {
    assertEquals(
        List.of(Reason.NOT_A_CHEST_RADIOGRAPH, Reason.NOT_A_CHEST_RADIOGRAPH),
        reasonsWhereNoveltyIs(2.1));
  }

  /** Of both gates, and of the novelty gate alone, for a film that both refuse. */
  private List<Reason> reasonsWhereNoveltyIs(double timesTheThreshold) throws IOException {
    Radiograph film = ClassifierContract.films(23, 9).get(0);
    double low = first(film) - 1;
    double score;
    try (OnnxClassifier any = OnnxClassifier.open(model(low, 0.5, true, Double.MAX_VALUE))) {
      score = any.novelty(film);
    }
    Path model = model(low, 0.5, true, score / timesTheThreshold);
    List<Reason> reasons = new ArrayList<>();
    try (OnnxClassifier both = OnnxClassifier.open(model);
        OnnxClassifier noViews = OnnxClassifier.builder(model).viewGate(false).open()) {
      for (OnnxClassifier each : List.of(both, noViews)) {
        Reason reason =
            assertThrows(UnsupportedRadiographException.class, () -> each.classify(film)).reason();
        if (reasons.isEmpty()) {
          assertEquals(Optional.of(reason), each.classifyUngated(List.of(film)).get(0).refusal());
        }
        reasons.add(reason);
      }
    }
    return reasons;
  }

  @Test
  void aCardWithAGateWantsItsOutput() {
    Path model = model(0, 0.5, false, null);
    ModelFormatException refused =
        assertThrows(ModelFormatException.class, () -> OnnxClassifier.open(model));
    assertTrue(refused.getMessage().contains("'view'"), refused.getMessage());
  }

  @Test
  void aModelWithoutAHeadHasNoView() throws IOException {
    try (OnnxClassifier classifier = OnnxClassifier.open(NETWORK.write(folder))) {
      Prediction prediction = classifier.classify(ClassifierContract.films(23, 1).get(0));
      assertEquals(Optional.empty(), prediction.view());
      assertFalse(prediction.refusal().isPresent());
    }
  }
}
