package io.cxr.evaluation;

import io.cxr.LabelProbability;
import io.cxr.Prediction;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * Metrics of a model on radiographs whose labels are known. Immutable and thread-safe.
 *
 * <p>The predicted label is the most probable one, the first of equals. A macro average is the
 * unweighted mean over the labels. With two labels, one is the positive class: its sensitivity and
 * specificity are those of the report, because the macro averages of both are the same number, the
 * balanced accuracy.
 */
public final class ClassificationReport {
  private final ConfusionMatrix confusion;
  private final List<LabelFigures> figures;
  private final Map<String, RocCurve> rocCurves;
  private final Optional<String> positiveClass;

  private ClassificationReport(
      ConfusionMatrix confusion,
      List<LabelFigures> figures,
      Map<String, RocCurve> rocCurves,
      Optional<String> positiveClass) {
    this.confusion = confusion;
    this.figures = figures;
    this.rocCurves = rocCurves;
    this.positiveClass = positiveClass;
  }

  /**
   * A report on predictions.
   *
   * @param labels the model's labels, in the order of its card
   * @param truth the true label of each radiograph
   * @param predictions the prediction for each radiograph, in the same order
   * @return the report
   * @throws IllegalArgumentException if the lists differ in length or are empty, or a label is
   *     unknown
   */
  public static ClassificationReport of(
      List<String> labels, List<String> truth, List<Prediction> predictions) {
    checkLength(truth.size(), predictions.size());
    Builder builder = builder(labels);
    for (int i = 0; i < truth.size(); i++) {
      builder.add(truth.get(i), predictions.get(i));
    }
    return builder.build();
  }

  /**
   * A report on raw probabilities.
   *
   * @param labels distinct labels, in the order of the probabilities
   * @param truth the true label of each radiograph
   * @param probabilities {@code [radiograph][label]}, from 0 to 1
   * @return the report
   * @throws IllegalArgumentException if lengths differ, there is no radiograph, a label is unknown
   *     or a probability is not one
   */
  public static ClassificationReport of(
      List<String> labels, List<String> truth, double[][] probabilities) {
    checkLength(truth.size(), probabilities.length);
    Builder builder = builder(labels);
    for (int i = 0; i < truth.size(); i++) {
      builder.add(truth.get(i), probabilities[i]);
    }
    return builder.build();
  }

  private static void checkLength(int truth, int answers) {
    if (truth != answers) {
      throw new IllegalArgumentException(
          "Evaluation: expected as many answers as true labels, found "
              + answers
              + " and "
              + truth);
    }
  }

  /**
   * Starts a report that takes radiographs one by one.
   *
   * @param labels distinct labels, in the order of the model card
   * @return a builder without radiographs
   */
  public static Builder builder(List<String> labels) {
    return new Builder(ConfusionMatrix.distinct(labels));
  }

  /** Collects predictions: a few numbers per radiograph. Not thread-safe. */
  public static final class Builder {
    private final List<String> labels;
    private final List<String> truths = new ArrayList<>();
    private final List<double[]> rows = new ArrayList<>();
    private Optional<String> positiveClass;

    private Builder(List<String> labels) {
      this.labels = labels;
      this.positiveClass = PositiveClass.of(labels);
    }

    /**
     * Chooses the positive class of a report on two labels; by default {@link PositiveClass#of}
     * does.
     *
     * @param label one of the two labels
     * @return this builder
     * @throws IllegalArgumentException if the label is unknown or there are not two labels
     */
    public Builder positiveClass(String label) {
      if (labels.size() != 2 || !labels.contains(label)) {
        throw new IllegalArgumentException(
            "Positive class: expected one of two labels, found " + label + " and " + labels);
      }
      positiveClass = Optional.of(label);
      return this;
    }

    /**
     * Adds one radiograph.
     *
     * @param truth its true label
     * @param prediction the prediction; its labels are those of the report, in any order
     * @return this builder
     * @throws IllegalArgumentException if a label is unknown
     */
    public Builder add(String truth, Prediction prediction) {
      double[] row = new double[labels.size()];
      if (prediction.probabilities().size() != row.length) {
        throw new IllegalArgumentException(
            "Prediction: expected the labels "
                + labels
                + ", found "
                + prediction.probabilities().stream().map(LabelProbability::label).toList());
      }
      for (int i = 0; i < row.length; i++) {
        row[i] = prediction.probability(labels.get(i));
      }
      return add(truth, row);
    }

