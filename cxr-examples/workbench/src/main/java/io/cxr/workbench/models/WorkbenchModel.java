package io.cxr.workbench.models;

import io.cxr.ModelIdentity;
import io.cxr.model.ModelCard;
import io.cxr.model.Task;
import io.cxr.onnx.OnnxClassifier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model that is open. Thread-safe.
 *
 * <p>{@link Models} closes it; a call after that fails with {@link IllegalStateException}.
 */
public final class WorkbenchModel {
  private static final int ID_LENGTH = 16;

  private final OnnxClassifier classifier;
  private final @Nullable String owner;
  private final String id;

  WorkbenchModel(OnnxClassifier classifier, @Nullable String owner) {
    this.classifier = classifier;
    this.owner = owner;
    this.id = idOf(classifier.model());
  }

  /**
   * The id of a model.
   *
   * @param model what file it is
   * @return the first 16 digits of its SHA-256
   */
  public static String idOf(ModelIdentity model) {
    return model.sha256().substring(0, ID_LENGTH);
  }

  /**
   * Names the model in addresses and answers.
   *
   * @return 16 hexadecimal digits
   */
  public String id() {
    return id;
  }

  /**
   * Whose model it is.
   *
   * @return empty for one that all users see
   */
  public Optional<String> owner() {
    return Optional.ofNullable(owner);
  }

  /**
   * What runs it.
   *
   * @return open as long as this model is
   */
  public OnnxClassifier classifier() {
    return classifier;
  }

  /**
   * Its card.
   *
   * @return of the file
   */
  public ModelCard card() {
    return classifier.card();
  }

  /**
   * Its operating points.
   *
   * @return in the card's order; may be empty
   */
  public List<OperatingPoint> operatingPoints() {
    return card().thresholds().stream().map(OperatingPoint::of).toList();
  }

  /** As pages see it. */
  Map<String, @Nullable Object> toJson(boolean lungs) {
    ModelCard card = card();
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("name", card.name());
    json.put("version", card.version());
    json.put("architecture", card.architecture());
    json.put("sha256", classifier.model().sha256());
    json.put("task", task(card.task().kind()));
    json.put("labels", card.labels());
    json.put("operatingPoints", operatingPoints());
    json.put("heatmaps", classifier.canExplain());
    json.put("lungs", lungs);
    json.put(
        "novelty", card.novelty().map(gate -> Map.of("threshold", gate.threshold())).orElse(null));
    json.put("conformal", card.conformal().map(sets -> Map.of("alpha", sets.alpha())).orElse(null));
    json.put("audit", card.shortcuts().isPresent());
    json.put("own", owner != null);
    return json;
  }

  private static String task(Task.Kind kind) {
    return switch (kind) {
      case EXCLUSIVE_LABELS -> "exclusive";
      case FINDINGS -> "findings";
      case MEASUREMENTS -> "measurements";
    };
  }
}
