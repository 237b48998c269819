package io.cxr.workbench.cases;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.util.RawValue;

/**
 * What a model said of a case.
 *
 * @param state how far it is
 * @param result {@code ResultJson} without heatmaps, or null
 * @param decisions JSON of {@code [{id,label,positive}]}, one for each operating point, or null
 * @param reason the code of a refusal, or null
 * @param error what failed or why it was refused, or null
 * @param topLabel the most probable label, or null
 * @param topProbability its probability, or null
 * @param seconds that it took, decoding included, or null
 */
public record Answer(
    State state,
    @Nullable String result,
    @Nullable String decisions,
    @Nullable String reason,
    @Nullable String error,
    @Nullable String topLabel,
    @Nullable Double topProbability,
    @Nullable Double seconds) {

  /** How far an answer is. */
  public enum State {
    /** It waits. */
    QUEUED,
    /** The model is at it. */
    RUNNING,
    /** There is a result. */
    DONE,
    /** The film was refused, for a reason. */
    REFUSED,
    /** The file could not be read or the model failed. */
    FAILED;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static final Answer QUEUED = new Answer(State.QUEUED, null, null, null, null, null, null, null);

  /** As pages see it. */
  record Json(
      String state,
      @Nullable RawValue result,
      @Nullable RawValue decisions,
      @Nullable String reason,
      @Nullable String error,
      @Nullable Top top,
      @Nullable Double seconds) {}

  /** The most probable label. */
  record Top(String label, @Nullable Double probability) {}

  Json toJson() {
    return new Json(
        state.word(),
        result == null ? null : new RawValue(result),
        decisions == null ? null : new RawValue(decisions),
        reason,
        error,
        topLabel == null ? null : new Top(topLabel, topProbability),
        seconds);
  }
}