    /**
     * Adds one radiograph.
     *
     * @param truth its true label
     * @param probabilities one value per label, from 0 to 1, in the order of the labels; copied
     * @return this builder
     * @throws IllegalArgumentException if the label is unknown, or a value missing or out of range
     */
    public Builder add(String truth, double... probabilities) {
      ConfusionMatrix.index(labels, truth);
      if (probabilities.length != labels.size()) {
        throw new IllegalArgumentException(
            "Probabilities: expected "
                + labels.size()
                + ", one per label, found "
                + probabilities.length);
      }
      for (double probability : probabilities) {
        if (!(probability >= 0 && probability <= 1)) {
          throw new IllegalArgumentException("Probability: expected 0 to 1, found " + probability);
        }
      }
      truths.add(truth);
      rows.add(probabilities.clone());
      return this;
    }

    /**
     * Computes the metrics.
     *
     * @return the report on the radiographs so far
     * @throws IllegalArgumentException if there are none
     */
    public ClassificationReport build() {
      if (rows.isEmpty()) {
        throw new IllegalArgumentException(
            "Evaluation: expected at least one radiograph, found none");
      }
      List<String> answers = new ArrayList<>();
      for (double[] row : rows) {
        int top = 0;
        for (int i = 1; i < row.length; i++) {
          top = row[i] > row[top] ? i : top;
        }
        answers.add(labels.get(top));
      }
      ConfusionMatrix confusion = ConfusionMatrix.of(labels, truths, answers);
      List<LabelFigures> figures = new ArrayList<>();
      Map<String, RocCurve> rocCurves = new LinkedHashMap<>();
      for (int label = 0; label < labels.size(); label++) {
        String name = labels.get(label);
        boolean[] positive = new boolean[rows.size()];
        double[] scores = new double[rows.size()];
        for (int i = 0; i < positive.length; i++) {
          positive[i] = truths.get(i).equals(name);
          scores[i] = rows.get(i)[label];
        }
        Optional<RocCurve> curve = RocCurve.of(positive, scores);
        curve.ifPresent(known -> rocCurves.put(name, known));
        figures.add(
            LabelFigures.of(
                confusion,
                name,
                curve.isPresent()
                    ? OptionalDouble.of(curve.get().area())
                    : OptionalDouble.empty()));
      }
      return new ClassificationReport(confusion, List.copyOf(figures), rocCurves, positiveClass);
    }
  }

  /**
   * The confusion matrix.
   *
   * @return the counts
   */
  public ConfusionMatrix confusion() {
    return confusion;
  }

  /**
   * The labels.
   *
   * @return distinct labels, in the order that was given
   */
  public List<String> labels() {
    return confusion.labels();
  }

  /**
   * The positive class of a report on two labels.
   *
   * @return one of the labels, or empty if there are more than two
   */
  public Optional<String> positiveClass() {
    return positiveClass;
  }

  /**
   * The sensitivity.
   *
   * @return that of the positive class; of more than two labels {@link #macroRecall}
   */
  public double sensitivity() {
    return ofPositiveClass(LabelFigures::recall);
  }

  /**
   * The specificity.
   *
   * @return that of the positive class; of more than two labels {@link #macroSpecificity}
   */
  public double specificity() {
    return ofPositiveClass(LabelFigures::specificity);
  }

  /**
   * The F1 score.
   *
   * @return that of the positive class; of more than two labels {@link #macroF1}
   */
  public double f1() {
    return ofPositiveClass(LabelFigures::f1);
  }

  private double ofPositiveClass(ToDoubleFunction<LabelFigures> metric) {
    return positiveClass.isPresent()
        ? metric.applyAsDouble(figures(positiveClass.get()))
        : macro(metric);
  }

  /**
   * How many radiographs the report is on.
   *
   * @return at least 1
   */
  public int total() {
    return confusion.total();
  }

  /**
   * The share of correct predictions.
   *
   * @return from 0 to 1
   */
  public double accuracy() {
    return LabelFigures.ratio(confusion.correct(), confusion.total());
  }

  /**
   * The metrics of every label.
   *
   * @return one entry per label, in the order of {@link #labels()}
   */
  public List<LabelFigures> figures() {
    return figures;
  }

  /**
   * The metrics of one label.
   *
   * @param label a label
   * @return its metrics
   * @throws IllegalArgumentException if the label is unknown
   */
  public LabelFigures figures(String label) {
    return figures.get(ConfusionMatrix.index(labels(), label));
  }

  /**
   * The ROC curve of one label's probability, one against the rest.
   *
   * @param label a label
   * @return the curve, or empty if no radiograph has the label, or all have
   * @throws IllegalArgumentException if the label is unknown
   */
  public Optional<RocCurve> rocCurve(String label) {
    ConfusionMatrix.index(labels(), label);
    return Optional.ofNullable(rocCurves.get(label));
  }

