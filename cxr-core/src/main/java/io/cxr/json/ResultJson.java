package io.cxr.json;

import io.cxr.Decision;
import io.cxr.DetectedView;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.LabelSet;
import io.cxr.MeasuredValue;
import io.cxr.ModelIdentity;
import io.cxr.Novelty;
import io.cxr.Prediction;
import io.cxr.error.CxrException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.Task;
import io.cxr.radiograph.PixelRegion;
import java.io.StringWriter;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The result for one radiograph as a JSON object on one line: a prediction, a prediction with its
 * heatmap, or the reason why there is none. The format is {@value #SCHEMA}, or {@value
 * #SCHEMA_OF_OTHER_TASKS} for findings and measurements, both described by {@code
 * docs/schema/cxr-result-1.schema.json}; later versions of this software may add optional
 * properties to them, and change the version if they change anything else.
 *
 * <pre>{@code
 * String line = ResultJson.of(classifier.classify(radiograph)).withFile("1.dcm").toJson();
 * }</pre>
 *
 * <p>Immutable and thread-safe. Research use only.
 */
public final class ResultJson {

  /**
   * The name and version of the format of exclusive labels and of refusals, the value of the
   * property {@code schema}.
   */
  public static final String SCHEMA = "cxr-result/1";

  /**
   * The name and version of the format of findings and measurements: another one, because it lacks
   * the label that readers of the first expect.
   */
  public static final String SCHEMA_OF_OTHER_TASKS = "cxr-result/2";

  private static final JsonFactory JSON = new JsonFactory();

  private final Content content;
  private final @Nullable String file;
  private final List<String> notes;

  /** What there is to say of the radiograph. */
  private sealed interface Content {}

  private record Answer(Prediction prediction, List<Heatmap> heatmaps) implements Content {}

  private record Failure(@Nullable String reason, String error, @Nullable Novelty novelty)
      implements Content {}

  private ResultJson(Content content, @Nullable String file, List<String> notes) {
    this.content = content;
    this.file = file;
    this.notes = notes;
  }

  /**
   * The result of a classification.
   *
   * @param prediction the prediction; its novelty is included, if known
   * @return a result without a heatmap
   */
  public static ResultJson of(Prediction prediction) {
    return of(new Answer(Objects.requireNonNull(prediction, "prediction"), List.of()));
  }

  /**
   * The result of an explained classification.
   *
   * @param explanation prediction and heatmap
   * @return a result with all values of the heatmap
   */
  public static ResultJson of(Explanation explanation) {
    return of(List.of(explanation));
  }

  /**
   * The result of a classification with the heatmaps of several labels.
   *
   * @param explanations one or more explanations of the same prediction
   * @return a result with all values of all heatmaps, in this order
   * @throws IllegalArgumentException if there is none, or they explain different predictions
   */
  public static ResultJson of(List<Explanation> explanations) {
    if (explanations.stream().map(Explanation::prediction).distinct().count() != 1) {
      throw new IllegalArgumentException(
          "Result: expected explanations of one prediction, found "
              + explanations.stream().map(Explanation::prediction).distinct().toList());
    }
    return of(
        new Answer(
            explanations.get(0).prediction(),
            explanations.stream().map(Explanation::heatmap).toList()));
  }

  /**
   * The result for a radiograph without a prediction.
   *
   * @param failure the reason why there is none; its message never contains patient data
   * @return a result with the message, and the reason's code and the novelty if the radiograph was
   *     refused
   */
  public static ResultJson of(CxrException failure) {
    String error = String.valueOf(failure.getMessage());
    if (!(failure instanceof UnsupportedRadiographException refused)) {
      return ofError(error);
    }
    Novelty novelty =
        refused.novelty().isPresent()
            ? new Novelty(
                refused.novelty().getAsDouble(),
                refused.noveltyThreshold().orElse(Double.POSITIVE_INFINITY))
            : null;
    return of(new Failure(refused.reason().name(), error, novelty));
  }

  /**
   * The result for a radiograph that failed for another reason, such as an unreadable file.
   *
   * @param error what happened, in one sentence, which must not contain patient data
   * @return a result with the message and without a reason's code
   */
  public static ResultJson ofError(String error) {
    return of(new Failure(null, Objects.requireNonNull(error, "error"), null));
  }

  private static ResultJson of(Content content) {
    return new ResultJson(content, null, List.of());
  }

  /**
   * Adds the name of the file that the result is for.
   *
   * @param name a path or name
   * @return a result with the property {@code file}
   */
  public ResultJson withFile(String name) {
    return new ResultJson(content, Objects.requireNonNull(name, "name"), notes);
  }

  /**
   * Adds remarks, such as leniencies when the file was read.
   *
   * @param remarks sentences for human readers; copied; none by default
   * @return a result with the property {@code notes} unless there are none
   */
  public ResultJson withNotes(List<String> remarks) {
    return new ResultJson(content, file, List.copyOf(remarks));
  }

