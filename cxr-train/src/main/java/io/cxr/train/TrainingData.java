package io.cxr.train;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SplitPlan;
import io.cxr.model.Measurement;
import io.cxr.model.ShortcutFinding;
import io.cxr.model.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What a network learns from, what it is validated on, and what it is tested on. Immutable. */
public final class TrainingData {
  private final String name;
  private final Task task;
  private final Truths truths;
  private final PatientSplit split;
  private final ImageFiles files;
  private final @Nullable ShortcutFinding shortcuts;
  private final List<LabelledRadiograph> laterals;
  private final Map<String, String> splitSettings;

  private TrainingData(
      String name,
      Task task,
      Truths truths,
      PatientSplit split,
      ImageFiles files,
      @Nullable ShortcutFinding shortcuts,
      Map<String, String> splitSettings,
      List<LabelledRadiograph> laterals) {
    this.name = Objects.requireNonNull(name, "name");
    this.task = task;
    this.truths = truths;
    this.split = Objects.requireNonNull(split, "split");
    this.files = files;
    this.shortcuts = shortcuts;
    this.laterals = List.copyOf(laterals);
    this.splitSettings = splitSettings;
    countByLabel(split.training());
    countByLabel(split.validation());
  }

  /**
   * The images of a data set, with its labels and its name.
   *
   * @param images the data set
   * @param split its training and its validation images
   * @return the data
   * @throws IllegalArgumentException if a label has no image on one side
   */
  public static TrainingData of(ImageSet images, PatientSplit split) {
    return of(images.name(), task(images), split);
  }

  /** What a model tells that learns from a data set. */
  static Task task(ImageSet images) {
    return switch (images.kind()) {
      case LABEL -> exclusive(images.labels());
      case FINDINGS -> new Task.Findings(images.labels());
      case VALUES ->
          new Task.Measurements(
              images.labels().stream()
                  .map(name -> new Measurement(name, images.units().getOrDefault(name, "1")))
                  .toList());
    };
  }

  private static Task exclusive(List<String> labels) {
    TrainingRecipe.check(
        labels.size() >= 2 && labels.stream().distinct().count() == labels.size(),
        "Labels",
        "two distinct ones or more",
        labels);
    return new Task.ExclusiveLabels(labels);
  }

  /**
   * The images of a data set, split by a plan, which the model card then has, so that the test
   * images can be found again.
   *
   * @param images the data set
   * @param plan how it is split
   * @return the data
   * @throws IOException if an image is unreadable
   * @throws IllegalArgumentException if the data set cannot be split so
   */
  public static TrainingData of(ImageSet images, SplitPlan plan) throws IOException {
    return new TrainingData(
        images.name(),
        task(images),
        new Truths(images.labels()),
        plan.split(images),
        new ImageFiles(),
        null,
        plan.settings(),
        List.of());
  }

  /**
   * Images from anywhere.
   *
   * @param name the data set's name in the model card, never a path
   * @param labels two labels or more, in the order of the outputs
   * @param split the training and the validation images
   * @return the data
   * @throws IllegalArgumentException if there are fewer labels, an image has another, or a label
   *     has no image on one side
   */
  public static TrainingData of(String name, List<String> labels, PatientSplit split) {
    return of(name, exclusive(labels), split);
  }

  /**
   * Images from anywhere, with labels, findings or measured values.
   *
   * @param name the data set's name in the model card, never a path
   * @param task what a model shall tell of them, as they are annotated
   * @param split the training and the validation images
   * @return the data
   * @throws IllegalArgumentException if an image is annotated otherwise, or a label has no image on
   *     one side
   */
  public static TrainingData of(String name, Task task, PatientSplit split) {
    return new TrainingData(
        name, task, new Truths(task.labels()), split, new ImageFiles(), null, Map.of(), List.of());
  }

  /**
   * The same images, with what an audit said of them, for the model card.
   *
   * @param finding the finding
   * @return the data with the finding
   */
  public TrainingData withShortcuts(ShortcutFinding finding) {
    return new TrainingData(
        name,
        task,
        truths,
        split,
        files,
        Objects.requireNonNull(finding, "finding"),
        splitSettings,
        laterals);
  }

  /**
   * The same images, with lateral views, for a view head to tell apart.
   *
   * @param views lateral radiographs of any label, none of which is among the images; of patients
   *     where they are known
   * @return the data with the laterals
   */
  public TrainingData withLaterals(List<LabelledRadiograph> views) {
    return new TrainingData(name, task, truths, split, files, shortcuts, splitSettings, views);
  }

