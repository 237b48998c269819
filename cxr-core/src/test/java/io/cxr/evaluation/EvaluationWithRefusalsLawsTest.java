package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OperatingThreshold.Estimate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Laws that hold for whatever a model answers or refuses. */
class EvaluationWithRefusalsLawsTest {
  private static final List<String> LABELS = List.of("A", "B", "C");

  /**
   * One image.
   *
   * @param file its number
   * @param truth its label's index
   * @param patient its patient's number; negative where unknown
   * @param refused whether the model refuses it
   * @param scores a score a label; few values, so that ties are common
   */
  record Image(int file, int truth, int patient, boolean refused, List<Integer> scores) {
    Image as(boolean nowRefused) {
      return new Image(file, truth, patient, nowRefused, scores);
    }

    void addTo(EvaluationBuilder builder) {
      Optional<String> known = patient < 0 ? Optional.empty() : Optional.of("p" + patient);
      String label = LABELS.get(truth);
      if (refused) {
        builder.refused("f" + file, known, label, "TRUNCATED");
      } else {
        builder.answered("f" + file, known, label, probabilities());
      }
    }

    double[] probabilities() {
      double sum = scores.stream().mapToInt(Integer::intValue).sum();
      return scores.stream()
          .mapToDouble(score -> sum == 0 ? 1.0 / scores.size() : score / sum)
          .toArray();
    }
  }

