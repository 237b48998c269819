package io.cxr.commandline;

import static io.cxr.commandline.Output.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.dataset.ImageFolder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.error.ModelFormatException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographFolder;
import io.cxr.train.weights.KerasWeights;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Small inputs that users of other tools reported: each is read as independent programs read it, or
 * refused with a message that names what was found. Every folder of {@code ../shared/cases} is
 * walked through, and one without an expectation here fails.
 *
 * <p>Most of them hold one picture of 240 x 256 pixels, with 12 bits in DICOM and 8 in other files.
 * What it must be is decoded by Pillow 9.4 (of BigTIFF and BMP), libtiff 4.5 (of tiles under the
 * tags of strips) and dcmtk 3.6.7 ({@code dcm2pnm +op}, all gray values without a window), which
 * agree on it to one gray level.
 */
class SharedCasesTest {
  private static final Path CASES = Path.of(System.getProperty("cxr.shared", "../shared"), "cases");

  /** The picture's gray values by Pillow, added up. */
  private static final long PICTURE = 9_504_734;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> everyFolderIsReadAsItsPeersDoOrRefusedByName() throws IOException {
    assumeTrue(Files.isDirectory(CASES), "SKIPPED: no " + CASES + "; pass -Dcxr.shared=FOLDER");
    Map<String, Executable> expectations = expectations();
    List<String> names;
    try (Stream<Path> folders = Files.list(CASES)) {
      names =
          folders
              .filter(Files::isDirectory)
              .map(path -> path.getFileName().toString())
              .sorted()
              .toList();
    }
    return names.stream()
        .map(
            name ->
                DynamicTest.dynamicTest(
                    name,
                    () -> {
                      Executable expectation = expectations.get(name);
                      assertNotNull(expectation, name + ": no expectation; add one to this test");
                      said = "as expected";
                      expectation.execute();
                      System.out.println("case " + name + ": " + said);
                    }));
  }

  private String said = "";

  private Map<String, Executable> expectations() {
    Map<String, Executable> cases = new TreeMap<>();
    // Images.
    cases.put("bigtiff", () -> reads("bigtiff", PICTURE, 0));
    cases.put("bmp-alpha-0", () -> reads("bmp-alpha-0", 9_667_290, 0));
    cases.put("tiff-12-bit", () -> reads("tiff-12-bit", PICTURE, 0));
    cases.put("tiff-no-stripbytecounts", () -> reads("tiff-no-stripbytecounts", PICTURE, 0));
    cases.put("tiff-old-lzw", () -> reads("tiff-old-lzw", 6_794_871, 0));
    cases.put("tiff-sampleformat-void", () -> reads("tiff-sampleformat-void", PICTURE, 0));
    cases.put("tiff-signed-types", () -> reads("tiff-signed-types", PICTURE, 0));
    cases.put("tiff-stripbytecounts-0", () -> reads("tiff-stripbytecounts-0", PICTURE, 0));
    cases.put("tiff-tiles-in-strip-tags", () -> reads("tiff-tiles-in-strip-tags", 7_607_820, 0));
    cases.put("cgbi", () -> refuses("cgbi", "Apple's own variant (CgBI)"));
    cases.put("html-named-jpg", () -> refuses("html-named-jpg", "an HTML page"));
    cases.put("lfs-pointer", () -> refuses("lfs-pointer", "git lfs pull"));
    // DICOM that is read.
    for (String name :
        List.of(
            "duplicate-element",
            "lossless-labelled-baseline",
            "meta-in-dataset",
            "modality-lut-short",
            "no-pixel-delimiter",
            "no-pixel-delimiter-zeros",
            "photometric-lower-case",
            "says-explicit-is-implicit",
            "says-implicit-is-explicit",
            "slope-0",
            "spacing-decimal-comma",
            "trailing-newline",
            "trailing-zeros",
            "voi-function-unknown",
            "voi-lut-no-data",
            "vr-question-marks")) {
      cases.put(name, () -> reads(name, PICTURE, 1));
    }
    // A window that cannot be read counts as missing: the picture is seen by its own percentiles,
    // somewhat brighter than through the part before the comma, which dcmtk takes.
    cases.put("window-decimal-comma", () -> reads("window-decimal-comma", PICTURE, 13));
    // dcm2pnm +Wl 1; it writes 251 for the highest value of 4,095.
    cases.put("voi-lut-short", () -> reads("voi-lut-short", 11_159_682, 2));
    cases.put("voi-lut-bits-overstated", this::bitsOverstated);
    cases.put("gsps-aspect", this::presentationStateHasTheSpacing);
    // The command line.
    cases.put("apple-double", this::resourceFork);
    cases.put("broken-symlink", this::brokenLink);
    cases.put("symlink-loop", this::linkLoop);
    cases.put("same-name-results", this::sameNames);
    cases.put("no-study-uid", this::noStudy);
    cases.put("non-ascii-name-lang-c", this::nameBeyondAscii);
    cases.put("launcher-symlink", this::launcherByLink);
    cases.put("keras3-weights", this::keras3);
    cases.put(
        "qido-page-cap", () -> provedBy("io.cxr.pacs.BadHabitsTest", "shortPagesAreNotTheLast"));
    cases.put(
        "qido-one-bad-uid",
        () -> provedBy("io.cxr.pacs.BadHabitsTest", "aMalformedMatchHidesNoOther"));
    return cases;
  }

