package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.Bootstrap;
import io.cxr.evaluation.CalibrationCurve;
import io.cxr.evaluation.OperatingPoints;
import io.cxr.model.Calibration;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.train.export.NoveltyStatistic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is fitted to the validation images once the weights are final: calibration, operating
 * thresholds and the novelty gate.
 *
 * @param card the card with all of it
 * @param novelty the statistic behind the gate, for the graph
 */
record Finishing(ModelCard card, Optional<NoveltyStatistic> novelty) {
  /** Sensitivity and specificity that thresholds are fitted for. */
  private static final double WISHED = 0.95;

  /** The share of validation images that the gate lets pass. */
  private static final double KEPT = 0.99;

  /** Fewer images than this say too little to calibrate by. */
  private static final int ENOUGH = 8;

  /** Fewer validation images than this have no 99th percentile to speak of. */
  private static final int ENOUGH_FOR_GATE = 100;

  static Finishing of(
      TrainingPlan plan, LearningTask task, ModelCard card, List<double[]> probabilities)
      throws IOException {
    int[] truth = LearningTask.labels(plan, plan.split().validation());
    Map<String, Double> metrics = new LinkedHashMap<>(card.metrics());
    metrics.put(
        "expectedCalibrationError",
        CalibrationCurve.of(probabilities, truth, CalibrationCurve.BINS)
            .expectedCalibrationError());
    Optional<Calibration> calibration = Optional.empty();
    List<OperatingThreshold> thresholds = new ArrayList<>();
    if (truth.length >= ENOUGH) {
      Calibration fitted =
          Calibration.fit(plan.architecture().output(plan.labels().size()), probabilities, truth);
      calibration = Optional.of(fitted);
      // Not of the fitted one on its own images, which would flatter it.
      metrics.put(
          "calibratedError",
          CalibrationCurve.of(
                  CrossCalibration.of(plan, probabilities, truth), truth, CalibrationCurve.BINS)
              .expectedCalibrationError());
      List<double[]> calibrated = probabilities.stream().map(fitted::calibrate).toList();
      Bootstrap bootstrap = Bootstrap.ofGroups(groups(plan.split().validation()), plan.seed());
      for (int label = 0; label < plan.labels().size(); label++) {
        for (Aim aim : Aim.values()) {
          thresholds.add(
              OperatingPoints.fit(
                  plan.labels().get(label), label, calibrated, truth, aim, WISHED, bootstrap));
        }
      }
    }
    Optional<NoveltyStatistic> novelty = Optional.empty();
    Optional<NoveltyGate> gate = Optional.empty();
    Optional<float[][]> familiar = task.pooled(task.training());
    Optional<float[][]> others = task.pooled(task.validation());
    if (familiar.isPresent() && others.isPresent() && others.get().length >= ENOUGH_FOR_GATE) {
      NoveltyStatistic statistic = NoveltyStatistic.fit(familiar.get());
      double[] scores = new double[others.get().length];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = statistic.score(others.get()[i]);
      }
      novelty = Optional.of(statistic);
      gate =
          Optional.of(
              new NoveltyGate(
                  statistic.description(), NoveltyStatistic.threshold(scores, KEPT), KEPT));
    }
    return new Finishing(
        card.with(metrics, calibration, thresholds, gate, plan.shortcuts()), novelty);
  }

  /** The patient of each image; an image without a patient stands for itself. */
  static List<String> groups(List<LabelledRadiograph> items) {
    List<String> groups = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      int own = i;
      groups.add(items.get(i).patient().map(name -> "patient " + name).orElse("image " + own));
    }
    return groups;
  }
}
