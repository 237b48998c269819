package io.cxr.model;

import io.cxr.dataset.Subset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The description that travels with a model: task and labels, preprocessing, validation metrics,
 * calibration, operating points and provenance. It is stored inside the ONNX file as JSON, in the
 * metadata entry {@link #METADATA_KEY}; the JSON form is described by {@code
 * docs/schema/cxr-card-2.schema.json}.
 *
 * <pre>{@code
 * ModelCard card =
 *     ModelCard.builder("chest-xray", "1.0")
 *         .architecture("ResNet-50")
 *         .labels("COVID19", "NORMAL")
 *         .output(OutputActivation.SOFTMAX)
 *         .preprocessing(preprocessing)
 *         .build();
 * }</pre>
 *
 * <p>Immutable and thread-safe. Two cards are equal if all of their values are.
 */
public final class ModelCard {

  /**
   * The newest version of the model format that this software reads and writes. A card is written
   * in the oldest version that can hold it: 4 if its {@link #task} is another than exclusive
   * labels; 3 if its {@link #inputs} are others than one named {@link ModelInput#DEFAULT_NAME}, or
   * if it has {@link #figures} or {@link #conformal} label sets; else 2. So software that knows one
   * input only refuses a model with several, and one that knows exclusive labels only refuses
   * findings.
   */
  public static final int FORMAT_VERSION = 4;

  /** The key of the card in the ONNX metadata. */
  public static final String METADATA_KEY = "cxr.card";

  /** The intended use, stated by every card and every result. */
  public static final String NOTICE = "Research use only. Not for diagnostic use.";

  private final String name;
  private final String version;
  private final String architecture;
  private final Task task;
  private final List<String> labels;
  private final OutputActivation output;
  private final List<ModelInput> inputs;
  private final Map<String, Double> metrics;
  private final List<SubsetFigures> figures;
  private final @Nullable TrainingProvenance training;
  private final @Nullable Calibration calibration;
  private final List<OperatingThreshold> thresholds;
  private final @Nullable ConformalSets conformal;
  private final @Nullable NoveltyGate novelty;
  private final @Nullable ViewGate views;
  private final @Nullable ShortcutFinding shortcuts;
  private final @Nullable ExportProvenance export;

  private ModelCard(
      Builder builder,
      String architecture,
      Task task,
      OutputActivation output,
      List<ModelInput> inputs) {
    this.name = builder.name;
    this.version = builder.version;
    this.architecture = architecture;
    this.task = task;
    this.labels = task.labels();
    this.output = output;
    this.inputs = inputs;
    this.metrics = builder.metrics;
    this.figures = builder.figures;
    this.training = builder.training;
    this.calibration = builder.calibration;
    this.thresholds = builder.thresholds;
    this.conformal = builder.conformal;
    this.novelty = builder.novelty;
    this.views = builder.views;
    this.shortcuts = builder.shortcuts;
    this.export = builder.export;
    checkTask();
    checkInputs();
    checkMetrics();
    for (OperatingThreshold threshold : thresholds) {
      if (!labels.contains(threshold.label())) {
        throw new IllegalArgumentException(
            "Model card: expected thresholds for labels of "
                + labels
                + ", found "
                + threshold.label());
      }
    }
    if (conformal != null && !labels.containsAll(conformal.labels().keySet())) {
      throw new IllegalArgumentException(
          "Model card: expected label sets of "
              + labels
              + ", found "
              + conformal.labels().keySet());
    }
  }

  /** Refuses what belongs to another task. */
  private void checkTask() {
    if (output.task() != task.kind()) {
      throw new IllegalArgumentException(
          "Model card: expected an activation for the task "
              + task.kind()
              + ", found "
              + output
              + ", which is for "
              + output.task());
    }
    if (output == OutputActivation.SIGMOID_OF_SECOND_LABEL && labels.size() != 2) {
      throw new IllegalArgumentException(
          "Model card: one sigmoid unit tells two labels apart, found " + labels);
    }
    if (calibration instanceof Calibration.Platt && labels.size() != 2) {
      throw new IllegalArgumentException(
          "Model card: Platt calibration is for two labels, found " + labels);
    }
    boolean fits =
        switch (task.kind()) {
          case EXCLUSIVE_LABELS -> !(calibration instanceof Calibration.PlattPerFinding);
          case FINDINGS ->
              calibration == null
                  || (calibration instanceof Calibration.PlattPerFinding each
                      && each.findings().size() == labels.size());
          case MEASUREMENTS -> calibration == null && thresholds.isEmpty() && conformal == null;
        };
    if (!fits) {
      throw new IllegalArgumentException(
          switch (task.kind()) {
            case EXCLUSIVE_LABELS ->
                "Model card: expected a temperature or Platt calibration for exclusive labels,"
                    + " found one for findings";
            case FINDINGS ->
                "Model card: expected a calibration for each of the findings "
                    + labels
                    + ", found "
                    + calibration;
            case MEASUREMENTS ->
                "Model card: calibration, thresholds and label sets are for probabilities, found"
                    + " them with the measurements "
                    + labels;
          });
    }
  }

