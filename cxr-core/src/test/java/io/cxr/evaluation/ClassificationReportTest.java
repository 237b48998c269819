package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import java.util.List;
import java.util.Optional;
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
            "sensitivity.COVID19",
            "specificity.COVID19",
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
        macro average     0.7500  0.8333                 0.7333  1.0000        4

        Positive class COVID19: sensitivity 1.0000, specificity 0.6667

        Predicted label (columns) by true label (rows):
          truth  COVID19   NORMAL
        COVID19        1        0
         NORMAL        1        2

        Research use only. Not for diagnostic use.
        """;
    assertEquals(expected, report.format());
    assertEquals(expected, report.toString());
  }

  /** The macro averages of both are one number, whatever the class that is missed. */
  @Test
  void ofTwoLabelsSensitivityAndSpecificityAreThoseOfThePositiveClass() {
    double[][] answers = {{0.9, 0.1}, {0.2, 0.8}, {0.6, 0.4}, {0.1, 0.9}};
    List<String> truth = List.of("COVID19", "NORMAL", "NORMAL", "NORMAL");
    ClassificationReport report = ClassificationReport.of(LABELS, truth, answers);
    assertEquals(Optional.of("COVID19"), report.positiveClass());
    assertEquals(1, report.sensitivity());
    assertEquals(2 / 3.0, report.specificity(), 1e-12);
    assertEquals(report.figures("COVID19").f1(), report.f1());
    assertEquals(report.macroRecall(), report.macroSpecificity(), 1e-12);
    assertEquals(1, report.metrics().get("sensitivity.COVID19"));
    assertEquals(2 / 3.0, report.metrics().get("specificity.COVID19"), 1e-12);

    ClassificationReport.Builder builder =
        ClassificationReport.builder(LABELS).positiveClass("NORMAL");
    for (int i = 0; i < answers.length; i++) {
      builder.add(truth.get(i), answers[i]);
    }
    ClassificationReport other = builder.build();
    assertEquals(2 / 3.0, other.sensitivity(), 1e-12);
    assertEquals(1, other.specificity());
    assertTrue(other.format().contains("Positive class NORMAL: sensitivity 0.6667"));
    assertThrows(IllegalArgumentException.class, () -> builder.positiveClass("normal"));
  }

  @Test
  void ofThreeLabelsTheyAreMeans() {
    List<String> labels = List.of("A", "B", "C");
    ClassificationReport report =
        ClassificationReport.of(
            labels,
            List.of("A", "A", "B", "C"),
            new double[][] {{1, 0, 0}, {0, 1, 0}, {0, 1, 0}, {0, 0, 1}});
    assertEquals(Optional.empty(), report.positiveClass());
    assertEquals(report.macroRecall(), report.sensitivity());
    assertEquals(report.macroSpecificity(), report.specificity());
    assertEquals(report.macroF1(), report.f1());
    assertEquals(report.macroSpecificity(), report.metrics().get("macro-specificity"));
    assertTrue(!report.format().contains("Positive class"));
    assertThrows(
        IllegalArgumentException.class,
        () -> ClassificationReport.builder(labels).positiveClass("A"));
  }

  @Test
  void thePositiveClassIsTheFinding() {
    assertEquals(Optional.of("COVID19"), PositiveClass.of(List.of("NORMAL", "COVID19")));
    assertEquals(Optional.of("Opacity"), PositiveClass.of(List.of("Opacity", "No_Finding")));
    assertEquals(Optional.of("healthy"), PositiveClass.of(List.of("healthy", "Control")));
    assertEquals(Optional.of("A"), PositiveClass.of(List.of("A", "B")));
    assertEquals(Optional.empty(), PositiveClass.of(List.of("A", "NORMAL", "B")));
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
