package io.cxr.evaluation;

import io.cxr.Prediction;
import io.cxr.model.ConformalSets;
import io.cxr.model.OperatingThreshold;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Collects predictions and refusals for an {@link Evaluation}: a few numbers per image. The order
 * of the images does not matter. Not thread-safe.
 */
public final class EvaluationBuilder {
  private final List<String> labels;
  private final List<Row> rows = new ArrayList<>();
  private List<OperatingThreshold> thresholds = List.of();
  private Optional<ConformalSets> conformal = Optional.empty();
  private long seed;

  EvaluationBuilder(List<String> labels) {
    this.labels = labels;
  }

  /** What became of one image. */
  static final class Row {
    /** Images that are equal in this order are equal in every figure. */
    static final Comparator<Row> ORDER =
        Comparator.comparing((Row row) -> row.group)
            .thenComparing(row -> row.truth)
            .thenComparing(row -> row.refusal.orElse(""))
            .thenComparing(row -> row.probabilities, Arrays::compare);

    /** Its patient, or the image itself. */
    final String group;

    final boolean knownPatient;

    /** Its label's index. */
    final int truth;

    /** Why there is no answer. */
    final Optional<String> refusal;

    /** One value per label; empty where there is no answer. */
    final double[] probabilities;

    Row(
        String group,
        boolean knownPatient,
        int truth,
        Optional<String> refusal,
        double[] probabilities) {
      this.group = group;
      this.knownPatient = knownPatient;
      this.truth = truth;
      this.refusal = refusal;
      this.probabilities = probabilities;
    }

    boolean answered() {
      return refusal.isEmpty();
    }
  }

  /**
   * Adds an image with its prediction.
   *
   * @param file identifies the image; only used where the patient is unknown
   * @param patient the patient, where known
   * @param truth its true label
   * @param prediction the prediction; its labels are those of the evaluation
   * @return this builder
   * @throws IllegalArgumentException if a label is unknown
   */
  public EvaluationBuilder answered(
      String file, Optional<String> patient, String truth, Prediction prediction) {
    double[] probabilities = new double[labels.size()];
    for (int i = 0; i < probabilities.length; i++) {
      probabilities[i] = prediction.probability(labels.get(i));
    }
    return answered(file, patient, truth, probabilities);
  }

  /**
   * Adds an image with its prediction.
   *
   * @param file identifies the image; only used where the patient is unknown
   * @param patient the patient, where known
   * @param truth its true label
   * @param probabilities one value per label, from 0 to 1, in the order of the labels; copied
   * @return this builder
   * @throws IllegalArgumentException if the label is unknown, or a value missing or out of range
   */
  public EvaluationBuilder answered(
      String file, Optional<String> patient, String truth, double... probabilities) {
    if (probabilities.length != labels.size()
        || !Arrays.stream(probabilities).allMatch(p -> p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          "Probabilities: expected "
              + labels.size()
              + " from 0 to 1, one per label, found "
              + Arrays.toString(probabilities));
    }
    return add(file, patient, truth, Optional.empty(), probabilities.clone());
  }

  /**
   * Adds an image without a prediction.
   *
   * @param file identifies the image; only used where the patient is unknown
   * @param patient the patient, where known
   * @param truth its true label
   * @param reason why, as a code to count by, such as {@code NOT_A_CHEST_RADIOGRAPH}
   * @return this builder
   * @throws IllegalArgumentException if the label is unknown
   */
  public EvaluationBuilder refused(
      String file, Optional<String> patient, String truth, String reason) {
    return add(file, patient, truth, Optional.of(reason), new double[0]);
  }

  private EvaluationBuilder add(
      String file,
      Optional<String> patient,
      String truth,
      Optional<String> refusal,
      double[] probabilities) {
    rows.add(
        new Row(
            patient.map(known -> "patient " + known).orElse("image " + file),
            patient.isPresent(),
            ConfusionMatrix.index(labels, truth),
            refusal,
            probabilities));
    return this;
  }

  /**
   * Adds operating points to evaluate on these images.
   *
   * @param asked operating points of a model card
   * @return this builder
   * @throws IllegalArgumentException if a threshold's label is unknown
   */
  public EvaluationBuilder thresholds(List<OperatingThreshold> asked) {
    asked.forEach(threshold -> ConfusionMatrix.index(labels, threshold.label()));
    thresholds = List.copyOf(asked);
    return this;
  }

  /**
   * Adds conformal label sets to evaluate on these images.
   *
   * @param asked those of a model card
   * @return this builder
   */
  public EvaluationBuilder conformal(ConformalSets asked) {
    conformal = Optional.of(asked);
    return this;
  }

  /**
   * Sets the seed of the resamples.
   *
   * @param chosen any number; 0 by default
   * @return this builder
   */
  public EvaluationBuilder seed(long chosen) {
    seed = chosen;
    return this;
  }

  /**
   * Computes the metrics; about a second for a few thousand images.
   *
   * @return the evaluation
   * @throws IllegalArgumentException if there are no images
   */
  public Evaluation build() {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("Evaluation: expected at least one image, found none");
    }
    List<Row> sorted = rows.stream().sorted(Row.ORDER).toList();
    return new EvaluationFigures(labels, sorted, thresholds, conformal, seed).evaluation();
  }
}
