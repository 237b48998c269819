package io.cxr.commandline;

import io.cxr.radiograph.RadiographFolder;
import io.cxr.radiograph.RadiographFolder.Omission;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The radiographs that a user names: files as they are, folders with all images below them. */
final class RadiographFiles {
  /** So many paths of a kind are named; the others are counted. */
  private static final int NAMED = 3;

  private final List<Named> files = new ArrayList<>();
  private final Map<Omission, List<Path>> leftOut = new EnumMap<>(Omission.class);

  private int earlierResults;

  private RadiographFiles() {}

  /**
   * A file to classify.
   *
   * @param path where it is
   * @param name where its results go below a folder for results: its place below the folder that
   *     the user named, or its own name. Where inputs of a run share such a name, as many folders
   *     of their paths come before the names of all their files as tell them apart. What then still
   *     has one name is one file that was named twice, or differs in case alone: it gets a number.
   *     So no two files of a run have one name
   */
  record Named(Path path, Path name) {}

  /** A file with as many elements of the end of its path as its name has by now. */
  private static final class Naming {
    private final int input;
    private final Path path;
    private final Path whole;
    private int elements;
    private String number = "";

    Naming(int input, Path path, int elements) {
      this.input = input;
      this.path = path;
      this.whole = path.toAbsolutePath().normalize();
      this.elements = Math.min(elements, whole.getNameCount());
    }

    Path name() {
      int all = whole.getNameCount();
      if (all == 0) {
        return whole;
      }
      Path name = whole.subpath(all - elements, all);
      return number.isEmpty() ? name : name.resolveSibling(name.getFileName() + number);
    }

    boolean grow() {
      if (elements >= whole.getNameCount()) {
        return false;
      }
      elements++;
      return true;
    }
  }

  /**
   * Lists the files of some inputs.
   *
   * @param paths files and folders
   * @param results folders that results are written to; what lies there in an input is left out
   * @throws IOException if a folder cannot be opened
   * @throws IllegalArgumentException if an input is a folder for results
   */
  static RadiographFiles of(List<Path> paths, List<Path> results) throws IOException {
    RadiographFiles found = new RadiographFiles();
    List<Naming> namings = new ArrayList<>();
    for (int input = 0; input < paths.size(); input++) {
      Path path = paths.get(input);
      if (!Files.isDirectory(path)) {
        namings.add(new Naming(input, path, 1));
        continue;
      }
      for (Path folder : results) {
        if (whole(folder).equals(whole(path))) {
          throw new IllegalArgumentException(
              "Results: expected a folder beside or below the inputs, found the input "
                  + path
                  + ", where the next run would take them for radiographs. Name another folder.");
        }
      }
      RadiographFolder below = RadiographFolder.list(path);
      for (Path file : below.files()) {
        if (results.stream().anyMatch(folder -> isResult(file, folder, path))) {
          found.earlierResults++;
        } else {
          namings.add(new Naming(input, file, path.relativize(file).getNameCount()));
        }
      }
      below
          .leftOut()
          .forEach(
              (reason, others) ->
                  found.leftOut.computeIfAbsent(reason, any -> new ArrayList<>()).addAll(others));
    }
    tellApart(namings);
    namings.forEach(naming -> found.files.add(new Named(naming.path, naming.name())));
    return found;
  }

  private static boolean isResult(Path file, Path results, Path input) {
    return whole(results).startsWith(whole(input)) && whole(file).startsWith(whole(results));
  }

  private static Path whole(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static void tellApart(List<Naming> namings) {
    boolean grown = true;
    while (grown) {
      Set<Integer> inputs = new HashSet<>();
      for (List<Naming> same : byName(namings).values()) {
        boolean several =
            same.stream().map(naming -> key(naming.whole)).distinct().limit(2).count() > 1
                && same.stream().map(naming -> naming.input).distinct().limit(2).count() > 1;
        if (several) {
          same.forEach(naming -> inputs.add(naming.input));
        }
      }
      grown = false;
      for (Naming naming : namings) {
        grown |= inputs.contains(naming.input) && naming.grow();
      }
    }
    boolean unique = false;
    for (int next = 2; !unique; next++) {
      unique = true;
      for (List<Naming> same : byName(namings).values()) {
        for (Naming naming : same.subList(1, same.size())) {
          naming.number = "-" + next;
          unique = false;
        }
      }
    }
  }

  private static Map<String, List<Naming>> byName(List<Naming> namings) {
    Map<String, List<Naming>> byName = new LinkedHashMap<>();
    for (Naming naming : namings) {
      byName.computeIfAbsent(key(naming.name()), any -> new ArrayList<>()).add(naming);
    }
    return byName;
  }

  /** Some file systems take names for the same that differ in case or in how accents are made. */
  private static String key(Path path) {
    return Normalizer.normalize(path.toString(), Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
  }

  /** The files, in the order of the inputs and then of their paths. */
  List<Named> files() {
    return List.copyOf(files);
  }

  /** Says what the folders hold besides, by reason. */
  void sayLeftOut(PrintWriter err) {
    sayLeftOut(err, leftOut);
    if (earlierResults > 0) {
      err.printf(
          "cxr: left out %d files below the folders for results, which lie in an input.%n",
          earlierResults);
      err.flush();
    }
  }

  /** Says what somebody should know. */
  static void say(PrintWriter err, List<String> notes) {
    notes.forEach(note -> err.println("cxr: " + note + "."));
    err.flush();
  }

  /** Says how many files were left out, and why. */
  static void sayLeftOut(PrintWriter err, Map<Omission, List<Path>> leftOut) {
    leftOut.forEach(
        (reason, paths) -> {
          StringBuilder line = new StringBuilder("cxr: left out ").append(paths.size());
          line.append(' ').append(reason.words()).append(": ");
          for (int i = 0; i < Math.min(NAMED, paths.size()); i++) {
            line.append(i == 0 ? "" : ", ").append(paths.get(i));
          }
          err.println(paths.size() > NAMED ? line.append(", ...") : line);
        });
    err.flush();
  }
}
