package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.dataset.FindingStates;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.Subset;
import io.cxr.model.ConformalSets;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.Resampling;
import io.cxr.model.SubsetFigures;
import io.cxr.model.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Metrics of findings, on the films of which each is known. */
class FindingsEvaluationTest {
  private static final List<String> NAMES = List.of("Effusion", "Mass", "Hernia");
  private static final Task.Findings TASK = new Task.Findings(NAMES);

  /**
   * Films, their findings and a model's answers, of which {@code skill} tells how good they are.
   */
  private static final class Films {
    final List<FindingStates> truth = new ArrayList<>();
    final List<double[]> answers = new ArrayList<>();
    final List<String> patients = new ArrayList<>();

    Films(int count, double skill, long seed) {
      Random random = new Random(seed);
      for (int i = 0; i < count; i++) {
        List<LabelState> states = new ArrayList<>();
        double[] answer = new double[NAMES.size()];
        for (int finding = 0; finding < answer.length; finding++) {
          boolean present = random.nextInt(3 + finding) == 0;
          states.add(
              random.nextInt(4) == 0
                  ? LabelState.UNKNOWN
                  : present ? LabelState.PRESENT : LabelState.ABSENT);
          double logit = (present ? skill : -skill) + random.nextGaussian();
          answer[finding] = 1 / (1 + Math.exp(-logit));
        }
        truth.add(FindingStates.of(NAMES, states));
        answers.add(answer);
        patients.add("p" + i / 2);
      }
    }

    FindingsEvaluationBuilder builder() {
      FindingsEvaluationBuilder builder = FindingsEvaluation.builder(TASK);
      for (int i = 0; i < truth.size(); i++) {
        builder.answered("f" + i, Optional.of(patients.get(i)), truth.get(i), answers.get(i));
      }
      return builder;
    }
  }

  /** The share of pairs in order, by counting them. */
  private static double area(Films films, int finding) {
    double right = 0;
    double pairs = 0;
    for (int i = 0; i < films.truth.size(); i++) {
      for (int j = 0; j < films.truth.size(); j++) {
        if (films.truth.get(i).state(finding) == LabelState.PRESENT
            && films.truth.get(j).state(finding) == LabelState.ABSENT) {
          double first = films.answers.get(i)[finding];
          double second = films.answers.get(j)[finding];
          right += first > second ? 1 : first == second ? 0.5 : 0;
          pairs++;
        }
      }
    }
    return right / pairs;
  }

  /** The precision at each positive film's probability, as a mean, for probabilities all apart. */
  private static double averagePrecision(Films films, int finding) {
    double sum = 0;
    int positives = 0;
    for (int i = 0; i < films.truth.size(); i++) {
      if (films.truth.get(i).state(finding) != LabelState.PRESENT) {
        continue;
      }
      int above = 0;
      int found = 0;
      for (int j = 0; j < films.truth.size(); j++) {
        LabelState state = films.truth.get(j).state(finding);
        if (state.isKnown() && films.answers.get(j)[finding] >= films.answers.get(i)[finding]) {
          above++;
          found += state == LabelState.PRESENT ? 1 : 0;
        }
      }
      sum += (double) found / above;
      positives++;
    }
    return sum / positives;
  }

