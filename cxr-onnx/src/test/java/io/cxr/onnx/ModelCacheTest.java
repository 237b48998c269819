package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.Explanation;
import io.cxr.Prediction;
import io.cxr.error.ModelFormatException;
import io.cxr.model.ModelCard;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryFlag;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is kept is used, gives the same predictions, and is built again when it is damaged. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ModelCacheTest {
  private static final List<Radiograph> FILMS = ClassifierContract.films(5, 20);

  @TempDir Path folder;
  private Path model;
  private Path cache;

  @BeforeEach
  void write() throws IOException {
    model = settled(SmallNetwork.softmax().write(folder));
    cache = folder.resolve("cache");
  }

  /** Old enough for its time stamp to be trusted. */
  private static Path settled(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
    return file;
  }

  private List<Explanation> answers() throws IOException {
    try (OnnxClassifier classifier = OnnxClassifier.builder(model).threads(1).cache(cache).open()) {
      return classifier.explain(FILMS);
    }
  }

  private List<Explanation> uncached() throws IOException {
    try (OnnxClassifier classifier = OnnxClassifier.builder(model).threads(1).open()) {
      return classifier.explain(FILMS);
    }
  }

  /** The same bit for bit. */
  private static void assertSame(List<Explanation> expected, List<Explanation> found) {
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).prediction(), found.get(i).prediction());
      for (int row = 0; row < expected.get(i).heatmap().rows(); row++) {
        for (int column = 0; column < expected.get(i).heatmap().columns(); column++) {
          assertEquals(
              expected.get(i).heatmap().value(row, column),
              found.get(i).heatmap().value(row, column));
        }
      }
    }
  }

  private List<Path> models() throws IOException {
    try (Stream<Path> models = Files.list(cache.resolve("models"))) {
      return models.toList();
    }
  }

  private Path onlyModel() throws IOException {
    List<Path> models = models();
    assertEquals(1, models.size(), models.toString());
    return models.get(0);
  }

  static void deleteAll(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> assertTrue(file.toFile().delete()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsKeptIsUsedAndAnswersTheSame() throws IOException {
    List<Explanation> expected = uncached();
    assertSame(expected, answers());
    Path kept = onlyModel();
    FileTime built = Files.getLastModifiedTime(kept.resolve("model.onnx"));
    assertSame(expected, answers());
    assertEquals(built, Files.getLastModifiedTime(onlyModel().resolve("model.onnx")));
  }

  @Test
  void largeWeightsLieInAFileOfTheirOwn() throws IOException {
    SmallNetwork network = SmallNetwork.softmax();
    float[] ballast = new float[1 << 16];
    ballast[7] = 1;
    model =
        settled(
            SmallNetwork.write(
                folder,
                network
                    .graph("batch", true)
                    .weights("ballast", ballast, 1, ballast.length)
                    .node("ReduceSum", List.of("flat"), "one")
                    .node("Mul", List.of("one", "ballast"), "heavy")
                    .output("heavy", "batch", ballast.length)
                    .metadata(ModelCard.METADATA_KEY, network.card().toJson())
                    .build()));
    List<Explanation> expected = uncached();
    answers();
    Path weights = onlyModel().resolve("weights.bin");
    assertTrue(Files.size(weights) >= 4L << 16);
    assertSame(expected, answers());

    byte[] bytes = Files.readAllBytes(weights);
    bytes[100] ^= 1;
    Files.write(weights, bytes);
    assertSame(expected, answers());
    bytes[100] ^= 1;
    assertEquals(
        java.util.Arrays.hashCode(bytes),
        java.util.Arrays.hashCode(Files.readAllBytes(onlyModel().resolve("weights.bin"))));

    Files.delete(onlyModel().resolve("weights.bin"));
    assertSame(expected, answers());
    assertTrue(Files.exists(onlyModel().resolve("weights.bin")));
  }

  @Test
  void damagedContentIsBuiltAgain() throws IOException {
    List<Explanation> expected = uncached();
    answers();
    byte[] whole = Files.readAllBytes(onlyModel().resolve("model.onnx"));
    for (String name : List.of("model.onnx", "sums.properties")) {
      Path file = onlyModel().resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      for (int length : new int[] {0, bytes.length / 2, bytes.length - 1}) {
        Files.write(onlyModel().resolve(name), java.util.Arrays.copyOf(bytes, length));
        assertSame(expected, answers());
        assertEquals(whole.length, Files.size(onlyModel().resolve("model.onnx")));
      }
    }
    // Damage that agrees with its sums: ONNX Runtime cannot read it.
    Path kept = onlyModel().resolve("model.onnx");
    Files.writeString(kept, "no model at all");
    Files.writeString(
        onlyModel().resolve("sums.properties"),
        "model.onnx=15 " + Long.toHexString(Checksum.crc32c(kept)) + "\n");
    assertSame(expected, answers());
    assertEquals(whole.length, Files.size(onlyModel().resolve("model.onnx")));
  }

  @Test
  void aModelThatChangedIsReadAgain() throws IOException {
    Prediction before = answers().get(0).prediction();
    byte[] bytes = Files.readAllBytes(model);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    byte[] other = text.replace("\"COVID19\"", "\"COVID20\"").getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(bytes.length, other.length);
    FileTime time = Files.getLastModifiedTime(model);
    // In place, of the same size and with the same time: only the disk's own books tell.
    Files.write(model, other, StandardOpenOption.WRITE);
    Files.setLastModifiedTime(model, time);
    Prediction after = answers().get(0).prediction();
    assertNotEquals(before.model().sha256(), after.model().sha256());
    assertEquals("COVID20", after.probabilities().get(0).label());
    assertEquals(2, models().size());
  }

  @Test
  void brokenAndMissingModelsAreReportedAsWithoutACache() throws IOException {
    Files.writeString(model, "no model");
    ModelFormatException broken = assertThrows(ModelFormatException.class, this::answers);
    assertTrue(String.valueOf(broken.getMessage()).contains(model.toString()));
    assertTrue(models().isEmpty());
    Files.delete(model);
    assertThrows(NoSuchFileException.class, this::answers);
  }

  @Test
  void manyAtOnceShareOneFolder() throws Exception {
    List<Explanation> expected = uncached();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<List<Explanation>>> calls = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        calls.add(this::answers);
      }
      for (Future<List<Explanation>> answer : threads.invokeAll(calls)) {
        assertSame(expected, answer.get());
      }
    } finally {
      threads.shutdownNow();
    }
    onlyModel();
  }

  @Test
  void theLeastRecentlyOpenedAreDeleted() throws IOException {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < 18; i++) {
      Path file = folder.resolve("model" + i + ".onnx");
      byte[] bytes =
          new String(SmallNetwork.softmax().onnx(), StandardCharsets.ISO_8859_1)
              .replace("cxr tests", String.format("cxr%6d", i))
              .getBytes(StandardCharsets.ISO_8859_1);
      files.add(settled(Files.write(file, bytes)));
    }
    for (Path file : files) {
      model = file;
      answers();
    }
    assertEquals(16, models().size());
  }

  @Test
  void aFolderThatOthersMayWriteToIsRefused() throws IOException {
    assumeTrue(
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
        "SKIPPED: this file system has no permissions");
    answers();
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)));
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
    FileSystemException refusal = assertThrows(FileSystemException.class, this::answers);
    assertTrue(refusal.getMessage().contains("chmod 700"), refusal.getMessage());
  }

  @Test
  void everyLevelThatIsRunOrBelievedIsLookedAt() throws Exception {
    assumeTrue(
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
        "SKIPPED: this file system has no permissions");
    inAProcess();
    List<Path> levels;
    try (Stream<Path> all = Files.walk(cache.resolve("libraries"))) {
      levels = new ArrayList<>(all.toList());
    }
    assertTrue(levels.size() >= 4, levels.toString());
    levels.add(cache.resolve("models"));
    levels.add(onlyModel());
    for (Path level : levels) {
      Set<PosixFilePermission> before = Files.getPosixFilePermissions(level);
      Set<PosixFilePermission> wide = new HashSet<>(before);
      wide.add(PosixFilePermission.OTHERS_WRITE);
      Files.setPosixFilePermissions(level, wide);
      assertTrue(failureInAProcess().contains(level.toString() + ": model cache"), level::toString);
      Files.setPosixFilePermissions(level, before);
    }
    inAProcess();
  }

  @Test
  void whatAnotherUserOwnsIsRefused() throws Exception {
    answers();
    try {
      Files.setAttribute(cache.resolve("models"), "unix:uid", 12345);
    } catch (UnsupportedOperationException | IOException e) {
      assumeTrue(false, "SKIPPED: only root can give a folder away: " + e);
    }
    FileSystemException refusal = assertThrows(FileSystemException.class, this::answers);
    assertTrue(refusal.getMessage().contains("another user"), refusal.getMessage());
  }

  @Test
  void accessControlListsTellWhoMayChange() {
    UserPrincipal user = () -> "user";
    UserPrincipal users = () -> "users";
    UserPrincipal readers = () -> "readers";
    UserPrincipal heirs = () -> "heirs";
    AclEntry.Builder entry = AclEntry.newBuilder().setType(AclEntryType.ALLOW);
    List<AclEntry> list =
        List.of(
            entry.setPrincipal(user).setPermissions(AclEntryPermission.values()).build(),
            entry.setPrincipal(users).setPermissions(AclEntryPermission.APPEND_DATA).build(),
            entry
                .setPrincipal(readers)
                .setPermissions(AclEntryPermission.READ_DATA, AclEntryPermission.EXECUTE)
                .build(),
            entry
                .setPrincipal(heirs)
                .setPermissions(AclEntryPermission.WRITE_DATA)
                .setFlags(AclEntryFlag.INHERIT_ONLY)
                .build());
    assertEquals(Set.of(user, users), PrivateFolder.changers(list));
  }

  @Test
  void aCacheThatCannotBeMadeIsDoneWithout() throws IOException {
    List<Explanation> expected = uncached();
    // A file where the folder or one above it must be: not even root can make it.
    for (Path place : List.of(model, model.resolve("below"), model.resolve("further/below"))) {
      cache = place;
      assertSame(expected, answers());
    }
  }

  @Test
  void aCacheThatCannotBeWrittenIsDoneWithout() throws IOException {
    List<Explanation> expected = uncached();
    Files.createDirectory(
        cache, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    // Files where folders must be: not even root can write below.
    Files.writeString(cache.resolve("models"), "");
    Files.writeString(cache.resolve("files"), "");
    Files.writeString(cache.resolve("libraries"), "");
    assertSame(expected, answers());
    assertEquals(0, Files.size(cache.resolve("models")));
  }

  @Test
  void librariesAreUnpackedOnceAndAgainWhenDamaged() throws Exception {
    String first = inAProcess();
    Path library;
    try (Stream<Path> files = Files.walk(cache.resolve("libraries"))) {
      library =
          files
              .filter(file -> file.getFileName().toString().contains("onnxruntime"))
              .filter(Files::isRegularFile)
              .max(Comparator.comparing(file -> file.toFile().length()))
              .orElseThrow();
    }
    FileTime unpacked = Files.getLastModifiedTime(library);
    assertTrue(first.contains(library.getParent().toString()), first);
    assertEquals(first, inAProcess());
    assertEquals(unpacked, Files.getLastModifiedTime(library));
    long size = Files.size(library);
    Files.write(library, new byte[] {1, 2, 3});
    assertEquals(first, inAProcess());
    assertEquals(size, Files.size(library));
    assertFalse(first.isEmpty());
  }

  private String inAProcess() throws Exception {
    ClassifyInAProcess.Outcome outcome = ClassifyInAProcess.run(List.of(), List.of(), model, cache);
    assertEquals(0, outcome.status(), outcome.errors());
    assertEquals("", outcome.errors());
    return outcome.output();
  }

  private String failureInAProcess() throws Exception {
    ClassifyInAProcess.Outcome outcome = ClassifyInAProcess.run(List.of(), List.of(), model, cache);
    assertEquals(1, outcome.status(), outcome.output());
    return outcome.errors();
  }
}
