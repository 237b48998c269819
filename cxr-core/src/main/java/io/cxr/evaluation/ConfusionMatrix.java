package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A confusion matrix. Immutable and thread-safe.
 *
 * <p>Rows are true labels and columns are predicted labels, both in the order of {@link #labels()},
 * as in scikit-learn's {@code confusion_matrix}.
 */
public final class ConfusionMatrix {
  private final List<String> labels;
  private final int[][] counts;

  private ConfusionMatrix(List<String> labels, int[][] counts) {
    this.labels = labels;
    this.counts = counts;
  }

  /**
   * Counts predictions.
   *
   * @param labels distinct labels, in the order of rows and columns
   * @param truth the true label of each radiograph
   * @param predicted the predicted label of each radiograph, in the same order
   * @return the matrix
   * @throws IllegalArgumentException if the lists differ in length or hold another label
   */
  public static ConfusionMatrix of(
      List<String> labels, List<String> truth, List<String> predicted) {
    if (truth.size() != predicted.size()) {
      throw new IllegalArgumentException(
          "Confusion matrix: expected as many answers as true labels, found "
              + predicted.size()
              + " and "
              + truth.size());
    }
    List<String> distinct = distinct(labels);
    int[][] counts = new int[distinct.size()][distinct.size()];
    for (int i = 0; i < truth.size(); i++) {
      counts[index(distinct, truth.get(i))][index(distinct, predicted.get(i))]++;
    }
    return new ConfusionMatrix(distinct, counts);
  }

  static List<String> distinct(List<String> labels) {
    if (labels.isEmpty() || labels.stream().distinct().count() != labels.size()) {
      throw new IllegalArgumentException(
          "Labels: expected distinct ones and at least one, found " + labels);
    }
    return List.copyOf(labels);
  }

  static int index(List<String> labels, String label) {
    int index = labels.indexOf(label);
    if (index < 0) {
      throw new IllegalArgumentException(
          "Label '" + label + "' is unknown. Expected one of " + labels);
    }
    return index;
  }

  /**
   * The labels of rows and columns.
   *
   * @return distinct labels
   */
  public List<String> labels() {
    return labels;
  }

  /**
   * How often one label was predicted for another.
   *
   * @param truth the true label
   * @param predicted the predicted label
   * @return how many radiographs
   * @throws IllegalArgumentException if a label is unknown
   */
  public int count(String truth, String predicted) {
    return counts[index(labels, truth)][index(labels, predicted)];
  }

  /**
   * The whole matrix.
   *
   * @return a row for each true label, a column for each predicted label
   */
  public List<List<Integer>> rows() {
    List<List<Integer>> rows = new ArrayList<>();
    for (int[] row : counts) {
      rows.add(Arrays.stream(row).boxed().toList());
    }
    return List.copyOf(rows);
  }

  /**
   * How many radiographs have this true label.
   *
   * @param label a label
   * @return the sum of its row
   */
  public int truths(String label) {
    return Arrays.stream(counts[index(labels, label)]).sum();
  }

  /**
   * How often this label was predicted.
   *
   * @param label a label
   * @return the sum of its column
   */
  public int answers(String label) {
    int column = index(labels, label);
    return Arrays.stream(counts).mapToInt(row -> row[column]).sum();
  }

  /**
   * How many radiographs there are.
   *
   * @return the sum of all counts
   */
  public int total() {
    return Arrays.stream(counts).mapToInt(row -> Arrays.stream(row).sum()).sum();
  }

  /**
   * How many predictions are correct.
   *
   * @return the sum of the diagonal
   */
  public int correct() {
    int sum = 0;
    for (int i = 0; i < counts.length; i++) {
      sum += counts[i][i];
    }
    return sum;
  }

  /**
   * The matrix as a plain text table.
   *
   * @return lines that end in a line feed
   */
  public String format() {
    int first = "truth".length();
    int width = 6;
    for (String label : labels) {
      first = Math.max(first, label.length());
      width = Math.max(width, label.length());
    }
    StringBuilder table = new StringBuilder(pad("truth", first));
    for (String label : labels) {
      table.append("  ").append(pad(label, width));
    }
    table.append('\n');
    for (int i = 0; i < counts.length; i++) {
      table.append(pad(labels.get(i), first));
      for (int count : counts[i]) {
        table.append("  ").append(pad(String.valueOf(count), width));
      }
      table.append('\n');
    }
    return table.toString();
  }

  static String pad(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ConfusionMatrix that
        && labels.equals(that.labels)
        && Arrays.deepEquals(counts, that.counts);
  }

  @Override
  public int hashCode() {
    return 31 * labels.hashCode() + Arrays.deepHashCode(counts);
  }

  @Override
  public String toString() {
    return "ConfusionMatrix" + labels + Arrays.deepToString(counts);
  }
}
