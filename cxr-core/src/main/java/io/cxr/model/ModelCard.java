package io.cxr.model;

import io.cxr.Prediction;
import io.cxr.preprocess.PreprocessingSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a model file says of itself. It travels inside the ONNX file, in the metadata entry {@link
 * #METADATA_KEY}, as JSON.
 *
 * @param formatVersion version of the model format; {@link #FORMAT_VERSION}
 * @param name the model's name
 * @param version the model's version
 * @param architecture the network's name
 * @param labels two labels or more, distinct, in the order of the outputs
 * @param output what the last layer gives
 * @param preprocessing how a radiograph becomes the network's input
 * @param metrics finite figures on the validation images, by name, such as {@code accuracy}
 * @param training where the weights come from, where known
 * @param notice {@link Prediction#NOTICE}
 */
public record ModelCard(
    int formatVersion,
    String name,
    String version,
    String architecture,
    List<String> labels,
    OutputActivation output,
    PreprocessingSpec preprocessing,
    Map<String, Double> metrics,
    Optional<TrainingProvenance> training,
    String notice) {

  /** The version of the model format that this software writes. */
  public static final int FORMAT_VERSION = 1;

  /** The key of the card in the ONNX metadata. */
  public static final String METADATA_KEY = "cxr.card";

  /** Checks the values. */
  public ModelCard {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(architecture, "architecture");
    Objects.requireNonNull(output, "output");
    Objects.requireNonNull(preprocessing, "preprocessing");
    Objects.requireNonNull(training, "training");
    labels.forEach(label -> Objects.requireNonNull(label, "label"));
    labels = List.copyOf(labels);
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    if (formatVersion != FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "Model card: expected format version " + FORMAT_VERSION + ", found " + formatVersion);
    }
    if (labels.size() < 2
        || labels.stream().distinct().count() != labels.size()
        || labels.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException(
          "Model card: expected two distinct labels or more and none blank, found " + labels);
    }
    for (Map.Entry<String, Double> metric : metrics.entrySet()) {
      Objects.requireNonNull(metric.getValue(), "metric");
      if (!Double.isFinite(metric.getValue())) {
        throw new IllegalArgumentException(
            "Model card: expected finite metrics, found "
                + metric
                + ". Leave out what is not defined.");
      }
    }
    if (!notice.equals(Prediction.NOTICE)) {
      throw new IllegalArgumentException(
          "Model card: expected the notice '" + Prediction.NOTICE + "', found '" + notice + "'");
    }
    if (output == OutputActivation.SIGMOID_OF_SECOND_LABEL && labels.size() != 2) {
      throw new IllegalArgumentException(
          "Model card: one sigmoid unit tells two labels apart, found " + labels);
    }
  }

  /**
   * The card as JSON.
   *
   * @return one JSON object
   */
  public String toJson() {
    return ModelCardJson.write(this);
  }

  /**
   * Reads a card.
   *
   * @param json one JSON object
   * @return the card
   * @throws io.cxr.ModelFormatException if it is no card or one of another format version
   */
  public static ModelCard fromJson(String json) {
    return ModelCardJson.read(json);
  }
}
