package io.cxr.commandline;

import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.evaluation.FindingEvaluation;
import io.cxr.evaluation.FindingsEvaluation;
import io.cxr.evaluation.MeasurementEvaluation;
import io.cxr.evaluation.MeasurementsEvaluation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** What {@code cxr evaluate} prints of a model of findings or measurements. */
final class TaskEvaluation {
  private static final int WIDTH = 28;

  private TaskEvaluation() {}

  static Map<String, Object> toJson(ModelIdentity model, String data, FindingsEvaluation of) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", Json.model(model));
    object.put("data", data);
    putFigures(object, of);
    object.put("notice", Prediction.NOTICE);
    return object;
  }

  /** The members that tell of findings and their figures. */
  static void putFigures(Map<String, Object> object, FindingsEvaluation of) {
    object.put("task", "findings");
    object.put("labels", of.findings());
    object.put("intervals", EvaluationReport.jsonIntervals(of.groups(), of.ofKnownPatients()));
    object.put("images", of.images());
    object.put("answered", of.answered());
    object.put("refusals", of.refusals());
    object.put("coverage", Json.interval(of.coverage()));
    object.put("auroc", Json.interval(of.auroc()));
    object.put("auprc", Json.interval(of.auprc()));
    object.put("calibrationError", Json.interval(of.calibrationError()));
    Map<String, Object> findings = new LinkedHashMap<>();
    of.byFinding().forEach(finding -> findings.put(finding.finding(), toJson(finding)));
    object.put("byFinding", findings);
    object.put("thresholds", of.byThreshold().stream().map(EvaluationReport::figures).toList());
    of.promised().ifPresent(promised -> object.put("labelSetsPromise", promised));
  }

  private static Map<String, Object> toJson(FindingEvaluation of) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("present", of.present());
    object.put("absent", of.absent());
    object.put("unknown", of.unknown());
    object.put("answered", of.answered());
    object.put("prevalence", number(of.prevalence()));
    object.put("auroc", Json.interval(of.auroc()));
    object.put("auprc", Json.interval(of.auprc()));
    object.put("calibrationError", Json.interval(of.calibrationError()));
    object.put("brierScore", Json.interval(of.brierScore()));
    object.put("notRuledOut", Json.interval(of.notRuledOut()));
    object.put("ruledOut", Json.interval(of.ruledOut()));
    return object;
  }

  private static @Nullable Double number(OptionalDouble number) {
    return number.isPresent() ? number.getAsDouble() : null;
  }

  static String format(ModelIdentity model, String data, FindingsEvaluation of) {
    StringBuilder text =
        EvaluationReport.heading(model, data, of.images(), of.answered(), of.refusals());
    text.append(EvaluationReport.intervals(of.images(), of.groups(), of.ofKnownPatients()))
        .append("\n\n");
    int width = byFinding(text, of);
    EvaluationReport.byThreshold(text, of.byThreshold());
    if (of.promised().isPresent()) {
      text.append(
          String.format(
              Locale.ROOT,
              "\nLabel sets of the card, %.0f %% of present findings kept among other patients of"
                  + " its hospitals:\n",
              100 * of.promised().get()));
      EvaluationReport.row(text, width, "", List.of("present and kept", "absent and ruled out"));
      for (FindingEvaluation finding : of.byFinding()) {
        EvaluationReport.row(
            text,
            width,
            finding.finding(),
            List.of(
                EvaluationReport.cell(finding.notRuledOut()),
                EvaluationReport.cell(finding.ruledOut())));
      }
    }
    return text.append('\n').append(Prediction.NOTICE).toString();
  }

  /** A table with a row a finding; returns how wide its first column is. */
  static int byFinding(StringBuilder text, FindingsEvaluation of) {
    int width = WIDTH;
    for (String finding : of.findings()) {
      width = Math.max(width, finding.length());
    }
    EvaluationReport.row(
        text,
        width,
        "",
        List.of("AUROC", "AUPRC", "prevalence", "calibration error", "films with/without"));
    EvaluationReport.row(
        text,
        width,
        "mean of the findings",
        List.of(
            EvaluationReport.cell(of.auroc()),
            EvaluationReport.cell(of.auprc()),
            "",
            EvaluationReport.cell(of.calibrationError())));
    for (FindingEvaluation finding : of.byFinding()) {
      EvaluationReport.row(
          text,
          width,
          finding.finding(),
          List.of(
              EvaluationReport.cell(finding.auroc()),
              EvaluationReport.cell(finding.auprc()),
              finding.prevalence().isPresent()
                  ? String.format(Locale.ROOT, "%.3f", finding.prevalence().getAsDouble())
                  : "-",
              EvaluationReport.cell(finding.calibrationError()),
              finding.present()
                  + "/"
                  + finding.absent()
                  + (finding.unknown() == 0 ? "" : ", " + finding.unknown() + " unknown")));
    }
    return width;
  }

  static Map<String, Object> toJson(ModelIdentity model, String data, MeasurementsEvaluation of) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", Json.model(model));
    object.put("data", data);
    object.put("task", "measurements");
    object.put("intervals", EvaluationReport.jsonIntervals(of.groups(), of.ofKnownPatients()));
    object.put("images", of.images());
    object.put("answered", of.answered());
    object.put("refusals", of.refusals());
    object.put("coverage", Json.interval(of.coverage()));
    Map<String, Object> measurements = new LinkedHashMap<>();
    for (MeasurementEvaluation each : of.byMeasurement()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("unit", each.measurement().unit());
      entry.put("films", each.films());
      entry.put("unknown", each.unknown());
      entry.put("implausible", each.implausible());
      entry.put("meanAbsoluteError", Json.interval(each.meanAbsoluteError()));
      entry.put("bias", Json.interval(each.bias()));
      entry.put("lowerLimit", Json.interval(each.lowerLimit()));
      entry.put("upperLimit", Json.interval(each.upperLimit()));
      entry.put("pearson", Json.interval(each.pearson()));
      entry.put("spearman", Json.interval(each.spearman()));
      measurements.put(each.measurement().name(), entry);
    }
    object.put("byMeasurement", measurements);
    object.put("notice", Prediction.NOTICE);
    return object;
  }

  static String format(ModelIdentity model, String data, MeasurementsEvaluation of) {
    StringBuilder text =
        EvaluationReport.heading(model, data, of.images(), of.answered(), of.refusals());
    text.append(EvaluationReport.intervals(of.images(), of.groups(), of.ofKnownPatients()))
        .append('\n');
    for (MeasurementEvaluation each : of.byMeasurement()) {
      text.append(
          String.format(
              Locale.ROOT,
              "\n%s, in %s: %d films%s%s\n",
              each.measurement().name(),
              each.measurement().unit(),
              each.films(),
              each.unknown() == 0 ? "" : ", " + each.unknown() + " of unknown value",
              each.implausible() == 0 ? "" : ", " + each.implausible() + " implausible answers"));
      row(text, "mean absolute error", EvaluationReport.cell(each.meanAbsoluteError()));
      row(text, "bias, measured less true", EvaluationReport.cell(each.bias()));
      row(text, "lower limit of agreement", EvaluationReport.cell(each.lowerLimit()));
      row(text, "upper limit of agreement", EvaluationReport.cell(each.upperLimit()));
      row(text, "Pearson's correlation", EvaluationReport.cell(each.pearson()));
      row(text, "Spearman's correlation", EvaluationReport.cell(each.spearman()));
    }
    return text.append('\n').append(Prediction.NOTICE).toString();
  }

  private static void row(StringBuilder text, String name, String cell) {
    EvaluationReport.row(text, WIDTH, name, List.of(cell));
  }
}