  // Images --------------------------------------------------------------------------------------

  private static Path file(String name) throws IOException {
    List<Path> files = files(name, path -> !path.getFileName().toString().equals("README"));
    assertEquals(1, files.size(), files::toString);
    return files.get(0);
  }

  private static List<Path> files(String name, Predicate<Path> wanted) throws IOException {
    try (Stream<Path> files = Files.walk(CASES.resolve(name))) {
      return files.filter(Files::isRegularFile).filter(wanted).sorted().toList();
    }
  }

  private static long sum(Radiograph radiograph) {
    long sum = 0;
    for (byte level : radiograph.toGray8()) {
      sum += Byte.toUnsignedInt(level);
    }
    return sum;
  }

  /** Reads a file whose gray values are those of its peers, on average to so many levels. */
  private void reads(String name, long expected, int levels) throws IOException {
    Radiograph radiograph = Radiograph.read(file(name));
    long pixels = (long) radiograph.rows() * radiograph.columns();
    long found = sum(radiograph);
    assertTrue(
        Math.abs(found - expected) <= levels * pixels,
        () -> name + ": expected gray values of " + expected + " in all, found " + found);
    said = "read, " + radiograph + ", mean gray " + found / pixels;
  }

  private void refuses(String name, String found) throws IOException {
    Path file = file(name);
    UnsupportedRadiographException e =
        assertThrows(UnsupportedRadiographException.class, () -> Radiograph.read(file));
    assertTrue(e.getMessage().contains(found), e.getMessage());
    said = "refused, " + e.getMessage();
  }

  /** Neither nearly black nor white: by the data's own 10 bits, or refused by name. */
  private void bitsOverstated() throws IOException {
    Path file = file("voi-lut-bits-overstated");
    try {
      Radiograph radiograph = Radiograph.read(file);
      long mean = sum(radiograph) / ((long) radiograph.rows() * radiograph.columns());
      assertTrue(mean > 100 && mean < 230, "mean gray " + mean);
      said = "read by the bits of its data, mean gray " + mean;
    } catch (UnsupportedRadiographException e) {
      assertTrue(e.getMessage().contains("LUT"), e.getMessage());
      said = "refused, " + e.getMessage();
    }
  }

  // The command line ----------------------------------------------------------------------------

  /** A film that the model that comes with the library takes for one. */
  private static Path film() throws IOException {
    return file("non-ascii-name-lang-c");
  }

  private static boolean hasResults(Path folder, String name) {
    return Stream.of(".sc.dcm", ".sr.dcm", ".pr.dcm", ".pdf.dcm", ".heatmap.png")
        .allMatch(suffix -> Files.isRegularFile(folder.resolve(name + suffix)));
  }