  @Test
  void areasAreThoseOfTheFilmsOfWhichAFindingIsKnown() {
    Films films = new Films(120, 0.7, 3);
    FindingsEvaluation found = films.builder().build();
    double auroc = 0;
    double auprc = 0;
    for (int finding = 0; finding < NAMES.size(); finding++) {
      FindingEvaluation of = found.finding(NAMES.get(finding));
      assertEquals(area(films, finding), of.auroc().orElseThrow().value(), 1e-12);
      assertEquals(averagePrecision(films, finding), of.auprc().orElseThrow().value(), 1e-12);
      auroc += of.auroc().orElseThrow().value() / NAMES.size();
      auprc += of.auprc().orElseThrow().value() / NAMES.size();
      assertEquals(120, of.present() + of.absent() + of.unknown());
      assertEquals(of.present() + of.absent(), of.answered());
      assertTrue(of.unknown() > 0);
      assertEquals((double) of.present() / of.answered(), of.prevalence().orElseThrow(), 1e-12);
      for (Interval interval :
          List.of(
              of.auroc().orElseThrow(),
              of.auprc().orElseThrow(),
              of.calibrationError().orElseThrow(),
              of.brierScore().orElseThrow())) {
        assertTrue(
            interval.low() <= interval.value() && interval.value() <= interval.high(),
            interval::toString);
        assertTrue(interval.high() - interval.low() > 0.01, interval::toString);
      }
    }
    assertEquals(auroc, found.auroc().orElseThrow().value(), 1e-12);
    assertEquals(auprc, found.auprc().orElseThrow().value(), 1e-12);
    assertEquals(60, found.groups());
    assertEquals(120, found.ofKnownPatients());
  }

  @Test
  void averagePrecisionIsThatOfScikitLearn() {
    boolean[] all = {true, true, true, true, true};
    boolean[] positive = {false, false, true, true, true};
    // average_precision_score([0, 0, 1, 1, 1], [0.1, 0.4, 0.35, 0.8, 0.4])
    double[] scores = {0.1, 0.4, 0.35, 0.8, 0.4};
    double expected = 1 / 3.0 + 2 / 3.0 / 3 + 3 / 4.0 / 3;
    assertEquals(
        expected, new AveragePrecision(positive, scores, all).of(Bootstrap.once(5)), 1e-12);
    boolean[] none = new boolean[5];
    assertTrue(Double.isNaN(new AveragePrecision(none, scores, all).of(Bootstrap.once(5))));
    assertTrue(Double.isNaN(new AveragePrecision(positive, scores, none).of(Bootstrap.once(5))));
  }

