package io.cxr.workbench.evaluation;

import io.cxr.workbench.queue.QueuedJob;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An evaluation that a user asked for, without its figures.
 *
 * @param id 22 characters of an address, random
 * @param owner the user
 * @param created when it was asked for
 * @param model the model's id
 * @param modelName its name and version
 * @param data the data set's id
 * @param dataName its name
 * @param state where it is
 * @param done how many films were asked about
 * @param total how many there are; 0 before that is known
 * @param error why it failed, or null
 */
public record EvaluationHead(
    String id,
    String owner,
    Instant created,
    String model,
    String modelName,
    String data,
    String dataName,
    State state,
    int done,
    int total,
    @Nullable String error)
    implements QueuedJob {

  /** Where an evaluation is. */
  public enum State {
    /** It waits for those before it. */
    QUEUED,
    /** Films are being asked about. */
    RUNNING,
    /** Its figures are there. */
    DONE,
    /** It has none. */
    FAILED
  }

  EvaluationHead with(State now, @Nullable String why) {
    return new EvaluationHead(
        id, owner, created, model, modelName, data, dataName, now, done, total, why);
  }

  EvaluationHead at(int films, int all) {
    return new EvaluationHead(
        id, owner, created, model, modelName, data, dataName, state, films, all, error);
  }

  /**
   * As pages see it.
   *
   * @return written as JSON
   */
  Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("created", created.toString());
    json.put("model", model);
    json.put("modelName", modelName);
    json.put("data", data);
    json.put("dataName", dataName);
    json.put("state", state.name().toLowerCase(Locale.ROOT));
    json.put("done", done);
    json.put("total", total);
    json.put("error", error);
    return json;
  }
}
