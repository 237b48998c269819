package io.cxr.train.loss;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The loss of one sample and its gradient by the logits, the values before the activation, in plain
 * Java and double precision. Immutable.
 */
public sealed interface LogitLoss extends Serializable {

  /**
   * Computes loss and gradient.
   *
   * @param logits one value a unit
   * @param targets one value a unit; what it may be is the loss' to say
   * @param gradient receives the derivative by each logit; as long as the logits
   * @return the loss, not a number where a logit is none
   */
  double of(double[] logits, double[] targets, double[] gradient);

  /**
   * Categorical cross-entropy under a softmax: {@code -sum_k t_k ln p_k}. Targets are from 0 to 1,
   * with sum 1, here and in the two that follow.
   */
  record SoftmaxCrossEntropy() implements LogitLoss {
    @Override
    public double of(double[] logits, double[] targets, double[] gradient) {
      softmax(logits, gradient);
      double greatest = greatest(logits);
      double sum = 0;
      for (double logit : logits) {
        sum += Math.exp(logit - greatest);
      }
      double logSum = greatest + Math.log(sum);
      double loss = 0;
      for (int k = 0; k < logits.length; k++) {
        loss += targets[k] * (logSum - logits[k]);
        gradient[k] -= targets[k];
      }
      return loss;
    }
  }

  /**
   * Categorical cross-entropy on a sigmoid a label, as Keras computes it: the outputs are first
   * divided by their sum, {@code p_i = s_i / sum(s)}, then the loss is {@code -sum(t_i ln p_i)}.
   */
  record NormalizedSigmoidCrossEntropy() implements LogitLoss {
    /** Keeps the division apart from zero. */
    private static final double LEAST_SUM = 1e-30;

