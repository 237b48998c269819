package io.cxr.dataset;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the files that a table of images names, below its folder. Not thread-safe. */
final class ImageFinder {
  private final Path folder;
  private final Path above;

  /** Files by their names alone, from the first call that needs it on. */
  private @Nullable Map<String, Path> byName;

  private final Set<String> ambiguous = new HashSet<>();

  ImageFinder(Path folder) {
    this.folder = folder;
    this.above = folder.toAbsolutePath().normalize().resolveSibling("").normalize();
  }

  /** The file, or nothing if there is none of that name. */
  @Nullable Path find(String name) throws IOException {
    Path here = inside(folder, name);
    if (Files.isRegularFile(here)) {
      return here;
    }
    if (name.contains("/")) {
      Path there = inside(above, name);
      return Files.isRegularFile(there) ? there : null;
    }
    Map<String, Path> files = byName();
    if (ambiguous.contains(name)) {
      throw new IllegalArgumentException(
          "expected one file called " + name + " below the folder of images, found several");
    }
    return files.get(name);
  }

  /** No table leads out of its folder. */
  private static Path inside(Path folder, String name) {
    Path base = folder.toAbsolutePath().normalize();
    Path resolved = folder.resolve(name);
    if (!resolved.toAbsolutePath().normalize().startsWith(base)) {
      throw new IllegalArgumentException(
          "expected a file below the folder of images, found " + name);
    }
    return resolved;
  }

  private Map<String, Path> byName() throws IOException {
    Map<String, Path> known = byName;
    if (known == null) {
      known = new HashMap<>();
      try (Stream<Path> files = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          if (Files.isRegularFile(file)) {
            String own = String.valueOf(file.getFileName());
            if (known.putIfAbsent(own, file) != null) {
              ambiguous.add(own);
            }
          }
        }
      }
      byName = known;
    }
    return known;
  }
}
