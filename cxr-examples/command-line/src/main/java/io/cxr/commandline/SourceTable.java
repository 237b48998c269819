package io.cxr.commandline;

import io.cxr.Prediction;
import io.cxr.dataset.SourceCounts;
import io.cxr.evaluation.Evaluation;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.LabelEvaluation;
import io.cxr.evaluation.LabelPair;
import io.cxr.evaluation.ThresholdEvaluation;
import io.cxr.model.FilmView;
import io.cxr.train.SourceValidation.Figures;
import io.cxr.train.SourceValidation.Fold;
import io.cxr.train.SourceValidation.Refusals;
import io.cxr.train.SourceValidation.Result;
import io.cxr.train.SourceValidation.Summary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What was found when sources were left out, as a table and as JSON. */
final class SourceTable {
  private SourceTable() {}

  /** How many films there are, and how far the source tells the label. */
  static String confounding(SourceCounts counts) {
    return String.format(
        Locale.ROOT,
        "Films of %s.%nLabel and source: Cramer's V %.2f, and the source explains %.0f %% of the"
            + " label's entropy (0: they are independent; 1 and 100 %%: the source tells the"
            + " label).",
        counts.sources().stream()
            .map(source -> source + ": " + films(counts, source))
            .collect(Collectors.joining("; ")),
        counts.cramersV(),
        100 * counts.explained());
  }

  private static String films(SourceCounts counts, String source) {
    return counts.labels().stream()
        .filter(label -> counts.count(source, label) > 0)
        .map(label -> counts.count(source, label) + " " + label)
        .collect(Collectors.joining(", "));
  }

  /** A fold, as soon as it is known. */
  static String fold(Fold fold) {
    StringBuilder text = new StringBuilder();
    Evaluation outside = fold.outside().evaluation();
    text.append(
        String.format(
            Locale.ROOT,
            "%n%s: %d films of %d patients; trained on %d films, chosen on %d%s%n",
            fold.sources().name(),
            outside.images(),
            outside.groups(),
            fold.training(),
            fold.validation(),
            fold.shared() == 0
                ? ""
                : ", without " + fold.shared() + " whose patient or copy is in this fold"));
    row(text, "coverage", Optional.of(outside.coverage()));
    Map<String, Interval> open = new LinkedHashMap<>();
    fold.outside().pairsOfAll().forEach(pair -> open.put(name(pair), pair.auroc()));
    for (LabelPair pair : fold.outside().pairs()) {
      row(
          text,
          name(pair),
          Optional.of(pair.auroc()),
          "gate open",
          Optional.ofNullable(open.get(name(pair))));
    }
    labels(text, outside);
    for (ThresholdEvaluation point : outside.byThreshold()) {
      if (point.sensitivity().isPresent() || point.specificity().isPresent()) {
        row(text, name(point) + ": sensitivity", point.sensitivity());
        row(text, "specificity", point.specificity());
      }
    }
    row(text, "calibration error outside", outside.calibrationError());
    row(text, "calibration error inside", fold.inside().evaluation().calibrationError());
    labelSets(text, outside);
    fold.inside()
        .pairs()
        .forEach(pair -> row(text, name(pair) + " inside", Optional.of(pair.auroc())));
    if (fold.bySource().size() > 1) {
      fold.bySource()
          .forEach(
              (source, figures) -> {
                text.append(String.format("  %s%n", source));
                row(text, "coverage", Optional.of(figures.evaluation().coverage()));
                figures.pairs().forEach(pair -> row(text, name(pair), Optional.of(pair.auroc())));
                labels(text, figures.evaluation());
                row(text, "calibration error", figures.evaluation().calibrationError());
                labelSets(text, figures.evaluation());
              });
    }
    text.append("  refused:");
    refusals(fold)
        .forEach((kind, of) -> text.append(String.format("%n%29s%s %s", "", kind, of(of))));
    return text.toString();
  }

  private static void labels(StringBuilder text, Evaluation evaluation) {
    for (LabelEvaluation label : evaluation.byLabel()) {
      if (label.images() > 0) {
        row(text, label.label() + " (" + label.images() + ") called so", label.sensitivity());
      }
    }
  }

  private static void labelSets(StringBuilder text, Evaluation evaluation) {
    evaluation
        .labelSets()
        .ifPresent(
            sets -> {
              row(
                  text,
                  String.format(
                      Locale.ROOT, "label sets hold the label (promised %.2f)", sets.promised()),
                  sets.coverage());
              sets.coverageOf()
                  .forEach(
                      (label, coverage) -> {
                        if (coverage.isPresent()) {
                          row(text, "that of " + label, coverage);
                        }
                      });
              row(text, "labels in a set", sets.size());
            });
  }

  private static String name(LabelPair pair) {
    return "AUROC " + pair.first() + " / " + pair.second();
  }

  private static String name(ThresholdEvaluation point) {
    return String.format(
        Locale.ROOT,
        "%s at %s %.2f",
        point.threshold().label(),
        point.threshold().aim().name().toLowerCase(Locale.ROOT),
        point.threshold().target());
  }