  /** A sample that counts three times is three samples. */
  @Property(tries = 50)
  void averagePrecisionCountsSamplesAsOften(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 30) int count) {
    Random random = new Random(seed);
    boolean[] positive = new boolean[count];
    double[] scores = new double[count];
    int[] times = new int[count];
    List<Integer> copies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      positive[i] = random.nextBoolean();
      // Some are tied.
      scores[i] = random.nextInt(8) / 8.0;
      times[i] = random.nextInt(4);
      copies.addAll(Collections.nCopies(times[i], i));
    }
    boolean[] copiedPositive = new boolean[copies.size()];
    double[] copiedScores = new double[copies.size()];
    for (int i = 0; i < copies.size(); i++) {
      copiedPositive[i] = positive[copies.get(i)];
      copiedScores[i] = scores[copies.get(i)];
    }
    boolean[] all = new boolean[count];
    Arrays.fill(all, true);
    boolean[] allCopies = new boolean[copies.size()];
    Arrays.fill(allCopies, true);
    assertEquals(
        new AveragePrecision(copiedPositive, copiedScores, allCopies)
            .of(Bootstrap.once(copies.size())),
        new AveragePrecision(positive, scores, all).of(times),
        1e-12);
  }

  @Test
  void whatIsUnknownCountsNowhere() {
    Films films = new Films(80, 0.7, 5);
    Films other = new Films(80, 0.7, 5);
    for (int i = 0; i < 80; i++) {
      for (int finding = 0; finding < NAMES.size(); finding++) {
        if (!other.truth.get(i).state(finding).isKnown()) {
          other.answers.get(i)[finding] = 1 - other.answers.get(i)[finding];
        }
      }
    }
    OperatingThreshold point = threshold("Mass", 0.5);
    FindingsEvaluation first = films.builder().thresholds(List.of(point)).build();
    FindingsEvaluation second = other.builder().thresholds(List.of(point)).build();
    // The order of films within a patient depends on the answers, so resamples may differ.
    for (String finding : NAMES) {
      assertEquals(
          first.finding(finding).auroc().orElseThrow().value(),
          second.finding(finding).auroc().orElseThrow().value());
      assertEquals(
          first.finding(finding).calibrationError().orElseThrow().value(),
          second.finding(finding).calibrationError().orElseThrow().value(),
          1e-12);
    }
    assertEquals(
        first.byThreshold().get(0).sensitivity(), second.byThreshold().get(0).sensitivity());
    assertEquals(
        first.byThreshold().get(0).specificity(), second.byThreshold().get(0).specificity());
  }

  private static OperatingThreshold threshold(String finding, double threshold) {
    OperatingThreshold.Estimate reached = new OperatingThreshold.Estimate(0.9, 0.8, 1);
    return new OperatingThreshold(finding, Aim.SENSITIVITY, 0.9, threshold, reached, reached);
  }

  @Test
  void aFilmWithoutAnAnswerIsMissed() {
    FindingStates effusion = FindingStates.ofPresent(NAMES, List.of("Effusion"));
    FindingStates none = FindingStates.ofPresent(NAMES, List.of());
    FindingsEvaluation found =
        FindingsEvaluation.builder(TASK)
            .answered("a", Optional.empty(), effusion, 0.9, 0.1, 0.1)
            .answered("b", Optional.empty(), none, 0.2, 0.1, 0.1)
            .answered("c", Optional.empty(), none, 0.7, 0.1, 0.1)
            .refused("d", Optional.empty(), effusion, "UNREADABLE")
            .thresholds(List.of(threshold("Effusion", 0.5)))
            .build();
    ThresholdEvaluation point = found.byThreshold().get(0);
    assertEquals(1, point.sensitivity().orElseThrow().value());
    assertEquals(0.5, point.sensitivityOfAll().orElseThrow().value());
    assertEquals(0.5, point.specificity().orElseThrow().value());
    assertEquals(0.75, found.coverage().value());
    assertEquals(Map.of("UNREADABLE", 1), found.refusals());
    assertEquals(2, found.finding("Effusion").present());
    assertEquals(3, found.finding("Effusion").answered());
    // Nobody has a mass: nothing to rank, and none in the mean.
    assertTrue(found.finding("Mass").auroc().isEmpty());
    assertTrue(found.finding("Mass").auprc().isEmpty());
    assertEquals(found.finding("Effusion").auroc(), found.auroc());
    assertTrue(found.promised().isEmpty());
  }

  @Test
  void takesTheFindingsOfThePredictionByName() {
    Prediction prediction =
        Prediction.ofFindings(
            List.of(
                new LabelProbability("Mass", 0.1),
                new LabelProbability("Hernia", 0.2),
                new LabelProbability("Effusion", 0.9)),
            new ModelIdentity("m", "1", "0a".repeat(32)));
    FindingStates more =
        FindingStates.ofPresent(
            List.of("Nodule", "Hernia", "Mass", "Effusion"), List.of("Effusion"));
    FindingStates none = FindingStates.ofPresent(NAMES, List.of());
    FindingsEvaluation found =
        FindingsEvaluation.builder(TASK)
            .answered("a", Optional.empty(), more, prediction)
            .answered("b", Optional.empty(), none, 0.8, 0.5, 0.5)
            .build();
    assertEquals(1, found.finding("Effusion").auroc().orElseThrow().value());
    assertThrows(
        IllegalArgumentException.class,
        () ->
            FindingsEvaluation.builder(TASK)
                .refused(
                    "c",
                    Optional.empty(),
                    FindingStates.ofPresent(List.of("Mass"), List.of()),
                    "X"));
    assertThrows(
        IllegalArgumentException.class,
        () -> FindingsEvaluation.builder(TASK).answered("c", Optional.empty(), none, 0.5, 0.5));
    assertThrows(IllegalArgumentException.class, () -> FindingsEvaluation.builder(TASK).build());
  }

  /** In each finding, nine in ten films with it keep it, whatever the model is worth. */
  @Test
  void labelSetsKeepWhatIsPresent() {
    double kept = 0;
    int rounds = 40;
    for (int round = 0; round < rounds; round++) {
      Films films = new Films(300, round % 2, round);
      ConformalSets sets =
          ConformalFit.fitFindings(
              NAMES, films.answers, films.truth, films.patients, Subset.VALIDATION, 0.1, round);
      FindingsEvaluation found =
          new Films(300, round % 2, 1000 + round).builder().conformal(sets).build();
      assertEquals(0.9, found.promised().orElseThrow(), 1e-9);
      for (FindingEvaluation of : found.byFinding()) {
        kept += of.notRuledOut().orElseThrow().value() / rounds / NAMES.size();
      }
      if (round % 2 == 1) {
        assertTrue(found.finding("Effusion").ruledOut().orElseThrow().value() > 0.3);
      }
    }
    assertEquals(0.905, kept, 0.015);
  }

  @Test
  void cardsGetWhatTheirFilmsCanTell() {
    Films films = new Films(300, 1, 9);
    // Of a hernia, four films are known to have it: too few for a threshold.
    int left = 4;
    for (int i = 0; i < films.truth.size(); i++) {
      FindingStates film = films.truth.get(i);
      if (film.state("Hernia") == LabelState.PRESENT && left-- <= 0) {
        films.truth.set(
            i, FindingStates.of(NAMES, List.of(film.state(0), film.state(1), LabelState.UNKNOWN)));
      }
    }
    CardFigures figures =
        CardFigures.ofFindings(TASK, films.answers, films.truth, films.patients, 1);
    assertEquals(
        List.of("Effusion", "Effusion", "Mass", "Mass"),
        figures.thresholds().stream().map(OperatingThreshold::label).toList());
    for (OperatingThreshold point : figures.thresholds()) {
      double reached =
          point.aim() == Aim.SENSITIVITY
              ? point.sensitivity().value()
              : point.specificity().value();
      assertTrue(reached >= 0.95, point::toString);
    }
    assertEquals(area(films, 0), figures.metrics().get("auroc.Effusion"), 1e-6);
    assertTrue(figures.metrics().get("auprc") > 0.5, figures.metrics()::toString);
    ModelCard card =
        figures
            .in(
                ModelCard.builder("chest", "1")
                    .architecture("CNN")
                    .task(TASK)
                    .output(OutputActivation.SIGMOID)
                    .preprocessing(
                        PreprocessingSpec.of(
                            8,
                            8,
                            Resampling.BILINEAR,
                            1,
                            PreprocessingStep.Normalization.Kind.UNIT_RANGE))
                    .build())
            .build();
    assertEquals(card, ModelCard.fromJson(card.toJson()));

    List<double[]> calibrated =
        films.answers.stream().map(card.calibration().orElseThrow()::calibrate).toList();
    SubsetFigures test =
        SubsetEvaluation.ofFindings(
            Subset.TEST,
            card,
            TASK,
            films.truth,
            films.patients.stream().map(Optional::of).toList(),
            calibrated,
            Collections.nCopies(300, "0a".repeat(32)),
            1);
    assertEquals(150, test.patients());
    assertEquals(figures.metrics().get("auroc"), test.metrics().get("auroc").value(), 1e-9);
    assertTrue(
        test.metrics().get("sensitivity.Mass.at-sensitivity-0.95").value() >= 0.95,
        test.metrics()::toString);
    assertTrue(test.metrics().containsKey("labelSetCoverage.Hernia"));
    assertEquals(4, test.images().get("Hernia"));

    CardFigures few =
        CardFigures.ofFindings(
            TASK,
            films.answers.subList(0, 7),
            films.truth.subList(0, 7),
            films.patients.subList(0, 7),
            1);
    assertTrue(few.calibration().isEmpty() && few.thresholds().isEmpty());
    assertFalse(few.conformal().isPresent());
  }
}
