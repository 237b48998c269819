package io.cxr.model;

import io.cxr.error.ModelFormatException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The description that travels with a model that finds lungs: its preprocessing, how well it agrees
 * with masks of patients left out, and whose films and masks it learnt from. It is stored inside
 * the ONNX file as JSON, in the metadata entry {@link #METADATA_KEY}. Its task is to find lungs; a
 * {@link ModelCard} is that of a classifier. Immutable and thread-safe.
 *
 * @param name the model's name
 * @param version the model's version
 * @param architecture the network's name
 * @param preprocessing how a radiograph becomes the network's input: one channel
 * @param metrics finite values by name, such as {@code iou.mean}
 * @param training how the weights were trained
 * @param attributions whose films and masks were learnt from, and under which licences
 */
public record LungCard(
    String name,
    String version,
    String architecture,
    PreprocessingSpec preprocessing,
    Map<String, Double> metrics,
    TrainingProvenance training,
    List<String> attributions) {

  /** The key of the card in the ONNX metadata. */
  public static final String METADATA_KEY = "cxr.lungs";

  /** The version of the format that this software reads and writes. */
  public static final int FORMAT_VERSION = 1;

  /** Checks the values. */
  public LungCard {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(architecture, "architecture");
    Objects.requireNonNull(preprocessing, "preprocessing");
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    Objects.requireNonNull(training, "training");
    attributions = List.copyOf(attributions);
    if (preprocessing.inputShape().channels() != 1) {
      throw new IllegalArgumentException(
          "Lung card: expected an input of one channel, found "
              + preprocessing.inputShape().channels());
    }
    for (Map.Entry<String, Double> metric : metrics.entrySet()) {
      if (!Double.isFinite(Objects.requireNonNull(metric.getValue(), "metric"))) {
        throw new IllegalArgumentException("Lung card: expected finite metrics, found " + metric);
      }
    }
  }

  /**
   * Reads a card.
   *
   * @param json a card as {@link #toJson} writes it
   * @return the card
   * @throws ModelFormatException if it is not such a card
   */
  public static LungCard fromJson(String json) {
    return ModelCardJson.readLungs(json);
  }

  /**
   * Writes the card, with the notice on its intended use.
   *
   * @return indented JSON
   */
  public String toJson() {
    return ModelCardJson.write(this);
  }
}
