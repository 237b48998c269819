package io.cxr.dataset;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.RadiographFolder.Omission;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A data set of annotated images on disk: folders by class ({@link ImageFolder}) or a table ({@link
 * LabelTable}). Nothing is decoded before it is asked for. Immutable and thread-safe.
 */
public abstract sealed class ImageSet permits ImageFolder, LabelTable {
  private final Path root;
  private final Annotation.Kind kind;
  private final List<String> labels;
  private final List<LabelledRadiograph> items;
  private final Map<Omission, List<Path>> leftOut;

  ImageSet(
      Path root,
      Annotation.Kind kind,
      List<String> labels,
      List<LabelledRadiograph> items,
      Map<Omission, List<Path>> leftOut) {
    this.root = root;
    this.kind = kind;
    this.labels = List.copyOf(labels);
    this.items = List.copyOf(items);
    this.leftOut = Collections.unmodifiableMap(leftOut);
  }

  /**
   * What the images are annotated with.
   *
   * @return the same for all images
   */
  public final Annotation.Kind kind() {
    return kind;
  }

  /**
   * Refuses images that have not one label each.
   *
   * @param what what is done with them, as at the beginning of a message
   * @throws IllegalArgumentException if they have findings or measured values
   */
  public final void requireLabels(String what) {
    if (kind != Annotation.Kind.LABEL) {
      throw new IllegalArgumentException(
          what
              + ": expected images with one label each, found "
              + (kind == Annotation.Kind.FINDINGS ? "findings" : "measured values")
              + ". Name a column of labels, or --classes.");
    }
  }

  /**
   * The data set's name: that of its folder or table.
   *
   * @return a name, never a path
   */
  public String name() {
    Path name = root.toAbsolutePath().normalize().getFileName();
    return name == null ? "root" : name.toString();
  }

  /**
   * The folder.
   *
   * @return the path it was opened by
   */
  public final Path root() {
    return root;
  }

  /**
   * The classes, findings or measurements, in the order of a network's outputs.
   *
   * @return one or more distinct names
   */
  public final List<String> labels() {
    return labels;
  }

  /**
   * The images. Those of folders by class: training before validation before test where the layout
   * defines a split, then by class, then by path; those of a table in its order. The order is the
   * same on every machine.
   *
   * @return at least one image of each class, or with each finding
   */
  public final List<LabelledRadiograph> items() {
    return items;
  }

  /**
   * The files below the folders of the classes that are not items: broken links, resource forks of
   * macOS, hidden files and whatever is not a radiograph; or files of a table that are not there.
   *
   * @return paths by reason, without empty lists
   */
  public final Map<Omission, List<Path>> leftOut() {
    return leftOut;
  }

  /**
   * How many images each label has: that it is the label of, that have the finding, or whose value
   * is known.
   *
   * @return counts by label, in the order of {@link #labels()}
   */
  public final Map<String, Integer> countByLabel() {
    return countByLabel(items);
  }

  private Map<String, Integer> countByLabel(List<LabelledRadiograph> of) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    labels.forEach(label -> counts.put(label, 0));
    for (LabelledRadiograph item : of) {
      Annotation annotation = item.annotation();
      if (annotation instanceof ExclusiveLabel exclusive) {
        counts.merge(exclusive.label(), 1, Integer::sum);
      } else {
        for (int i = 0; i < labels.size(); i++) {
          boolean counted =
              annotation instanceof FindingStates states
                  ? states.state(i) == LabelState.PRESENT
                  : annotation instanceof MeasuredValues values && values.value(i).isPresent();
          if (counted) {
            counts.merge(labels.get(i), 1, Integer::sum);
          }
        }
      }
    }
    return Collections.unmodifiableMap(counts);
  }

  /**
   * What was decided on opening that somebody should know.
   *
   * @return sentences; none names a patient
   */
  public List<String> notes() {
    return List.of();
  }

  /**
   * The units of measurements.
   *
   * @return a unit of the Unified Code for Units of Measure by label; empty for other kinds
   */
  public Map<String, String> units() {
    return Map.of();
  }

  /**
   * An image's name in this data set.
   *
   * @param item one of {@link #items()}
   * @return its path relative to {@link #root}, with {@code /}
   */
  public final String nameOf(LabelledRadiograph item) {
    return relative(root, item.file());
  }

  /**
   * The images that cannot be read, and why. Decodes every image, on all processors.
   *
   * @return reasons by image, in the order of {@link #items()}; empty if all can be read
   */
  public final Map<LabelledRadiograph, String> unreadable() {
    List<Optional<String>> reasons = items.parallelStream().map(ImageSet::reason).toList();
    Map<LabelledRadiograph, String> unreadable = new LinkedHashMap<>();
    for (int i = 0; i < reasons.size(); i++) {
      LabelledRadiograph item = items.get(i);
      reasons.get(i).ifPresent(reason -> unreadable.put(item, reason));
    }
    return Collections.unmodifiableMap(unreadable);
  }

  private static Optional<String> reason(LabelledRadiograph item) {
    try {
      item.read();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e.getClass().getSimpleName() + ": " + e.getMessage());
    } catch (UnsupportedRadiographException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      // A fault of ours, which must not hide what else is unreadable.
      return Optional.of(e.toString());
    }
  }

  /**
   * The same data set without some of its images.
   *
   * @param unwanted images of this data set
   * @return the data set with the remaining images
   * @throws IllegalArgumentException if no image with a label or finding is left
   */
  public abstract ImageSet without(Set<LabelledRadiograph> unwanted);

  /** The images but for some, of which there is one at least of each label. */
  final List<LabelledRadiograph> remaining(Set<LabelledRadiograph> unwanted) {
    List<LabelledRadiograph> left =
        items.stream().filter(item -> !unwanted.contains(item)).toList();
    countByLabel(left)
        .forEach(
            (label, count) -> {
              if (count == 0) {
                throw new IllegalArgumentException(
                    name()
                        + ": expected an image "
                        + (kind == Annotation.Kind.LABEL ? "of the class " : "with ")
                        + label
                        + " that is not left out, found none. Mend the images.");
              }
            });
    return left;
  }

  /** The images that the layout assigns to a subset; none where it assigns none. */
  final Set<LabelledRadiograph> assigned(Subset subset) {
    final Set<LabelledRadiograph> assigned = new LinkedHashSet<>();
    for (LabelledRadiograph item : items) {
      if (item.subset().equals(Optional.of(subset))) {
        assigned.add(item);
      }
    }
    return assigned;
  }

  static String relative(Path root, Path file) {
    return root.relativize(file).toString().replace(File.separatorChar, '/');
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + "[" + name() + ", " + countByLabel() + "]";
  }
}
