package io.cxr.dataset;

import io.cxr.radiograph.RadiographFolder;
import io.cxr.radiograph.RadiographFolder.Omission;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A data set in a folder: one subfolder per class, such as {@code COVID19/} and {@code NORMAL/}, or
 * such folders under {@code train/} and {@code test/}, {@code val/} (or {@code validation/}) or
 * both, which then define a split ({@link SplitPlan}). Immutable and thread-safe.
 *
 * <p>Images are the files at any depth below their class that {@link RadiographFolder} takes for
 * radiographs; what it leaves out is in {@link #leftOut()}. Without {@link Builder#classes} every
 * folder is a class, in alphabetical order, as Keras {@code flow_from_directory} has it: COVID19 is
 * 0, NORMAL is 1. Nothing is decoded on opening.
 */
public final class ImageFolder extends ImageSet {
  private static final String TRAIN = "train";
  private static final String TEST = "test";
  private static final Set<String> VALIDATION = Set.of("val", "validation");

  private ImageFolder(
      Path root,
      List<String> labels,
      List<LabelledRadiograph> items,
      Map<Omission, List<Path>> leftOut) {
    super(root, Annotation.Kind.LABEL, labels, items, leftOut);
  }

  /**
   * Opens a folder with all its classes and no patients.
   *
   * @param root the folder
   * @return its radiographs
   * @throws IOException if the folder is missing, not a folder or unreadable
   * @throws IllegalArgumentException if it is not laid out as the type says
   */
  public static ImageFolder open(Path root) throws IOException {
    return builder(root).open();
  }

  /**
   * Opens a folder with options.
   *
   * @param root the folder
   * @return a builder without options
   */
  public static Builder builder(Path root) {
    return new Builder(root);
  }

  /** The options of a folder. Not thread-safe. */
  public static final class Builder {
    private final Path root;
    private Optional<List<String>> classes = Optional.empty();
    private Optional<Path> patients = Optional.empty();
    private boolean sourcesNeeded;

    private Builder(Path root) {
      this.root = root;
    }

    /**
     * Takes these classes only, in this order.
     *
     * @param labels names of class folders, distinct
     * @return this builder
     */
    public Builder classes(List<String> labels) {
      classes = Optional.of(List.copyOf(labels));
      return this;
    }

    /**
     * Takes these classes only, in this order.
     *
     * @param labels names of class folders, distinct
     * @return this builder
     */
    public Builder classes(String... labels) {
      return classes(List.of(labels));
    }

    /**
     * Sets the table of patients and sources, so that a split keeps a patient's images in one
     * subset.
     *
     * @param csv a CSV file in UTF-8 with the columns {@code file,label,patient} and, if sources
     *     are known, {@code source}, and a line for every image; files are relative to the folder,
     *     with {@code /}. A blank patient or source is unknown
     * @return this builder
     */
    public Builder patients(Path csv) {
      patients = Optional.of(csv);
      return this;
    }

    /**
     * Sets the same table as {@link #patients} does, in which the column {@code source} must be.
     *
     * @param csv a CSV file in UTF-8 with the columns {@code file,label,patient,source}
     * @return this builder
     */
    public Builder sources(Path csv) {
      sourcesNeeded = true;
      return patients(csv);
    }

    /**
     * Lists the images.
     *
     * @return the folder's radiographs
     * @throws IOException if the folder or the file of patients is missing or unreadable
     * @throws IllegalArgumentException if there is no class, a class has no images, a class that
     *     was asked for is not there, or the file of patients does not fit the folder
     */
    public ImageFolder open() throws IOException {
      if (!Files.exists(root)) {
        throw new NoSuchFileException(root.toString(), null, "expected a folder of class folders");
      }
      if (!Files.isDirectory(root)) {
        throw new NotDirectoryException(root.toString());
      }
      try {
        return read();
      } catch (UncheckedIOException e) {
        // Directory streams wrap theirs.
        throw e.getCause();
      }
    }

    private ImageFolder read() throws IOException {
      Map<Path, Optional<Subset>> sides = sides();
      List<String> labels = labels(sides);
      Optional<PatientList> list =
          patients.isPresent()
              ? Optional.of(PatientList.read(patients.get(), sourcesNeeded))
              : Optional.empty();
      List<LabelledRadiograph> items = new ArrayList<>();
      Map<Omission, List<Path>> leftOut = new EnumMap<>(Omission.class);
      for (Map.Entry<Path, Optional<Subset>> side : sides.entrySet()) {
        for (String label : labels) {
          for (Path image : images(side.getKey(), label, leftOut)) {
            Optional<String> patient =
                list.flatMap(known -> known.patientOf(relative(root, image), label));
            Optional<String> source = list.flatMap(known -> known.sourceOf(relative(root, image)));
            items.add(new LabelledRadiograph(image, label, patient, source, side.getValue()));
          }
        }
      }
      return new ImageFolder(root, labels, items, leftOut);
    }

    /** The folders that hold the classes: the root itself, or those of its subsets. */
    private Map<Path, Optional<Subset>> sides() throws IOException {
      List<String> folders = folders(root);
      List<String> train = folders.stream().filter(name -> lower(name).equals(TRAIN)).toList();
      List<String> validation =
          folders.stream().filter(name -> VALIDATION.contains(lower(name))).toList();
      List<String> test = folders.stream().filter(name -> lower(name).equals(TEST)).toList();
      Map<Path, Optional<Subset>> sides = new LinkedHashMap<>();
      int given = validation.size() + test.size();
      if (train.isEmpty() && given == 0) {
        sides.put(root, Optional.empty());
      } else if (train.size() == 1
          && validation.size() <= 1
          && test.size() <= 1
          && given > 0
          && folders.size() == 1 + given) {
        sides.put(root.resolve(train.get(0)), Optional.of(Subset.TRAINING));
        validation.forEach(name -> sides.put(root.resolve(name), Optional.of(Subset.VALIDATION)));
        test.forEach(name -> sides.put(root.resolve(name), Optional.of(Subset.TEST)));
      } else {
        throw new IllegalArgumentException(
            root
                + ": expected class folders, or train with test, val (or validation) or both and"
                + " nothing beside them, found "
                + folders
                + ". Move the others away.");
      }
      return sides;
    }

    private List<String> labels(Map<Path, Optional<Subset>> sides) throws IOException {
      Set<String> found = new TreeSet<>();
      for (Path side : sides.keySet()) {
        found.addAll(folders(side));
      }
      List<String> labels = classes.orElse(List.copyOf(found));
      if (labels.isEmpty()) {
        throw new IllegalArgumentException(
            root + ": expected one folder a class, such as COVID19 and NORMAL, found none");
      }
      if (Set.copyOf(labels).size() != labels.size()) {
        throw new IllegalArgumentException("Classes: expected distinct ones, found " + labels);
      }
      for (Path side : sides.keySet()) {
        List<String> there = folders(side);
        for (String label : labels) {
          if (!there.contains(label)) {
            throw new IllegalArgumentException(
                side + ": expected a folder for the class '" + label + "', found " + there);
          }
        }
      }
      return labels;
    }

    /** A class' images, sorted by their name relative to the root, and what else is there. */
    private List<Path> images(Path side, String label, Map<Omission, List<Path>> leftOut)
        throws IOException {
      Path folder = side.resolve(label);
      RadiographFolder below = RadiographFolder.list(folder);
      below
          .leftOut()
          .forEach(
              (reason, paths) ->
                  leftOut.computeIfAbsent(reason, any -> new ArrayList<>()).addAll(paths));
      if (below.files().isEmpty()) {
        int others = below.leftOut().values().stream().mapToInt(List::size).sum();
        throw new IllegalArgumentException(
            folder
                + ": expected an image of the class "
                + label
                + " (png, jpg, jpeg, tif, tiff, bmp, gif, dcm, or DICOM of any name), found "
                + (others == 0 ? "none" : "none among " + others + " files")
                + ". Fill the folder, or name the classes to take.");
      }
      return below.files().stream()
          .sorted(Comparator.comparing((Path file) -> relative(root, file)))
          .toList();
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** The visible folders in a folder, sorted; no link to a folder around it. */
  private static List<String> folders(Path folder) throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        if (Files.isDirectory(entry)
            && !isHidden(entry)
            && !folder.toRealPath().startsWith(entry.toRealPath())) {
          names.add(String.valueOf(entry.getFileName()));
        }
      }
    }
    Collections.sort(names);
    return names;
  }

  private static boolean isHidden(Path path) throws IOException {
    return String.valueOf(path.getFileName()).startsWith(".") || Files.isHidden(path);
  }

  @Override
  public ImageFolder without(Set<LabelledRadiograph> unwanted) {
    return new ImageFolder(root(), labels(), remaining(unwanted), leftOut());
  }
}