  private void checkInputs() {
    Set<String> names = new HashSet<>();
    for (ModelInput input : inputs) {
      names.add(input.name());
    }
    if (inputs.isEmpty() || names.size() != inputs.size()) {
      throw new IllegalArgumentException(
          "Model card: expected one input or more, of distinct names, found "
              + inputs.stream().map(ModelInput::name).toList());
    }
  }

  private void checkMetrics() {
    for (Map.Entry<String, Double> metric : metrics.entrySet()) {
      Objects.requireNonNull(metric.getValue(), "metric");
      if (!Double.isFinite(metric.getValue())) {
        throw new IllegalArgumentException(
            "Model card: expected finite metrics, found "
                + metric
                + ". Leave out what is not defined.");
      }
    }
  }

  /**
   * Starts a card.
   *
   * @param name the model's name
   * @param version the model's version
   * @return a builder
   */
  public static Builder builder(String name, String version) {
    return new Builder(name, version);
  }

  /**
   * Starts a card that differs from this one in some values.
   *
   * @return a builder with all values of this card
   */
  public Builder toBuilder() {
    Builder builder = new Builder(name, version);
    builder.architecture = architecture;
    builder.task = task;
    builder.output = output;
    builder.inputs = inputs;
    builder.metrics = metrics;
    builder.figures = figures;
    builder.training = training;
    builder.calibration = calibration;
    builder.thresholds = thresholds;
    builder.conformal = conformal;
    builder.novelty = novelty;
    builder.views = views;
    builder.shortcuts = shortcuts;
    builder.export = export;
    return builder;
  }

  /**
   * Collects the values of a card. {@link #architecture}, {@link #task} (or {@link #labels(List)}),
   * {@link #output} and {@link #preprocessing} (or {@link #inputs(List)}) are required; everything
   * else may be left out. Not thread-safe.
   */
  public static final class Builder {
    private String name;
    private String version;
    private @Nullable String architecture;
    private @Nullable Task task;
    private @Nullable OutputActivation output;
    private @Nullable List<ModelInput> inputs;
    private Map<String, Double> metrics = Map.of();
    private List<SubsetFigures> figures = List.of();
    private @Nullable TrainingProvenance training;
    private @Nullable Calibration calibration;
    private List<OperatingThreshold> thresholds = List.of();
    private @Nullable ConformalSets conformal;
    private @Nullable NoveltyGate novelty;
    private @Nullable ViewGate views;
    private @Nullable ShortcutFinding shortcuts;
    private @Nullable ExportProvenance export;

    private Builder(String name, String version) {
      this.name = Objects.requireNonNull(name, "name");
      this.version = Objects.requireNonNull(version, "version");
    }

    /**
     * Replaces the model's name.
     *
     * @param name the model's name
     * @return this builder
     */
    public Builder name(String name) {
      this.name = Objects.requireNonNull(name, "name");
      return this;
    }

    /**
     * Replaces the model's version.
     *
     * @param version the model's version
     * @return this builder
     */
    public Builder version(String version) {
      this.version = Objects.requireNonNull(version, "version");
      return this;
    }

    /**
     * Sets the name of the network. Required.
     *
     * @param architecture such as {@code ResNet-50}
     * @return this builder
     */
    public Builder architecture(String architecture) {
      this.architecture = Objects.requireNonNull(architecture, "architecture");
      return this;
    }

    /**
     * Sets what the model tells of a radiograph. This or {@link #labels(List)} is required; the
     * later call counts.
     *
     * @param task the labels, findings or measurements, in the order of the network's outputs
     * @return this builder
     */
    public Builder task(Task task) {
      this.task = Objects.requireNonNull(task, "task");
      return this;
    }

    /**
     * Sets exclusive labels, of which each radiograph has one.
     *
     * @param labels two or more, distinct and not blank, in the order of the network's outputs;
     *     copied
     * @return this builder
     * @throws IllegalArgumentException if they are not
     */
    public Builder labels(List<String> labels) {
      return task(new Task.ExclusiveLabels(labels));
    }

    /**
     * Sets exclusive labels, of which each radiograph has one.
     *
     * @param labels two or more, distinct and not blank, in the order of the network's outputs
     * @return this builder
     * @throws IllegalArgumentException if they are not
     */
    public Builder labels(String... labels) {
      return labels(List.of(labels));
    }

