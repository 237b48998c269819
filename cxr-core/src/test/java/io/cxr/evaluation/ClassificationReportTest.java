package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ClassificationReportTest {
  private static final List<String> LABELS = List.of("COVID19", "NORMAL");
  private static final ModelIdentity MODEL = new ModelIdentity("m", "1", "0".repeat(64));

  private static Prediction prediction(String first, double probability, String second) {
    return new Prediction(
        List.of(
            new LabelProbability(first, probability),
            new LabelProbability(second, 1 - probability)),
        MODEL);
  }

  @Test
  void takesPredictionsInAnyOrderOfLabels() {
    ClassificationReport report =
        ClassificationReport.of(
            LABELS,
            List.of("COVID19", "COVID19", "NORMAL", "NORMAL"),
            List.of(
                prediction("COVID19", 0.75, "NORMAL"),
                prediction("NORMAL", 0.75, "COVID19"),
                prediction("NORMAL", 1, "COVID19"),
                prediction("COVID19", 0.5, "NORMAL")));
    // The last one is a tie: the first label wins.
    assertEquals(List.of(List.of(1, 1), List.of(1, 1)), report.confusion().rows());
    assertEquals(0.5, report.accuracy());
    assertEquals(OptionalDouble.of(0.75), report.auroc());
    assertEquals(4, report.total());
    assertEquals(0.5, report.macroSpecificity());
    assertEquals(
        List.of(
            "accuracy",
            "macro-precision",
            "macro-recall",
            "macro-specificity",
            "macro-f1",
            "auroc"),
        List.copyOf(report.metrics().keySet()));
  }

  @Test
  void formatsATable() {
    ClassificationReport report =
        ClassificationReport.of(
            LABELS,
            List.of("COVID19", "NORMAL", "NORMAL", "NORMAL"),
            new double[][] {{0.9, 0.1}, {0.2, 0.8}, {0.6, 0.4}, {0.1, 0.9}});
    String expected =
        """
                       precision  recall  specificity  f1-score   auroc  support
              COVID19     0.5000  1.0000       0.6667    0.6667  1.0000        1
               NORMAL     1.0000  0.6667       1.0000    0.8000  1.0000        3
             accuracy                                    0.7500                4
        macro average     0.7500  0.8333       0.8333    0.7333  1.0000        4

        Answers (columns) by truth (rows):
          truth  COVID19   NORMAL
        COVID19        1        0
         NORMAL        1        2

        Research use only. Not for diagnostic use.
        """;
    assertEquals(expected, report.format());
    assertEquals(expected, report.toString());
  }

  @Test
  void saysWhereNoAreaIsDefined() {
    ClassificationReport report =
        ClassificationReport.of(LABELS, List.of("NORMAL"), new double[][] {{0.9, 0.1}});
    assertEquals(OptionalDouble.empty(), report.auroc());
    assertTrue(report.rocCurve("NORMAL").isEmpty());
    assertTrue(report.format().contains("       -"));
    assertTrue(!report.metrics().containsKey("auroc"));
  }

  @Test
  void refusesWhatDoesNotFit() {
    ClassificationReport.Builder builder = ClassificationReport.builder(LABELS);
    assertThrows(IllegalArgumentException.class, builder::build);
    assertThrows(IllegalArgumentException.class, () -> builder.add("PNEUMONIA", 0.5, 0.5));
    assertThrows(IllegalArgumentException.class, () -> builder.add("NORMAL", 1));
    assertThrows(IllegalArgumentException.class, () -> builder.add("NORMAL", Double.NaN, 1));
    assertThrows(IllegalArgumentException.class, () -> builder.add("NORMAL", 1.5, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> builder.add("NORMAL", prediction("NORMAL", 0.5, "PNEUMONIA")));
    Prediction three =
        new Prediction(
            List.of(
                new LabelProbability("COVID19", 0.5),
                new LabelProbability("NORMAL", 0.5),
                new LabelProbability("PNEUMONIA", 0)),
            MODEL);
    assertThrows(IllegalArgumentException.class, () -> builder.add("NORMAL", three));
    // Nothing of what was refused was kept.
    assertThrows(IllegalArgumentException.class, builder::build);
    assertThrows(
        IllegalArgumentException.class, () -> ClassificationReport.builder(List.of("A", "A")));
    assertThrows(
        IllegalArgumentException.class,
        () -> ClassificationReport.of(LABELS, List.of("NORMAL"), new double[0][]));
    ClassificationReport report = builder.add("NORMAL", 0, 1).build();
    assertThrows(IllegalArgumentException.class, () -> report.figures("normal"));
    assertThrows(IllegalArgumentException.class, () -> report.rocCurve("normal"));
  }

  @Test
  void theMatrixRefusesUnequalListsAndUnknownLabels() {
    assertThrows(
        IllegalArgumentException.class,
        () -> ConfusionMatrix.of(LABELS, List.of("NORMAL"), List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> ConfusionMatrix.of(LABELS, List.of("NORMAL"), List.of("X")));
    assertEquals(0, ConfusionMatrix.of(LABELS, List.of(), List.of()).total());
  }

  @Test
  void aCurveRefusesNaNAndUnequalLengths() {
    assertThrows(
        IllegalArgumentException.class,
        () -> RocCurve.of(new boolean[] {true, false}, new double[] {1, Double.NaN}));
    assertThrows(IllegalArgumentException.class, () -> RocCurve.of(new boolean[1], new double[2]));
  }
}
