package io.cxr.workbench.training;

import io.cxr.train.TrainingHistory;
import io.cxr.workbench.http.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One line of JSON that a {@link TrainingProcess} says of itself. What a line leaves out has not
 * changed.
 *
 * @param stage what it is doing, or null
 * @param epoch the epoch it is in, from 1, or null
 * @param epochs the most epochs, or null
 * @param etaSeconds how long it takes at most from now, or null where that is not known
 * @param figures an epoch that is over, or null
 * @param images how many images it learns from, or null
 * @param warning a sentence for the user, or null
 * @param end how it ended, or null
 * @param error why it failed, or null
 */
record TrainingMessage(
    @Nullable String stage,
    @Nullable Integer epoch,
    @Nullable Integer epochs,
    @Nullable Double etaSeconds,
    TrainingHistory.@Nullable Epoch figures,
    @Nullable Integer images,
    @Nullable String warning,
    @Nullable End end,
    @Nullable String error) {

  /** How a training ended that ended by itself. */
  enum End {
    DONE,
    STOPPED,
    FAILED
  }

  static TrainingMessage stage(String stage, @Nullable Double etaSeconds) {
    return new TrainingMessage(stage, null, null, etaSeconds, null, null, null, null, null);
  }

  static TrainingMessage images(int images) {
    return new TrainingMessage(null, null, null, null, null, images, null, null, null);
  }

  static TrainingMessage step(String stage, int epoch, int epochs, double etaSeconds) {
    return new TrainingMessage(stage, epoch, epochs, etaSeconds, null, null, null, null, null);
  }

  static TrainingMessage epoch(TrainingHistory.Epoch figures, int epochs) {
    return new TrainingMessage(
        null, figures.epoch(), epochs, null, figures, null, null, null, null);
  }

  static TrainingMessage warning(String sentence) {
    return new TrainingMessage(null, null, null, null, null, null, sentence, null, null);
  }

  static TrainingMessage end(End end, @Nullable String error) {
    return new TrainingMessage(null, null, null, null, null, null, null, end, error);
  }

  /** The line, without its end. */
  String toLine() {
    Map<String, Object> object = new LinkedHashMap<>();
    put(object, "stage", stage);
    put(object, "epoch", epoch);
    put(object, "epochs", epochs);
    put(object, "etaSeconds", etaSeconds);
    put(object, "figures", figures);
    put(object, "images", images);
    put(object, "warning", warning);
    put(object, "end", end);
    put(object, "error", error);
    return Json.mapper().writeValueAsString(object);
  }

  private static void put(Map<String, Object> object, String name, @Nullable Object value) {
    if (value != null) {
      object.put(name, value);
    }
  }

  /** A line that was read; empty for one that is none, such as what a native library prints. */
  static Optional<TrainingMessage> read(String line) {
    try {
      JsonNode object = Json.mapper().readTree(line);
      if (object == null || !object.isObject()) {
        return Optional.empty();
      }
      JsonNode figures = object.get("figures");
      String end = text(object, "end");
      return Optional.of(
          new TrainingMessage(
              text(object, "stage"),
              number(object, "epoch"),
              number(object, "epochs"),
              object.has("etaSeconds") ? object.get("etaSeconds").asDouble() : null,
              figures == null
                  ? null
                  : TrainingHistory.fromJson("{\"epochs\":[" + figures + "]}").epochs().get(0),
              number(object, "images"),
              text(object, "warning"),
              end == null ? null : End.valueOf(end),
              text(object, "error")));
    } catch (JacksonException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static @Nullable String text(JsonNode object, String name) {
    JsonNode value = object.get(name);
    return value == null ? null : value.asString();
  }

  private static @Nullable Integer number(JsonNode object, String name) {
    JsonNode value = object.get(name);
    return value == null ? null : value.asInt();
  }
}