    /**
     * Sets the activation of the last layer. Required.
     *
     * @param output what the network's outputs are
     * @return this builder
     */
    public Builder output(OutputActivation output) {
      this.output = Objects.requireNonNull(output, "output");
      return this;
    }

    /**
     * Sets the preprocessing of a model with one input, named {@link ModelInput#DEFAULT_NAME}. This
     * or {@link #inputs} is required; the later call counts.
     *
     * @param preprocessing how a radiograph becomes the network's input
     * @return this builder
     */
    public Builder preprocessing(PreprocessingSpec preprocessing) {
      return inputs(List.of(new ModelInput(ModelInput.DEFAULT_NAME, preprocessing)));
    }

    /**
     * Sets all inputs. This or {@link #preprocessing} is required; the later call counts.
     *
     * @param inputs one or more, of distinct names; copied in their order
     * @return this builder
     */
    public Builder inputs(List<ModelInput> inputs) {
      this.inputs = List.copyOf(Objects.requireNonNull(inputs, "inputs"));
      return this;
    }

    /**
     * Sets the metrics on the validation images.
     *
     * @param metrics finite values by name, such as {@code accuracy}; copied in their order; none
     *     by default
     * @return this builder
     */
    public Builder metrics(Map<String, Double> metrics) {
      this.metrics =
          Collections.unmodifiableMap(
              new LinkedHashMap<>(Objects.requireNonNull(metrics, "metrics")));
      return this;
    }

    /**
     * Sets the figures with intervals, each of a subset.
     *
     * @param figures one entry a subset; copied; none by default
     * @return this builder
     */
    public Builder figures(List<SubsetFigures> figures) {
      this.figures = List.copyOf(Objects.requireNonNull(figures, "figures"));
      return this;
    }

    /**
     * Sets how the weights were trained.
     *
     * @param training the provenance of the weights; null, the default, where it is unknown
     * @return this builder
     */
    public Builder training(@Nullable TrainingProvenance training) {
      this.training = training;
      return this;
    }

    /**
     * Sets the calibration of the network's probabilities.
     *
     * @param calibration null, the default, for a model that is not calibrated
     * @return this builder
     */
    public Builder calibration(@Nullable Calibration calibration) {
      this.calibration = calibration;
      return this;
    }

    /**
     * Sets the operating points.
     *
     * @param thresholds thresholds on the calibrated probability of labels of this card; copied;
     *     none by default
     * @return this builder
     */
    public Builder thresholds(List<OperatingThreshold> thresholds) {
      this.thresholds = List.copyOf(Objects.requireNonNull(thresholds, "thresholds"));
      return this;
    }

    /**
     * Sets the conformal label sets.
     *
     * @param conformal null, the default, for a model without label sets
     * @return this builder
     */
    public Builder conformal(@Nullable ConformalSets conformal) {
      this.conformal = conformal;
      return this;
    }

    /**
     * Sets the novelty gate.
     *
     * @param novelty when an image is refused as unlike the training images; null, the default, for
     *     a model without a gate
     * @return this builder
     */
    public Builder novelty(@Nullable NoveltyGate novelty) {
      this.novelty = novelty;
      return this;
    }

    /**
     * Sets the view gate.
     *
     * @param views when a radiograph is refused for its view or orientation; null, the default, for
     *     a model without a view head
     * @return this builder
     */
    public Builder views(@Nullable ViewGate views) {
      this.views = views;
      return this;
    }

    /**
     * Sets the result of the shortcut audit.
     *
     * @param shortcuts what the audit of the training images found; null, the default, if there was
     *     none
     * @return this builder
     */
    public Builder shortcuts(@Nullable ShortcutFinding shortcuts) {
      this.shortcuts = shortcuts;
      return this;
    }

    /**
     * Sets how the file was converted from another model file.
     *
     * @param export null, the default, for a file that was not converted
     * @return this builder
     */
    public Builder export(@Nullable ExportProvenance export) {
      this.export = export;
      return this;
    }

    /**
     * Builds the card.
     *
     * @return an immutable card
     * @throws IllegalStateException if a required value was not set; the message names it
     * @throws IllegalArgumentException if values contradict each other or are out of range
     */
    public ModelCard build() {
      if (architecture == null || task == null || output == null || inputs == null) {
        throw new IllegalStateException(
            "Model card: expected architecture, labels, output and preprocessing, found no "
                + missing()
                + ". Set what is missing before build().");
      }
      return new ModelCard(this, architecture, task, output, inputs);
    }

    private String missing() {
      StringJoiner missing = new StringJoiner(", ");
      if (architecture == null) {
        missing.add("architecture");
      }
      if (task == null) {
        missing.add("labels");
      }
      if (output == null) {
        missing.add("output");
      }
      if (inputs == null) {
        missing.add("preprocessing");
      }
      return missing.toString();
    }
  }

