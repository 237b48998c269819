package io.cxr.evaluation;

import io.cxr.evaluation.EvaluationBuilder.Row;
import io.cxr.model.ConformalSets;
import io.cxr.model.OperatingThreshold;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Computes an evaluation. Figures are asked for first, and found together from the same resamples.
 */
final class EvaluationFigures {
  private final List<String> labels;
  private final List<Row> rows;
  private final List<OperatingThreshold> thresholds;
  private final Optional<ConformalSets> conformal;
  private final Bootstrap bootstrap;
  private final RequestedFigures figures = new RequestedFigures();

  private final boolean[] answered;
  private final boolean[] right;
  private final int[] truth;

  /** The label that was answered, -1 where there is no answer. */
  private final int[] tops;

  EvaluationFigures(
      List<String> labels,
      List<Row> rows,
      List<OperatingThreshold> thresholds,
      Optional<ConformalSets> conformal,
      long seed) {
    this.labels = labels;
    this.conformal = conformal;
    this.rows = rows;
    this.thresholds = thresholds;
    this.bootstrap = Bootstrap.ofGroups(rows.stream().map(row -> row.group).toList(), seed);
    this.truth = rows.stream().mapToInt(row -> row.truth).toArray();
    this.tops = rows.stream().mapToInt(row -> top(row.probabilities)).toArray();
    this.answered = where(i -> rows.get(i).answered());
    this.right = where(i -> tops[i] == truth[i]);
  }

  /** Of equals the first. */
  private static int top(double[] probabilities) {
    int top = probabilities.length == 0 ? -1 : 0;
    for (int i = 1; i < probabilities.length; i++) {
      top = probabilities[i] > probabilities[top] ? i : top;
    }
    return top;
  }

