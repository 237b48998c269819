package io.cxr.commandline;

import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.error.CxrException;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.evaluation.ConfusionMatrix;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.LabelFigures;
import io.cxr.json.ResultJson;
import io.cxr.model.SubsetFigures;
import io.cxr.train.TrainingResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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

  static String prediction(String file, Prediction prediction, List<String> notes) {
    return ResultJson.of(prediction).withFile(file).withNotes(notes).toJson();
  }

  static String failure(String file, Exception failure) {
    ResultJson result =
        failure instanceof CxrException ours
            ? ResultJson.of(ours)
            : ResultJson.ofError(Cxr.reason(failure));
    return result.withFile(file).toJson();
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
    result.report().ifPresent(validation -> object.put("validation", report(validation)));
    result.test().ifPresent(test -> object.put("test", report(test)));
    List<Map<String, Object>> figures = new ArrayList<>();
    for (SubsetFigures of : result.card().figures()) {
      Map<String, Object> subset = new LinkedHashMap<>();
      subset.put("subset", of.subset().name().toLowerCase(Locale.ROOT));
      subset.put("images", of.images());
      subset.put("patients", of.patients());
      subset.put("filesSha256", of.filesSha256());
      Map<String, Object> metrics = new LinkedHashMap<>();
      of.metrics()
          .forEach(
              (name, one) ->
                  metrics.put(name, interval(new Interval(one.value(), one.low(), one.high()))));
      subset.put("metrics", metrics);
      figures.add(subset);
    }
    object.put("figures", figures);
    object.put("notice", Prediction.NOTICE);
    return object;
  }
}
