package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.dataset.PatientSplit;
import io.cxr.evaluation.CalibrationCurve;
import io.cxr.evaluation.CardFigures;
import io.cxr.model.Calibration;
import io.cxr.model.OutputActivation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Answers for training images by heads that never saw their source: each source is left out in
 * turn, and a head is fitted to the others as the plan's own head is to all. What a model's
 * confidence is worth in another hospital shows here, and not on validation images of the hospitals
 * that it was trained on.
 *
 * @param probabilities uncalibrated, one value per label
 * @param labels the index of each image's label
 * @param groups the patient of each image, or a substitute
 * @param sources the source of each image
 */
record OutOfSource(
    List<double[]> probabilities, List<Integer> labels, List<String> groups, List<String> sources) {

  /** Fits a head to some of the training images, and asks it about others. */
  @FunctionalInterface
  interface Heads {
    /**
     * The answers of a head.
     *
     * @param plan with the images that it learns from
     * @param training their indices among all training images
     * @param asked the indices of those that it is asked about
     * @return uncalibrated probabilities, one value per label
     */
    List<double[]> answers(TrainingPlan plan, int[] training, int[] asked) throws IOException;
  }

  /**
   * Leaves out each source in turn.
   *
   * @throws IllegalArgumentException if there is no source without which every label is left
   */
  static OutOfSource of(TrainingPlan plan, Heads heads, TrainingProgress progress)
      throws IOException {
    TrainingData data = plan.data();
    List<LabelledRadiograph> items = data.training();
    List<String> patients = PatientGroups.of(items);
    int[] labels = data.labelsOf(items);
    List<Map<String, Integer>> counts = SourceMeans.countBySource(data);
    Set<String> sources = new LinkedHashSet<>();
    counts.forEach(each -> sources.addAll(each.keySet()));
    List<double[]> probabilities = new ArrayList<>();
    List<Integer> asked = new ArrayList<>();
    for (String source : sources) {
      if (counts.stream().anyMatch(ofLabel -> sourcesWithout(ofLabel, source) == 0)) {
        progress.warning(
            "Calibration: "
                + source
                + " cannot be left out, as the other sources lack a label. The calibration says"
                + " nothing of it.");
        continue;
      }
      // One source a label differs from no other: there is nothing to penalize.
      boolean differ = counts.stream().anyMatch(ofLabel -> sourcesWithout(ofLabel, source) > 1);
      TrainingRecipe recipe =
          differ ? plan.recipe() : plan.recipe().toBuilder().sourcePenalty(0).build();
      int[] left = where(items, source, true);
      int[] others = where(items, source, false);
      List<LabelledRadiograph> rest = IntStream.of(others).mapToObj(items::get).toList();
      // Nothing is chosen by validation images here.
      PatientSplit split = new PatientSplit(rest, rest, data.split().patientsApart(), List.of());
      TrainingPlan without =
          TrainingPlan.builder(
                  recipe,
                  TrainingData.of(data.name(), data.labels(), split).withFiles(data.files()),
                  plan.model())
              .build();
      probabilities.addAll(heads.answers(without, others, left));
      IntStream.of(left).forEach(asked::add);
    }
    if (asked.isEmpty()) {
      throw new IllegalArgumentException(
          "Calibration on sources: expected a source without which every label is left, found none"
              + " of "
              + sources
              + ". Add sources, or calibrate on the validation images.");
    }
    return new OutOfSource(
        probabilities,
        asked.stream().map(index -> labels[index]).toList(),
        asked.stream().map(patients::get).toList(),
        asked.stream().map(index -> items.get(index).source().orElseThrow()).toList());
  }

  private static int sourcesWithout(Map<String, Integer> ofLabel, String source) {
    return ofLabel.size() - (ofLabel.containsKey(source) ? 1 : 0);
  }

  private static int[] where(List<LabelledRadiograph> items, String source, boolean of) {
    return IntStream.range(0, items.size())
        .filter(i -> items.get(i).source().orElseThrow().equals(source) == of)
        .toArray();
  }

  /**
   * Calibration and operating points that are fitted to these answers, and the metrics of the
   * validation images with that calibration.
   *
   * @param validation the file's uncalibrated answers for the validation images
   */
  CardFigures figures(TrainingPlan plan, List<double[]> validation) {
    List<String> labels = plan.data().labels();
    int[] validationTruth = plan.data().labelsOf(plan.data().validation());
    CardFigures outside =
        CardFigures.fit(
            labels, plan.output(), probabilities, truth(), groups, plan.recipe().seed());
    List<double[]> calibrated =
        outside
            .calibration()
            .map(fitted -> validation.stream().map(fitted::calibrate).toList())
            .orElse(validation);
    Map<String, Double> metrics =
        new LinkedHashMap<>(CardFigures.metrics(labels, calibrated, validationTruth));
    metrics.put("expectedCalibrationError", error(validation, validationTruth));
    metrics.put("calibratedError", error(calibrated, validationTruth));
    metrics.put("outOfSourceCalibrationError", error(probabilities, truth()));
    metrics.put("outOfSourceCalibratedError", error(calibratedByOthers(plan.output()), truth()));
    return new CardFigures(
        metrics, outside.calibration(), outside.thresholds(), outside.conformal());
  }

  /** Each source's answers, calibrated by a fit to those of the other sources. */
  private List<double[]> calibratedByOthers(OutputActivation output) {
    double[][] calibrated = new double[labels.size()][];
    for (String source : Set.copyOf(sources)) {
      int[] own = indices(source, true);
      int[] others = indices(source, false);
      if (others.length == 0) {
        return probabilities;
      }
      Calibration fitted =
          Calibration.fit(
              output,
              IntStream.of(others).mapToObj(probabilities::get).toList(),
              IntStream.of(others).map(labels::get).toArray());
      for (int i : own) {
        calibrated[i] = fitted.calibrate(probabilities.get(i));
      }
    }
    return List.of(calibrated);
  }

  private int[] indices(String source, boolean of) {
    return IntStream.range(0, labels.size())
        .filter(i -> sources.get(i).equals(source) == of)
        .toArray();
  }

  private int[] truth() {
    return labels.stream().mapToInt(Integer::intValue).toArray();
  }

  private static double error(List<double[]> probabilities, int[] truth) {
    return CalibrationCurve.of(probabilities, truth, CalibrationCurve.BINS)
        .expectedCalibrationError();
  }
}
