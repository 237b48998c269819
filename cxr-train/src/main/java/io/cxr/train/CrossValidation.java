package io.cxr.train;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.PatientGroups;
import io.cxr.dataset.PatientSplit;
import io.cxr.evaluation.Bootstrap;
import io.cxr.evaluation.CalibrationCurve;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.evaluation.ClassificationStatistics;
import io.cxr.evaluation.CrossCalibration;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.Statistic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Cross-validation: as many trainings as folds, each measured on the images that it was not trained
 * on, so that every image is measured once. Patients stay in one fold where the folder knows them;
 * a folder opened without patients gives folds over images, as many papers have them, in which a
 * patient may be on both sides. Not thread-safe.
 *
 * <p>The epoch of each training is chosen by its own validation fold, as the papers do that this is
 * compared with, which flatters the figures a little; a plan without early stopping whose last
 * epoch is kept ({@link EarlyStopping#restoreBest()} false) avoids it.
 */
public final class CrossValidation {
  /** A plan names a model file, which is nobody's business here. */
  private static final Path NOT_WRITTEN =
      Path.of(System.getProperty("java.io.tmpdir"), "not-written.onnx");

  private final ImageSet folder;
  private final TrainingRecipe recipe;
  private final int folds;
  private final TrainingProgress progress;
  private final Consumer<ClassificationReport> foldDone;

  /**
   * Prepares a cross-validation.
   *
   * @param folder the images
   * @param recipe how each network learns; its seed chooses the folds, too
   * @param folds at least 2
   * @param progress who hears how each training goes
   * @param foldDone who hears the figures of each fold
   */
  public CrossValidation(
      ImageSet folder,
      TrainingRecipe recipe,
      int folds,
      TrainingProgress progress,
      Consumer<ClassificationReport> foldDone) {
    folder.requireLabels("Cross-validation");
    this.folder = Objects.requireNonNull(folder, "folder");
    this.recipe = Objects.requireNonNull(recipe, "recipe");
    this.folds = folds;
    this.progress = Objects.requireNonNull(progress, "progress");
    this.foldDone = Objects.requireNonNull(foldDone, "foldDone");
  }

  /**
   * Trains and measures every fold.
   *
   * @return the figures
   * @throws IOException if an image, the weights or the cache cannot be read
   * @throws IllegalArgumentException if a label cannot be in every fold
   */
  public CrossValidationReport run() throws IOException {
    List<PatientSplit> splits = PatientSplit.folds(folder, folds, recipe.seed());
    ImageFiles files = new ImageFiles();
    List<ClassificationReport> reports = new ArrayList<>();
    List<double[]> probabilities = new ArrayList<>();
    List<double[]> calibrated = new ArrayList<>();
    List<Integer> truth = new ArrayList<>();
    List<String> patients = new ArrayList<>();
    for (PatientSplit split : splits) {
      TrainingPlan plan =
          TrainingPlan.builder(recipe, TrainingData.of(folder, split).withFiles(files), NOT_WRITTEN)
              .build();
      List<double[]> fold;
      ClassificationReport report;
      try (LearningTask task = LearningTask.of(plan, progress)) {
        Epochs epochs = new Epochs(plan, task, progress, Epochs.Listener.NONE);
        epochs.run();
        if (recipe.earlyStopping().map(EarlyStopping::restoreBest).orElse(true)) {
          epochs.restoreBest();
        }
        fold = epochs.probabilities();
        report = Trainer.report(plan, task.validation(), fold);
      }
      reports.add(report);
      foldDone.accept(report);
      int[] labels = plan.data().labelsOf(split.validation());
      probabilities.addAll(fold);
      calibrated.addAll(CrossCalibration.of(plan.output(), fold, labels));
      for (int i = 0; i < labels.length; i++) {
        truth.add(labels[i]);
      }
      for (String group : PatientGroups.of(split.validation())) {
        // Images without a patient are numbered from 0 in each fold.
        patients.add(group.startsWith("image ") ? group + " of fold " + reports.size() : group);
      }
    }
    return report(splits, reports, probabilities, calibrated, truth, patients);
  }

  private CrossValidationReport report(
      List<PatientSplit> splits,
      List<ClassificationReport> reports,
      List<double[]> probabilities,
      List<double[]> calibrated,
      List<Integer> truth,
      List<String> patients) {
    int[] all = truth.stream().mapToInt(Integer::intValue).toArray();
    List<String> labels = folder.labels();
    ClassificationReport.Builder pooled = ClassificationReport.builder(labels);
    for (int i = 0; i < all.length; i++) {
      pooled.add(labels.get(all[i]), probabilities.get(i));
    }
    Map<String, Statistic> statistics = ClassificationStatistics.of(labels, all, probabilities);
    List<Optional<Interval>> intervals =
        Bootstrap.ofGroups(patients, recipe.seed()).intervals(List.copyOf(statistics.values()));
    Map<String, CrossValidationReport.Figure> figures = new LinkedHashMap<>();
    for (String name : statistics.keySet()) {
      double[] each =
          reports.stream()
              .mapToDouble(
                  Objects.requireNonNull(CrossValidationReport.FIGURES.get(name), "figure"))
              .toArray();
      double mean = Arrays.stream(each).average().orElse(Double.NaN);
      double squares = Arrays.stream(each).map(x -> (x - mean) * (x - mean)).sum();
      figures.put(
          name,
          new CrossValidationReport.Figure(
              mean,
              Math.sqrt(squares / (each.length - 1)),
              intervals.get(figures.size()).orElseThrow()));
    }
    return new CrossValidationReport(
        folder.name(),
        folder.labels(),
        splits.size(),
        recipe.seed(),
        splits.stream().allMatch(PatientSplit::patientsApart),
        reports,
        pooled.build(),
        figures,
        CalibrationCurve.of(probabilities, all, CalibrationCurve.BINS),
        CalibrationCurve.of(calibrated, all, CalibrationCurve.BINS));
  }
}
