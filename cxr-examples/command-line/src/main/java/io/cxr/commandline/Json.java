package io.cxr.commandline;

import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.evaluation.ConfusionMatrix;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.LabelFigures;
import io.cxr.train.TrainingResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The JSON objects that the commands print, one a line. */
final class Json {
  private static final JsonMapper MAPPER = new JsonMapper();

  private Json() {}

  static String line(Map<String, ?> object) {
    return MAPPER.writeValueAsString(object);
  }

  static Map<String, Object> prediction(String file, Prediction prediction) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("file", file);
    object.put("label", prediction.top().label());
    Map<String, Double> probabilities = new LinkedHashMap<>();
    for (LabelProbability entry : prediction.probabilities()) {
      probabilities.put(entry.label(), entry.probability());
    }
    object.put("probabilities", probabilities);
    prediction
        .novelty()
        .ifPresent(novelty -> object.put("novelty", novelty(novelty.score(), novelty.threshold())));
    object.put("model", model(prediction.model()));
    object.put("notice", prediction.notice());
    return object;
  }

  /** How unlike the training images; a figure that is no number is left out. */
  private static Map<String, Object> novelty(double score, double threshold) {
    Map<String, Object> object = new LinkedHashMap<>();
    if (Double.isFinite(score)) {
      object.put("score", score);
    }
    if (Double.isFinite(threshold)) {
      object.put("threshold", threshold);
    }
    return object;
  }

  /** The reason is a code that programs can tell apart; only refused radiographs have one. */
  static Map<String, Object> failure(String file, Exception failure) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("file", file);
    if (failure instanceof UnsupportedRadiographException refusal) {
      object.put("reason", refusal.reason().name());
      if (refusal.novelty().isPresent()) {
        object.put(
            "novelty",
            novelty(
                refusal.novelty().getAsDouble(), refusal.noveltyThreshold().orElse(Double.NaN)));
      }
    }
    object.put("error", Cxr.reason(failure));
    return object;
  }

  static Map<String, Object> model(ModelIdentity model) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", model.name());
    object.put("version", model.version());
    object.put("sha256", model.sha256());
    return object;
  }

  /** A figure with its 95 % interval. */
  static Map<String, Object> interval(Interval interval) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("value", interval.value());
    object.put("low", interval.low());
    object.put("high", interval.high());
    return object;
  }

  /** The same, or null where the figure is not defined. */
  static @Nullable Map<String, Object> interval(Optional<Interval> interval) {
    return interval.map(Json::interval).orElse(null);
  }

  static Map<String, Object> report(ClassificationReport report) {
    Map<String, Object> object = new LinkedHashMap<>();
    ConfusionMatrix confusion = report.confusion();
    List<String> labels = confusion.labels();
    object.put("n", confusion.total());
    object.put("accuracy", report.accuracy());
    report.auroc().ifPresent(area -> object.put("auroc", area));
    object.put("labels", labels);
    object.put("confusion", confusion.rows());
    Map<String, Object> classes = new LinkedHashMap<>();
    for (String label : labels) {
      LabelFigures figures = report.figures(label);
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("n", figures.support());
      entry.put("precision", figures.precision());
      entry.put("sensitivity", figures.recall());
      entry.put("specificity", figures.specificity());
      entry.put("f1", figures.f1());
      figures.auroc().ifPresent(area -> entry.put("auroc", area));
      classes.put(label, entry);
    }
    object.put("classes", classes);
    return object;
  }

  static Map<String, Object> training(TrainingResult result) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", result.model().toString());
    object.put("bestEpoch", result.bestEpoch());
    object.put("epochs", result.history().epochs().size());
    object.put("validation", report(result.validation()));
    object.put("notice", result.card().notice());
    return object;
  }
}