  /**
   * Writes the result.
   *
   * @return one JSON object without a line break
   */
  public String toJson() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      write(json);
    }
    return text.toString();
  }

  /** The same as {@link #toJson()}. */
  @Override
  public String toString() {
    return toJson();
  }

  private String schema() {
    return content instanceof Answer answer
            && answer.prediction().task() != Task.Kind.EXCLUSIVE_LABELS
        ? SCHEMA_OF_OTHER_TASKS
        : SCHEMA;
  }

  private void write(JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("schema", schema());
    if (file != null) {
      json.writeStringProperty("file", file);
    }
    if (content instanceof Answer answer) {
      write(answer.prediction(), json);
      write(answer.prediction().novelty().orElse(null), json);
      answer.prediction().view().ifPresent(view -> write(view, json));
      write(answer.heatmaps(), json);
    } else if (content instanceof Failure failure) {
      if (failure.reason() != null) {
        json.writeStringProperty("reason", failure.reason());
      }
      json.writeStringProperty("error", failure.error());
      write(failure.novelty(), json);
    }
    if (!notes.isEmpty()) {
      json.writeArrayPropertyStart("notes");
      notes.forEach(json::writeString);
      json.writeEndArray();
    }
    json.writeStringProperty("notice", Prediction.NOTICE);
    json.writeEndObject();
  }

  private static void write(Prediction prediction, JsonGenerator json) {
    switch (prediction.task()) {
      case EXCLUSIVE_LABELS -> {
        json.writeStringProperty("label", prediction.top().label());
        writeProbabilities(prediction, json);
      }
      case FINDINGS -> {
        json.writeStringProperty("task", name(prediction.task()));
        writeProbabilities(prediction, json);
        writeDecisions(prediction, json);
      }
      case MEASUREMENTS -> {
        json.writeStringProperty("task", name(prediction.task()));
        writeMeasurements(prediction, json);
      }
    }
    prediction.labelSet().ifPresent(set -> write(set, json));
    ModelIdentity model = prediction.model();
    json.writeObjectPropertyStart("model");
    json.writeStringProperty("name", model.name());
    json.writeStringProperty("version", model.version());
    json.writeStringProperty("sha256", model.sha256());
    json.writeEndObject();
  }

  /** A constant's name in JSON. */
  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static void writeProbabilities(Prediction prediction, JsonGenerator json) {
    json.writeObjectPropertyStart("probabilities");
    for (LabelProbability entry : prediction.probabilities()) {
      json.writeNumberProperty(entry.label(), entry.probability());
    }
    json.writeEndObject();
  }

  private static void writeDecisions(Prediction prediction, JsonGenerator json) {
    if (prediction.operatingPoints().isEmpty()) {
      return;
    }
    json.writeArrayPropertyStart("decisions");
    for (OperatingThreshold point : prediction.operatingPoints()) {
      json.writeStartObject();
      json.writeStringProperty("label", point.label());
      json.writeStringProperty("aim", name(point.aim()));
      if (!Double.isNaN(point.target())) {
        json.writeNumberProperty("target", point.target());
      }
      json.writeNumberProperty("threshold", point.threshold());
      json.writeBooleanProperty(
          "positive", new Decision(point, prediction.probability(point.label())).isPositive());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeMeasurements(Prediction prediction, JsonGenerator json) {
    json.writeArrayPropertyStart("measurements");
    for (MeasuredValue measured : prediction.measurements()) {
      json.writeStartObject();
      json.writeStringProperty("name", measured.name());
      json.writeNumberProperty("value", measured.value());
      json.writeStringProperty("unit", measured.unit());
      json.writeBooleanProperty("plausible", measured.isPlausible());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void write(LabelSet set, JsonGenerator json) {
    json.writeObjectPropertyStart("labelSet");
    json.writeArrayPropertyStart("labels");
    set.labels().forEach(json::writeString);
    json.writeEndArray();
    json.writeNumberProperty("coverage", set.coverage());
    json.writeEndObject();
  }

  /** A score or threshold that is not finite is left out. */
  private static void write(@Nullable Novelty novelty, JsonGenerator json) {
    if (novelty == null) {
      return;
    }
    json.writeObjectPropertyStart("novelty");
    if (Double.isFinite(novelty.score())) {
      json.writeNumberProperty("score", novelty.score());
    }
    if (novelty.hasGate()) {
      json.writeNumberProperty("threshold", novelty.threshold());
    }
    json.writeEndObject();
  }

  private static void write(DetectedView view, JsonGenerator json) {
    json.writeObjectPropertyStart("view");
    json.writeStringProperty("name", name(view.view()));
    json.writeNumberProperty("probability", view.probability());
    json.writeEndObject();
  }

  private static void write(List<Heatmap> heatmaps, JsonGenerator json) {
    if (heatmaps.isEmpty()) {
      return;
    }
    json.writeArrayPropertyStart("heatmaps");
    for (Heatmap heatmap : heatmaps) {
      write(heatmap, json);
    }
    json.writeEndArray();
  }

  private static void write(Heatmap heatmap, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("label", heatmap.label());
    json.writeNumberProperty("rows", heatmap.rows());
    json.writeNumberProperty("columns", heatmap.columns());
    PixelRegion region = heatmap.region();
    json.writeObjectPropertyStart("region");
    json.writeNumberProperty("row", region.row());
    json.writeNumberProperty("column", region.column());
    json.writeNumberProperty("rows", region.rows());
    json.writeNumberProperty("columns", region.columns());
    json.writeEndObject();
    json.writeNumberProperty("radiographRows", heatmap.radiographRows());
    json.writeNumberProperty("radiographColumns", heatmap.radiographColumns());
    json.writeArrayPropertyStart("values");
    FloatBuffer values = heatmap.values();
    while (values.hasRemaining()) {
      json.writeNumber(values.get());
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
