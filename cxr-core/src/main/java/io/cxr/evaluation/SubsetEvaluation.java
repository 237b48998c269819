package io.cxr.evaluation;

import io.cxr.dataset.FindingStates;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.Subset;
import io.cxr.file.Sha256;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Estimate;
import io.cxr.model.SubsetFigures;
import io.cxr.model.Task;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The figures of a card on one subset: an {@link Evaluation} with the novelty gate open. */
public final class SubsetEvaluation {
  private SubsetEvaluation() {}

  /**
   * Evaluates answers.
   *
   * @param subset which images these are
   * @param card the model's card; of test images its thresholds and label sets are measured, too,
   *     which were fitted to validation images
   * @param items one image or more, of the card's labels
   * @param calibrated the answer for each image, calibrated, one value per label
   * @param hashes the SHA-256 of each file, in lower-case hexadecimal digits
   * @param seed the seed of the resamples
   * @return the figures: {@code accuracy}, {@code balancedAccuracy}, {@code auroc}, {@code
   *     calibrationError}, {@code brierScore}; {@code sensitivity}, {@code specificity} and {@code
   *     auroc} of each label, such as {@code auroc.COVID19}; of test images those of each
   *     threshold, such as {@code sensitivity.COVID19.at-specificity-0.95}, and {@code
   *     labelSetCoverage}, {@code labelSetCoverage.COVID19} and {@code labelSetSize}
   */
  public static SubsetFigures of(
      Subset subset,
      ModelCard card,
      List<LabelledRadiograph> items,
      List<double[]> calibrated,
      List<String> hashes,
      long seed) {
    EvaluationBuilder builder = Evaluation.builder(card.labels()).seed(seed);
    if (subset == Subset.TEST) {
      builder.thresholds(card.thresholds());
      card.conformal().ifPresent(builder::conformal);
    }
    Map<String, Integer> images = new LinkedHashMap<>();
    card.labels().forEach(label -> images.put(label, 0));
    for (int i = 0; i < items.size(); i++) {
      LabelledRadiograph item = items.get(i);
      images.merge(item.label(), 1, Integer::sum);
      builder.answered(String.valueOf(i), item.patient(), item.label(), calibrated.get(i));
    }
    Evaluation found = builder.build();
    Map<String, Estimate> metrics = new LinkedHashMap<>();
    put(metrics, "accuracy", found.accuracy());
    put(metrics, "balancedAccuracy", found.balancedAccuracy());
    put(metrics, "auroc", found.auroc());
    put(metrics, "calibrationError", found.calibrationError());
    put(metrics, "brierScore", found.brierScore());
    for (LabelEvaluation label : found.byLabel()) {
      put(metrics, "sensitivity." + label.label(), label.sensitivity());
      put(metrics, "specificity." + label.label(), label.specificity());
      put(metrics, "auroc." + label.label(), label.auroc());
    }
    put(metrics, found.byThreshold());
    found
        .labelSets()
        .ifPresent(
            sets -> {
              put(metrics, "labelSetCoverage", sets.coverage());
              sets.coverageOf()
                  .forEach((label, share) -> put(metrics, "labelSetCoverage." + label, share));
              put(metrics, "labelSetSize", sets.size());
            });
    return new SubsetFigures(subset, images, found.groups(), filesSha256(hashes), metrics);
  }

