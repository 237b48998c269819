package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Laws that hold for whatever a model answers. */
class EvaluationLawsTest {
  private static final List<String> LABELS = List.of("A", "B", "C");

  /**
   * One radiograph.
   *
   * @param truth its label's index
   * @param scores a score a label; few values, so that ties are common
   */
  record Answer(int truth, List<Integer> scores) {
    double[] probabilities() {
      return scores.stream().mapToDouble(score -> score / 8.0).toArray();
    }
  }

  @Provide
  Arbitrary<List<Answer>> answers() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(0, 8).list().ofSize(3))
        .as(Answer::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(40);
  }

  private static ClassificationReport report(List<Answer> answers) {
    ClassificationReport.Builder builder = ClassificationReport.builder(LABELS);
    answers.forEach(answer -> builder.add(LABELS.get(answer.truth()), answer.probabilities()));
    return builder.build();
  }

  private static Optional<RocCurve> curve(List<Answer> answers, int sign) {
    boolean[] positive = new boolean[answers.size()];
    double[] scores = new double[answers.size()];
    for (int i = 0; i < positive.length; i++) {
      positive[i] = answers.get(i).truth() == 0;
      scores[i] = sign * answers.get(i).probabilities()[0];
    }
    return RocCurve.of(positive, scores);
  }

  @Property
  void theConfusionMatrixCountsEveryRadiographOnce(@ForAll("answers") List<Answer> answers) {
    ConfusionMatrix confusion = report(answers).confusion();
    assertEquals(answers.size(), confusion.total());
    assertEquals(
        answers.size(),
        confusion.rows().stream().flatMap(List::stream).mapToInt(Integer::intValue).sum());
    assertEquals(answers.size(), LABELS.stream().mapToInt(confusion::truths).sum());
    assertEquals(answers.size(), LABELS.stream().mapToInt(confusion::answers).sum());
    assertEquals(
        confusion.correct(),
        LABELS.stream().mapToInt(label -> confusion.count(label, label)).sum());
  }

  @Property
  void theOrderOfRadiographsDoesNotMatter(
      @ForAll("answers") List<Answer> answers, @ForAll long seed) {
    List<Answer> shuffled = new ArrayList<>(answers);
    Collections.shuffle(shuffled, new Random(seed));
    ClassificationReport before = report(answers);
    ClassificationReport after = report(shuffled);
    assertEquals(before.confusion(), after.confusion());
    assertEquals(before.figures(), after.figures());
    assertEquals(before.metrics(), after.metrics());
    assertEquals(before.format(), after.format());
    assertEquals(before.rocCurve("A"), after.rocCurve("A"));
  }

  @Property
  void theAreaOfTheOppositeScoreIsTheRest(@ForAll("answers") List<Answer> answers) {
    Optional<RocCurve> curve = curve(answers, 1);
    Optional<RocCurve> opposite = curve(answers, -1);
    assertEquals(curve.isEmpty(), opposite.isEmpty());
    if (curve.isPresent()) {
      assertEquals(1 - curve.get().area(), opposite.get().area(), 1e-12);
    }
  }

  /** Hanley and McNeil, Radiology 143, 1982: the area is a probability over pairs. */
  @Property
  void theAreaIsTheShareOfPairsInTheRightOrder(@ForAll("answers") List<Answer> answers) {
    Optional<RocCurve> curve = curve(answers, 1);
    if (curve.isEmpty()) {
      return;
    }
    double right = 0;
    int pairs = 0;
    for (Answer with : answers) {
      for (Answer without : answers) {
        if (with.truth() == 0 && without.truth() != 0) {
          right += 0.5 + 0.5 * Integer.signum(with.scores().get(0) - without.scores().get(0));
          pairs++;
        }
      }
    }
    assertEquals(right / pairs, curve.get().area(), 1e-12);
  }

  @Property
  void theCurveRisesFromNothingToEverything(@ForAll("answers") List<Answer> answers) {
    Optional<RocCurve> curve = curve(answers, 1);
    if (curve.isEmpty()) {
      return;
    }
    List<RocCurve.Point> points = curve.get().points();
    RocCurve.Point last = points.get(points.size() - 1);
    assertEquals(1, last.falsePositiveRate());
    assertEquals(1, last.truePositiveRate());
    for (int i = 1; i < points.size(); i++) {
      assertTrue(points.get(i).threshold() < points.get(i - 1).threshold());
      assertTrue(points.get(i).falsePositiveRate() >= points.get(i - 1).falsePositiveRate());
      assertTrue(points.get(i).truePositiveRate() >= points.get(i - 1).truePositiveRate());
    }
  }

  @Property
  void whoeverIsAlwaysRightHasOnesOnly(@ForAll("answers") List<Answer> answers) {
    List<Answer> right = new ArrayList<>();
    for (Answer answer : answers) {
      List<Integer> scores = new ArrayList<>(List.of(0, 0, 0));
      scores.set(answer.truth(), 8);
      right.add(new Answer(answer.truth(), scores));
    }
    ClassificationReport report = report(right);
    assertEquals(1, report.accuracy());
    for (LabelFigures figures : report.figures()) {
      boolean there = figures.support() > 0;
      assertEquals(there ? 1 : 0, figures.precision());
      assertEquals(there ? 1 : 0, figures.recall());
      assertEquals(there ? 1 : 0, figures.f1());
      boolean others = figures.support() < answers.size();
      assertEquals(others ? 1 : 0, figures.specificity());
      assertEquals(
          there && others ? OptionalDouble.of(1) : OptionalDouble.empty(), figures.auroc());
    }
  }
}
