package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How well two of a model's labels are told apart: the AUROC of {@code p(first) / (p(first) +
 * p(second))} on the images that have one of them (as Hand and Till, Machine Learning 45, 2001, but
 * of one score). With more than two labels it does not change with the images of the others, as
 * that of one label against the rest does.
 *
 * @param first a label, the positive one
 * @param second another
 * @param firstImages how many images have the first
 * @param secondImages how many have the second
 * @param auroc from 0 to 1, with its interval
 */
public record LabelPair(
    String first, String second, int firstImages, int secondImages, Interval auroc) {

  /** Checks the values. */
  public LabelPair {
    Objects.requireNonNull(first, "first");
    Objects.requireNonNull(second, "second");
    Objects.requireNonNull(auroc, "auroc");
  }

  /**
   * All pairs of labels that the images have.
   *
   * @param labels the labels, in the order of the outputs
   * @param probabilities the model's answers, one value per label
   * @param truth the index of each image's label
   * @param groups the patient of each image, or a substitute: they are resampled together
   * @param seed the seed of the resamples
   * @return a pair of labels each, in their order; none without images of two labels
   */
  public static List<LabelPair> of(
      List<String> labels,
      List<double[]> probabilities,
      int[] truth,
      List<String> groups,
      long seed) {
    List<LabelPair> pairs = new ArrayList<>();
    if (truth.length == 0) {
      return pairs;
    }
    List<Statistic> asked = new ArrayList<>();
    for (int first = 0; first < labels.size(); first++) {
      for (int second = first + 1; second < labels.size(); second++) {
        asked.add(ranking(probabilities, truth, first, second));
      }
    }
    List<Optional<Interval>> found = Bootstrap.ofGroups(groups, seed).intervals(asked);
    int next = 0;
    for (int first = 0; first < labels.size(); first++) {
      for (int second = first + 1; second < labels.size(); second++) {
        Optional<Interval> auroc = found.get(next++);
        if (auroc.isPresent()) {
          pairs.add(
              new LabelPair(
                  labels.get(first),
                  labels.get(second),
                  count(truth, first),
                  count(truth, second),
                  auroc.get()));
        }
      }
    }
    return pairs;
  }

  private static Statistic ranking(
      List<double[]> probabilities, int[] truth, int first, int second) {
    boolean[] positive = new boolean[truth.length];
    boolean[] among = new boolean[truth.length];
    double[] scores = new double[truth.length];
    for (int i = 0; i < truth.length; i++) {
      positive[i] = truth[i] == first;
      among[i] = truth[i] == first || truth[i] == second;
      double sum = probabilities.get(i)[first] + probabilities.get(i)[second];
      scores[i] = sum > 0 ? probabilities.get(i)[first] / sum : 0.5;
    }
    return RankedScores.of(positive, scores, among);
  }

  private static int count(int[] truth, int label) {
    int count = 0;
    for (int each : truth) {
      count += each == label ? 1 : 0;
    }
    return count;
  }
}
