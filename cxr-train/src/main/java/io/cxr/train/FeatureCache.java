package io.cxr.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder with the features of frozen bases, a {@link FeatureFile} for each base and
 * preprocessing. The folder has a bound: files that no training has opened for longest are deleted
 * first. Those that this cache has opened stay, however large they are, as the training needs them.
 * Not thread-safe; several processes may share a folder.
 */
final class FeatureCache {
  /** 4 GiB: 10,000 images on the flattened map of a ResNet-50, a million on its means. */
  static final long STANDARD_BYTES = 4L << 30;

  private static final String ENVIRONMENT_FOLDER = "XDG_CACHE_HOME";
  private static final String SUFFIX = ".features";

  private final Path folder;
  private final long bound;
  private final Set<Path> opened = new HashSet<>();

  /**
   * The cache in a folder.
   *
   * @param folder made when needed
   * @param bound how many bytes it may have, at least 0
   */
  FeatureCache(Path folder, long bound) {
    this.folder = folder;
    this.bound = bound;
  }

  static Path standardFolder() {
    String cache = System.getenv(ENVIRONMENT_FOLDER);
    Path root =
        cache != null && !cache.isBlank()
            ? Path.of(cache)
            : Path.of(System.getProperty("user.home"), ".cache");
    return root.resolve("cxr").resolve("features");
  }

  /**
   * Opens the features of a base with a preprocessing.
   *
   * @param key digits that stand for all that decides features
   * @param featureCount how many values an image has
   */
  FeatureFile open(String key, int featureCount) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(key + SUFFIX);
    FeatureFile features = FeatureFile.open(file, featureCount);
    opened.add(file);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    prune();
    return features;
  }

  private record Kept(Path file, long bytes, FileTime used) {}

  /** Deletes the files that were opened longest ago until the folder is within its bound. */
  void prune() throws IOException {
    List<Kept> files = files();
    files.sort(Comparator.comparing(Kept::used).thenComparing(Kept::file));
    long bytes = files.stream().mapToLong(Kept::bytes).sum();
    for (Kept kept : files) {
      if (bytes > bound && !opened.contains(kept.file())) {
        Files.deleteIfExists(kept.file());
        bytes -= kept.bytes();
      }
    }
  }

  private List<Kept> files() throws IOException {
    List<Kept> files = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path file : (Iterable<Path>) entries::iterator) {
        if (file.getFileName().toString().endsWith(SUFFIX)) {
          try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            files.add(new Kept(file, found.size(), found.lastModifiedTime()));
          } catch (NoSuchFileException e) {
            // Another process has deleted it meanwhile.
          }
        }
      }
    }
    return files;
  }
}
