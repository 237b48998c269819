package io.cxr;

import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model's output for one radiograph: the probability of each label, and a novelty score that
 * tells how much the radiograph differs from the training images. Immutable and thread-safe.
 * Research use only: not for diagnosis.
 */
public final class Prediction {

  /** The intended use, stated with every result. */
  public static final String NOTICE = ModelCard.NOTICE;

  private final List<LabelProbability> probabilities;
  private final ModelIdentity model;
  private final @Nullable Novelty novelty;
  private final @Nullable DetectedView view;
  private final List<OperatingThreshold> thresholds;
  private final @Nullable LabelSet labelSet;

  /**
   * A prediction without novelty and operating points.
   *
   * @param probabilities one entry per label, in the order of the model card; they sum to 1
   * @param model the model that made the prediction
   * @throws IllegalArgumentException if there are fewer than two labels, or the sum is not 1
   */
  public Prediction(List<LabelProbability> probabilities, ModelIdentity model) {
    this(
        List.copyOf(probabilities),
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

  private Prediction(
      List<LabelProbability> probabilities,
      ModelIdentity model,
      @Nullable Novelty novelty,
      @Nullable DetectedView view,
      List<OperatingThreshold> thresholds,
      @Nullable LabelSet labelSet) {
    this.probabilities = probabilities;
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
        probabilities,
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
        probabilities, model, novelty, Objects.requireNonNull(view, "view"), thresholds, labelSet);
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
    return new Prediction(probabilities, model, novelty, view, List.copyOf(thresholds), labelSet);
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
    return new Prediction(probabilities, model, novelty, view, thresholds, labelSet);
  }

  /**
   * The probability of each label.
   *
   * @return one entry per label, in the order of the model card; they sum to 1
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
   * @return the reason of the view gate, unless the image is {@linkplain Novelty#isFar far} from
   *     what the model knows; else that of the novelty gate; empty if they accept it or the model
   *     has none
   */
  public Optional<Reason> refusal() {
    boolean far = novelty != null && novelty.isFar();
    if (view != null && view.isRefused() && !far) {
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
   * The most probable label; in case of ties, the first one in the model card.
   *
   * @return the label with its probability
   */
  public LabelProbability top() {
    // max() keeps the last of equals, so compare backwards and take the minimum.
    return probabilities.stream()
        .min(Comparator.comparingDouble(LabelProbability::probability).reversed())
        .orElseThrow();
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
    throw new IllegalArgumentException(
        "Label '"
            + label
            + "' is unknown to this model. Expected one of "
            + probabilities.stream().map(LabelProbability::label).toList());
  }

  /**
   * A form for logs, such as {@code NORMAL 0.912, COVID19 0.088 by chest-xray 1 (5061276ce0e5)}:
   * labels by descending probability, and the first twelve digits of the model file's SHA-256.
   *
   * @return one line
   */
  @Override
  public String toString() {
    String said =
        probabilities.stream()
            .sorted(Comparator.comparingDouble(LabelProbability::probability).reversed())
            .map(entry -> String.format(Locale.ROOT, "%s %.3f", entry.label(), entry.probability()))
            .collect(Collectors.joining(", "));
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

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Prediction that
        && probabilities.equals(that.probabilities)
        && model.equals(that.model)
        && Objects.equals(novelty, that.novelty)
        && Objects.equals(view, that.view)
        && thresholds.equals(that.thresholds)
        && Objects.equals(labelSet, that.labelSet);
  }

  @Override
  public int hashCode() {
    return Objects.hash(probabilities, model, novelty, view, thresholds, labelSet);
  }
}
