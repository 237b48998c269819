package io.cxr.evaluation;

import io.cxr.dataset.LabelState;
import io.cxr.evaluation.FindingsEvaluationBuilder.Film;
import io.cxr.model.ConformalSets;
import io.cxr.model.OperatingThreshold;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Computes an evaluation of findings, all figures from the same resamples. */
final class FindingsFigures {
  private final List<String> findings;
  private final List<Film> films;
  private final List<OperatingThreshold> thresholds;
  private final Optional<ConformalSets> conformal;
  private final long seed;
  private final RequestedFigures figures = new RequestedFigures();
  private final boolean[] answered;

  FindingsFigures(
      List<String> findings,
      List<Film> films,
      List<OperatingThreshold> thresholds,
      Optional<ConformalSets> conformal,
      long seed) {
    this.findings = findings;
    this.films = films;
    this.thresholds = thresholds;
    this.conformal = conformal;
    this.seed = seed;
    this.answered = where(i -> films.get(i).answered());
  }

  FindingsEvaluation evaluation() {
    List<OfFinding> each = new ArrayList<>();
    for (int finding = 0; finding < findings.size(); finding++) {
      each.add(new OfFinding(finding));
    }
    Supplier<Optional<Interval>> coverage = figures.ask(new Proportion(where(i -> true), answered));
    List<OfFinding> ranked = each.stream().filter(of -> of.ranked).toList();
    Supplier<Optional<Interval>> auroc = figures.ask(mean(ranked, of -> of.ranking));
    Supplier<Optional<Interval>> auprc = figures.ask(mean(ranked, of -> of.precision));
    Supplier<Optional<Interval>> calibration = figures.ask(mean(ranked, of -> of.calibration));
    List<RequestedThreshold> points = new ArrayList<>();
    for (OperatingThreshold threshold : thresholds) {
      OfFinding of = each.get(ConfusionMatrix.index(findings, threshold.label()));
      points.add(
          new RequestedThreshold(
              threshold,
              ThresholdStatistics.of(
                  of.present, of.absent, answered, of.scores, threshold.threshold()),
              figures));
    }
    List<String> groups = films.stream().map(Film::group).toList();
    figures.find(Bootstrap.ofGroups(groups, seed));
    Map<String, Integer> refusals = new TreeMap<>();
    films.forEach(film -> film.refusal().ifPresent(why -> refusals.merge(why, 1, Integer::sum)));
    return new FindingsEvaluation(
        findings,
        films.size(),
        count(answered),
        refusals,
        new HashSet<>(groups).size(),
        count(where(i -> films.get(i).knownPatient())),
        coverage.get().orElseThrow(),
        auroc.get(),
        auprc.get(),
        calibration.get(),
        each.stream().map(OfFinding::found).toList(),
        points.stream().map(RequestedThreshold::found).toList(),
        conformal.map(sets -> 1 - sets.alpha()));
  }

  /** Over the findings that some films have and some do not. */
  private static Statistic mean(List<OfFinding> ranked, Function<OfFinding, Statistic> figure) {
    return ranked.isEmpty()
        ? Statistic.UNDEFINED
        : Statistic.mean(ranked.stream().map(figure).toList());
  }

  private boolean[] where(IntPredicate condition) {
    boolean[] chosen = new boolean[films.size()];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = condition.test(i);
    }
    return chosen;
  }

  private static int count(boolean[] chosen) {
    return (int) IntStream.range(0, chosen.length).filter(i -> chosen[i]).count();
  }

  /** The figures of one finding. */
  private final class OfFinding {
    private final String finding;
    private final boolean[] present;
    private final boolean[] absent;
    private final boolean[] judged;
    private final double[] scores;
    private final boolean ranked;
    private final RankedScores ranking;
    private final Statistic precision;
    private final Statistic calibration;
    private final Supplier<Optional<Interval>> auroc;
    private final Supplier<Optional<Interval>> auprc;
    private final Supplier<Optional<Interval>> calibrationError;
    private final Supplier<Optional<Interval>> brierScore;
    private final Supplier<Optional<Interval>> notRuledOut;
    private final Supplier<Optional<Interval>> ruledOut;

    OfFinding(int index) {
      finding = findings.get(index);
      present = where(i -> films.get(i).truth().state(index) == LabelState.PRESENT);
      absent = where(i -> films.get(i).truth().state(index) == LabelState.ABSENT);
      judged = where(i -> answered[i] && (present[i] || absent[i]));
      scores = new double[films.size()];
      double[] losses = new double[films.size()];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = answered[i] ? films.get(i).probabilities().get(index) : 0;
        double distance = scores[i] - (present[i] ? 1 : 0);
        losses[i] = distance * distance;
      }
      int positives = count(where(i -> judged[i] && present[i]));
      ranked = positives > 0 && positives < count(judged);
      ranking = RankedScores.of(present, scores, judged);
      precision = new AveragePrecision(present, scores, judged);
      calibration = new CalibrationError(judged, scores, present);
      auroc = figures.ask(ranking);
      auprc = figures.ask(precision);
      calibrationError = figures.ask(calibration);
      brierScore = figures.ask(BrierScore.ofLosses(judged, losses));
      // Whether each film's set has the finding, which depends on its own probability alone.
      boolean[] inSet =
          where(
              i ->
                  answered[i]
                      && conformal.isPresent()
                      && conformal.get().mayBePresent(finding, scores[i]));
      notRuledOut =
          figures.ask(
              conformal.isEmpty()
                  ? Statistic.UNDEFINED
                  : new Proportion(where(i -> judged[i] && present[i]), inSet));
      ruledOut =
          figures.ask(
              conformal.isEmpty()
                  ? Statistic.UNDEFINED
                  : new Proportion(where(i -> judged[i] && absent[i]), where(i -> !inSet[i])));
    }

    FindingEvaluation found() {
      int known = count(judged);
      int with = count(where(i -> judged[i] && present[i]));
      return new FindingEvaluation(
          finding,
          count(present),
          count(absent),
          films.size() - count(present) - count(absent),
          known,
          known == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) with / known),
          auroc.get(),
          auprc.get(),
          calibrationError.get(),
          brierScore.get(),
          notRuledOut.get(),
          ruledOut.get());
    }
  }
}
