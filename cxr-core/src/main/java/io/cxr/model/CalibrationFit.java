package io.cxr.model;

import io.cxr.dataset.FindingStates;
import io.cxr.dataset.LabelState;
import java.util.Arrays;
import java.util.List;

/** Fits calibrations by the likelihood of validation images. */
final class CalibrationFit {
  /** Probabilities are not taken to be less: their logarithm has to be a number. */
  static final double LEAST = 1e-12;

  /**
   * Standard deviation of ln T before any image is seen. Without it, labels that are told apart
   * without an error would end at certainty; from some dozens of images on it hardly matters.
   */
  private static final double PRIOR_DEVIATION = 0.5;

  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  private CalibrationFit() {}

  static double logit(double p) {
    double clipped = Math.min(1 - LEAST, Math.max(LEAST, p));
    return Math.log(clipped / (1 - clipped));
  }

  /** By golden section on ln T: the likelihood has one maximum in 1 / T. */
  static Calibration.Temperature temperature(List<double[]> probabilities, int[] truth) {
    double low = Math.log(0.05);
    double high = Math.log(20);
    double left = high - GOLDEN * (high - low);
    double right = low + GOLDEN * (high - low);
    double leftLoss = loss(probabilities, truth, Math.exp(left));
    double rightLoss = loss(probabilities, truth, Math.exp(right));
    while (high - low > 1e-9) {
      if (leftLoss < rightLoss) {
        high = right;
        right = left;
        rightLoss = leftLoss;
        left = high - GOLDEN * (high - low);
        leftLoss = loss(probabilities, truth, Math.exp(left));
      } else {
        low = left;
        left = right;
        leftLoss = rightLoss;
        right = low + GOLDEN * (high - low);
        rightLoss = loss(probabilities, truth, Math.exp(right));
      }
    }
    double found = Math.exp((low + high) / 2);
    return new Calibration.Temperature(Math.min(20, Math.max(0.05, found)));
  }

  private static double loss(List<double[]> probabilities, int[] truth, double temperature) {
    double clipped = Math.min(20, Math.max(0.05, temperature));
    Calibration.Temperature calibration = new Calibration.Temperature(clipped);
    double deviations = Math.log(clipped) / PRIOR_DEVIATION;
    double sum = deviations * deviations / 2;
    for (int i = 0; i < truth.length; i++) {
      double p = calibration.calibrate(probabilities.get(i))[truth[i]];
      sum -= Math.log(Math.max(Double.MIN_NORMAL, p));
    }
    return sum;
  }

  /** Of two labels, the second is positive. */
  static Calibration.Platt platt(List<double[]> probabilities, int[] truth) {
    double[] second = new double[truth.length];
    for (int i = 0; i < second.length; i++) {
      second[i] = probabilities.get(i)[1];
    }
    return platt(second, truth);
  }

  /** Of one finding, on the films of which it is known; as it is if they are all alike. */
  static Calibration.Platt platt(
      List<double[]> probabilities, List<FindingStates> films, int finding) {
    double[] known = new double[films.size()];
    int[] truth = new int[known.length];
    int count = 0;
    int positives = 0;
    for (int i = 0; i < known.length; i++) {
      LabelState state = films.get(i).state(finding);
      if (state.isKnown()) {
        known[count] = probabilities.get(i)[finding];
        truth[count] = state == LabelState.PRESENT ? 1 : 0;
        positives += truth[count++];
      }
    }
    return positives == 0 || positives == count
        ? new Calibration.Platt(1, 0)
        : platt(Arrays.copyOf(known, count), Arrays.copyOf(truth, count));
  }

  /** By Newton's method with step halving, as Lin, Lin and Weng (2007) make Platt's fit sound. */
  private static Calibration.Platt platt(double[] probabilities, int[] truth) {
    int n = truth.length;
    double[] logits = new double[n];
    int positives = 0;
    for (int i = 0; i < n; i++) {
      logits[i] = logit(probabilities[i]);
      positives += truth[i];
    }
    double high = (positives + 1.0) / (positives + 2.0);
    double low = 1.0 / (n - positives + 2.0);
    double[] targets = new double[n];
    for (int i = 0; i < n; i++) {
      targets[i] = truth[i] == 1 ? high : low;
    }
    double slope = 1;
    double intercept = 0;
    double loss = plattLoss(logits, targets, slope, intercept);
    for (int iteration = 0; iteration < 200; iteration++) {
      double g1 = 0;
      double g2 = 0;
      double h11 = 1e-12;
      double h12 = 0;
      double h22 = 1e-12;
      for (int i = 0; i < n; i++) {
        double p = 1 / (1 + Math.exp(-slope * logits[i] - intercept));
        double d = p - targets[i];
        double w = p * (1 - p);
        g1 += d * logits[i];
        g2 += d;
        h11 += w * logits[i] * logits[i];
        h12 += w * logits[i];
        h22 += w;
      }
      if (Math.abs(g1) < 1e-9 && Math.abs(g2) < 1e-9) {
        break;
      }
      double determinant = h11 * h22 - h12 * h12;
      double stepSlope = -(h22 * g1 - h12 * g2) / determinant;
      double stepIntercept = -(h11 * g2 - h12 * g1) / determinant;
      double share = 1;
      double tried = plattLoss(logits, targets, slope + stepSlope, intercept + stepIntercept);
      while (!(tried < loss) && share > 1e-10) {
        share /= 2;
        tried =
            plattLoss(
                logits, targets, slope + share * stepSlope, intercept + share * stepIntercept);
      }
      if (!(tried < loss)) {
        break;
      }
      slope += share * stepSlope;
      intercept += share * stepIntercept;
      loss = tried;
    }
    // A network that is worse than chance is not turned round: that would hide it.
    return new Calibration.Platt(Math.max(1e-6, slope), intercept);
  }

  private static double plattLoss(
      double[] logits, double[] targets, double slope, double intercept) {
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      double z = slope * logits[i] + intercept;
      // ln(1 + exp(z)) - t z, whose exponential does not overflow.
      sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - targets[i] * z;
    }
    return sum;
  }
}
