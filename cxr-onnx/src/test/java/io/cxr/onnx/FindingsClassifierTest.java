package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Decision;
import io.cxr.Explanation;
import io.cxr.LabelProbability;
import io.cxr.Prediction;
import io.cxr.dataset.Subset;
import io.cxr.error.ModelFormatException;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.explain.OcclusionExplainer;
import io.cxr.model.Calibration;
import io.cxr.model.ConformalSets;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OutputActivation;
import io.cxr.model.Task;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Findings, each with a sigmoid of its own, and what a card may say of them. */
class FindingsClassifierTest extends SmallNetworkContract {
  private static final SmallNetwork NETWORK =
      new SmallNetwork(
          new InputShape(1, 8, 10, InputShape.Layout.CHANNELS_FIRST),
          OutputActivation.SIGMOID,
          "Effusion",
          "Mass",
          "Hernia",
          "Pneumothorax");

  @Override
  SmallNetwork network() {
    return NETWORK;
  }

  private static OperatingThreshold threshold(String label, Aim aim, double threshold) {
    OperatingThreshold.Estimate reached = new OperatingThreshold.Estimate(0.9, 0.8, 1);
    return new OperatingThreshold(label, aim, 0.9, threshold, reached, reached);
  }

  private static OnnxClassifier open(ModelCard card) throws IOException {
    return OnnxClassifier.builder(NETWORK.onnx(card)).open();
  }

  @Test
  void probabilitiesHaveNoSum() throws IOException {
    try (OnnxClassifier classifier = open()) {
      boolean another = false;
      for (Prediction prediction : classifier.classify(films(5, 20))) {
        double sum =
            prediction.probabilities().stream().mapToDouble(LabelProbability::probability).sum();
        another |= Math.abs(sum - 1) > 0.1;
      }
      assertTrue(another);
    }
  }

  @Test
  void eachFindingIsCalibratedAndComparedWithItsOwnThreshold() throws IOException {
    Radiograph film = films(23, 1).get(0);
    Prediction raw;
    try (OnnxClassifier classifier = open()) {
      raw = classifier.classify(film);
    }
    List<Calibration.Platt> platt =
        List.of(
            new Calibration.Platt(0.5, 1),
            new Calibration.Platt(2, -1),
            new Calibration.Platt(1, 0),
            new Calibration.Platt(3, 0.25));
    double effusion = platt.get(0).calibrate(raw.probability("Effusion"));
    double mass = platt.get(1).calibrate(raw.probability("Mass"));
    ModelCard card =
        NETWORK.card().toBuilder()
            .calibration(new Calibration.PlattPerFinding(platt))
            .thresholds(
                List.of(
                    threshold("Effusion", Aim.SENSITIVITY, effusion - 1e-4),
                    threshold("Effusion", Aim.SPECIFICITY, effusion + 1e-4),
                    threshold("Mass", Aim.SENSITIVITY, mass - 1e-4),
                    threshold("Pneumothorax", Aim.SENSITIVITY, 1)))
            .conformal(
                new ConformalSets(
                    0.1,
                    Subset.VALIDATION,
                    Map.of(
                        "Effusion", new ConformalSets.Quantile(effusion + 1e-4, 30),
                        "Mass", new ConformalSets.Quantile(mass - 1e-4, 30),
                        "Hernia", new ConformalSets.Quantile(1, 30),
                        "Pneumothorax", new ConformalSets.Quantile(1, 30))))
            .build();
    try (OnnxClassifier classifier = open(card)) {
      Prediction prediction = classifier.classify(film);
      for (int i = 0; i < platt.size(); i++) {
        String label = NETWORK.labels().get(i);
        assertEquals(
            platt.get(i).calibrate(raw.probability(label)), prediction.probability(label), 1e-6);
      }
      assertTrue(prediction.decide("Effusion", Aim.SENSITIVITY).isPositive());
      assertFalse(prediction.decide("Effusion", Aim.SPECIFICITY).isPositive());
      assertThrows(IllegalStateException.class, () -> prediction.decide("Hernia", Aim.SENSITIVITY));
      assertEquals(
          List.of("Effusion", "Mass", "Pneumothorax"),
          prediction.decisions(Aim.SENSITIVITY).stream().map(Decision::positiveClass).toList());
      assertEquals(List.of("Effusion", "Mass"), prediction.positives());
      assertEquals("Effusion, Mass", prediction.summary());
      assertEquals(List.of("Mass"), prediction.labelSet().orElseThrow().labels());
      assertEquals(0.9, prediction.labelSet().orElseThrow().coverage(), 1e-9);

      List<Explanation> explained = classifier.explainPositives(film);
      List<String> maps = explained.stream().map(one -> one.heatmap().label()).toList();
      assertEquals(prediction.explainedLabels(), maps);
      assertTrue(maps.containsAll(List.of("Effusion", "Mass")), maps.toString());
      assertEquals(prediction.principalLabel(), maps.get(0));
    }
    try (OnnxClassifier uncalibrated =
        OnnxClassifier.builder(NETWORK.onnx(card)).calibration(false).open()) {
      Prediction prediction = uncalibrated.classify(film);
      assertEquals(raw.probabilities(), prediction.probabilities());
      assertEquals(List.of(), prediction.operatingPoints());
      assertTrue(prediction.labelSet().isEmpty());
      assertEquals(List.of(), prediction.positives());
    }
  }

