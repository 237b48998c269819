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
import java.util.Comparator;
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
  static final Path NOT_WRITTEN = Path.of(System.getProperty("java.io.tmpdir"), "not-written.onnx");

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
   * What the network of one fold says of the images that it was not trained on: all that a report
   * is made of, so that folds may be trained on several machines.
   *
   * @param number of the fold, from 0
   * @param probabilities one row an image of the fold, in the order of the split, with one value a
   *     label, uncalibrated; copied
   */
  public record Fold(int number, List<double[]> probabilities) {
    /** Copies the rows. */
    public Fold {
      probabilities = probabilities.stream().map(double[]::clone).toList();
    }

    @Override
    public List<double[]> probabilities() {
      return probabilities.stream().map(double[]::clone).toList();
    }
  }

  /**
   * Trains and measures every fold.
   *
   * @return the figures
   * @throws IOException if an image, the weights or the cache cannot be read
   * @throws IllegalArgumentException if a label cannot be in every fold
   */
  public CrossValidationReport run() throws IOException {
    List<PatientSplit> splits = splits();
    ImageFiles files = new ImageFiles();
    List<Fold> trained = new ArrayList<>();
    List<ClassificationReport> reports = new ArrayList<>();
    for (int number = 0; number < splits.size(); number++) {
      Fold fold = fold(number, splits.get(number), files);
      trained.add(fold);
      reports.add(done(splits.get(number), fold));
    }
    return report(splits, trained, reports);
  }

  /**
   * Trains one fold alone. Its answers are those that {@link #run} has for it, whatever machine
   * trains it: nothing passes from one fold to another.
   *
   * @param number of the fold, from 0
   * @return its answers, for {@link #report}
   * @throws IOException if an image, the weights or the cache cannot be read
   * @throws IllegalArgumentException if there is no such fold, or a label cannot be in every fold
   */
  public Fold fold(int number) throws IOException {
    return fold(number, splits().get(Objects.checkIndex(number, folds)), new ImageFiles());
  }

  /**
   * The figures of folds that were trained one by one.
   *
   * @param trained every fold once, in any order
   * @return what {@link #run} returns
   * @throws IOException if an image cannot be read
   * @throws IllegalArgumentException if a fold is missing, or is there twice, or has other images
   */
  public CrossValidationReport report(List<Fold> trained) throws IOException {
    List<PatientSplit> splits = splits();
    List<Fold> ordered = trained.stream().sorted(Comparator.comparingInt(Fold::number)).toList();
    boolean whole = ordered.size() == splits.size();
    for (int number = 0; whole && number < splits.size(); number++) {
      whole =
          ordered.get(number).number() == number
              && ordered.get(number).probabilities.size() == splits.get(number).validation().size();
    }
    if (!whole) {
      throw new IllegalArgumentException(
          "Folds: expected each of "
              + splits.size()
              + " once, with an answer an image, found "
              + ordered.stream().map(fold -> fold.number() + "").toList()
              + ". Train all folds on the same images with the same seed.");
    }
    List<ClassificationReport> reports = new ArrayList<>();
    for (int number = 0; number < splits.size(); number++) {
      reports.add(done(splits.get(number), ordered.get(number)));
    }
    return report(splits, ordered, reports);
  }

  private List<PatientSplit> splits() throws IOException {
    return PatientSplit.folds(folder, folds, recipe.seed());
  }

  private TrainingPlan plan(PatientSplit split, ImageFiles files) {
    return TrainingPlan.builder(
            recipe, TrainingData.of(folder, split).withFiles(files), NOT_WRITTEN)
        .build();
  }

  private Fold fold(int number, PatientSplit split, ImageFiles files) throws IOException {
    TrainingPlan plan = plan(split, files);
    try (LearningTask task = LearningTask.of(plan, progress)) {
      Epochs epochs = new Epochs(plan, task, progress, Epochs.Listener.NONE);
      epochs.run();
      if (recipe.earlyStopping().map(EarlyStopping::restoreBest).orElse(true)) {
        epochs.restoreBest();
      }
      return new Fold(number, epochs.probabilities());
    }
  }

  /** Says the figures of one fold. */
  private ClassificationReport done(PatientSplit split, Fold fold) {
    ClassificationReport.Builder report = ClassificationReport.builder(folder.labels());
    for (int i = 0; i < fold.probabilities.size(); i++) {
      report.add(split.validation().get(i).label(), fold.probabilities.get(i));
    }
    ClassificationReport figures = report.build();
    foldDone.accept(figures);
    return figures;
  }

  private CrossValidationReport report(
      List<PatientSplit> splits, List<Fold> trained, List<ClassificationReport> reports) {
    List<double[]> probabilities = new ArrayList<>();
    List<double[]> calibrated = new ArrayList<>();
    List<Integer> truth = new ArrayList<>();
    List<String> patients = new ArrayList<>();
    for (Fold fold : trained) {
      PatientSplit split = splits.get(fold.number());
      TrainingPlan plan = plan(split, new ImageFiles());
      int[] labels = plan.data().labelsOf(split.validation());
      probabilities.addAll(fold.probabilities);
      calibrated.addAll(CrossCalibration.of(plan.output(), fold.probabilities, labels));
      for (int i = 0; i < labels.length; i++) {
        truth.add(labels[i]);
      }
      for (String group : PatientGroups.of(split.validation())) {
        // Images without a patient are numbered from 0 in each fold.
        patients.add(
            group.startsWith("image ") ? group + " of fold " + (fold.number() + 1) : group);
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