  @Provide
  Arbitrary<List<Image>> images() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(-3, 6),
            Arbitraries.of(true, false, false, false),
            Arbitraries.integers().between(0, 8).list().ofSize(3))
        .as((truth, patient, refused, scores) -> new Image(0, truth, patient, refused, scores))
        .list()
        .ofMinSize(1)
        .ofMaxSize(25)
        .map(EvaluationWithRefusalsLawsTest::numbered);
  }

  private static List<Image> numbered(List<Image> images) {
    List<Image> numbered = new ArrayList<>();
    for (Image image : images) {
      numbered.add(
          new Image(
              numbered.size(), image.truth(), image.patient(), image.refused(), image.scores()));
    }
    return numbered;
  }

  private static Evaluation evaluation(List<Image> images) {
    Estimate none = new Estimate(0, 0, 0);
    EvaluationBuilder builder =
        Evaluation.builder(LABELS)
            .thresholds(
                List.of(new OperatingThreshold("B", Aim.SPECIFICITY, 0.9, 0.5, none, none)));
    images.forEach(image -> image.addTo(builder));
    return builder.build();
  }

  private static Stream<Interval> all(Evaluation of) {
    Stream<Optional<Interval>> overall =
        Stream.of(
            Optional.of(of.coverage()),
            of.accuracy(),
            Optional.of(of.accuracyOfAll()),
            of.balancedAccuracy(),
            of.balancedAccuracyOfAll(),
            of.auroc(),
            of.calibrationError(),
            of.brierScore());
    Stream<Optional<Interval>> labels =
        of.byLabel().stream()
            .flatMap(
                label ->
                    Stream.of(
                        label.coverage(),
                        label.sensitivity(),
                        label.sensitivityOfAll(),
                        label.specificity(),
                        label.specificityOfAll(),
                        label.precision(),
                        label.f1(),
                        label.auroc()));
    Stream<Optional<Interval>> thresholds =
        of.byThreshold().stream()
            .flatMap(
                threshold ->
                    Stream.of(
                        threshold.sensitivity(),
                        threshold.sensitivityOfAll(),
                        threshold.specificity(),
                        threshold.specificityOfAll()));
    return Stream.of(overall, labels, thresholds).flatMap(s -> s).flatMap(Optional::stream);
  }

  @Property(tries = 60)
  void intervalsHoldTheirFigures(@ForAll("images") List<Image> images) {
    all(evaluation(images))
        .forEach(
            interval -> {
              assertTrue(interval.low() >= 0 && interval.high() <= 1, interval.toString());
              assertTrue(interval.low() <= interval.value(), interval.toString());
              assertTrue(interval.value() <= interval.high(), interval.toString());
              assertTrue(interval.low() < interval.high(), "no figure is certain: " + interval);
            });
  }

  @Property(tries = 30)
  void theOrderOfImagesDoesNotMatter(@ForAll("images") List<Image> images, @ForAll long seed) {
    List<Image> shuffled = new ArrayList<>(images);
    Collections.shuffle(shuffled, new Random(seed));
    assertEquals(evaluation(images), evaluation(shuffled));
  }

  @Property(tries = 40)
  void withoutRefusalsTheFiguresAreThoseOfTheReport(@ForAll("images") List<Image> images) {
    List<Image> answered = images.stream().map(image -> image.as(false)).toList();
    Evaluation found = evaluation(answered);
    ClassificationReport.Builder builder = ClassificationReport.builder(LABELS);
    answered.forEach(image -> builder.add(LABELS.get(image.truth()), image.probabilities()));
    ClassificationReport report = builder.build();
    assertEquals(1, found.coverage().value());
    assertEquals(Map.of(), found.refusals());
    assertEquals(found.accuracy(), Optional.of(found.accuracyOfAll()));
    assertEquals(found.balancedAccuracy(), found.balancedAccuracyOfAll());
    assertEquals(report.accuracy(), found.accuracyOfAll().value());
    assertEquals(report.confusion(), found.confusion());
    assertEquals(report.auroc().isPresent(), found.auroc().isPresent());
    found.auroc().ifPresent(a -> assertEquals(report.auroc().getAsDouble(), a.value(), 1e-12));
    for (LabelEvaluation label : found.byLabel()) {
      LabelFigures figures = report.figures(label.label());
      assertEquals(figures.support(), label.images());
      assertEquals(label.sensitivity(), label.sensitivityOfAll());
      assertEquals(label.specificity(), label.specificityOfAll());
      label.sensitivity().ifPresent(of -> assertEquals(figures.recall(), of.value()));
      label.specificity().ifPresent(of -> assertEquals(figures.specificity(), of.value()));
      label.precision().ifPresent(of -> assertEquals(figures.precision(), of.value()));
      label.f1().ifPresent(of -> assertEquals(figures.f1(), of.value()));
      assertEquals(figures.auroc().isPresent(), label.auroc().isPresent());
      label.auroc().ifPresent(of -> assertEquals(figures.auroc().getAsDouble(), of.value()));
    }
  }

  @Property(tries = 40)
  void refusingNeverRaisesWhatCountsAllImages(
      @ForAll("images") List<Image> images, @ForAll int which) {
    int chosen = Math.floorMod(which, images.size());
    List<Image> more = new ArrayList<>(images);
    more.set(chosen, images.get(chosen).as(true));
    Evaluation before = evaluation(images);
    Evaluation after = evaluation(more);
    assertTrue(after.accuracyOfAll().value() <= before.accuracyOfAll().value());
    assertTrue(after.coverage().value() <= before.coverage().value());
    for (String label : LABELS) {
      before
          .label(label)
          .sensitivityOfAll()
          .ifPresent(
              of ->
                  assertTrue(
                      after.label(label).sensitivityOfAll().orElseThrow().value() <= of.value()));
      before
          .label(label)
          .specificityOfAll()
          .ifPresent(
              of ->
                  assertTrue(
                      after.label(label).specificityOfAll().orElseThrow().value() <= of.value()));
    }
    before.accuracy().ifPresent(of -> assertTrue(before.accuracyOfAll().value() <= of.value()));
  }

  @Property(tries = 40)
  void everyImageIsCountedOnce(@ForAll("images") List<Image> images) {
    Evaluation found = evaluation(images);
    int refused = found.refusals().values().stream().mapToInt(Integer::intValue).sum();
    assertEquals(images.size(), found.images());
    assertEquals(found.images(), found.answered() + refused);
    assertEquals(found.answered(), found.confusion().total());
    assertEquals(found.images(), found.byLabel().stream().mapToInt(LabelEvaluation::images).sum());
    for (LabelEvaluation label : found.byLabel()) {
      int ofLabel = label.refusals().values().stream().mapToInt(Integer::intValue).sum();
      assertEquals(label.images(), label.answered() + ofLabel);
    }
  }

  @Test
  void nothingAnsweredIsAnEvaluation() {
    Evaluation found =
        Evaluation.builder(LABELS).refused("f", Optional.empty(), "A", "DAMAGED").build();
    assertEquals(0, found.coverage().value());
    assertEquals(0, found.accuracyOfAll().value());
    assertEquals(Optional.empty(), found.accuracy());
    assertEquals(Optional.empty(), found.brierScore());
    assertEquals(Optional.empty(), found.label("A").sensitivity());
    assertEquals(0, found.label("A").sensitivityOfAll().orElseThrow().value());
    assertEquals(Map.of("DAMAGED", 1), found.label("A").refusals());
  }

  @Test
  void wrongInputIsRefused() {
    EvaluationBuilder builder = Evaluation.builder(LABELS);
    assertThrows(IllegalArgumentException.class, builder::build);
    assertThrows(
        IllegalArgumentException.class,
        () -> builder.refused("f", Optional.empty(), "D", "DAMAGED"));
    assertThrows(
        IllegalArgumentException.class,
        () -> builder.answered("f", Optional.empty(), "A", 0.5, 0.5));
    assertThrows(
        IllegalArgumentException.class,
        () -> builder.answered("f", Optional.empty(), "A", 0.5, 0.5, Double.NaN));
    Estimate none = new Estimate(0, 0, 0);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            builder.thresholds(
                List.of(new OperatingThreshold("D", Aim.SPECIFICITY, 0.9, 0.5, none, none))));
  }
}
