package io.cxr.evaluation;

import io.cxr.dataset.FindingStates;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.Subset;
import io.cxr.model.ConformalSets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntPredicate;

/** Fits conformal label sets to answers for images that the weights were not fitted to. */
public final class ConformalFit {
  private ConformalFit() {}

  /**
   * A quantile for each label. Images of a patient are not exchangeable with those of others; so
   * each patient gives one image a label, drawn by the seed, and the promise is for an image of
   * another patient (subsampling once: Dunn, Wasserman and Ramdas, Journal of the American
   * Statistical Association 118, 2023). Of n scores {@code 1 - p} the quantile is the one of rank
   * {@code ceil((n + 1) (1 - alpha))}; where n is smaller, with an alpha of 0.1 fewer than 9, the
   * label is in every set. The least probability is lowered by {@link OperatingPoints#TOLERANCE},
   * so that rounding on another processor takes no label out of a set.
   *
   * @param labels the labels, in the order of the answers
   * @param probabilities calibrated answers, one value per label
   * @param truth the index of each image's label
   * @param groups the patient of each image, or a substitute for it
   * @param subset which images these are
   * @param alpha how often a set may lack the true label, above 0 and below 1
   * @param seed draws an image of each patient
   * @return the label sets
   */
  public static ConformalSets fit(
      List<String> labels,
      List<double[]> probabilities,
      int[] truth,
      List<String> groups,
      Subset subset,
      double alpha,
      long seed) {
    Map<String, ConformalSets.Quantile> quantiles = new LinkedHashMap<>();
    for (int label = 0; label < labels.size(); label++) {
      int of = label;
      quantiles.put(
          labels.get(label),
          quantile(label, i -> truth[i] == of, probabilities, groups, alpha, seed));
    }
    return new ConformalSets(alpha, subset, quantiles);
  }

  /**
   * A quantile for each finding, of the films on which it is present, as {@link #fit} has one for
   * each label.
   *
   * @param findings the findings, in the order of the answers
   * @param probabilities calibrated answers, one value per finding
   * @param truth what is known of each film, for the same findings
   * @param groups the patient of each film, or a substitute for it
   * @param subset which films these are
   * @param alpha how often a finding that is present may be ruled out, above 0 and below 1
   * @param seed draws a film of each patient
   * @return the label sets
   */
  public static ConformalSets fitFindings(
      List<String> findings,
      List<double[]> probabilities,
      List<FindingStates> truth,
      List<String> groups,
      Subset subset,
      double alpha,
      long seed) {
    Map<String, ConformalSets.Quantile> quantiles = new LinkedHashMap<>();
    for (int finding = 0; finding < findings.size(); finding++) {
      int of = finding;
      quantiles.put(
          findings.get(finding),
          quantile(
              finding,
              i -> truth.get(i).state(of) == LabelState.PRESENT,
              probabilities,
              groups,
              alpha,
              seed));
    }
    return new ConformalSets(alpha, subset, quantiles);
  }

  private static ConformalSets.Quantile quantile(
      int label,
      IntPredicate has,
      List<double[]> probabilities,
      List<String> groups,
      double alpha,
      long seed) {
    Map<String, List<Integer>> images = new LinkedHashMap<>();
    for (int i = 0; i < groups.size(); i++) {
      if (has.test(i)) {
        images.computeIfAbsent(groups.get(i), patient -> new ArrayList<>()).add(i);
      }
    }
    // Random's sequence is part of its specification.
    Random random = new Random(seed);
    double[] own = new double[images.size()];
    int patient = 0;
    for (List<Integer> of : images.values()) {
      int drawn = Objects.requireNonNull(of.get(random.nextInt(of.size())));
      own[patient++] = probabilities.get(drawn)[label];
    }
    Arrays.sort(own);
    // Of the scores 1 - p the one of this rank is, of p, the same rank from above.
    int rank = (int) Math.ceil((own.length + 1) * (1 - alpha) - 1e-9);
    double least = rank > own.length ? 0 : own[own.length - rank] - OperatingPoints.TOLERANCE;
    return new ConformalSets.Quantile(Math.max(0, least), own.length);
  }
}
