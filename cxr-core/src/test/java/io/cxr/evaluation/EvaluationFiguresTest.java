package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OperatingThreshold.Estimate;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Figures and intervals of answers with refusals against NumPy's, SciPy's and scikit-learn's, from
 * {@code src/test/python/evaluation_with_refusals.py}.
 */
class EvaluationFiguresTest {
  private static final double EXACT = 1e-12;

  /** Two bootstraps by different random numbers differ by chance. */
  private static final double BY_CHANCE = 0.015;

  @TestFactory
  Stream<DynamicTest> equalsOtherImplementations() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (InputStream in = EvaluationFiguresTest.class.getResourceAsStream("evaluations.json")) {
      for (JsonNode node : JsonMapper.shared().readTree(in)) {
        tests.add(DynamicTest.dynamicTest(node.get("name").asString(), () -> check(node)));
      }
    }
    assertEquals(6, tests.size());
    return tests.stream();
  }

  private static void check(JsonNode node) {
    Map<String, Optional<Interval>> found = figures(evaluation(node));
    JsonNode expected = node.get("figures");
    assertEquals(expected.size(), found.size());
    found.forEach(
        (name, interval) -> {
          JsonNode figure = expected.get(name);
          assertEquals(figure.isNull(), interval.isEmpty(), name);
          if (interval.isPresent()) {
            double chance = figure.get(3).asString().equals("score") ? 1e-9 : BY_CHANCE;
            assertEquals(figure.get(0).asDouble(), interval.get().value(), EXACT, name);
            assertEquals(figure.get(1).asDouble(), interval.get().low(), chance, name + " low");
            assertEquals(figure.get(2).asDouble(), interval.get().high(), chance, name + " high");
          }
        });
    long refused = 0;
    for (JsonNode refusal : node.get("refusals")) {
      refused += refusal.isNull() ? 0 : 1;
    }
    int counted = evaluation(node).refusals().values().stream().mapToInt(Integer::intValue).sum();
    assertEquals(refused, counted);
    assertTrue(counted <= evaluation(node).images());
  }

  private static Evaluation evaluation(JsonNode node) {
    List<String> labels =
        IntStream.range(0, node.get("classes").asInt()).mapToObj(i -> "label" + i).toList();
    EvaluationBuilder builder = Evaluation.builder(labels);
    for (int i = 0; i < node.get("truth").size(); i++) {
      String truth = labels.get(node.get("truth").get(i).asInt());
      Optional<String> patient = Optional.of(node.get("patients").get(i).asString());
      JsonNode refusal = node.get("refusals").get(i);
      if (refusal.isNull()) {
        double[] probabilities = new double[labels.size()];
        for (int j = 0; j < probabilities.length; j++) {
          probabilities[j] = node.get("probabilities").get(i).get(j).asDouble();
        }
        builder.answered("file" + i, patient, truth, probabilities);
      } else {
        builder.refused("file" + i, patient, truth, refusal.asString());
      }
    }
    List<OperatingThreshold> thresholds = new ArrayList<>();
    for (JsonNode threshold : node.get("thresholds")) {
      Estimate none = new Estimate(0, 0, 0);
      thresholds.add(
          new OperatingThreshold(
              labels.get(threshold.get(0).asInt()),
              Aim.SENSITIVITY,
              0.95,
              threshold.get(1).asDouble(),
              none,
              none));
    }
    return builder.thresholds(thresholds).build();
  }

  private static Map<String, Optional<Interval>> figures(Evaluation of) {
    Map<String, Optional<Interval>> figures = new LinkedHashMap<>();
    figures.put("coverage", Optional.of(of.coverage()));
    figures.put("accuracy", of.accuracy());
    figures.put("accuracyOfAll", Optional.of(of.accuracyOfAll()));
    figures.put("balancedAccuracy", of.balancedAccuracy());
    figures.put("balancedAccuracyOfAll", of.balancedAccuracyOfAll());
    figures.put("auroc", of.auroc());
    figures.put("calibrationError", of.calibrationError());
    figures.put("brierScore", of.brierScore());
    for (int i = 0; i < of.labels().size(); i++) {
      LabelEvaluation label = of.byLabel().get(i);
      figures.put(i + ".coverage", label.coverage());
      figures.put(i + ".sensitivity", label.sensitivity());
      figures.put(i + ".sensitivityOfAll", label.sensitivityOfAll());
      figures.put(i + ".specificity", label.specificity());
      figures.put(i + ".specificityOfAll", label.specificityOfAll());
      figures.put(i + ".precision", label.precision());
      figures.put(i + ".f1", label.f1());
      figures.put(i + ".auroc", label.auroc());
    }
    for (int i = 0; i < of.byThreshold().size(); i++) {
      ThresholdEvaluation threshold = of.byThreshold().get(i);
      figures.put("threshold" + i + ".sensitivity", threshold.sensitivity());
      figures.put("threshold" + i + ".sensitivityOfAll", threshold.sensitivityOfAll());
      figures.put("threshold" + i + ".specificity", threshold.specificity());
      figures.put("threshold" + i + ".specificityOfAll", threshold.specificityOfAll());
    }
    return figures;
  }
}