  private static void row(StringBuilder text, String name, Optional<Interval> interval) {
    text.append(String.format(Locale.ROOT, "  %48s  %s%n", name, cell(interval)));
  }

  private static void row(
      StringBuilder text,
      String name,
      Optional<Interval> interval,
      String other,
      Optional<Interval> second) {
    text.append(
        String.format(
            Locale.ROOT, "  %48s  %s, %s %s%n", name, cell(interval), other, cell(second)));
  }

  private static String cell(Optional<Interval> interval) {
    return interval
        .map(
            found ->
                String.format(
                    Locale.ROOT, "%.3f (%.3f-%.3f)", found.value(), found.low(), found.high()))
        .orElse("-");
  }

  /** Such as {@code 98 of 100 (MIRRORED 3, UPSIDE_DOWN 95)}. */
  private static String of(Refusals refusals) {
    String counts = refusals.refused() + " of " + refusals.shown();
    return refusals.reasons().isEmpty()
        ? counts
        : refusals.reasons().entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", ", counts + " (", ")"));
  }

  private static String name(FilmView view) {
    return view.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Map<String, Refusals> refusals(Fold fold) {
    Map<String, Refusals> refusals = new LinkedHashMap<>();
    fold.views()
        .forEach((view, of) -> refusals.put(view == FilmView.FRONTAL ? "films" : name(view), of));
    refusals.put("strangers", fold.strangers());
    return refusals;
  }

  /** The mean and the worst of each metric, and the figures of all films together. */
  static String summary(Result result) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            "%nOver %d folds, each counting the same (95 %% intervals above resample patients):%n",
            result.folds().size()));
    for (Summary row : result.summary()) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %48s  mean %.3f, worst %.3f (%s)%s%n",
              row.metric(),
              row.mean(),
              row.worst(),
              row.worstFold(),
              row.folds() == result.folds().size() ? "" : ", of " + row.folds() + " folds"));
    }
    text.append(confounding(result.counts()));
    text.append(
        String.format(
            "%n%nAll films, each answered by models that were trained without its source:%n%s",
            result.pooled().format()));
    return text.toString();
  }

  static Map<String, Object> json(String data, long seed, Result result) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("data", data);
    object.put("seed", seed);
    SourceCounts counts = result.counts();
    Map<String, Object> sources = new LinkedHashMap<>();
    for (String source : counts.sources()) {
      Map<String, Object> ofSource = new LinkedHashMap<>();
      counts.labels().forEach(label -> ofSource.put(label, counts.count(source, label)));
      sources.put(source, ofSource);
    }
    object.put("sources", sources);
    object.put(
        "labelAndSource",
        Map.of("cramersV", counts.cramersV(), "explainedEntropy", counts.explained()));
    List<Map<String, Object>> folds = new ArrayList<>();
    result.folds().forEach(fold -> folds.add(json(fold)));
    object.put("leftOut", folds);
    List<Map<String, Object>> summary = new ArrayList<>();
    for (Summary row : result.summary()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("metric", row.metric());
      entry.put("folds", row.folds());
      entry.put("mean", row.mean());
      entry.put("worst", row.worst());
      entry.put("worstFold", row.worstFold());
      summary.add(entry);
    }
    object.put("summary", summary);
    object.put("pooled", Json.report(result.pooled()));
    object.put("notice", Prediction.NOTICE);
    return object;
  }

  private static Map<String, Object> json(Fold fold) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("sources", fold.sources().sources());
    object.put("trainingFilms", fold.training());
    object.put("validationFilms", fold.validation());
    object.put("leftOutForPatientOrCopy", fold.shared());
    object.put("outside", json(fold.outside()));
    Map<String, Object> bySource = new LinkedHashMap<>();
    fold.bySource().forEach((source, figures) -> bySource.put(source, json(figures)));
    object.put("bySource", bySource);
    object.put("inside", json(fold.inside()));
    Map<String, Object> refused = new LinkedHashMap<>();
    refusals(fold)
        .forEach(
            (kind, of) -> {
              Map<String, Object> counts = new LinkedHashMap<>();
              counts.put("shown", of.shown());
              counts.put("refused", of.refused());
              Map<String, Object> reasons = new LinkedHashMap<>();
              of.reasons().forEach((reason, count) -> reasons.put(reason.name(), count));
              counts.put("reasons", reasons);
              refused.put(kind, counts);
            });
    object.put("refused", refused);
    return object;
  }

  private static Map<String, Object> json(Figures figures) {
    Map<String, Object> object = EvaluationReport.figures(figures.evaluation(), "");
    object.put("groups", figures.evaluation().groups());
    object.put("pairs", pairs(figures.pairs()));
    object.put("pairsOfAll", pairs(figures.pairsOfAll()));
    return object;
  }

  private static List<Map<String, Object>> pairs(List<LabelPair> pairs) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (LabelPair pair : pairs) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("labels", List.of(pair.first(), pair.second()));
      entry.put("images", List.of(pair.firstImages(), pair.secondImages()));
      entry.put("auroc", Json.interval(pair.auroc()));
      list.add(entry);
    }
    return list;
  }
}
