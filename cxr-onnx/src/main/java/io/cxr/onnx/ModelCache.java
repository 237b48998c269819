package io.cxr.onnx;

import io.cxr.file.Sha256;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A folder with what opening a model would otherwise work out anew in every process: ONNX Runtime's
 * unpacked libraries, and each model as it is after graph optimisation, with its weights in a file
 * that is mapped into memory instead of read.
 *
 * <p>An optimised model belongs to one model file (by SHA-256), one version of ONNX Runtime and one
 * kind of processor. It is built under another name and moved into place whole; it carries sums of
 * its files, and one that does not agree with them is built again. The least recently opened beyond
 * {@link #MOST_MODELS} are deleted. What is in use on Windows cannot be replaced and stays.
 *
 * <p>Libraries in this folder are run, and its models are believed, so nobody but its owner may
 * write to it or to the folders and libraries in it. Thread-safe, and any number of processes may
 * share a folder.
 */
final class ModelCache {
  private static final System.Logger LOGGER = System.getLogger(ModelCache.class.getName());

  /** Another number makes older folders' models unknown. */
  private static final String LAYOUT = "1";

  private static final int MOST_MODELS = 16;
  private static final String MODEL = "model.onnx";
  private static final String WEIGHTS = "weights.bin";
  private static final String CARD = "card.json";
  private static final String SUMS = "sums.properties";

  /** In the same file: where the network's output comes from. */
  private static final String OUTPUT = "output";

  private static final Path CPU_INFORMATION = Path.of("/proc/cpuinfo");

  /** A file younger than this may change again without another time stamp. */
  private static final long SETTLED_SECONDS = 2;

  private final Path folder;

  private ModelCache(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens a folder, which is made where it is missing.
   *
   * @throws PrivateFolder.WritableByOthersException if others may write to it, or to a folder in it
   * @throws IOException if it cannot be made or is no folder
   */
  static ModelCache open(Path folder) throws IOException {
    PrivateFolder.make(folder);
    ModelCache cache = new ModelCache(folder);
    for (Path level : List.of(cache.libraries(), cache.models(), cache.files())) {
      if (Files.isDirectory(level)) {
        PrivateFolder.require(level);
      }
    }
    return cache;
  }

  /** Where ONNX Runtime's libraries are unpacked. */
  Path libraries() {
    return folder.resolve("libraries");
  }

  private Path models() {
    return folder.resolve("models");
  }

  private Path files() {
    return folder.resolve("files");
  }

  // What a file held when it was last looked at ---------------------------------------------------

  /**
   * The SHA-256 of a model file, if it was opened before and is unchanged since. As version control
   * does, a file counts as unchanged while its size, its times of modification and its place on the
   * disk are the same.
   */
  Optional<String> knownSha256(Path file) throws IOException {
    Path noted = notes(file);
    if (!Files.isRegularFile(noted)) {
      return Optional.empty();
    }
    Properties notes = read(noted);
    return stamp(file).equals(notes.getProperty("stamp"))
        ? Optional.ofNullable(notes.getProperty("sha256"))
        : Optional.empty();
  }

  /**
   * Notes the SHA-256 of a model file.
   *
   * @param stamp the file's {@link #stamp} before it was read
   */
  void note(Path file, String stamp, String sha256) throws IOException {
    Instant modified = Files.getLastModifiedTime(file).toInstant();
    if (modified.plusSeconds(SETTLED_SECONDS).isAfter(Instant.now())) {
      return;
    }
    Properties notes = new Properties();
    notes.setProperty("stamp", stamp);
    notes.setProperty("sha256", sha256);
    Path noted = notes(file);
    PrivateFolder.make(files());
    Path unfinished = Files.createTempFile(files(), "note", ".tmp");
    try {
      write(notes, unfinished);
      Files.move(unfinished, noted, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private Path notes(Path file) throws IOException {
    String place = file.toRealPath().toString();
    return files().resolve(Sha256.hex(place) + ".properties");
  }

  /** What changes whenever a file's content does. */
  static String stamp(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    StringBuilder stamp = new StringBuilder();
    stamp.append(attributes.size()).append(' ').append(attributes.lastModifiedTime());
    stamp.append(' ').append(attributes.fileKey());
    try {
      stamp.append(' ').append(Files.getAttribute(file, "unix:ctime"));
    } catch (UnsupportedOperationException e) {
      stamp.append(" no time of change");
    }
    return stamp.toString();
  }

  // Optimised models ------------------------------------------------------------------------------

  /** Where the optimised form of a model is or would be. */
  Path place(String sha256, String runtimeVersion) throws IOException {
    String what = String.join("\n", LAYOUT, sha256, runtimeVersion, processor());
    return models().resolve(Sha256.hex(what).substring(0, 32));
  }

  /** The optimised model at a place, if it is there and whole. */
  static Optional<Path> find(Path place) throws IOException {
    Path listed = place.resolve(SUMS);
    if (!Files.isRegularFile(listed)) {
      return Optional.empty();
    }
    PrivateFolder.require(place);
    Properties sums = read(listed);
    for (String name : List.of(MODEL, WEIGHTS, CARD)) {
      String expected = sums.getProperty(name);
      Path file = place.resolve(name);
      if (expected == null && !Files.exists(file) && !name.equals(MODEL)) {
        // A model of few weights keeps them all with the graph; a model without a card has none.
        continue;
      }
      if (expected == null || !Files.isRegularFile(file) || !expected.equals(sum(file))) {
        LOGGER.log(
            System.Logger.Level.WARNING,
            "Model cache: {0} is damaged and will be built again",
            file);
        return Optional.empty();
      }
    }
    try {
      Files.setLastModifiedTime(place, FileTime.from(Instant.now()));
    } catch (IOException e) {
      // A folder that can only be read serves as well; it is just not known to be in use.
      LOGGER.log(System.Logger.Level.DEBUG, "Model cache: {0}", e.toString());
    }
    return Optional.of(place.resolve(MODEL));
  }

  /** The card of the model at a place, if it is there; trust it once the model has been found. */
  static Optional<String> card(Path place) throws IOException {
    Path card = place.resolve(CARD);
    return Files.isRegularFile(card) ? Optional.of(Files.readString(card)) : Optional.empty();
  }

  /** Where the output of the model at a place comes from, as it was before optimisation. */
  static OutputOrigin output(Path place) throws IOException {
    String known = read(place.resolve(SUMS)).getProperty(OUTPUT);
    for (OutputOrigin origin : OutputOrigin.values()) {
      if (origin.name().equals(known)) {
        return origin;
      }
    }
    return OutputOrigin.UNKNOWN;
  }

  private static String sum(Path file) throws IOException {
    return Files.size(file) + " " + Long.toHexString(Checksum.crc32c(file));
  }

  /** An optimised model in the making: a private folder that {@link #keep} moves into place. */
  final class Draft implements AutoCloseable {
    private final Path place;
    private final Path draft;

    private Draft(Path place) throws IOException {
      this.place = place;
      PrivateFolder.make(models());
      this.draft = Files.createTempDirectory(models(), "draft");
    }

    Path model() {
      return draft.resolve(MODEL);
    }

    /** The name of the file beside the model that its weights go to. */
    String weightsName() {
      return WEIGHTS;
    }

    /**
     * Moves what has been written into place.
     *
     * @param card the model's card, to be read while the model is opened
     * @param output where the network's output comes from
     */
    void keep(Optional<String> card, OutputOrigin output) throws IOException {
      if (card.isPresent()) {
        Files.writeString(draft.resolve(CARD), card.get());
      }
      Properties sums = new Properties();
      for (String name : List.of(MODEL, WEIGHTS, CARD)) {
        Path file = draft.resolve(name);
        if (Files.exists(file)) {
          sums.setProperty(name, sum(file));
        }
      }
      sums.setProperty(OUTPUT, output.name());
      write(sums, draft.resolve(SUMS));
      if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
        if (find(place).isPresent()) {
          // Another process was faster, with the same.
          return;
        }
        Path old = Files.createTempDirectory(models(), "draft");
        try {
          Files.move(
              place, old, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          delete(old);
        }
      }
      try {
        Files.move(draft, place, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileSystemException e) {
        if (Files.exists(place)) {
          // Another process was faster, with the same.
          return;
        }
        throw e;
      }
      prune();
    }

    @Override
    public void close() {
      try {
        delete(draft);
      } catch (IOException e) {
        LOGGER.log(System.Logger.Level.DEBUG, "Model cache: {0}", e.toString());
      }
    }
  }

  Draft draft(Path place) throws IOException {
    return new Draft(place);
  }

  private void prune() throws IOException {
    List<Path> models = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(models())) {
      for (Path model : all) {
        // Drafts of others may be in the making; those of a killed process stay for a day.
        boolean draft = String.valueOf(model.getFileName()).startsWith("draft");
        if (!draft) {
          models.add(model);
        } else if (modified(model)
            .toInstant()
            .isBefore(Instant.now().minus(java.time.Duration.ofDays(1)))) {
          delete(model);
        }
      }
    }
    models.sort(Comparator.comparing(ModelCache::modified).reversed());
    for (Path model : models.subList(Math.min(MOST_MODELS, models.size()), models.size())) {
      delete(model);
    }
  }

  private static FileTime modified(Path path) {
    try {
      return Files.getLastModifiedTime(path);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(folder);
  }

  /** What graph optimisation depends on: which instructions the processor has. */
  private static String processor() throws IOException {
    StringBuilder processor =
        new StringBuilder()
            .append(System.getProperty("os.name"))
            .append(' ')
            .append(System.getProperty("os.arch"))
            .append(' ')
            .append(System.getenv().getOrDefault("PROCESSOR_IDENTIFIER", ""));
    if (Files.isReadable(CPU_INFORMATION)) {
      try (BufferedReader lines = Files.newBufferedReader(CPU_INFORMATION)) {
        @Nullable String line;
        // The first processor's entry ends at an empty line; the clock in it changes all the time.
        while ((line = lines.readLine()) != null && !line.isEmpty()) {
          if (line.startsWith("model name")
              || line.startsWith("flags")
              || line.startsWith("Features")
              || line.startsWith("CPU part")) {
            processor.append('\n').append(line);
          }
        }
      }
    }
    return processor.toString();
  }

  private static Properties read(Path file) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    } catch (IllegalArgumentException e) {
      // A damaged escape: as good as no file.
      return new Properties();
    }
    return properties;
  }

  private static void write(Properties properties, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      properties.store(out, null);
    }
  }
}