  /**
   * The same images, of which some files were hashed before, such as where their features were
   * computed: they are not opened only to be hashed again.
   *
   * @param hashes the SHA-256 of files, 64 lower-case hexadecimal digits, by the paths that the
   *     images have; these files must not have changed since
   * @return the data with the hashes
   */
  public TrainingData withHashes(Map<Path, String> hashes) {
    return withFiles(new ImageFiles(hashes));
  }

  /**
   * The same images with no more than so many of those for training, chosen by lot: for a head that
   * was fitted to all of them elsewhere ({@link Solver.Given}).
   *
   * @param most the most training images, at least 1
   * @param seed chooses them
   * @return the data with a sample, or these where there are no more
   * @throws IllegalArgumentException if a label has no image in the sample
   */
  public TrainingData withTrainingSample(int most, long seed) {
    TrainingRecipe.check(most >= 1, "Training images", "at least 1", most);
    List<LabelledRadiograph> all = split.training();
    if (all.size() <= most) {
      return this;
    }
    List<Integer> order = new ArrayList<>(IntStream.range(0, all.size()).boxed().toList());
    // Random's sequence is part of its specification.
    Collections.shuffle(order, new Random(seed));
    List<LabelledRadiograph> sample =
        order.subList(0, most).stream().sorted().map(all::get).toList();
    PatientSplit less =
        new PatientSplit(
            sample, split.validation(), split.test(), split.patientsApart(), split.warnings());
    return new TrainingData(name, task, truths, less, files, shortcuts, splitSettings, laterals);
  }

  /** The same images, of which another training may know some already. */
  TrainingData withFiles(ImageFiles known) {
    return new TrainingData(name, task, truths, split, known, shortcuts, splitSettings, laterals);
  }

  List<LabelledRadiograph> laterals() {
    return laterals;
  }

  ImageFiles files() {
    return files;
  }

  String name() {
    return name;
  }

  /** What a model tells that learns from these images. */
  Task task() {
    return task;
  }

  /** The labels, findings or measurements. */
  List<String> labels() {
    return task.labels();
  }

  /** What the codes of {@link #labelsOf} stand for where labels do not exclude each other. */
  Truths truths() {
    return truths;
  }

  /**
   * The split.
   *
   * @return training, validation and test images
   */
  public PatientSplit split() {
    return split;
  }

  /** How the split came about, for the card; empty where nobody said. */
  Map<String, String> splitSettings() {
    return splitSettings;
  }

  List<LabelledRadiograph> test() {
    return split.test();
  }

  List<LabelledRadiograph> training() {
    return split.training();
  }

  List<LabelledRadiograph> validation() {
    return split.validation();
  }

  Optional<ShortcutFinding> shortcuts() {
    return Optional.ofNullable(shortcuts);
  }

  /** The index of each image's label, or the code of its findings or values. */
  int[] labelsOf(List<LabelledRadiograph> items) {
    return truths.codes(items);
  }

  /**
   * Counts images a label, in the labels' order: those that have it, or of which the value is
   * known. A label without an image is an error.
   */
  Map<String, Integer> countByLabel(List<LabelledRadiograph> radiographs) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    labels().forEach(label -> counts.put(label, 0));
    for (LabelledRadiograph radiograph : radiographs) {
      switch (task.kind()) {
        case EXCLUSIVE_LABELS -> {
          if (counts.computeIfPresent(radiograph.label(), (label, count) -> count + 1) == null) {
            throw new IllegalArgumentException(
                "Label of an image: expected one of " + labels() + ", found " + radiograph.label());
          }
        }
        case FINDINGS -> {
          checkNames(radiograph.findings().findings());
          radiograph
              .findings()
              .in(LabelState.PRESENT)
              .forEach(finding -> counts.merge(finding, 1, Integer::sum));
        }
        case MEASUREMENTS -> {
          checkNames(radiograph.measured().names());
          for (int i = 0; i < labels().size(); i++) {
            counts.merge(
                labels().get(i), radiograph.measured().value(i).isPresent() ? 1 : 0, Integer::sum);
          }
        }
      }
    }
    counts.forEach(
        (label, count) -> {
          if (count == 0) {
            throw new IllegalArgumentException(
                "Images of "
                    + label
                    + ": expected at least one on each side of the split, found none on one."
                    + " Add images, or change the validation share.");
          }
        });
    return counts;
  }

  private void checkNames(List<String> found) {
    if (!found.equals(labels())) {
      throw new IllegalArgumentException(
          "Findings of an image: expected " + labels() + ", found " + found);
    }
  }
}