    @Override
    public double of(double[] logits, double[] targets, double[] gradient) {
      double sum = LEAST_SUM;
      double loss = 0;
      for (int k = 0; k < logits.length; k++) {
        double z = logits[k];
        gradient[k] = 1 / (1 + Math.exp(-z));
        sum += gradient[k];
        // ln s = min(z, 0) - ln(1 + exp(-|z|)), whose exponential does not overflow.
        loss -= targets[k] * (Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z))));
      }
      for (int k = 0; k < logits.length; k++) {
        double s = gradient[k];
        // dL/dz_i = (1 - s_i) (s_i / sum(s) - t_i)
        gradient[k] = (1 - s) * (s / sum - targets[k]);
      }
      return loss + Math.log(sum);
    }
  }

  /**
   * Focal loss (Lin et al., ICCV 2017): {@code -sum_k t_k (1 - p_k)^gamma ln p_k}. Under a softmax
   * k runs over the labels; under one sigmoid over the second and the first label, whose
   * probability is the complement.
   *
   * @param gamma how much less a sample counts that the network is sure of; at least 0, where 0 is
   *     plain cross-entropy
   */
  record Focal(double gamma) implements LogitLoss {
    /** Keras clips probabilities here, too. */
    private static final double LEAST = 1e-7;

    @Override
    public double of(double[] logits, double[] targets, double[] gradient) {
      if (logits.length > 1) {
        return ofLabels(logits, targets, gradient);
      }
      // One sigmoid is a softmax over two labels whose first logit is fixed at 0.
      double[] both = new double[2];
      double loss =
          ofLabels(new double[] {0, logits[0]}, new double[] {1 - targets[0], targets[0]}, both);
      gradient[0] = both[1];
      return loss;
    }

    private double ofLabels(double[] logits, double[] targets, double[] gradient) {
      double[] p = new double[logits.length];
      softmax(logits, p);
      double loss = 0;
      // dL/dz_j = t_j a_j - p_j sum_k t_k a_k with a_k = p_k dL_k/dp_k
      double sum = 0;
      for (int k = 0; k < p.length; k++) {
        // Not by Math.max, which would turn a NaN of a diverged network into a number.
        p[k] = p[k] < LEAST ? LEAST : p[k] > 1 - LEAST ? 1 - LEAST : p[k];
        double q = 1 - p[k];
        loss -= targets[k] * Math.pow(q, gamma) * Math.log(p[k]);
        // gamma * (1 - p)^(gamma - 1) has a pole at p = 1 that p ln p does away with.
        double slope = gamma == 0 ? 0 : gamma * Math.pow(Math.max(q, LEAST), gamma - 1);
        gradient[k] = targets[k] * (slope * p[k] * Math.log(p[k]) - Math.pow(q, gamma));
        sum += gradient[k];
      }
      for (int k = 0; k < p.length; k++) {
        gradient[k] -= p[k] * sum;
      }
      return loss;
    }
  }

  /**
   * Binary cross-entropy of findings, each under a sigmoid of its own, on those that are known:
   * {@code -sum_k (a_k t_k ln p_k + b_k (1 - t_k) ln(1 - p_k))}. Targets are from 0 to 1, or NaN
   * where a finding is unknown, which then adds nothing to loss or gradient. Findings do not touch
   * each other: each unit learns as if it were alone.
   */
  final class MaskedBinaryCrossEntropy implements LogitLoss {
    private static final long serialVersionUID = 1L;

    private final double[] present;
    private final double[] absent;

    /**
     * Weights findings.
     *
     * @param present a for each finding: how much a sample counts that has it, above 0; copied
     * @param absent b for each finding: how much a sample counts that has it not, above 0; copied
     */
    public MaskedBinaryCrossEntropy(double[] present, double[] absent) {
      if (present.length != absent.length) {
        throw new IllegalArgumentException(
            "Findings: expected as many weights of present as of absent ones, found "
                + present.length
                + " and "
                + absent.length);
      }
      this.present = present.clone();
      this.absent = absent.clone();
    }

    @Override
    public double of(double[] logits, double[] targets, double[] gradient) {
      double loss = 0;
      for (int k = 0; k < logits.length; k++) {
        double t = targets[k];
        if (Double.isNaN(t)) {
          gradient[k] = 0;
          continue;
        }
        double z = logits[k];
        double p = 1 / (1 + Math.exp(-z));
        // ln(1 + exp(z)) = max(z, 0) + ln(1 + exp(-|z|)), whose exponential does not overflow.
        double tail = Math.log1p(Math.exp(-Math.abs(z)));
        loss += present[k] * t * (Math.max(-z, 0) + tail);
        loss += absent[k] * (1 - t) * (Math.max(z, 0) + tail);
        gradient[k] = absent[k] * (1 - t) * p - present[k] * t * (1 - p);
      }
      return loss;
    }

    @Override
    public String toString() {
      return "MaskedBinaryCrossEntropy" + Arrays.toString(present) + Arrays.toString(absent);
    }
  }

  /**
   * The loss of Huber (1964) on values that are known: half the squared error up to {@code delta},
   * from there on a line, so that few wild values do not decide everything. Targets are NaN where a
   * value is unknown, which then adds nothing.
   *
   * @param delta above 0, in units of the targets; infinite for half the squared error
   */
  record MaskedHuber(double delta) implements LogitLoss {
    @Override
    public double of(double[] logits, double[] targets, double[] gradient) {
      double loss = 0;
      for (int k = 0; k < logits.length; k++) {
        if (Double.isNaN(targets[k])) {
          gradient[k] = 0;
          continue;
        }
        double error = logits[k] - targets[k];
        double size = Math.abs(error);
        // Not by Math.min, so that a NaN of a diverged network stays one.
        boolean far = size > delta;
        loss += far ? delta * (size - delta / 2) : error * error / 2;
        gradient[k] = far ? delta * Math.signum(error) : error;
      }
      return loss;
    }
  }

  /**
   * The softmax of logits.
   *
   * @param logits one value a label
   * @param probabilities receives as many values with sum 1
   */
  static void softmax(double[] logits, double[] probabilities) {
    double greatest = greatest(logits);
    double sum = 0;
    for (int k = 0; k < logits.length; k++) {
      probabilities[k] = Math.exp(logits[k] - greatest);
      sum += probabilities[k];
    }
    for (int k = 0; k < logits.length; k++) {
      probabilities[k] /= sum;
    }
  }

  private static double greatest(double[] logits) {
    return Arrays.stream(logits).max().orElse(Double.NaN);
  }
}
