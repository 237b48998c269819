package io.cxr.model;

import io.cxr.dataset.FindingStates;
import java.util.ArrayList;
import java.util.List;

/**
 * Calibration of a network's probabilities, which are usually overconfident. Fitted on validation
 * images, stored in the model card, applied by every classifier.
 */
public sealed interface Calibration {

  /**
   * Calibrates one prediction.
   *
   * @param probabilities one value per label, from 0 to 1; with sum 1, unless they are findings
   * @return as many values, above 0 and below 1, with sum 1, unless they are findings
   */
  double[] calibrate(double[] probabilities);

  /**
   * Temperature scaling (Guo et al., ICML 2017): {@code softmax(ln p / T)}. It never changes which
   * label is most probable.
   *
   * @param temperature T, from 0.05 to 20; above 1 lowers the confidence
   */
  record Temperature(double temperature) implements Calibration {
    /** Checks the value. */
    public Temperature {
      if (!(temperature >= 0.05 && temperature <= 20)) {
        throw new IllegalArgumentException(
            "Calibration: expected a temperature from 0.05 to 20, found " + temperature);
      }
    }

    @Override
    public double[] calibrate(double[] probabilities) {
      double[] calibrated = new double[probabilities.length];
      double greatest = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < calibrated.length; i++) {
        calibrated[i] = Math.log(Math.max(CalibrationFit.LEAST, probabilities[i])) / temperature;
        greatest = Math.max(greatest, calibrated[i]);
      }
      double sum = 0;
      for (int i = 0; i < calibrated.length; i++) {
        calibrated[i] = Math.exp(calibrated[i] - greatest);
        sum += calibrated[i];
      }
      for (int i = 0; i < calibrated.length; i++) {
        calibrated[i] /= sum;
      }
      return calibrated;
    }
  }

  /**
   * Platt scaling (Platt, 1999) for two labels: {@code p2 = sigmoid(slope * logit(p2) +
   * intercept)}. It may change which label is most probable.
   *
   * @param slope above 0
   * @param intercept any number
   */
  record Platt(double slope, double intercept) implements Calibration {
    /** Checks the values. */
    public Platt {
      if (!(slope > 0) || Double.isInfinite(slope) || !Double.isFinite(intercept)) {
        throw new IllegalArgumentException(
            "Calibration: expected a slope above 0 and a finite intercept, found "
                + slope
                + " and "
                + intercept);
      }
    }

    @Override
    public double[] calibrate(double[] probabilities) {
      if (probabilities.length != 2) {
        throw new IllegalArgumentException(
            "Platt calibration: expected two labels, found " + probabilities.length);
      }
      double second = calibrate(probabilities[1]);
      return new double[] {1 - second, second};
    }

    /**
     * Calibrates one probability.
     *
     * @param probability from 0 to 1
     * @return above 0 and below 1
     */
    public double calibrate(double probability) {
      return 1 / (1 + Math.exp(-slope * CalibrationFit.logit(probability) - intercept));
    }
  }

  /**
   * Platt scaling of each finding by itself: {@code p = sigmoid(slope * logit(p) + intercept)}. A
   * finding that could not be fitted has slope 1 and intercept 0, which changes nothing.
   *
   * @param findings the scaling of each finding, in the order of the card; one or more
   */
  record PlattPerFinding(List<Platt> findings) implements Calibration {
    /** Copies and checks the values. */
    public PlattPerFinding {
      findings = List.copyOf(findings);
      if (findings.isEmpty()) {
        throw new IllegalArgumentException(
            "Calibration: expected a slope and an intercept for each finding, found none");
      }
    }

    @Override
    public double[] calibrate(double[] probabilities) {
      if (probabilities.length != findings.size()) {
        throw new IllegalArgumentException(
            "Calibration: expected "
                + findings.size()
                + " findings, found "
                + probabilities.length);
      }
      double[] calibrated = new double[probabilities.length];
      for (int i = 0; i < calibrated.length; i++) {
        calibrated[i] = findings.get(i).calibrate(probabilities[i]);
      }
      return calibrated;
    }
  }

  /**
   * Fits a calibration by maximum likelihood: Platt scaling for one sigmoid, a temperature
   * otherwise. To keep perfectly separated labels from being calibrated to certainty, Platt's
   * targets are smoothed as in his paper, {@code (n + 1) / (n + 2)}, and the logarithm of the
   * temperature has a normal prior with mean 0 and standard deviation 0.5.
   *
   * @param output the activation of the network
   * @param probabilities the network's probabilities for images that it was not fitted to
   * @param truth the index of each image's label
   * @return the calibration
   */
  static Calibration fit(OutputActivation output, List<double[]> probabilities, int[] truth) {
    if (probabilities.size() != truth.length || truth.length == 0) {
      throw new IllegalArgumentException(
          "Calibration: expected as many answers as labels, at least one, found "
              + probabilities.size()
              + " and "
              + truth.length);
    }
    return output == OutputActivation.SIGMOID_OF_SECOND_LABEL
        ? CalibrationFit.platt(probabilities, truth)
        : CalibrationFit.temperature(probabilities, truth);
  }

  /**
   * Fits a calibration of findings, each by itself to the films of which it is known, by maximum
   * likelihood with smoothed targets, as {@link #fit} does for two labels. A finding that is
   * present, or absent, on none of those films stays as it is.
   *
   * @param probabilities the network's probabilities for films that it was not fitted to, one value
   *     a finding
   * @param truth what is known of each film, for the same findings
   * @return the calibration
   * @throws IllegalArgumentException if there are no films, or not as many as answers
   */
  static PlattPerFinding fitFindings(List<double[]> probabilities, List<FindingStates> truth) {
    if (probabilities.size() != truth.size() || truth.isEmpty()) {
      throw new IllegalArgumentException(
          "Calibration: expected as many answers as films, at least one, found "
              + probabilities.size()
              + " and "
              + truth.size());
    }
    List<Platt> findings = new ArrayList<>();
    for (int finding = 0; finding < truth.get(0).findings().size(); finding++) {
      findings.add(CalibrationFit.platt(probabilities, truth, finding));
    }
    return new PlattPerFinding(findings);
  }
}
