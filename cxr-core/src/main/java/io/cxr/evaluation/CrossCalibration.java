package io.cxr.evaluation;

import io.cxr.model.Calibration;
import io.cxr.model.OutputActivation;
import java.util.ArrayList;
import java.util.List;

/**
 * Cross-validated calibration: each validation image is calibrated by a fit to the others, so that
 * the effect of calibration is not measured on the images that it was fitted to.
 */
public final class CrossCalibration {
  private static final int PARTS = 5;

  private CrossCalibration() {}

  /**
   * Calibrates each fifth of the answers by the others.
   *
   * @param output what the network gives
   * @param probabilities the network's probabilities for validation images, one value per label
   * @param truth the index of each image's label; as many as answers, at least 6
   * @return the calibrated answers, in the same order
   */
  public static List<double[]> of(
      OutputActivation output, List<double[]> probabilities, int[] truth) {
    List<Calibration> without = new ArrayList<>();
    for (int part = 0; part < PARTS; part++) {
      List<double[]> others = new ArrayList<>();
      List<Integer> labels = new ArrayList<>();
      for (int i = 0; i < truth.length; i++) {
        if (i % PARTS != part) {
          others.add(probabilities.get(i));
          labels.add(truth[i]);
        }
      }
      without.add(
          Calibration.fit(output, others, labels.stream().mapToInt(Integer::intValue).toArray()));
    }
    List<double[]> calibrated = new ArrayList<>();
    for (int i = 0; i < truth.length; i++) {
      calibrated.add(without.get(i % PARTS).calibrate(probabilities.get(i)));
    }
    return calibrated;
  }
}
