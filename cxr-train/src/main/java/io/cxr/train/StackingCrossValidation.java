package io.cxr.train;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.dataset.PatientSplit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Compares a stack with its best member by nested cross-validation: for each outer fold, the whole
 * procedure of {@link Stacking}, its own folds included, runs on the other folds alone, and stack
 * and members answer the fold. Which member is the best is decided inside each outer fold, too.
 * Writes no model. Not thread-safe.
 */
public final class StackingCrossValidation {
  private final ImageSet folder;
  private final StackingRecipe recipe;
  private final int folds;
  private final TrainingProgress progress;
  private final Consumer<String> stage;

  /**
   * Prepares a comparison.
   *
   * @param folder the images
   * @param recipe how the stack learns
   * @param folds outer folds, at least 2
   * @param progress who hears how each training goes
   * @param stage who hears what is trained next
   */
  public StackingCrossValidation(
      ImageSet folder,
      StackingRecipe recipe,
      int folds,
      TrainingProgress progress,
      Consumer<String> stage) {
    folder.requireLabels("Stacking");
    this.folder = Objects.requireNonNull(folder, "folder");
    this.recipe = Objects.requireNonNull(recipe, "recipe");
    this.folds = folds;
    this.progress = Objects.requireNonNull(progress, "progress");
    this.stage = Objects.requireNonNull(stage, "stage");
  }

  /**
   * Runs the procedure for every fold.
   *
   * @return the figures over all images, each answered by a stack that nothing of it went into
   * @throws IOException if an image, the weights or the cache cannot be read
   * @throws IllegalArgumentException if a label cannot be in every fold of every fold
   */
  public StackingReport run() throws IOException {
    List<PatientSplit> splits = PatientSplit.folds(folder, folds, recipe.seed());
    ImageFiles files = new ImageFiles();
    List<LabelledRadiograph> items = new ArrayList<>();
    List<List<double[]>> answers = new ArrayList<>();
    List<double[]> best = new ArrayList<>();
    List<String> bestNames = new ArrayList<>();
    for (int fold = 0; fold < splits.size(); fold++) {
      String outer = "Outer fold " + (fold + 1) + " of " + splits.size() + ": ";
      List<LabelledRadiograph> held = splits.get(fold).validation();
      StackFit fit =
          StackFit.of(
              folder.without(new HashSet<>(held)),
              recipe,
              false,
              files,
              progress,
              inner -> stage.accept(outer + inner));
      List<List<double[]>> given = fit.answers(held);
      for (int model = 0; model < given.size(); model++) {
        if (fold == 0) {
          answers.add(new ArrayList<>());
        }
        answers.get(model).addAll(given.get(model));
      }
      best.addAll(given.get(fit.best()));
      bestNames.add(fit.names().get(fit.best()));
      items.addAll(held);
    }
    List<String> names = new ArrayList<>(recipe.names());
    names.add("stack");
    boolean one = bestNames.stream().distinct().count() == 1;
    return StackingReport.of(
        folder.name(),
        folder.labels(),
        items.stream().mapToInt(item -> folder.labels().indexOf(item.label())).toArray(),
        PatientGroups.of(items),
        splits.stream().allMatch(PatientSplit::patientsApart),
        names,
        answers,
        best,
        one ? bestNames.get(0) : "best member (" + times(bestNames) + ")",
        recipe.seed());
  }

  private String times(List<String> names) {
    return String.join(
        ", ",
        recipe.names().stream()
            .filter(names::contains)
            .map(name -> name + " in " + Collections.frequency(names, name))
            .toList());
  }
}
