package io.cxr.evaluation;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.Subset;
import io.cxr.file.Sha256;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Estimate;
import io.cxr.model.SubsetFigures;
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
    for (ThresholdEvaluation point : found.byThreshold()) {
      OperatingThreshold of = point.threshold();
      String name =
          String.format(
              Locale.ROOT,
              "%s.at-%s-%s",
              of.label(),
              of.aim().name().toLowerCase(Locale.ROOT),
              of.target());
      put(metrics, "sensitivity." + name, point.sensitivity());
      put(metrics, "specificity." + name, point.specificity());
    }
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
   * Stands for a set of files, whatever their names and order.
   *
   * @param hashes the SHA-256 of each file, in lower-case hexadecimal digits
   * @return the SHA-256 of these, sorted and joined by line feeds
   */
  public static String filesSha256(List<String> hashes) {
    return Sha256.hex(String.join("\n", hashes.stream().sorted().toList()));
  }

  private static void put(Map<String, Estimate> metrics, String name, Optional<Interval> interval) {
    interval.ifPresent(of -> metrics.put(name, new Estimate(of.value(), of.low(), of.high())));
  }
}
