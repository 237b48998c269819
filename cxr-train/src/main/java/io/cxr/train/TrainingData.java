package io.cxr.train;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SplitPlan;
import io.cxr.model.ShortcutFinding;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a network learns from, what it is validated on, and what it is tested on. Immutable. */
public final class TrainingData {
  private final String name;
  private final List<String> labels;
  private final PatientSplit split;
  private final ImageFiles files;
  private final @Nullable ShortcutFinding shortcuts;
  private final List<LabelledRadiograph> laterals;
  private final Map<String, String> splitSettings;

  private TrainingData(
      String name,
      List<String> labels,
      PatientSplit split,
      ImageFiles files,
      @Nullable ShortcutFinding shortcuts,
      Map<String, String> splitSettings,
      List<LabelledRadiograph> laterals) {
    this.name = Objects.requireNonNull(name, "name");
    this.labels = List.copyOf(labels);
    this.split = Objects.requireNonNull(split, "split");
    this.files = files;
    this.shortcuts = shortcuts;
    this.laterals = List.copyOf(laterals);
    this.splitSettings = splitSettings;
    TrainingRecipe.check(
        labels.size() >= 2 && labels.stream().distinct().count() == labels.size(),
        "Labels",
        "two distinct ones or more",
        labels);
    countByLabel(split.training());
    countByLabel(split.validation());
  }

  /**
   * The images of a folder, with its labels and its name.
   *
   * @param folder the folder
   * @param split its training and its validation images
   * @return the data
   * @throws IllegalArgumentException if a label has no image on one side
   */
  public static TrainingData of(ImageFolder folder, PatientSplit split) {
    return of(folder.name(), folder.labels(), split);
  }

  /**
   * The images of a folder, split by a plan, which the model card then has, so that the test images
   * can be found again.
   *
   * @param folder the folder
   * @param plan how it is split
   * @return the data
   * @throws IOException if an image is unreadable
   * @throws IllegalArgumentException if the folder cannot be split so
   */
  public static TrainingData of(ImageFolder folder, SplitPlan plan) throws IOException {
    return new TrainingData(
        folder.name(),
        folder.labels(),
        plan.split(folder),
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
    return new TrainingData(name, labels, split, new ImageFiles(), null, Map.of(), List.of());
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
        labels,
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
    return new TrainingData(name, labels, split, files, shortcuts, splitSettings, views);
  }

  /** The same images, of which another training may know some already. */
  TrainingData withFiles(ImageFiles known) {
    return new TrainingData(name, labels, split, known, shortcuts, splitSettings, laterals);
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

  List<String> labels() {
    return labels;
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

  /** The index of each image's label. */
  int[] labelsOf(List<LabelledRadiograph> items) {
    return items.stream().mapToInt(item -> labels.indexOf(item.label())).toArray();
  }

  /** Counts images a label, in the labels' order; a label without an image is an error. */
  Map<String, Integer> countByLabel(List<LabelledRadiograph> radiographs) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    labels.forEach(label -> counts.put(label, 0));
    for (LabelledRadiograph radiograph : radiographs) {
      if (counts.computeIfPresent(radiograph.label(), (label, count) -> count + 1) == null) {
        throw new IllegalArgumentException(
            "Label of an image: expected one of " + labels + ", found " + radiograph.label());
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
}
