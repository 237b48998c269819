package io.cxr.train;

import io.cxr.dataset.Annotation;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SourceFold;
import io.cxr.evaluation.FindingsEvaluation;
import io.cxr.evaluation.FindingsEvaluationBuilder;
import io.cxr.model.Task;
import io.cxr.train.audit.CopyPair;
import io.cxr.train.audit.CopySearch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Cross-validation of a way of training on independent findings: over folds of patients, which have
 * each finding about as often ({@link PatientSplit#folds}), or over sources that are left out in
 * turn. Every film is judged by a network that was not trained on it, and on the findings of which
 * it is known whether they are there. Not thread-safe.
 *
 * <p>Over patients, the epoch of each training is chosen by its own fold, as {@link
 * CrossValidation} does, and answers are uncalibrated, so that calibration errors are those of the
 * networks. Over sources, a fifth of the other sources' films choose the epoch and calibrate, and
 * the source that is asked about has no say; films of other sources with a patient or a copy in the
 * fold are left out of its training.
 */
public final class FindingsCrossValidation {
  private static final double VALIDATION = 0.2;

  private final ImageSet images;
  private final TrainingRecipe recipe;
  private final TrainingProgress progress;
  private final Consumer<FindingsCrossValidationReport.Fold> foldDone;
  private final Task.Findings task;

  /**
   * Prepares a cross-validation.
   *
   * @param images images with findings
   * @param recipe how each network learns; its seed chooses the folds, too
   * @param progress who hears how each training goes
   * @param foldDone who hears the figures of each fold
   * @throws IllegalArgumentException if the images have other annotations than findings
   */
  public FindingsCrossValidation(
      ImageSet images,
      TrainingRecipe recipe,
      TrainingProgress progress,
      Consumer<FindingsCrossValidationReport.Fold> foldDone) {
    if (images.kind() != Annotation.Kind.FINDINGS) {
      throw new IllegalArgumentException(
          "Cross-validation of findings: expected images with findings, found other annotations."
              + " Name columns of findings, --findings.");
    }
    this.images = images;
    this.recipe = Objects.requireNonNull(recipe, "recipe");
    this.progress = Objects.requireNonNull(progress, "progress");
    this.foldDone = Objects.requireNonNull(foldDone, "foldDone");
    this.task = new Task.Findings(images.labels());
  }

  /**
   * Trains and measures folds over patients; images without a patient count as one each.
   *
   * @param folds at least 2
   * @return the figures
   * @throws IOException if an image, the weights or the cache cannot be read
   * @throws IllegalArgumentException if a finding cannot be present and absent in every fold
   */
  public FindingsCrossValidationReport run(int folds) throws IOException {
    List<PatientSplit> splits = PatientSplit.folds(images, folds, recipe.seed());
    ImageFiles files = new ImageFiles();
    Figures figures = new Figures();
    for (PatientSplit split : splits) {
      TrainingPlan plan =
          TrainingPlan.builder(
                  recipe,
                  TrainingData.of(images, split).withFiles(files),
                  CrossValidation.NOT_WRITTEN)
              .build();
      List<double[]> answers;
      try (LearningTask learning = LearningTask.of(plan, progress)) {
        Epochs epochs = new Epochs(plan, learning, progress, Epochs.Listener.NONE);
        epochs.run();
        if (recipe.earlyStopping().map(EarlyStopping::restoreBest).orElse(true)) {
          epochs.restoreBest();
        }
        answers = epochs.probabilities();
      }
      figures.add("fold " + (figures.folds.size() + 1), split.validation(), answers);
    }
    return figures.report(
        splits.stream().allMatch(PatientSplit::patientsApart), /* calibrated= */ false);
  }

  /**
   * Trains without the sources of each fold, and asks about their films with the gates open.
   *
   * @param folds the folds
   * @return the figures
   * @throws IOException if an image, the weights or the cache cannot be read
   * @throws IllegalArgumentException if there is no fold, a fold has no film, or a finding is not
   *     present and absent among the other sources
   */
  public FindingsCrossValidationReport runWithoutSources(List<SourceFold> folds)
      throws IOException {
    if (folds.isEmpty()) {
      throw new IllegalArgumentException("Folds: expected one or more, found none");
    }
    List<CopyPair> copies = CopySearch.of(images);
    ImageFiles files = new ImageFiles();
    Figures figures = new Figures();
    boolean apart = true;
    Path scratch = Files.createTempDirectory("cxr-sources");
    Path model = scratch.resolve("model.onnx");
    try {
      for (SourceFold sources : folds) {
        List<LabelledRadiograph> films = images.items().stream().filter(sources::has).toList();
        if (films.isEmpty()) {
          throw new IllegalArgumentException(
              "Sources: expected films of " + sources.name() + ", found none.");
        }
        Set<LabelledRadiograph> without = new HashSet<>(films);
        without.addAll(SharedFilms.of(images, sources, films, copies));
        PatientSplit split = PatientSplit.of(images.without(without), VALIDATION, recipe.seed());
        apart &= split.patientsApart();
        TrainingPlan plan =
            TrainingPlan.builder(recipe, TrainingData.of(images, split).withFiles(files), model)
                .build();
        SourceAnswers answers = SourceAnswers.of(plan, films, /* gated= */ false, progress);
        figures.add(sources.name(), films, Finishing.calibrated(answers.card(), answers.asked()));
      }
    } finally {
      try (var left = Files.newDirectoryStream(scratch)) {
        for (Path file : left) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(scratch);
    }
    return figures.report(apart, /* calibrated= */ true);
  }

  /** What is known so far. */
  private final class Figures {
    private final List<FindingsCrossValidationReport.Fold> folds = new ArrayList<>();
    private final FindingsEvaluationBuilder pooled = builder();

    private FindingsEvaluationBuilder builder() {
      return FindingsEvaluation.builder(task).seed(recipe.seed());
    }

    void add(String name, List<LabelledRadiograph> films, List<double[]> answers) {
      FindingsEvaluationBuilder own = builder();
      for (int i = 0; i < answers.size(); i++) {
        LabelledRadiograph film = films.get(i);
        for (FindingsEvaluationBuilder each : List.of(own, pooled)) {
          each.answered(images.nameOf(film), film.patient(), film.findings(), answers.get(i));
        }
      }
      FindingsCrossValidationReport.Fold fold =
          new FindingsCrossValidationReport.Fold(name, own.build());
      folds.add(fold);
      foldDone.accept(fold);
    }

    FindingsCrossValidationReport report(boolean apart, boolean calibrated) {
      return new FindingsCrossValidationReport(
          images.name(), recipe.seed(), apart, calibrated, folds, pooled.build());
    }
  }
}
