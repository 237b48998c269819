package io.cxr.workbench.dataset;

import io.cxr.dataset.Annotation;
import io.cxr.dataset.ImageSet;
import io.cxr.file.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The data sets in the folders that were named when the workbench started: each such folder where
 * it is one itself, or else those directly below it, each by its own name. A folder is a data set
 * if {@code images.csv} or another table in it can be read as a table of images, or else if it
 * holds class folders.
 *
 * <p>A folder of folders of folders of images may be two data sets or one whose classes have
 * folders of their own. It is one if {@code patients.csv} lies in it, if some image lies directly
 * in a class folder, or if nothing in it is such a data set by itself.
 *
 * <p>Thread-safe. What a folder holds is read again when the folder, its tables or a folder
 * directly in it have changed.
 */
public final class DataSets {
  private static final System.Logger LOGGER = System.getLogger(DataSets.class.getName());
  private static final String USUAL_TABLE = "images.csv";
  private static final int ID_DIGITS = 16;

  private final List<Path> roots;
  private final Map<Path, Known> known = new LinkedHashMap<>();

  /** What a folder held when it was as it was. */
  private record Known(FileTime changed, Found found) {}

  /**
   * What a folder holds.
   *
   * @param sets its data sets
   * @param deep whether it is one of class folders none of which has an image directly in it
   */
  private record Found(List<Listed> sets, boolean deep) {
    boolean isCertain() {
      return !sets.isEmpty() && !deep;
    }
  }

  /**
   * A data set with what a list shows of it.
   *
   * @param id tells it from all others; not its path
   * @param set where it is
   * @param images how many films it has
   * @param labels films by label
   */
  public record Listed(String id, DataSet set, int images, Map<String, Integer> labels) {
    /** Copies. */
    public Listed {
      labels = new LinkedHashMap<>(labels);
    }
  }

  /**
   * Data sets below some folders.
   *
   * @param roots given by whoever starts the server, never by a page
   */
  public DataSets(List<Path> roots) {
    this.roots = roots.stream().map(root -> root.toAbsolutePath().normalize()).toList();
  }

  /**
   * All data sets that can be read now.
   *
   * @return in the order of the roots, then by name
   */
  public List<Listed> list() {
    Map<String, Listed> all = new LinkedHashMap<>();
    for (Path root : roots) {
      // A root may lie in another one.
      below(root).forEach(each -> all.putIfAbsent(each.id(), each));
    }
    return List.copyOf(all.values());
  }

  private List<Listed> below(Path root) {
    Found own = in(root);
    if (own.isCertain()) {
      return own.sets();
    }
    List<Found> parts = folders(root).stream().map(this::in).toList();
    if (!own.sets().isEmpty() && parts.stream().noneMatch(Found::isCertain)) {
      return own.sets();
    }
    return parts.stream().flatMap(part -> part.sets().stream()).toList();
  }

  /**
   * One of them.
   *
   * @param id from {@link Listed#id}
   * @return empty if there is none
   */
  public Optional<Listed> find(String id) {
    return list().stream().filter(each -> each.id().equals(id)).findFirst();
  }

  private synchronized Found in(Path folder) {
    FileTime changed = changed(folder);
    Known before = known.get(folder);
    if (before == null || !before.changed().equals(changed)) {
      before = new Known(changed, read(folder));
      known.put(folder, before);
    }
    return before.found();
  }

  private static Found read(Path folder) {
    List<Listed> sets = new ArrayList<>();
    String name = String.valueOf(folder.getFileName());
    List<Path> tables = tables(folder);
    for (Path table : tables) {
      boolean usual = table.endsWith(USUAL_TABLE);
      String own = String.valueOf(table.getFileName()).replaceFirst("\\.[^.]*$", "");
      DataSet set = new DataSet(usual ? name : name + "/" + own, folder, table);
      images(set).ifPresent(images -> sets.add(listed(set, images)));
      if (usual && !sets.isEmpty()) {
        // It says of the folder's films all that there is; others are its parts or aids.
        break;
      }
    }
    if (!sets.isEmpty()) {
      return new Found(List.copyOf(sets), false);
    }
    DataSet classes = new DataSet(name, folder, null);
    return images(classes)
        .map(images -> new Found(List.of(listed(classes, images)), isDeep(folder, images)))
        .orElseGet(() -> new Found(List.of(), false));
  }

  private static boolean isDeep(Path folder, ImageSet images) {
    return !Files.exists(folder.resolve(DataSet.PATIENTS))
        && images.items().stream()
            .allMatch(film -> film.subset().isEmpty() && !isIn(film.file().getParent(), folder));
  }

  private static boolean isIn(@Nullable Path classFolder, Path folder) {
    return classFolder != null && folder.equals(classFolder.getParent());
  }

  private static Listed listed(DataSet set, ImageSet images) {
    return new Listed(id(set), set, images.items().size(), images.countByLabel());
  }

  /** The films of what may be a data set; empty where it is none to learn labels from. */
  private static Optional<ImageSet> images(DataSet set) {
    try {
      ImageSet images = set.open();
      if (images.kind() == Annotation.Kind.VALUES || images.labels().size() < 2) {
        return Optional.empty();
      }
      return Optional.of(images);
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      // Most folders are no data sets, so that this is nothing to shout about.
      LOGGER.log(System.Logger.Level.DEBUG, () -> "No data set: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static String id(DataSet set) {
    return Sha256.hex(set.folder() + "\n" + set.tableFile().map(Path::toString).orElse(""))
        .substring(0, ID_DIGITS);
  }

  /** The usual one first. */
  private static List<Path> tables(Path folder) {
    List<Path> tables = new ArrayList<>();
    for (Path file : entries(folder)) {
      String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
      if (name.endsWith(".csv") && !name.equals(DataSet.PATIENTS) && Files.isRegularFile(file)) {
        tables.add(name.equals(USUAL_TABLE) ? 0 : tables.size(), file);
      }
    }
    return tables;
  }

  private static List<Path> folders(Path folder) {
    return entries(folder).stream().filter(Files::isDirectory).toList();
  }

  /** What is visible in a folder, by name; nothing where it cannot be read. */
  private static List<Path> entries(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> !String.valueOf(entry.getFileName()).startsWith("."))
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  /** The latest change of the folder and of what is directly in it. */
  private static FileTime changed(Path folder) {
    FileTime latest = FileTime.fromMillis(0);
    List<Path> all = new ArrayList<>(entries(folder));
    all.add(folder);
    for (Path each : all) {
      try {
        FileTime time = Files.getLastModifiedTime(each);
        latest = time.compareTo(latest) > 0 ? time : latest;
      } catch (IOException e) {
        // It is gone already; the folder's own time tells.
      }
    }
    return latest;
  }
}