  @Test
  void aFilmMayHaveNoFinding() throws IOException {
    ModelCard card =
        NETWORK.card().toBuilder()
            .thresholds(
                NETWORK.labels().stream()
                    .map(label -> threshold(label, Aim.SENSITIVITY, 1))
                    .toList())
            .build();
    try (OnnxClassifier classifier = open(card)) {
      Prediction prediction = classifier.classify(films(3, 1).get(0));
      assertEquals(List.of(), prediction.positives());
      assertEquals("no finding", prediction.summary());
      assertEquals(List.of(prediction.top().label()), prediction.explainedLabels());
    }
  }

  @Test
  void aPipelineExplainsEveryPositiveFinding() throws IOException {
    ModelCard card =
        NETWORK.card().toBuilder()
            .thresholds(
                NETWORK.labels().stream()
                    .map(label -> threshold(label, Aim.SENSITIVITY, 0.3))
                    .toList())
            .build();
    List<Radiograph> films = films(29, 12);
    int maps = 0;
    try (OnnxClassifier classifier = open(card);
        PipelineResults<Radiograph> results =
            InferencePipeline.<Radiograph>of(classifier, (film, buffers) -> film)
                .heatmaps(true)
                .build()
                .run(films)) {
      while (results.hasNext()) {
        PipelineResult<Radiograph> result = results.next();
        Prediction prediction = result.prediction().orElseThrow();
        assertEquals(
            prediction.explainedLabels(),
            result.explanations().stream().map(one -> one.heatmap().label()).toList());
        maps += result.explanations().size();
      }
    }
    assertTrue(maps > films.size(), "some film has two positive findings: " + maps);
  }

  @Test
  void oneFindingIsEnough() throws IOException {
    SmallNetwork one =
        new SmallNetwork(
            new InputShape(1, 8, 10, InputShape.Layout.CHANNELS_FIRST),
            OutputActivation.SIGMOID,
            "Effusion");
    try (OnnxClassifier classifier = OnnxClassifier.builder(one.onnx()).open()) {
      Radiograph film = films(31, 1).get(0);
      Prediction prediction = classifier.classify(film);
      assertEquals(List.of("Effusion"), prediction.labels());
      assertEquals("Effusion", classifier.explain(film).heatmap().label());
    }
  }

  @Test
  void refusesACardOfOtherFindings() {
    ModelCard fewer =
        NETWORK.card().toBuilder().task(new Task.Findings(List.of("A", "B", "C"))).build();
    ModelFormatException misfit =
        assertThrows(ModelFormatException.class, () -> open(fewer).close());
    assertTrue(misfit.getMessage().contains("[batch, 3]"), misfit.getMessage());
  }

  /** Values in place of probabilities, in the unit of the card. */
  @Test
  void measuresAndExplainsWhatItMeasures() throws IOException {
    SmallNetwork network =
        new SmallNetwork(
            new InputShape(3, 8, 10, InputShape.Layout.CHANNELS_FIRST),
            OutputActivation.IDENTITY,
            "Severity",
            "Extent");
    List<Radiograph> films = films(37, 9);
    List<String> summaries = new ArrayList<>();
    try (OnnxClassifier classifier = OnnxClassifier.builder(network.onnx()).open()) {
      List<Prediction> batch = classifier.classify(films);
      for (int i = 0; i < films.size(); i++) {
        double[] expected = network.output(input(network, films.get(i)));
        Prediction prediction = batch.get(i);
        assertEquals(Task.Kind.MEASUREMENTS, prediction.task());
        assertEquals(List.of(), prediction.probabilities());
        for (int unit = 0; unit < expected.length; unit++) {
          String name = network.labels().get(unit);
          assertEquals(expected[unit], prediction.measurement(name).value(), 1e-4);
          assertEquals("{score}", prediction.measurement(name).unit());
          assertEquals(
              expected[unit] >= 0 && expected[unit] <= 8,
              prediction.measurement(name).isPlausible());
        }
        assertThrows(IllegalStateException.class, prediction::top);
        assertThrows(IllegalArgumentException.class, () -> prediction.probability("Severity"));
        assertThrows(IllegalArgumentException.class, () -> prediction.measurement("Effusion"));
        summaries.add(prediction.summary());
      }
      assertTrue(
          summaries.get(0).matches("Severity -?[0-9.]+ \\{score}, Extent .*"), summaries::toString);

      Radiograph film = films.get(0);
      Explanation explained = classifier.explain(film);
      assertEquals("Severity", explained.heatmap().label());
      HeatmapOverlay overlay =
          HeatmapOverlay.builder(film, explained.heatmap())
              .prediction(explained.prediction())
              .build();
      assertEquals(
          explained.prediction().measurement("Severity").format(), overlay.caption().get(0));
      Explanation occluded = OcclusionExplainer.of(classifier).explain(film, "Extent");
      assertEquals("Extent", occluded.heatmap().label());
    }
  }
}
