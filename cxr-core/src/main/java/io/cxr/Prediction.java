package io.cxr;

import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model's output for one radiograph, and a novelty score that tells how much the radiograph
 * differs from the training images. What it holds depends on the {@linkplain #task task}:
 *
 * <ul>
 *   <li>exclusive labels: {@link #probabilities}, which sum to 1, and the {@link #top} label;
 *   <li>findings: {@link #probabilities}, each by itself, without a sum; which of them count as
 *       present, {@link #decisions} tells;
 *   <li>measurements: {@link #measurements}, and no probabilities.
 * </ul>
 *
 * <p>Immutable and thread-safe. Research use only: not for diagnosis.
 */
public final class Prediction {

  /** The intended use, stated with every result. */
  public static final String NOTICE = ModelCard.NOTICE;

  private final Task.Kind task;
  private final List<LabelProbability> probabilities;
  private final List<MeasuredValue> measurements;
  private final ModelIdentity model;
  private final @Nullable Novelty novelty;
  private final @Nullable DetectedView view;
  private final List<OperatingThreshold> thresholds;
  private final @Nullable LabelSet labelSet;

  /**
   * A prediction of exclusive labels without novelty and operating points.
   *
   * @param probabilities one entry per label, in the order of the model card; they sum to 1
   * @param model the model that made the prediction
   * @throws IllegalArgumentException if there are fewer than two labels, or the sum is not 1
   */
  public Prediction(List<LabelProbability> probabilities, ModelIdentity model) {
    this(
        Task.Kind.EXCLUSIVE_LABELS,
        List.copyOf(probabilities),
        List.of(),
        Objects.requireNonNull(model, "model"),
        null,
        null,
        List.of(),
        null);
    if (this.probabilities.size() < 2) {
      throw new IllegalArgumentException(
          "Probabilities: expected two labels or more, found " + this.probabilities.size());
    }
    double sum = this.probabilities.stream().mapToDouble(LabelProbability::probability).sum();
    if (!(Math.abs(sum - 1) <= 1e-4)) {
      throw new IllegalArgumentException("Probabilities: expected a sum of 1, found " + sum);
    }
  }

  /**
   * A prediction of findings, each by itself, without novelty and operating points.
   *
   * @param probabilities one entry per finding, in the order of the model card, at least one
   * @param model the model that made the prediction
   * @return the prediction
   * @throws IllegalArgumentException if there is none
   */
  public static Prediction ofFindings(List<LabelProbability> probabilities, ModelIdentity model) {
    if (probabilities.isEmpty()) {
      throw new IllegalArgumentException("Probabilities: expected one finding or more, found none");
    }
    return new Prediction(
        Task.Kind.FINDINGS,
        List.copyOf(probabilities),
        List.of(),
        Objects.requireNonNull(model, "model"),
        null,
        null,
        List.of(),
        null);
  }

  /**
   * A prediction of measurements without novelty.
   *
   * @param measurements one value per measurement, in the order of the model card, at least one
   * @param model the model that made the prediction
   * @return the prediction
   * @throws IllegalArgumentException if there is none
   */
  public static Prediction ofMeasurements(List<MeasuredValue> measurements, ModelIdentity model) {
    if (measurements.isEmpty()) {
      throw new IllegalArgumentException("Measurements: expected one value or more, found none");
    }
    return new Prediction(
        Task.Kind.MEASUREMENTS,
        List.of(),
        List.copyOf(measurements),
        Objects.requireNonNull(model, "model"),
        null,
        null,
        List.of(),
        null);
  }

  private Prediction(
      Task.Kind task,
      List<LabelProbability> probabilities,
      List<MeasuredValue> measurements,
      ModelIdentity model,
      @Nullable Novelty novelty,
      @Nullable DetectedView view,
      List<OperatingThreshold> thresholds,
      @Nullable LabelSet labelSet) {
    this.task = task;
    this.probabilities = probabilities;
    this.measurements = measurements;
    this.model = model;
    this.novelty = novelty;
    this.view = view;
    this.thresholds = thresholds;
    this.labelSet = labelSet;
  }

  /**
   * Returns this prediction with the novelty of its radiograph.
   *
   * @param novelty score and threshold
   * @return the new prediction
   */
  public Prediction withNovelty(Novelty novelty) {
    return new Prediction(
        task,
        probabilities,
        measurements,
        model,
        Objects.requireNonNull(novelty, "novelty"),
        view,
        thresholds,
        labelSet);
  }

  /**
   * Returns this prediction with the view that the model takes its radiograph for.
   *
   * @param view the view
   * @return the new prediction
   */
  public Prediction withView(DetectedView view) {
    return new Prediction(
        task,
        probabilities,
        measurements,
        model,
        novelty,
        Objects.requireNonNull(view, "view"),
        thresholds,
        labelSet);
  }

  /**
   * Returns this prediction with the operating points that {@link #decide} uses.
   *
   * @param thresholds those of the model's card; their labels are among this prediction's
   * @return the new prediction
   * @throws IllegalArgumentException if a label is unknown
   */
  public Prediction withOperatingPoints(List<OperatingThreshold> thresholds) {
    for (OperatingThreshold threshold : thresholds) {
      probability(threshold.label());
    }
    return new Prediction(
        task, probabilities, measurements, model, novelty, view, List.copyOf(thresholds), labelSet);
  }

  /**
   * Returns this prediction with its label set.
   *
   * @param labelSet labels of this prediction that the radiograph may well have
   * @return the new prediction
   * @throws IllegalArgumentException if a label is unknown
   */
  public Prediction withLabelSet(LabelSet labelSet) {
    labelSet.labels().forEach(this::probability);
    return new Prediction(
        task, probabilities, measurements, model, novelty, view, thresholds, labelSet);
  }

  /**
   * What the model was asked for.
   *
   * @return the kind of the task of its card
   */
  public Task.Kind task() {
    return task;
  }

  /**
   * The names of the labels, findings or measurements.
   *
   * @return in the order of the model card; unmodifiable
   */
  public List<String> labels() {
    List<String> labels = new ArrayList<>();
    for (LabelProbability entry : probabilities) {
      labels.add(entry.label());
    }
    for (MeasuredValue entry : measurements) {
      labels.add(entry.name());
    }
    return List.copyOf(labels);
  }

  /**
   * The measured values.
   *
   * @return one value per measurement, in the order of the model card; empty for labels and
   *     findings
   */
  public List<MeasuredValue> measurements() {
    return measurements;
  }

  /**
   * One measured value.
   *
   * @param name one of the model's measurements
   * @return the value with its unit
   * @throws IllegalArgumentException if the model has no such measurement
   */
  public MeasuredValue measurement(String name) {
    for (MeasuredValue entry : measurements) {
      if (entry.name().equals(name)) {
        return entry;
      }
    }
    throw unknown("Measurement", name, measurements.stream().map(MeasuredValue::name).toList());
  }

  /**
   * The probability of each label or finding.
   *
   * @return one entry per label, in the order of the model card; they sum to 1 if the labels are
   *     exclusive; empty for measurements
   */
  public List<LabelProbability> probabilities() {
    return probabilities;
  }

  /**
   * The model that made this prediction.
   *
   * @return its identity
   */
  public ModelIdentity model() {
    return model;
  }

  /**
   * How much the radiograph differs from the model's training images.
   *
   * @return score and threshold; empty if the model does not compute a novelty score
   */
  public Optional<Novelty> novelty() {
    return Optional.ofNullable(novelty);
  }

  /**
   * The view that the model takes the radiograph for.
   *
   * @return the most probable view; empty if the model has no view head
   */
  public Optional<DetectedView> view() {
    return Optional.ofNullable(view);
  }

  /**
   * Why the gates of the model's card refuse the radiograph, whether they are switched on or not.
   *
   * @return the reason of the view gate, else that of the novelty gate; empty if they accept it or
   *     the model has none
   */
  public Optional<Reason> refusal() {
    if (view != null && view.isRefused()) {
      return Optional.of(view.view().reason());
    }
    return novelty != null && novelty.isRefused()
        ? Optional.of(Reason.NOT_A_CHEST_RADIOGRAPH)
        : Optional.empty();
  }

  /**
   * The operating points of the model's card, which {@link #decide} uses.
   *
   * @return any number; empty if the card has none, or if the probabilities are not calibrated as
   *     the card's thresholds require
   */
  public List<OperatingThreshold> operatingPoints() {
    return thresholds;
  }

  /**
   * The labels that the radiograph may well have.
   *
   * @return one label or more; empty if the model's card has no conformal label sets, or if the
   *     probabilities are not calibrated as these require
   */
  public Optional<LabelSet> labelSet() {
    return Optional.ofNullable(labelSet);
  }

  /**
   * The most probable label; in case of ties, the first one in the model card. Of findings it is
   * the most probable one, which need not be present: {@link #decisions} tells.
   *
   * @return the label with its probability
   * @throws IllegalStateException for measurements, which have no probabilities
   */
  public LabelProbability top() {
    if (probabilities.isEmpty()) {
      throw new IllegalStateException(
          "Prediction: expected probabilities, found the measurements "
              + labels()
              + ". Ask for measurements().");
    }
    // max() keeps the last of equals, so compare backwards and take the minimum.
    return probabilities.stream()
        .min(Comparator.comparingDouble(LabelProbability::probability).reversed())
        .orElseThrow();
  }

  /**
   * The label that a heatmap explains unless others are asked for.
   *
   * @return the most probable label or finding, or the first measurement
   */
  public String principalLabel() {
    return probabilities.isEmpty() ? measurements.get(0).name() : top().label();
  }

  /**
   * The labels that are explained unless others are asked for: the {@link #principalLabel}, and of
   * findings all that reach their operating point as well.
   *
   * @return one or more, the principal one first, the others in the order of the model card
   */
  public List<String> explainedLabels() {
    List<String> labels = new ArrayList<>();
    labels.add(principalLabel());
    if (task == Task.Kind.FINDINGS) {
      positives().stream().filter(label -> !labels.contains(label)).forEach(labels::add);
    }
    return List.copyOf(labels);
  }

  /**
   * The number that the model gives one label, finding or measurement.
   *
   * @param label one of {@link #labels}
   * @return its probability, or its measured value in its unit
   * @throws IllegalArgumentException if the model does not know it
   */
  public double value(String label) {
    return probabilities.isEmpty() ? measurement(label).value() : probability(label);
  }

  /**
   * The labels or findings that reach their operating point, the first that the card has for each.
   *
   * @return in the order of the model card; empty as well if the card has no operating points
   */
  public List<String> positives() {
    List<String> positives = new ArrayList<>();
    for (LabelProbability entry : probabilities) {
      for (OperatingThreshold threshold : thresholds) {
        if (threshold.label().equals(entry.label())) {
          if (entry.probability() >= threshold.threshold()) {
            positives.add(entry.label());
          }
          break;
        }
      }
    }
    return List.copyOf(positives);
  }

  /**
   * The answer in a few words, for lists: the top label; the findings that reach their operating
   * point, or {@code no finding}, or the most probable one if there are no operating points; or the
   * measured values with their units.
   *
   * @return such as {@code NORMAL}, {@code Effusion, Mass} or {@code Severity 3.2 {score}}
   */
  public String summary() {
    return switch (task) {
      case EXCLUSIVE_LABELS -> top().label();
      case FINDINGS -> {
        if (thresholds.isEmpty()) {
          yield String.format(Locale.ROOT, "%s %.3f", top().label(), top().probability());
        }
        List<String> positives = positives();
        yield positives.isEmpty() ? "no finding" : String.join(", ", positives);
      }
      case MEASUREMENTS ->
          measurements.stream().map(MeasuredValue::format).collect(Collectors.joining(", "));
    };
  }

  /**
   * The probability of one label.
   *
   * @param label one of the model's labels
   * @return from 0 to 1
   * @throws IllegalArgumentException if the model does not know the label
   */
  public double probability(String label) {
    for (LabelProbability entry : probabilities) {
      if (entry.label().equals(label)) {
        return entry.probability();
      }
    }
    throw unknown("Label", label, probabilities.stream().map(LabelProbability::label).toList());
  }

  private static IllegalArgumentException unknown(String what, String name, List<String> known) {
    return new IllegalArgumentException(
        what + " '" + name + "' is unknown to this model. Expected one of " + known);
  }

  /**
   * A form for logs, such as {@code NORMAL 0.912, COVID19 0.088 by chest-xray 1 (5061276ce0e5)}:
   * labels by descending probability, or measured values with their units, and the first twelve
   * digits of the model file's SHA-256.
   *
   * @return one line
   */
  @Override
  public String toString() {
    Stream<String> values = measurements.stream().map(MeasuredValue::format);
    Stream<String> labels =
        probabilities.stream()
            .sorted(Comparator.comparingDouble(LabelProbability::probability).reversed())
            .map(
                entry -> String.format(Locale.ROOT, "%s %.3f", entry.label(), entry.probability()));
    String said = Stream.concat(labels, values).collect(Collectors.joining(", "));
    return said
        + " by "
        + model.name()
        + " "
        + model.version()
        + " ("
        + model.sha256().substring(0, 12)
        + ")";
  }

  /**
   * The notice that accompanies every result.
   *
   * @return {@link #NOTICE}
   */
  public String notice() {
    return NOTICE;
  }

  /**
   * Decides whether the radiograph is positive for a class, at an operating point of the model's
   * card.
   *
   * @param positiveClass the label that is the positive class
   * @param aim the metric that the threshold was chosen for: sensitivity, to miss few positives, or
   *     specificity, to have few false positives
   * @return the decision, with the threshold and its metrics on the validation images; if the card
   *     has several such operating points, by the first
   * @throws IllegalArgumentException if the model does not know the label
   * @throws IllegalStateException if the model's card has no such operating point
   */
  public Decision decide(String positiveClass, Aim aim) {
    Objects.requireNonNull(aim, "aim");
    double probability = probability(positiveClass);
    for (OperatingThreshold threshold : thresholds) {
      if (threshold.label().equals(positiveClass) && threshold.aim() == aim) {
        return new Decision(threshold, probability);
      }
    }
    throw new IllegalStateException(
        "Operating point: expected one for the label '"
            + positiveClass
            + "' and the aim "
            + aim
            + " in the card of the model "
            + model.name()
            + ", found "
            + thresholds.stream().map(point -> point.label() + " " + point.aim()).toList()
            + ". Compare the probability with a threshold of your own, or train the model with"
            + " validation images of each label.");
  }

  /**
   * Decides for every label that has an operating point of one aim: of findings, which are present.
   *
   * @param aim the metric that the thresholds were chosen for
   * @return one decision a label, in the order of the model card, by its first operating point of
   *     that aim; labels without one are left out, so it is empty if the card has none
   */
  public List<Decision> decisions(Aim aim) {
    Objects.requireNonNull(aim, "aim");
    List<Decision> decisions = new ArrayList<>();
    for (LabelProbability entry : probabilities) {
      for (OperatingThreshold threshold : thresholds) {
        if (threshold.aim() == aim && threshold.label().equals(entry.label())) {
          decisions.add(new Decision(threshold, entry.probability()));
          break;
        }
      }
    }
    return List.copyOf(decisions);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Prediction that
        && task == that.task
        && measurements.equals(that.measurements)
        && probabilities.equals(that.probabilities)
        && model.equals(that.model)
        && Objects.equals(novelty, that.novelty)
        && Objects.equals(view, that.view)
        && thresholds.equals(that.thresholds)
        && Objects.equals(labelSet, that.labelSet);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        task, probabilities, measurements, model, novelty, view, thresholds, labelSet);
  }
}
