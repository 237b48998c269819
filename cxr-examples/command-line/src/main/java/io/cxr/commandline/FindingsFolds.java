package io.cxr.commandline;

import static java.util.stream.Collectors.toCollection;

import io.cxr.Prediction;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.SourceFold;
import io.cxr.evaluation.Interval;
import io.cxr.train.FindingsCrossValidationReport;
import io.cxr.train.FindingsCrossValidationReport.Fold;
import io.cxr.train.FindingsCrossValidationReport.Spread;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code cxr crossvalidate} prints of findings, and which sources it leaves out for them. */
final class FindingsFolds {
  private FindingsFolds() {}

  /**
   * Folds of sources.
   *
   * @param names sources, or several of them joined by {@code +}; null for each of the images'
   *     alone
   */
  static List<SourceFold> sources(ImageSet images, @Nullable List<String> names) {
    Set<String> known =
        images.items().stream()
            .map(LabelledRadiograph::source)
            .flatMap(Optional::stream)
            .collect(toCollection(LinkedHashSet::new));
    if (known.size() < 2 || images.items().stream().anyMatch(item -> item.source().isEmpty())) {
      throw new IllegalArgumentException(
          "--group-by source: expected a source for every image, two or more in all, found "
              + (known.size() < 2 ? known : "images without")
              + ". Name the column, --columns source=NAME.");
    }
    if (names == null) {
      return known.stream().map(source -> new SourceFold(List.of(source))).toList();
    }
    return names.stream()
        .map(
            name -> {
              SourceFold fold =
                  new SourceFold(
                      known.contains(name) ? List.of(name) : List.of(name.split("\\+", -1)));
              if (!known.containsAll(fold.sources())) {
                throw new IllegalArgumentException(
                    "--hold-out: expected some of " + known + ", found " + name);
              }
              return fold;
            })
        .toList();
  }

  static String line(Fold fold) {
    return String.format(
        Locale.ROOT,
        "%s: %d films, mean AUROC %s",
        fold.name(),
        fold.evaluation().images(),
        EvaluationReport.cell(fold.evaluation().auroc()));
  }

  static String format(FindingsCrossValidationReport report) {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%s: %d folds, %s, %d films, seed %d%n",
                report.data(),
                report.folds().size(),
                report.patientsApart() ? "patients kept apart" : "patients may be on both sides",
                report.pooled().images(),
                report.seed()));
    for (Fold fold : report.folds()) {
      text.append(line(fold)).append('\n');
    }
    report
        .auroc()
        .ifPresent(
            spread ->
                text.append(
                    String.format(
                        Locale.ROOT,
                        "mean AUROC over the folds: %.4f ± %.4f%n",
                        spread.mean(),
                        spread.deviation())));
    text.append("All films, each answered by a network that had not seen it, ")
        .append(report.calibrated() ? "calibrated:\n" : "uncalibrated:\n")
        .append(
            EvaluationReport.intervals(
                report.pooled().images(),
                report.pooled().groups(),
                report.pooled().ofKnownPatients()))
        .append("\n\n");
    TaskEvaluation.byFinding(text, report.pooled());
    return text.append(Prediction.NOTICE).toString();
  }

  static Map<String, Object> json(FindingsCrossValidationReport report) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("data", report.data());
    object.put("seed", report.seed());
    object.put("patientsApart", report.patientsApart());
    object.put("calibrated", report.calibrated());
    object.put(
        "folds",
        report.folds().stream()
            .map(
                fold -> {
                  Map<String, Object> each = new LinkedHashMap<>();
                  each.put("name", fold.name());
                  each.put("images", fold.evaluation().images());
                  each.put("auroc", value(fold.evaluation().auroc()));
                  each.put("auprc", value(fold.evaluation().auprc()));
                  return each;
                })
            .toList());
    report.auroc().ifPresent(spread -> object.put("aurocOverFolds", json(spread)));
    Map<String, Object> findings = new LinkedHashMap<>();
    for (String finding : report.pooled().findings()) {
      report.auroc(finding).ifPresent(spread -> findings.put(finding, json(spread)));
    }
    object.put("aurocOverFoldsByFinding", findings);
    Map<String, Object> pooled = new LinkedHashMap<>();
    TaskEvaluation.putFigures(pooled, report.pooled());
    object.put("pooled", pooled);
    object.put("notice", Prediction.NOTICE);
    return object;
  }

  private static Map<String, Object> json(Spread spread) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("mean", spread.mean());
    // JSON has no number that is none.
    object.put("deviation", Double.isNaN(spread.deviation()) ? null : spread.deviation());
    return object;
  }

  private static @Nullable Double value(Optional<Interval> figure) {
    return figure.map(Interval::value).orElse(null);
  }
}
