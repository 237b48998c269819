package io.cxr.train;

import io.cxr.model.Calibration;
import io.cxr.model.OutputActivation;
import io.cxr.train.loss.LogitLoss;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts the logits of a trained network on a scale that all members of a stack share, and on which
 * two trainings of the same member mean the same by the same number: that of log-probabilities,
 * {@code s z} with one factor for all logits (temperature scaling: Guo et al., ICML 2017).
 *
 * <p>A network that learnt for longer, or from more images, gives larger logits and is no surer to
 * be right. So each training has its own factor, fitted to the images that decided when it ended,
 * which it did not learn from. The logits' own size is taken out first: logits that are all three
 * times as large give the same columns. Immutable.
 *
 * @param output the activation of the network
 * @param labels how many labels there are
 * @param factor what logits are multiplied by, above 0
 */
record MemberScale(OutputActivation output, int labels, double factor) {
  /**
   * The root mean square that logits, less their mean, have where the search for the temperature
   * begins. {@link Calibration#fit} holds that to be the likeliest before it sees an image.
   */
  private static final double USUAL = 2;

  /** Logits that move less say nothing. */
  private static final double LEAST = 1e-6;

  /**
   * Fits the factor.
   *
   * @param output the activation of the network
   * @param logits of images that the network did not learn from
   * @param truth the label of each
   * @param labels how many labels there are
   */
  static MemberScale fit(OutputActivation output, float[][] logits, int[] truth, int labels) {
    MemberScale raw = new MemberScale(output, labels, 1);
    double squares = 0;
    for (float[] each : logits) {
      float[] columns = raw.columns(each);
      double mean = 0;
      for (float column : columns) {
        mean += column / labels;
      }
      for (float column : columns) {
        squares += (column - mean) * (column - mean) / labels / logits.length;
      }
    }
    double usual = USUAL / Math.max(LEAST, Math.sqrt(squares));
    MemberScale first = new MemberScale(output, labels, usual);
    List<double[]> answers = new ArrayList<>();
    for (float[] each : logits) {
      answers.add(first.softmax(each));
    }
    Calibration fitted = Calibration.fit(OutputActivation.SOFTMAX, answers, truth);
    double temperature = ((Calibration.Temperature) fitted).temperature();
    return new MemberScale(output, labels, usual / temperature);
  }

  /**
   * What the stack's layer sees: one value a label. One sigmoid's logit is parted in two halves, so
   * that their difference is the logit.
   */
  float[] columns(float[] logits) {
    float[] columns = new float[labels];
    for (int label = 0; label < labels; label++) {
      for (int unit = 0; unit < logits.length; unit++) {
        columns[label] += (float) (share(label, unit) * logits[unit]);
      }
    }
    return columns;
  }

  /** How much of a unit's logit a label's column has. */
  double share(int label, int unit) {
    if (output == OutputActivation.SIGMOID_OF_SECOND_LABEL) {
      return label == 0 ? -factor / 2 : factor / 2;
    }
    return label == unit ? factor : 0;
  }

  int units() {
    return output.units(labels);
  }

  /** What the network says by itself. */
  double[] probabilities(float[] logits) {
    if (output != OutputActivation.SIGMOID_PER_LABEL) {
      return softmax(logits);
    }
    // As it was trained; a factor for all would change what it says.
    float[] activated = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      activated[i] = (float) (1 / (1 + Math.exp(-logits[i])));
    }
    return output.probabilities(activated);
  }

  private double[] softmax(float[] logits) {
    float[] columns = columns(logits);
    double[] wide = new double[labels];
    for (int label = 0; label < labels; label++) {
      wide[label] = columns[label];
    }
    double[] probabilities = new double[labels];
    LogitLoss.softmax(wide, probabilities);
    return probabilities;
  }
}
