package io.cxr.commandline;

import io.cxr.Prediction;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.evaluation.LabelFigures;
import io.cxr.model.FilmView;
import io.cxr.train.SourceValidation.Fold;
import io.cxr.train.SourceValidation.Refusals;
import io.cxr.train.SourceValidation.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What was found when each source was left out, as a table and as JSON. */
final class SourceTable {
  private SourceTable() {}

  /** A line a source: sensitivity of each of its labels, AUROC, and refusals. */
  static String line(Fold fold) {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%-20s %5d films", fold.source(), fold.films().shown()));
    for (LabelFigures figures : present(fold.report())) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %s %d: called so %.3f%s",
              figures.label(),
              figures.support(),
              figures.recall(),
              figures.auroc().isPresent()
                  ? String.format(Locale.ROOT, " (AUROC %.3f)", figures.auroc().getAsDouble())
                  : ""));
    }
    text.append(String.format("%n%27srefused:", ""));
    refusals(fold)
        .forEach((kind, of) -> text.append(String.format("%n%29s%s %s", "", kind, of(of))));
    return text.toString();
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

  private static List<LabelFigures> present(ClassificationReport report) {
    List<LabelFigures> present = new ArrayList<>();
    for (String label : report.labels()) {
      LabelFigures figures = report.figures(label);
      if (figures.support() > 0) {
        present.add(figures);
      }
    }
    return present;
  }

  private static Map<String, Refusals> refusals(Fold fold) {
    Map<String, Refusals> refusals = new LinkedHashMap<>();
    fold.views()
        .forEach((view, of) -> refusals.put(view == FilmView.FRONTAL ? "films" : name(view), of));
    refusals.put("strangers", fold.strangers());
    return refusals;
  }

  static Map<String, Object> json(String data, long seed, Result result) {
    List<Map<String, Object>> sources = new ArrayList<>();
    for (Fold fold : result.folds()) {
      Map<String, Object> source = new LinkedHashMap<>();
      source.put("source", fold.source());
      source.put("labels", labels(fold.report()));
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
      source.put("refused", refused);
      sources.add(source);
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("data", data);
    object.put("seed", seed);
    object.put("leftOut", sources);
    object.put("pooled", labels(result.pooled()));
    object.put("notice", Prediction.NOTICE);
    return object;
  }

  private static Map<String, Object> labels(ClassificationReport report) {
    Map<String, Object> labels = new LinkedHashMap<>();
    for (LabelFigures figures : present(report)) {
      Map<String, Object> label = new LinkedHashMap<>();
      label.put("films", figures.support());
      label.put("sensitivity", figures.recall());
      label.put("specificity", figures.specificity());
      figures.auroc().ifPresent(area -> label.put("auroc", area));
      labels.put(figures.label(), label);
    }
    return labels;
  }

  /** All films, each answered by the model that never saw its source. */
  static String pooled(Result result) {
    return String.format(
        "All films, each answered by the model that was trained without its source:%n%s",
        result.pooled().format());
  }
}