  private boolean[] where(IntPredicate condition) {
    boolean[] chosen = new boolean[rows.size()];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = condition.test(i);
    }
    return chosen;
  }

  private static boolean any(boolean[] chosen) {
    return IntStream.range(0, chosen.length).anyMatch(i -> chosen[i]);
  }

  private Supplier<Optional<Interval>> ask(Statistic figure) {
    return figures.ask(figure);
  }

  private double[] scores(int label) {
    return rows.stream()
        .mapToDouble(row -> row.answered() ? row.probabilities[label] : 0)
        .toArray();
  }

  Evaluation evaluation() {
    List<OfLabel> ofLabels = new ArrayList<>();
    for (int label = 0; label < labels.size(); label++) {
      ofLabels.add(new OfLabel(label));
    }
    boolean[] all = where(i -> true);
    Supplier<Optional<Interval>> coverage = ask(new Proportion(all, answered));
    Supplier<Optional<Interval>> accuracy = ask(new Proportion(answered, right));
    Supplier<Optional<Interval>> accuracyOfAll = ask(new Proportion(all, right));
    List<OfLabel> present = ofLabels.stream().filter(of -> any(of.with)).toList();
    Supplier<Optional<Interval>> balanced =
        ask(mean(present.stream().map(of -> of.recall).toList(), 2));
    Supplier<Optional<Interval>> balancedOfAll =
        ask(mean(present.stream().map(of -> of.recallOfAll).toList(), 2));
    Supplier<Optional<Interval>> auroc =
        ask(mean(ofLabels.stream().filter(of -> of.ranked).map(of -> of.ranking).toList(), 1));
    Supplier<Optional<Interval>> calibration =
        ask(new CalibrationError(answered, confidence(), right));
    Supplier<Optional<Interval>> brier =
        ask(
            new BrierScore(
                answered,
                rows.stream().map(row -> row.probabilities).toArray(double[][]::new),
                truth));
    List<RequestedThreshold> ofThresholds =
        thresholds.stream().map(threshold -> request(threshold, ofLabels)).toList();

    Optional<OfLabelSets> ofLabelSets = conformal.map(OfLabelSets::new);

    figures.find(bootstrap);

    return new Evaluation(
        labels,
        rows.size(),
        count(answered),
        refusals(all),
        confusion(),
        new HashSet<>(rows.stream().map(row -> row.group).toList()).size(),
        count(where(i -> rows.get(i).knownPatient)),
        coverage.get().orElseThrow(),
        accuracy.get(),
        accuracyOfAll.get().orElseThrow(),
        balanced.get(),
        balancedOfAll.get(),
        auroc.get(),
        calibration.get(),
        brier.get(),
        ofLabels.stream().map(OfLabel::found).toList(),
        ofThresholds.stream().map(RequestedThreshold::found).toList(),
        ofLabelSets.map(OfLabelSets::found));
  }

  private static Statistic mean(List<? extends Statistic> parts, int least) {
    return parts.size() < least ? Statistic.UNDEFINED : Statistic.mean(parts);
  }

  private double[] confidence() {
    return IntStream.range(0, tops.length)
        .mapToDouble(i -> answered[i] ? rows.get(i).probabilities[tops[i]] : 0)
        .toArray();
  }

  private RequestedThreshold request(OperatingThreshold threshold, List<OfLabel> ofLabels) {
    OfLabel label = ofLabels.get(ConfusionMatrix.index(labels, threshold.label()));
    return new RequestedThreshold(
        threshold,
        ThresholdStatistics.of(label.with, answered, label.scores, threshold.threshold()),
        figures);
  }

  private ConfusionMatrix confusion() {
    List<String> truths = new ArrayList<>();
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < tops.length; i++) {
      if (answered[i]) {
        truths.add(labels.get(truth[i]));
        answers.add(labels.get(tops[i]));
      }
    }
    return ConfusionMatrix.of(labels, truths, answers);
  }

  private Map<String, Integer> refusals(boolean[] among) {
    Map<String, Integer> refusals = new TreeMap<>();
    for (int i = 0; i < among.length; i++) {
      if (among[i]) {
        rows.get(i).refusal.ifPresent(reason -> refusals.merge(reason, 1, Integer::sum));
      }
    }
    return refusals;
  }

  private static int count(boolean[] chosen) {
    return (int) IntStream.range(0, chosen.length).filter(i -> chosen[i]).count();
  }

  /** The figures of one label. */
  private final class OfLabel {
    private final String label;
    private final boolean[] with;
    private final boolean[] answeredWith;
    private final Statistic recall;
    private final Statistic recallOfAll;
    private final RankedScores ranking;
    private final boolean ranked;
    private final double[] scores;
    private final Supplier<Optional<Interval>> coverage;
    private final Supplier<Optional<Interval>> sensitivity;
    private final Supplier<Optional<Interval>> sensitivityOfAll;
    private final Supplier<Optional<Interval>> specificity;
    private final Supplier<Optional<Interval>> specificityOfAll;
    private final Supplier<Optional<Interval>> precision;
    private final Supplier<Optional<Interval>> f1;
    private final Supplier<Optional<Interval>> auroc;

    OfLabel(int index) {
      label = labels.get(index);
      with = where(i -> truth[i] == index);
      boolean[] without = where(i -> !with[i]);
      answeredWith = where(i -> with[i] && answered[i]);
      boolean[] answeredWithout = where(i -> without[i] && answered[i]);
      boolean[] given = where(i -> tops[i] == index);
      boolean[] givenAnother = where(i -> answered[i] && tops[i] != index);
      ranked = any(answeredWith) && any(answeredWithout);
      recall = new Proportion(answeredWith, given);
      recallOfAll = new Proportion(with, given);
      scores = scores(index);
      ranking = RankedScores.of(with, scores, answered);
      coverage = ask(new Proportion(with, answered));
      sensitivity = ask(recall);
      sensitivityOfAll = ask(recallOfAll);
      specificity = ask(new Proportion(answeredWithout, givenAnother));
      specificityOfAll = ask(new Proportion(without, givenAnother));
      precision = ask(ranked ? new Proportion(given, with) : Statistic.UNDEFINED);
      f1 = ask(ranked ? new F1Score(answeredWith, given) : Statistic.UNDEFINED);
      auroc = ask(ranking);
    }

    LabelEvaluation found() {
      return new LabelEvaluation(
          label,
          count(with),
          count(answeredWith),
          refusals(with),
          coverage.get(),
          sensitivity.get(),
          sensitivityOfAll.get(),
          specificity.get(),
          specificityOfAll.get(),
          precision.get(),
          f1.get(),
          auroc.get());
    }
  }

  /** The figures of label sets. */
  private final class OfLabelSets {
    private final double promised;
    private final Supplier<Optional<Interval>> coverage;
    private final Supplier<Optional<Interval>> single;
    private final Supplier<Optional<Interval>> size;
    private final Map<String, Supplier<Optional<Interval>>> coverageOf = new LinkedHashMap<>();
    private final Map<String, Supplier<Optional<Interval>>> sizeOf = new LinkedHashMap<>();

    OfLabelSets(ConformalSets sets) {
      promised = 1 - sets.alpha();
      int[] sizes = new int[rows.size()];
      boolean[] covered = new boolean[rows.size()];
      for (int i = 0; i < sizes.length; i++) {
        if (answered[i]) {
          List<String> set = sets.of(labels, rows.get(i).probabilities);
          sizes[i] = set.size();
          covered[i] = set.contains(labels.get(truth[i]));
        }
      }
      coverage = ask(new Proportion(answered, covered));
      single = ask(new Proportion(answered, where(i -> sizes[i] == 1)));
      size = ask(mean(answered, sizes));
      for (int label = 0; label < labels.size(); label++) {
        int of = label;
        boolean[] with = where(i -> answered[i] && truth[i] == of);
        coverageOf.put(labels.get(label), ask(new Proportion(with, covered)));
        sizeOf.put(labels.get(label), ask(mean(with, sizes)));
      }
    }

    private Statistic mean(boolean[] counted, int[] sizes) {
      return times -> {
        double sum = 0;
        long all = 0;
        for (int i = 0; i < times.length; i++) {
          if (counted[i]) {
            sum += (double) times[i] * sizes[i];
            all += times[i];
          }
        }
        // As a share of all labels, which is what intervals are of.
        return sum / all / labels.size();
      };
    }

    private Optional<Interval> sized(Optional<Interval> share) {
      int n = labels.size();
      return share.map(of -> new Interval(n * of.value(), n * of.low(), n * of.high()));
    }

    LabelSetEvaluation found() {
      Map<String, Optional<Interval>> coverages = new LinkedHashMap<>();
      coverageOf.forEach((label, figure) -> coverages.put(label, figure.get()));
      Map<String, Optional<Interval>> means = new LinkedHashMap<>();
      sizeOf.forEach((label, figure) -> means.put(label, sized(figure.get())));
      return new LabelSetEvaluation(
          promised, coverage.get(), coverages, single.get(), sized(size.get()), means);
    }
  }
}