  /**
   * Evaluates answers of a model of findings.
   *
   * @param subset which films these are
   * @param card the model's card; of test films its thresholds and label sets are measured, too,
   *     which were fitted to validation films
   * @param task the card's findings
   * @param truth what is known of each film, one or more
   * @param patients the patient of each film, where known
   * @param calibrated the answer for each film, calibrated, one value per finding
   * @param hashes the SHA-256 of each file, in lower-case hexadecimal digits
   * @param seed the seed of the resamples
   * @return the figures: the macro means {@code auroc}, {@code auprc} and {@code calibrationError};
   *     {@code auroc}, {@code auprc} and {@code calibrationError} of each finding, such as {@code
   *     auroc.Effusion}; of test films those of each threshold, such as {@code
   *     sensitivity.Effusion.at-specificity-0.95}, and {@code labelSetCoverage.Effusion}; the
   *     images of a finding are those that have it
   */
  public static SubsetFigures ofFindings(
      Subset subset,
      ModelCard card,
      Task.Findings task,
      List<FindingStates> truth,
      List<Optional<String>> patients,
      List<double[]> calibrated,
      List<String> hashes,
      long seed) {
    FindingsEvaluationBuilder builder = FindingsEvaluation.builder(task).seed(seed);
    if (subset == Subset.TEST) {
      builder.thresholds(card.thresholds());
      card.conformal().ifPresent(builder::conformal);
    }
    for (int i = 0; i < truth.size(); i++) {
      builder.answered(String.valueOf(i), patients.get(i), truth.get(i), calibrated.get(i));
    }
    FindingsEvaluation found = builder.build();
    Map<String, Integer> images = new LinkedHashMap<>();
    Map<String, Estimate> metrics = new LinkedHashMap<>();
    put(metrics, "auroc", found.auroc());
    put(metrics, "auprc", found.auprc());
    put(metrics, "calibrationError", found.calibrationError());
    for (FindingEvaluation of : found.byFinding()) {
      images.put(of.finding(), of.present());
      put(metrics, "auroc." + of.finding(), of.auroc());
      put(metrics, "auprc." + of.finding(), of.auprc());
      put(metrics, "calibrationError." + of.finding(), of.calibrationError());
      put(metrics, "labelSetCoverage." + of.finding(), of.notRuledOut());
    }
    put(metrics, found.byThreshold());
    return new SubsetFigures(subset, images, found.groups(), filesSha256(hashes), metrics);
  }

  private static void put(Map<String, Estimate> metrics, List<ThresholdEvaluation> points) {
    for (ThresholdEvaluation point : points) {
      OperatingThreshold of = point.threshold();
      String aim = of.aim().name().toLowerCase(Locale.ROOT);
      String target = Double.isNaN(of.target()) ? "" : "-" + of.target();
      String name = of.label() + ".at-" + aim + target;
      put(metrics, "sensitivity." + name, point.sensitivity());
      put(metrics, "specificity." + name, point.specificity());
    }
  }

  /**
   * Stands for a set of files, whatever their names and order.
   *
   * @param hashes the SHA-256 of each file, in lower-case hexadecimal digits
   * @return the SHA-256 of these, sorted and joined by line feeds
   */
  public static String filesSha256(List<String> hashes) {
    return Sha256.hex(String.join("\n", hashes.stream().sorted().toList()));
  }

  /**
   * Evaluates measurements.
   *
   * @param subset which images these are
   * @param task the measurements, in the order of the outputs
   * @param items images with measured values
   * @param values the model's values for each image
   * @param hashes the SHA-256 of each file, in lower-case hexadecimal digits
   * @param seed the seed of the resamples
   * @return the figures: {@code meanAbsoluteError}, {@code bias}, {@code pearson} and {@code
   *     spearman} of each measurement, such as {@code meanAbsoluteError.Severity}, in its unit
   */
  public static SubsetFigures ofMeasurements(
      Subset subset,
      Task.Measurements task,
      List<LabelledRadiograph> items,
      List<double[]> values,
      List<String> hashes,
      long seed) {
    MeasurementsEvaluation.Builder builder = MeasurementsEvaluation.builder(task).seed(seed);
    Map<String, Integer> images = new LinkedHashMap<>();
    task.labels().forEach(name -> images.put(name, 0));
    for (int i = 0; i < items.size(); i++) {
      LabelledRadiograph item = items.get(i);
      double[] truth = new double[task.labels().size()];
      for (int m = 0; m < truth.length; m++) {
        truth[m] = item.measured().value(m).orElse(Double.NaN);
        images.merge(task.labels().get(m), Double.isNaN(truth[m]) ? 0 : 1, Integer::sum);
      }
      builder.answered(String.valueOf(i), item.patient(), truth, values.get(i));
    }
    MeasurementsEvaluation found = builder.build();
    Map<String, Estimate> metrics = new LinkedHashMap<>();
    for (MeasurementEvaluation each : found.byMeasurement()) {
      String name = each.measurement().name();
      put(metrics, "meanAbsoluteError." + name, each.meanAbsoluteError());
      put(metrics, "bias." + name, each.bias());
      put(metrics, "pearson." + name, each.pearson());
      put(metrics, "spearman." + name, each.spearman());
    }
    return new SubsetFigures(subset, images, found.groups(), filesSha256(hashes), metrics);
  }

  private static void put(Map<String, Estimate> metrics, String name, Optional<Interval> interval) {
    interval.ifPresent(of -> metrics.put(name, new Estimate(of.value(), of.low(), of.high())));
  }
}
