package io.cxr.workbench.training;

import io.cxr.train.TrainingHistory;
import io.cxr.workbench.queue.QueuedJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A training that a user asked for.
 *
 * @param id 22 characters of an address, random
 * @param owner the user
 * @param created when it was asked for
 * @param data the data set's id
 * @param dataName its name
 * @param preset how it trains
 * @param name the model's name
 * @param epochs the most epochs
 * @param seed of split, initial weights and order
 * @param state where it is
 * @param history the epochs so far
 * @param warnings what the user should know of it
 * @param images how many it learns from and validates on; null before it has read them
 * @param seconds how long its processes ran, all together
 * @param model the finished model's id, or null
 * @param error why it failed, or null
 */
public record Job(
    String id,
    String owner,
    Instant created,
    String data,
    String dataName,
    Preset preset,
    String name,
    int epochs,
    long seed,
    State state,
    List<TrainingHistory.Epoch> history,
    List<String> warnings,
    @Nullable Integer images,
    double seconds,
    @Nullable String model,
    @Nullable String error)
    implements QueuedJob {

  /** Copies. */
  public Job {
    history = List.copyOf(history);
    warnings = List.copyOf(warnings);
  }

  /** Where a job is. */
  public enum State {
    /** It waits for those before it. */
    QUEUED,
    /** Its process runs. */
    RUNNING,
    /** Its process ends after the epoch. */
    STOPPING,
    /** It can be resumed. */
    STOPPED,
    /** Its model is there. */
    DONE,
    /** It ended without a model; it can be resumed, too, from its last checkpoint. */
    FAILED;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What is true of a job only while its process runs.
   *
   * @param stage what it is doing, for people
   * @param epoch the epoch it is in, or 0
   * @param etaSeconds how long it takes at most from now, or null
   */
  record Live(String stage, int epoch, @Nullable Double etaSeconds) {
    static final Live STARTING = new Live("starting", 0, null);
  }

  Job with(State now, @Nullable String why) {
    return new Job(
        id, owner, created, data, dataName, preset, name, epochs, seed, now, history, warnings,
        images, seconds, model, why);
  }

  Job withImages(int count) {
    return new Job(
        id, owner, created, data, dataName, preset, name, epochs, seed, state, history, warnings,
        count, seconds, model, error);
  }

  Job withSeconds(double more) {
    return new Job(
        id,
        owner,
        created,
        data,
        dataName,
        preset,
        name,
        epochs,
        seed,
        state,
        history,
        warnings,
        images,
        seconds + more,
        model,
        error);
  }

  Job withModel(@Nullable String trained) {
    return new Job(
        id, owner, created, data, dataName, preset, name, epochs, seed, state, history, warnings,
        images, seconds, trained, error);
  }

  Job withWarning(String sentence) {
    if (warnings.contains(sentence)) {
      return this;
    }
    List<String> all = new ArrayList<>(warnings);
    all.add(sentence);
    return new Job(
        id, owner, created, data, dataName, preset, name, epochs, seed, state, history, all, images,
        seconds, model, error);
  }

  /** With an epoch in the place of those that a killed process had run and lost. */
  Job withEpoch(TrainingHistory.Epoch figures) {
    List<TrainingHistory.Epoch> all = new ArrayList<>(history);
    all.removeIf(each -> each.epoch() >= figures.epoch());
    all.add(figures);
    return new Job(
        id, owner, created, data, dataName, preset, name, epochs, seed, state, all, warnings,
        images, seconds, model, error);
  }

  /**
   * As pages see it.
   *
   * @param live of a process that runs, or null
   * @return written as JSON
   */
  Map<String, @Nullable Object> toJson(@Nullable Live live) {
    boolean runs = state == State.RUNNING || state == State.STOPPING;
    int reached = history.isEmpty() ? 0 : history.get(history.size() - 1).epoch();
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("name", name);
    json.put("created", created.toString());
    json.put("data", data);
    json.put("dataName", dataName);
    json.put("preset", preset.id());
    json.put("state", state.word());
    json.put("stage", runs && live != null ? live.stage() : state.word());
    json.put("epoch", runs && live != null ? Math.max(reached, live.epoch()) : reached);
    json.put("epochs", epochs);
    json.put("seed", seed);
    json.put("etaSeconds", runs && live != null ? live.etaSeconds() : null);
    json.put("history", history.stream().map(Job::toJson).toList());
    json.put("images", images);
    json.put("warnings", warnings);
    json.put("model", model);
    json.put("error", error);
    return json;
  }

  private static Map<String, @Nullable Object> toJson(TrainingHistory.Epoch epoch) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("epoch", epoch.epoch());
    json.put("trainingLoss", finite(epoch.trainingLoss()));
    json.put("validationLoss", finite(epoch.validationLoss()));
    json.put("trainingAccuracy", finite(epoch.trainingAccuracy()));
    json.put("validationAccuracy", finite(epoch.validationAccuracy()));
    json.put("auroc", finite(epoch.validationAuroc()));
    json.put("seconds", finite(epoch.seconds()));
    return json;
  }

  /** JSON has no other numbers. */
  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