  private void sameNames() throws IOException {
    Path cases = CASES.resolve("same-name-results");
    Path results = folder.resolve("same");
    Output output =
        run(
            "classify",
            "--dicom",
            results,
            "--heatmap",
            results,
            cases.resolve("s1"),
            cases.resolve("s2"));
    assertEquals(0, output.exitCode(), output.err());
    for (String place : List.of("s1", "s2")) {
      assertTrue(hasResults(results, place + "/IM1.dcm"), place);
      DicomTag patient = DicomTag.of(0x00100020);
      DicomDataSet film = DicomFile.read(cases.resolve(place).resolve("IM1.dcm")).dataSet();
      DicomDataSet report =
          DicomFile.read(results.resolve(place).resolve("IM1.dcm.sr.dcm")).dataSet();
      assertEquals(film.string(patient), report.string(patient), place);
    }
    said = "results in s1/ and s2/, each of its own patient";
  }

  private void noStudy() throws IOException {
    Path results = folder.resolve("no-study");
    Output output =
        run("classify", "--json", "--dicom", results, CASES.resolve("no-study-uid"), film());
    assertEquals(1, output.exitCode(), output.err());
    assertTrue(output.err().contains(file("no-study-uid").toString()), output.err());
    assertTrue(output.err().toLowerCase(Locale.ROOT).contains("(0020,000d)"), output.err());
    assertEquals(2, output.json().size(), output.out());
    assertTrue(output.json().get(1).has("label"), output.out());
    said = "named, and the next film is classified";
  }

  private void presentationStateHasTheSpacing() throws IOException {
    Path results = folder.resolve("aspect");
    Output output = run("classify", "--dicom", results, CASES.resolve("gsps-aspect"));
    assertEquals(0, output.exitCode(), output.err());
    String name = file("gsps-aspect").getFileName() + ".pr.dcm";
    DicomDataSet state = DicomFile.read(results.resolve(name)).dataSet();
    DicomDataSet area = state.items(DicomTag.of(0x0070005a)).get(0);
    double[] spacing = area.decimals(DicomTag.of(0x00700101));
    long[] aspect = area.integers(DicomTag.of(0x00700102));
    double ratio =
        spacing.length == 2
            ? spacing[0] / spacing[1]
            : aspect.length == 2 ? (double) aspect[0] / aspect[1] : Double.NaN;
    assertEquals(2, ratio, 1e-6, "0.5 mm between rows, 0.25 mm between columns");
    said = "the presentation state has pixels twice as high as wide";
  }

  // Folders -------------------------------------------------------------------------------------

  /** A class folder with one film, for what lies beside it. */
  private Path classFolder(String name) throws IOException {
    Path label = Files.createDirectories(folder.resolve(name).resolve("A"));
    Files.copy(film(), label.resolve("a.jpg"));
    return label;
  }

  private void leavesOut(Path label, Path other, RadiographFolder.Omission reason)
      throws IOException {
    ImageFolder trained = ImageFolder.open(label.getParent());
    assertEquals(1, trained.items().size());
    assertEquals(Map.of(reason, List.of(other)), trained.leftOut());
    Output classified = run("classify", "--json", label);
    assertEquals(0, classified.exitCode(), classified.err());
    assertEquals(1, classified.json().size(), classified.out());
    String line = "left out 1 " + reason.words() + ": " + other;
    assertTrue(classified.err().contains(line), classified.err());
    said = line + ", by train and classify";
  }

  private void resourceFork() throws IOException {
    Path label = classFolder("fork");
    Path fork = Files.copy(file("apple-double"), label.resolve("._a.jpg"));
    leavesOut(label, fork, RadiographFolder.Omission.RESOURCE_FORK);
  }

  private void brokenLink() throws IOException {
    Path label = classFolder("broken");
    Path link = Files.createSymbolicLink(label.resolve("b.jpg"), Path.of("/nonexistent"));
    leavesOut(label, link, RadiographFolder.Omission.BROKEN_LINK);
  }

  private void linkLoop() throws IOException {
    Path label = classFolder("loop");
    Path link = Files.createSymbolicLink(label.resolve("loop"), Path.of("../A"));
    leavesOut(label, link, RadiographFolder.Omission.LINK_LOOP);
  }

  // The launcher --------------------------------------------------------------------------------

