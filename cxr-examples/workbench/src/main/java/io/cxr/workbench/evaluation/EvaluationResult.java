package io.cxr.workbench.evaluation;

import io.cxr.dataset.LabelState;
import io.cxr.evaluation.CalibrationCurve;
import io.cxr.evaluation.ConfusionMatrix;
import io.cxr.evaluation.Evaluation;
import io.cxr.evaluation.EvaluationBuilder;
import io.cxr.evaluation.FindingEvaluation;
import io.cxr.evaluation.FindingsEvaluation;
import io.cxr.evaluation.FindingsEvaluationBuilder;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.LabelEvaluation;
import io.cxr.evaluation.RocCurve;
import io.cxr.evaluation.ThresholdEvaluation;
import io.cxr.model.ModelCard;
import io.cxr.model.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The figures of an evaluation as pages see them. All come from {@link io.cxr.evaluation}; here
 * they are only asked for and named. A metric that is not defined on the films is null.
 */
final class EvaluationResult {
  /** More points than a plot has pixels are of no use. */
  private static final int MOST_POINTS = 1000;

  private static final String PRESENT = "present";
  private static final String ABSENT = "absent";

  private EvaluationResult() {}

  /** The figures of a model's answers for some films. */
  static Map<String, @Nullable Object> of(ModelCard card, List<EvaluatedFilm> films) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Task task = card.task();
    json.put("task", task.kind() == Task.Kind.FINDINGS ? "findings" : "exclusive");
    json.put("labels", card.labels());
    List<Object> items = new ArrayList<>();
    for (int n = 0; n < films.size(); n++) {
      items.add(films.get(n).toJson(n, task));
    }
    json.put("items", items);
    if (task instanceof Task.Findings findings) {
      findings(json, card, findings, films);
    } else {
      exclusive(json, card, films);
    }
    return json;
  }

  private static void exclusive(
      Map<String, @Nullable Object> json, ModelCard card, List<EvaluatedFilm> films) {
    EvaluationBuilder builder = Evaluation.builder(card.labels()).thresholds(card.thresholds());
    card.conformal().ifPresent(builder::conformal);
    for (EvaluatedFilm each : films) {
      Optional<String> patient = each.film().patient();
      String truth = each.film().label();
      each.answer()
          .ifPresentOrElse(
              answer -> builder.answered(each.file(), patient, truth, answer),
              () -> builder.refused(each.file(), patient, truth, each.code()));
    }
    Evaluation of = builder.build();
    counts(json, of.images(), of.answered(), of.refusals(), of.groups(), of.ofKnownPatients());
    json.put("coverage", interval(of.coverage()));
    json.put("accuracy", interval(of.accuracy()));
    json.put("accuracyOfAll", interval(of.accuracyOfAll()));
    json.put("balancedAccuracy", interval(of.balancedAccuracy()));
    json.put("auroc", interval(of.auroc()));
    json.put("brierScore", interval(of.brierScore()));
    json.put("confusion", of.confusion().rows());
    List<Object> perLabel = new ArrayList<>();
    of.byLabel().forEach(label -> perLabel.add(label(label)));
    json.put("perLabel", perLabel);
    json.put("thresholds", of.byThreshold().stream().map(EvaluationResult::threshold).toList());
    Map<String, Object> roc = new LinkedHashMap<>();
    for (String label : card.labels()) {
      curve(films, label, each -> Optional.of(each.film().label().equals(label)))
          .ifPresent(points -> roc.put(label, points));
    }
    json.put("roc", roc);
    reliability(json, card.labels(), films);
    json.put("ece", interval(of.calibrationError()));
  }

  private static void findings(
      Map<String, @Nullable Object> json,
      ModelCard card,
      Task.Findings task,
      List<EvaluatedFilm> films) {
    FindingsEvaluationBuilder builder =
        FindingsEvaluation.builder(task).thresholds(card.thresholds());
    card.conformal().ifPresent(builder::conformal);
    for (EvaluatedFilm each : films) {
      Optional<String> patient = each.film().patient();
      each.answer()
          .ifPresentOrElse(
              answer -> builder.answered(each.file(), patient, each.film().findings(), answer),
              () -> builder.refused(each.file(), patient, each.film().findings(), each.code()));
    }
    FindingsEvaluation of = builder.build();
    counts(json, of.images(), of.answered(), of.refusals(), of.groups(), of.ofKnownPatients());
    json.put("coverage", interval(of.coverage()));
    json.put("accuracy", null);
    json.put("auroc", interval(of.auroc()));
    json.put("auprc", interval(of.auprc()));
    // Findings do not exclude each other: each has a matrix of its own.
    json.put("confusion", List.of());
    List<Object> perLabel = new ArrayList<>();
    for (FindingEvaluation finding : of.byFinding()) {
      perLabel.add(finding(finding, of.byThreshold(), films));
    }
    json.put("perLabel", perLabel);
    json.put("thresholds", of.byThreshold().stream().map(EvaluationResult::threshold).toList());
    Map<String, Object> roc = new LinkedHashMap<>();
    for (String finding : task.labels()) {
      curve(films, finding, each -> known(each, finding))
          .ifPresent(points -> roc.put(finding, points));
    }
    json.put("roc", roc);
    json.put("reliability", List.of());
    json.put("ece", interval(of.calibrationError()));
  }

  /** Whether a film has a finding; empty where that is not known. */
  private static Optional<Boolean> known(EvaluatedFilm film, String finding) {
    LabelState state = film.film().findings().state(finding);
    return !state.isKnown() ? Optional.empty() : Optional.of(state == LabelState.PRESENT);
  }

  private static void counts(
      Map<String, @Nullable Object> json,
      int images,
      int answered,
      Map<String, Integer> refusals,
      int groups,
      int ofKnownPatients) {
    json.put("images", images);
    json.put("answered", answered);
    json.put("refusals", refusals);
    json.put("patients", ofKnownPatients == 0 ? null : groups);
  }

  private static Map<String, @Nullable Object> label(LabelEvaluation of) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("label", of.label());
    json.put("images", of.images());
    json.put("answered", of.answered());
    json.put("refusals", of.refusals());
    json.put("auroc", interval(of.auroc()));
    json.put("sensitivity", interval(of.sensitivity()));
    json.put("sensitivityOfAll", interval(of.sensitivityOfAll()));
    json.put("specificity", interval(of.specificity()));
    json.put("specificityOfAll", interval(of.specificityOfAll()));
    json.put("precision", interval(of.precision()));
    json.put("f1", interval(of.f1()));
    return json;
  }

  private static Map<String, @Nullable Object> finding(
      FindingEvaluation of, List<ThresholdEvaluation> thresholds, List<EvaluatedFilm> films) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("label", of.finding());
    json.put("images", of.present());
    json.put(PRESENT, of.present());
    json.put(ABSENT, of.absent());
    json.put("unknown", of.unknown());
    json.put("answered", of.answered());
    json.put("auroc", interval(of.auroc()));
    json.put("auprc", interval(of.auprc()));
    json.put("ece", interval(of.calibrationError()));
    json.put("brierScore", interval(of.brierScore()));
    Optional<ThresholdEvaluation> first =
        thresholds.stream()
            .filter(each -> each.threshold().label().equals(of.finding()))
            .findFirst();
    json.put("sensitivity", interval(first.flatMap(ThresholdEvaluation::sensitivity)));
    json.put("specificity", interval(first.flatMap(ThresholdEvaluation::specificity)));
    json.put("threshold", first.map(each -> each.threshold().threshold()).orElse(null));
    json.put(
        "confusion",
        first
            .map(each -> confusion(of.finding(), each.threshold().threshold(), films).rows())
            .orElse(null));
    return json;
  }

  /** Present and absent, by truth and by whether the probability reaches the threshold. */
  private static ConfusionMatrix confusion(
      String finding, double threshold, List<EvaluatedFilm> films) {
    List<String> truth = new ArrayList<>();
    List<String> predicted = new ArrayList<>();
    for (EvaluatedFilm each : films) {
      Optional<Boolean> present = known(each, finding);
      if (present.isPresent() && each.answer().isPresent()) {
        truth.add(present.get() ? PRESENT : ABSENT);
        predicted.add(each.answer().get().probability(finding) >= threshold ? PRESENT : ABSENT);
      }
    }
    return ConfusionMatrix.of(List.of(PRESENT, ABSENT), truth, predicted);
  }

  private static Map<String, @Nullable Object> threshold(ThresholdEvaluation of) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    double target = of.threshold().target();
    json.put("label", of.threshold().label());
    json.put("aim", of.threshold().aim().name().toLowerCase(Locale.ROOT));
    json.put("target", Double.isNaN(target) ? null : target);
    json.put("threshold", of.threshold().threshold());
    json.put("sensitivity", interval(of.sensitivity()));
    json.put("specificity", interval(of.specificity()));
    return json;
  }

  /** Whether a film has a label, where that is known. */
  private interface Truth {
    Optional<Boolean> of(EvaluatedFilm film);
  }

  /** The points {@code [false positive rate, true positive rate, threshold]} of a curve. */
  private static Optional<List<List<@Nullable Double>>> curve(
      List<EvaluatedFilm> films, String label, Truth truth) {
    List<EvaluatedFilm> counted =
        films.stream()
            .filter(each -> each.answer().isPresent() && truth.of(each).isPresent())
            .toList();
    boolean[] positive = new boolean[counted.size()];
    double[] scores = new double[counted.size()];
    for (int i = 0; i < positive.length; i++) {
      positive[i] = truth.of(counted.get(i)).orElseThrow();
      scores[i] = counted.get(i).answer().orElseThrow().probability(label);
    }
    return RocCurve.of(positive, scores).map(EvaluationResult::points);
  }

  private static List<List<@Nullable Double>> points(RocCurve curve) {
    List<RocCurve.Point> all = curve.points();
    int kept = Math.min(all.size(), MOST_POINTS);
    List<List<@Nullable Double>> points = new ArrayList<>();
    for (int i = 0; i < kept; i++) {
      // Both ends, and evenly between them.
      RocCurve.Point point = all.get((int) ((long) i * (all.size() - 1) / Math.max(1, kept - 1)));
      List<@Nullable Double> values = new ArrayList<>();
      values.add(point.falsePositiveRate());
      values.add(point.truePositiveRate());
      // JSON has no infinity, the threshold that nothing reaches.
      values.add(Double.isInfinite(point.threshold()) ? null : point.threshold());
      points.add(values);
    }
    return points;
  }

  private static void reliability(
      Map<String, @Nullable Object> json, List<String> labels, List<EvaluatedFilm> films) {
    List<double[]> probabilities = new ArrayList<>();
    List<Integer> truth = new ArrayList<>();
    for (EvaluatedFilm each : films) {
      each.answer()
          .ifPresent(
              answer -> {
                probabilities.add(EvaluatedFilm.probabilities(answer, labels));
                truth.add(labels.indexOf(each.film().label()));
              });
    }
    List<Object> bins = new ArrayList<>();
    if (!truth.isEmpty()) {
      int[] indices = truth.stream().mapToInt(Integer::intValue).toArray();
      for (CalibrationCurve.Bin bin :
          CalibrationCurve.of(probabilities, indices, CalibrationCurve.BINS).bins()) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("low", bin.from());
        entry.put("high", bin.to());
        entry.put("count", bin.count());
        entry.put("confidence", bin.meanConfidence());
        entry.put("accuracy", bin.accuracy());
        bins.add(entry);
      }
    }
    json.put("reliability", bins);
  }

  private static @Nullable Interval interval(Optional<Interval> interval) {
    return interval.orElse(null);
  }

  private static Interval interval(Interval interval) {
    return interval;
  }
}
