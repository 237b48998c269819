package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every figure against scikit-learn's, from {@code src/test/python/evaluation_cases.py}. */
class ScikitLearnTest {
  private static final double EXACT = 1e-12;

  @TestFactory
  Stream<DynamicTest> equalsScikitLearn() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (InputStream in = ScikitLearnTest.class.getResourceAsStream("cases.json")) {
      for (JsonNode node : JsonMapper.shared().readTree(in)) {
        tests.add(DynamicTest.dynamicTest(node.get("name").asString(), () -> check(node)));
      }
    }
    assertEquals(13, tests.size());
    return tests.stream();
  }

  private static void check(JsonNode expected) {
    List<String> labels =
        IntStream.range(0, expected.get("classes").asInt()).mapToObj(i -> "label" + i).toList();
    List<String> truth = new ArrayList<>();
    expected.get("truth").forEach(node -> truth.add(labels.get(node.asInt())));
    double[][] probabilities = new double[truth.size()][labels.size()];
    for (int i = 0; i < truth.size(); i++) {
      for (int j = 0; j < labels.size(); j++) {
        probabilities[i][j] = expected.get("probabilities").get(i).get(j).asDouble();
      }
    }
    ClassificationReport report = ClassificationReport.of(labels, truth, probabilities);

    assertEquals(expected.get("accuracy").asDouble(), report.accuracy(), EXACT);
    assertEquals(expected.get("macroPrecision").asDouble(), report.macroPrecision(), EXACT);
    assertEquals(expected.get("macroRecall").asDouble(), report.macroRecall(), EXACT);
    assertEquals(expected.get("macroF1").asDouble(), report.macroF1(), EXACT);
    assertSame(expected.get("auroc"), report.auroc());
    for (int i = 0; i < labels.size(); i++) {
      String label = labels.get(i);
      LabelFigures figures = report.figures(label);
      assertEquals(expected.get("precision").get(i).asDouble(), figures.precision(), EXACT);
      assertEquals(expected.get("recall").get(i).asDouble(), figures.recall(), EXACT);
      assertEquals(expected.get("specificity").get(i).asDouble(), figures.specificity(), EXACT);
      assertEquals(expected.get("f1").get(i).asDouble(), figures.f1(), EXACT);
      assertEquals(expected.get("support").get(i).asInt(), figures.support());
      assertSame(expected.get("aurocs").get(i), figures.auroc());
      for (int j = 0; j < labels.size(); j++) {
        assertEquals(
            expected.get("confusion").get(i).get(j).asInt(),
            report.confusion().count(label, labels.get(j)));
      }
      assertSameCurve(expected.get("curves").get(i), report, label);
    }
  }

  private static void assertSame(JsonNode expected, OptionalDouble found) {
    assertEquals(expected.isNull(), found.isEmpty());
    if (found.isPresent()) {
      assertEquals(expected.asDouble(), found.getAsDouble(), EXACT);
    }
  }

  private static void assertSameCurve(
      JsonNode expected, ClassificationReport report, String label) {
    assertEquals(expected.isNull(), report.rocCurve(label).isEmpty());
    if (expected.isNull()) {
      return;
    }
    List<RocCurve.Point> points = report.rocCurve(label).orElseThrow().points();
    assertEquals(new RocCurve.Point(Double.POSITIVE_INFINITY, 0, 0), points.get(0));
    assertEquals(expected.size(), points.size() - 1);
    assertTrue(points.size() > 1);
    for (int i = 1; i < points.size(); i++) {
      JsonNode point = expected.get(i - 1);
      assertEquals(point.get(0).asDouble(), points.get(i).threshold(), EXACT);
      assertEquals(point.get(1).asDouble(), points.get(i).falsePositiveRate(), EXACT);
      assertEquals(point.get(2).asDouble(), points.get(i).truePositiveRate(), EXACT);
    }
  }
}
