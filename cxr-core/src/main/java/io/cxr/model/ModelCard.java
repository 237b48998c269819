package io.cxr.model;

import java.util.Collections;
import java.util.HashSet;
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
 * @param calibration how the network's probabilities are turned into ones to be taken at their word
 * @param thresholds from which probabilities on an image counts as one with a label
 * @param novelty when an image is refused as none that the model knows
 * @param shortcuts what an audit of the training images said
 * @param export how the file was made from another model file, if it was
 * @param notice {@link #NOTICE}
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
    Optional<Calibration> calibration,
    List<OperatingThreshold> thresholds,
    Optional<NoveltyGate> novelty,
    Optional<ShortcutFinding> shortcuts,
    Optional<ExportProvenance> export,
    String notice) {

  /** The version of the model format that this software writes. */
  public static final int FORMAT_VERSION = 2;

  /** What every model, and every output of this software, says of itself. */
  public static final String NOTICE = "Research use only. Not for diagnostic use.";

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
    Objects.requireNonNull(calibration, "calibration");
    Objects.requireNonNull(novelty, "novelty");
    Objects.requireNonNull(shortcuts, "shortcuts");
    Objects.requireNonNull(export, "export");
    thresholds = List.copyOf(thresholds);
    // No streams: this runs before a process' first prediction, where they take long to get going.
    boolean blank = false;
    for (String label : labels) {
      blank |= Objects.requireNonNull(label, "label").isBlank();
    }
    labels = List.copyOf(labels);
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    if (formatVersion != FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "Model card: expected format version " + FORMAT_VERSION + ", found " + formatVersion);
    }
    if (labels.size() < 2 || new HashSet<>(labels).size() != labels.size() || blank) {
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
    if (!notice.equals(NOTICE)) {
      throw new IllegalArgumentException(
          "Model card: expected the notice '" + NOTICE + "', found '" + notice + "'");
    }
    if (output == OutputActivation.SIGMOID_OF_SECOND_LABEL && labels.size() != 2) {
      throw new IllegalArgumentException(
          "Model card: one sigmoid unit tells two labels apart, found " + labels);
    }
    if (calibration.orElse(null) instanceof Calibration.Platt && labels.size() != 2) {
      throw new IllegalArgumentException(
          "Model card: Platt calibration is for two labels, found " + labels);
    }
    for (OperatingThreshold threshold : thresholds) {
      if (!labels.contains(threshold.label())) {
        throw new IllegalArgumentException(
            "Model card: expected thresholds for labels of "
                + labels
                + ", found "
                + threshold.label());
      }
    }
  }

  /**
   * A card of a model that was trained, not made from another file.
   *
   * @param formatVersion {@link #FORMAT_VERSION}
   * @param name the model's name
   * @param version the model's version
   * @param architecture the network's name
   * @param labels two labels or more, distinct, in the order of the outputs
   * @param output what the last layer gives
   * @param preprocessing how a radiograph becomes the network's input
   * @param metrics finite figures on the validation images, by name
   * @param training where the weights come from, where known
   * @param calibration how the network's probabilities are turned into ones to be taken at their
   *     word
   * @param thresholds from which probabilities on an image counts as one with a label
   * @param novelty when an image is refused as none that the model knows
   * @param shortcuts what an audit of the training images said
   * @param notice {@link #NOTICE}
   */
  public ModelCard(
      int formatVersion,
      String name,
      String version,
      String architecture,
      List<String> labels,
      OutputActivation output,
      PreprocessingSpec preprocessing,
      Map<String, Double> metrics,
      Optional<TrainingProvenance> training,
      Optional<Calibration> calibration,
      List<OperatingThreshold> thresholds,
      Optional<NoveltyGate> novelty,
      Optional<ShortcutFinding> shortcuts,
      String notice) {
    this(
        formatVersion,
        name,
        version,
        architecture,
        labels,
        output,
        preprocessing,
        metrics,
        training,
        calibration,
        thresholds,
        novelty,
        shortcuts,
        Optional.empty(),
        notice);
  }

  /**
   * A card without calibration, thresholds, novelty gate and audit.
   *
   * @param formatVersion {@link #FORMAT_VERSION}
   * @param name the model's name
   * @param version the model's version
   * @param architecture the network's name
   * @param labels two labels or more, distinct, in the order of the outputs
   * @param output what the last layer gives
   * @param preprocessing how a radiograph becomes the network's input
   * @param metrics finite figures on the validation images, by name
   * @param training where the weights come from, where known
   * @param notice {@link #NOTICE}
   */
  public ModelCard(
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
    this(
        formatVersion,
        name,
        version,
        architecture,
        labels,
        output,
        preprocessing,
        metrics,
        training,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        notice);
  }

  /**
   * The same card with what was fitted and found after training.
   *
   * @param metrics finite figures, which replace the card's
   * @param calibration how probabilities are calibrated
   * @param thresholds operating thresholds
   * @param novelty when an image is refused
   * @param shortcuts what an audit of the training images said
   * @return a new card
   */
  public ModelCard with(
      Map<String, Double> metrics,
      Optional<Calibration> calibration,
      List<OperatingThreshold> thresholds,
      Optional<NoveltyGate> novelty,
      Optional<ShortcutFinding> shortcuts) {
    return new ModelCard(
        formatVersion,
        name,
        version,
        architecture,
        labels,
        output,
        preprocessing,
        metrics,
        training,
        calibration,
        thresholds,
        novelty,
        shortcuts,
        export,
        notice);
  }

  /**
   * The same card for a file that was made from this card's file.
   *
   * @param export how it was made
   * @return a new card
   */
  public ModelCard with(ExportProvenance export) {
    return new ModelCard(
        formatVersion,
        name,
        version,
        architecture,
        labels,
        output,
        preprocessing,
        metrics,
        training,
        calibration,
        thresholds,
        novelty,
        shortcuts,
        Optional.of(export),
        notice);
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
   * @throws io.cxr.error.ModelFormatException if it is no card or one of another format version
   */
  public static ModelCard fromJson(String json) {
    return ModelCardJson.read(json);
  }
}