  private void launcherByLink() throws IOException, InterruptedException {
    assumeTrue(Launcher.runs(), "SKIPPED: no shell, or no launcher beside this module");
    Launcher launcher = Launcher.in(Files.createDirectories(folder.resolve("clone")));
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path absolute = Files.createSymbolicLink(bin.resolve("cxr"), launcher.script());
    Path relative = Files.createSymbolicLink(bin.resolve("again"), Path.of("cxr"));
    for (Path link : List.of(absolute, relative)) {
      Launcher.Output output = Launcher.run(link, Map.of(), "--version");
      assertEquals(0, output.exitCode(), output.err());
      assertTrue(output.out().startsWith("cxr "), output.out());
    }
    try (Stream<Path> left = Files.list(bin)) {
      assertEquals(2, left.count(), "nothing is built beside a link");
    }
    said = "runs by a link, and by a link to that";
  }

  private void nameBeyondAscii() throws IOException, InterruptedException {
    assumeTrue(Launcher.runs(), "SKIPPED: no shell, or no launcher beside this module");
    Launcher launcher = Launcher.in(Files.createDirectories(folder.resolve("ascii")));
    Path other = Files.createDirectories(folder.resolve("other"));
    Files.copy(film(), other.resolve("b.jpg"));
    Path heatmaps = folder.resolve("heatmaps");
    Object[] arguments = {
      "classify", "--json", CASES.resolve("non-ascii-name-lang-c"), other, "--heatmap", heatmaps
    };
    Launcher.Output output = launcher.run(Map.of("LC_ALL", "C"), arguments);
    assertEquals(0, output.exitCode(), output.err());
    assertEquals(2, output.out().lines().count(), output.out());
    String name = film().getFileName().toString();
    assertTrue(output.out().contains(name), output.out());
    assertTrue(Files.isRegularFile(heatmaps.resolve(name + ".heatmap.png")));
    // Java alone, without the launcher, cannot name the file: the other is done all the same.
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.cxr.commandline.Cxr"));
    Arrays.stream(arguments).map(Object::toString).forEach(java::add);
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(java).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("LC_ALL", "C");
    int exitCode = builder.start().waitFor();
    assertTrue(exitCode == 0 || exitCode == 1, () -> "exit code " + exitCode);
    assertEquals(2, Files.readString(out).lines().count(), Files.readString(err));
    if (exitCode == 1) {
      assertTrue(
          Files.readString(err).contains("cannot be expressed in this locale"),
          Files.readString(err));
    }
    assertTrue(Files.isRegularFile(heatmaps.resolve("b.jpg.heatmap.png")));
    said = "classified under LC_ALL=C; without the launcher named, and the other is classified";
  }

  // Elsewhere -----------------------------------------------------------------------------------

  /** The script of this case needs h5py: this file was made by one like it, keras3_weights.py. */
  private void keras3() throws IOException {
    Path weights = folder.resolve("keras3.weights.h5");
    try (InputStream stream = SharedCasesTest.class.getResourceAsStream("network.weights.h5")) {
      Files.copy(Objects.requireNonNull(stream), weights);
    }
    Path model = folder.resolve("model.keras");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(model))) {
      for (String entry : List.of("metadata.json", "config.json", "model.weights.h5")) {
        zip.putNextEntry(new ZipEntry(entry));
        zip.write(entry.endsWith("json") ? new byte[] {'{', '}'} : Files.readAllBytes(weights));
        zip.closeEntry();
      }
    }
    for (Path file : List.of(weights, model)) {
      ModelFormatException e =
          assertThrows(ModelFormatException.class, () -> KerasWeights.read(file));
      assertTrue(e.getMessage().contains("Keras 3"), e.getMessage());
      said = "refused, " + e.getMessage();
    }
  }

  /** The archive of this case is a class of the gateway's own tests. */
  /** By a test of another application, whose source must still have it. */
  private void provedBy(String test, String method) throws IOException {
    Path source = Path.of("../pacs-gateway/src/test/java", test.replace('.', '/') + ".java");
    assertTrue(Files.readString(source).contains("@Test\n  void " + method + "("), test);
    said = "proved by " + test + "." + method;
  }
}