  /**
   * Precision, averaged over labels.
   *
   * @return from 0 to 1
   */
  public double macroPrecision() {
    return macro(LabelFigures::precision);
  }

  /**
   * Recall, which is sensitivity, averaged over labels: also called balanced accuracy.
   *
   * @return from 0 to 1
   */
  public double macroRecall() {
    return macro(LabelFigures::recall);
  }

  /**
   * Specificity, averaged over labels. For two labels it is the same as {@link #macroRecall}.
   *
   * @return from 0 to 1
   */
  public double macroSpecificity() {
    return macro(LabelFigures::specificity);
  }

  /**
   * The F1 score, averaged over labels.
   *
   * @return from 0 to 1
   */
  public double macroF1() {
    return macro(LabelFigures::f1);
  }

  /**
   * The area under the ROC curve, one against the rest, averaged over the labels that have one. For
   * two labels whose probabilities sum to 1 it is the AUROC of either.
   *
   * @return from 0 to 1, or empty if all radiographs have the same label
   */
  public OptionalDouble auroc() {
    return figures.stream()
        .map(LabelFigures::auroc)
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble)
        .average();
  }

  private double macro(ToDoubleFunction<LabelFigures> figure) {
    return figures.stream().mapToDouble(figure).sum() / figures.size();
  }

  /**
   * The main metrics by name, as a model card holds them: {@code accuracy}, {@code
   * macro-precision}, {@code macro-recall}, {@code macro-specificity}, {@code macro-f1} and, where
   * defined, {@code auroc}. With two labels, sensitivity and specificity of the positive class are
   * there in place of {@code macro-specificity}, such as {@code sensitivity.COVID19}.
   *
   * @return values from 0 to 1, in that order
   */
  public Map<String, Double> metrics() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("accuracy", accuracy());
    metrics.put("macro-precision", macroPrecision());
    metrics.put("macro-recall", macroRecall());
    if (positiveClass.isPresent()) {
      metrics.put("sensitivity." + positiveClass.get(), sensitivity());
      metrics.put("specificity." + positiveClass.get(), specificity());
    } else {
      metrics.put("macro-specificity", macroSpecificity());
    }
    metrics.put("macro-f1", macroF1());
    auroc().ifPresent(area -> metrics.put("auroc", area));
    return Collections.unmodifiableMap(metrics);
  }

  /**
   * The report as plain text: a table of the metrics, the confusion matrix, and {@link
   * Prediction#NOTICE}.
   *
   * @return lines that end in a line feed
   */
  public String format() {
    int width = "macro average".length();
    for (String label : labels()) {
      width = Math.max(width, label.length());
    }
    StringBuilder text = new StringBuilder(ConfusionMatrix.pad("", width));
    text.append("  precision  recall  specificity  f1-score   auroc  support\n");
    for (LabelFigures row : figures) {
      line(
          text,
          width,
          row.label(),
          List.of(
              cell(row.precision()),
              cell(row.recall()),
              cell(row.specificity()),
              cell(row.f1()),
              cell(row.auroc()),
              String.valueOf(row.support())));
    }
    line(
        text,
        width,
        "accuracy",
        List.of("", "", "", cell(accuracy()), "", String.valueOf(total())));
    line(
        text,
        width,
        "macro average",
        List.of(
            cell(macroPrecision()),
            cell(macroRecall()),
            // Of two labels it would repeat the recall.
            positiveClass.isPresent() ? "" : cell(macroSpecificity()),
            cell(macroF1()),
            cell(auroc()),
            String.valueOf(total())));
    positiveClass.ifPresent(
        label ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "\nPositive class %s: sensitivity %.4f, specificity %.4f\n",
                    label,
                    sensitivity(),
                    specificity())));
    return text.append("\nPredicted label (columns) by true label (rows):\n")
        .append(confusion.format())
        .append('\n')
        .append(Prediction.NOTICE)
        .append('\n')
        .toString();
  }

  private static String cell(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String cell(OptionalDouble value) {
    return value.isPresent() ? cell(value.getAsDouble()) : "-";
  }

  private static void line(StringBuilder text, int width, String name, List<String> cells) {
    int[] widths = {11, 8, 13, 10, 8, 9};
    text.append(ConfusionMatrix.pad(name, width));
    for (int i = 0; i < widths.length; i++) {
      text.append(ConfusionMatrix.pad(cells.get(i), widths[i]));
    }
    text.append('\n');
  }

  @Override
  public String toString() {
    return format();
  }
}
