package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.List;

/**
 * The reliability diagram of the top label's probability: confidence against accuracy (Guo et al.,
 * ICML 2017).
 *
 * @param bins bins of equal width from 0 to 1, in order; empty ones included
 * @param expectedCalibrationError mean over the samples of the distance between their bin's mean
 *     confidence and its accuracy, from 0 to 1
 */
public record CalibrationCurve(List<Bin> bins, double expectedCalibrationError) {
  /** The usual number of bins. */
  public static final int BINS = 15;

  /** Checks the values. */
  public CalibrationCurve {
    bins = List.copyOf(bins);
  }

  /**
   * The samples whose top probability lies in one bin.
   *
   * @param from the lower edge, exclusive except for 0
   * @param to the upper edge, inclusive
   * @param count how many samples
   * @param meanConfidence mean of their top probabilities; 0 if there is none
   * @param accuracy share of them whose top label is right; 0 if there is none
   */
  public record Bin(double from, double to, int count, double meanConfidence, double accuracy) {}

  /**
   * Computes the diagram.
   *
   * @param probabilities one probability per label, for each sample
   * @param truth the index of each sample's label
   * @param bins how many bins, at least 1
   * @return the curve
   */
  public static CalibrationCurve of(List<double[]> probabilities, int[] truth, int bins) {
    if (probabilities.size() != truth.length || truth.length == 0 || bins < 1) {
      throw new IllegalArgumentException(
          "Calibration curve: expected as many answers as labels, at least one, and at least one"
              + " bin, found "
              + probabilities.size()
              + " answers, "
              + truth.length
              + " labels, "
              + bins
              + " bins");
    }
    int[] counts = new int[bins];
    double[] confidence = new double[bins];
    int[] right = new int[bins];
    for (int i = 0; i < truth.length; i++) {
      double[] answer = probabilities.get(i);
      int top = 0;
      for (int label = 1; label < answer.length; label++) {
        top = answer[label] > answer[top] ? label : top;
      }
      int bin = bin(answer[top], bins);
      counts[bin]++;
      confidence[bin] += answer[top];
      right[bin] += top == truth[i] ? 1 : 0;
    }
    List<Bin> result = new ArrayList<>();
    double error = 0;
    for (int bin = 0; bin < bins; bin++) {
      double n = Math.max(1, counts[bin]);
      error += Math.abs(confidence[bin] - right[bin]) / truth.length;
      result.add(
          new Bin(
              (double) bin / bins,
              (bin + 1.0) / bins,
              counts[bin],
              confidence[bin] / n,
              right[bin] / n));
    }
    return new CalibrationCurve(result, error);
  }

  /** The bin of a top probability. */
  static int bin(double confidence, int bins) {
    return Math.min(bins - 1, Math.max(0, (int) Math.ceil(confidence * bins) - 1));
  }
}