  /**
   * The model's name.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * The model's version.
   *
   * @return the version
   */
  public String version() {
    return version;
  }

  /**
   * The network's name.
   *
   * @return such as {@code ResNet-50}
   */
  public String architecture() {
    return architecture;
  }

  /**
   * What the model tells of a radiograph.
   *
   * @return exclusive labels, findings or measurements
   */
  public Task task() {
    return task;
  }

  /**
   * The names of the network's outputs: labels, findings or measurements.
   *
   * @return distinct, in the order of the network's outputs; two or more if they are exclusive
   *     labels, else one or more; unmodifiable
   */
  public List<String> labels() {
    return labels;
  }

  /**
   * The activation of the last layer.
   *
   * @return what the network's outputs are
   */
  public OutputActivation output() {
    return output;
  }

  /**
   * The preprocessing of the first input, which most models have alone.
   *
   * @return how a radiograph becomes the network's input
   */
  public PreprocessingSpec preprocessing() {
    return inputs.get(0).preprocessing();
  }

  /**
   * The inputs of the graph.
   *
   * @return one or more, of distinct names; unmodifiable
   */
  public List<ModelInput> inputs() {
    return inputs;
  }

  /**
   * The metrics on the validation images, which flatter; {@link #figures} has those on test images,
   * if there were any.
   *
   * @return finite values by name, such as {@code accuracy}; unmodifiable
   */
  public Map<String, Double> metrics() {
    return metrics;
  }

  /**
   * The figures with intervals, each of a subset.
   *
   * @return one entry a subset; unmodifiable, empty for older models
   */
  public List<SubsetFigures> figures() {
    return figures;
  }

  /**
   * The figures of one subset.
   *
   * @param subset such as the test images
   * @return its figures, or empty if there are none
   */
  public Optional<SubsetFigures> figures(Subset subset) {
    return figures.stream().filter(of -> of.subset() == subset).findFirst();
  }

  /**
   * How the weights were trained.
   *
   * @return the provenance of the weights, or empty where it is unknown
   */
  public Optional<TrainingProvenance> training() {
    return Optional.ofNullable(training);
  }

  /**
   * The calibration of the network's probabilities.
   *
   * @return the calibration, or empty for a model that is not calibrated
   */
  public Optional<Calibration> calibration() {
    return Optional.ofNullable(calibration);
  }

  /**
   * The operating points.
   *
   * @return thresholds on calibrated probabilities; unmodifiable, empty if there are none
   */
  public List<OperatingThreshold> thresholds() {
    return thresholds;
  }

  /**
   * The conformal label sets.
   *
   * @return which labels an image may well have, or empty for a model without
   */
  public Optional<ConformalSets> conformal() {
    return Optional.ofNullable(conformal);
  }

  /**
   * The novelty gate.
   *
   * @return when an image is refused as unlike the training images, or empty for a model without a
   *     gate
   */
  public Optional<NoveltyGate> novelty() {
    return Optional.ofNullable(novelty);
  }

  /**
   * The view gate.
   *
   * @return when a radiograph is refused for its view or orientation, or empty for a model without
   *     a view head
   */
  public Optional<ViewGate> views() {
    return Optional.ofNullable(views);
  }

  /**
   * The result of the shortcut audit.
   *
   * @return what the audit of the training images found, or empty if there was none
   */
  public Optional<ShortcutFinding> shortcuts() {
    return Optional.ofNullable(shortcuts);
  }

  /**
   * How the file was converted from another model file.
   *
   * @return the conversion, or empty for a file that was not converted
   */
  public Optional<ExportProvenance> export() {
    return Optional.ofNullable(export);
  }

  /**
   * Writes the card as JSON. Equal cards have equal texts.
   *
   * @return one JSON object, of the form of {@code docs/schema/cxr-card-2.schema.json}
   */
  public String toJson() {
    return ModelCardJson.write(this);
  }

  /**
   * Reads a card.
   *
   * @param json one JSON object, as {@link #toJson()} writes it
   * @return the card
   * @throws io.cxr.error.ModelFormatException if the text is not a card or of another format
   *     version
   */
  public static ModelCard fromJson(String json) {
    return ModelCardJson.read(json);
  }

  private List<@Nullable Object> values() {
    List<@Nullable Object> values = new ArrayList<>();
    Collections.addAll(
        values,
        name,
        version,
        architecture,
        task,
        output,
        inputs,
        metrics,
        figures,
        training,
        calibration,
        thresholds,
        conformal,
        novelty,
        views,
        shortcuts,
        export);
    return values;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ModelCard that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  /**
   * For logs, such as {@code chest-xray 1.0 (ResNet-50) of [COVID19, NORMAL]}.
   *
   * @return one line
   */
  @Override
  public String toString() {
    return name + " " + version + " (" + architecture + ") of " + labels;
  }
}
