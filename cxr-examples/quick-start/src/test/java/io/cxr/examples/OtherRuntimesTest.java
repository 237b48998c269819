package io.cxr.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.export.ExportInput;
import io.cxr.train.export.ModelExport;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs of {@code cxr-examples/other-runtimes} give the answers of Java. Python is {@code
 * CXR_PYTHON} (python3), the packages for Node.js are in {@code CXR_NODE_MODULES} (beside the
 * programs), and ONNX Runtime's headers and library for C++ are in the folder {@code
 * CXR_ONNXRUNTIME}.
 */
@Tag("slow")
class OtherRuntimesTest {
  private static final double NEAR = 1e-6;
  private static final Path PROGRAMS = Path.of("../other-runtimes").toAbsolutePath().normalize();
  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?");
  @TempDir static Path folder;
  private static final List<Path> FILMS = new ArrayList<>();
  private static Path model;
  private static OnnxClassifier java;

  @BeforeAll
  static void write() throws IOException {
    Path ordinary = folder.resolve("ordinary.onnx");
    try (InputStream shipped =
        Objects.requireNonNull(OnnxClassifier.class.getResourceAsStream("chest-xray.onnx"))) {
      Files.copy(shipped, ordinary);
    }
    model = folder.resolve("self-contained.onnx");
    ModelExport.of(ordinary).input(ExportInput.RADIOGRAPH_UINT8).write(model);
    List<Radiograph> radiographs =
        List.of(
            SyntheticChestPhantom.draw(false, 1),
            SyntheticChestPhantom.draw(true, 2, 300),
            SyntheticChestPhantom.draw(true, 3, 150).rotate(1));
    for (Radiograph radiograph : radiographs) {
      Path file = folder.resolve("film" + FILMS.size() + ".png");
      radiograph.writePng(file);
      FILMS.add(file);
    }
    java = OnnxClassifier.builder(ordinary).noveltyGate(false).viewGate(false).open();
  }

  @AfterAll
  static void close() {
    if (java != null) {
      java.close();
    }
  }

  @Test
  void python() throws IOException, InterruptedException {
    assertAnswers(lines(python(PROGRAMS.resolve("classify.py").toString(), model, FILMS)), true);
  }

  /** The form for 16 bits, which Java's interface to ONNX Runtime cannot ask. */
  @Test
  void pythonWithSixteenBits() throws IOException, InterruptedException {
    Path deep = folder.resolve("deep.onnx");
    ModelExport.of(model).input(ExportInput.RADIOGRAPH_UINT16).write(deep);
    Radiograph phantom = SyntheticChestPhantom.draw(true, 5, 200);
    short[] pixels = new short[200 * 200];
    byte[] gray = phantom.toGray8();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (short) ((gray[i] & 0xff) * 16 + i % 16);
    }
    Radiograph film = Radiograph.ofGray16(200, 200, 12, pixels);
    Path raw = folder.resolve("film.raw");
    byte[] bytes = new byte[2 * pixels.length];
    film.pixels().get(bytes);
    Files.write(raw, bytes);
    Path script = folder.resolve("deep.py");
    Files.writeString(
        script,
        """
        import json, sys, numpy, onnxruntime
        model = onnxruntime.InferenceSession(sys.argv[1])
        gray = numpy.fromfile(sys.argv[2], '<u2').reshape(200, 200)
        bits = numpy.array(12, dtype=numpy.int64)
        print(model.run(['probabilities'], {'gray': gray, 'bits_stored': bits})[0].tolist())
        """);
    String line = lines(python(script.toString(), deep, List.of(raw))).get(0);
    double[] found = numbers(line);
    for (int label = 0; label < 3; label++) {
      assertEquals(
          java.classify(film).probabilities().get(label).probability(), found[label], NEAR, line);
    }
  }

  @Test
  void javaScript() throws IOException, InterruptedException {
    assumeTrue(isOnPath("node"), "SKIPPED: no node (Node.js) on the PATH");
    String named = System.getenv("CXR_NODE_MODULES");
    Path modules = named == null ? PROGRAMS.resolve("node_modules") : Path.of(named);
    for (String name : List.of("onnxruntime-node", "pngjs")) {
      assumeTrue(
          Files.isDirectory(modules.resolve(name)),
          () -> "SKIPPED: no " + name + " in " + modules + "; run npm install in " + PROGRAMS);
    }
    ProcessBuilder builder =
        new ProcessBuilder(
            command("node", PROGRAMS.resolve("classify.cjs").toString(), model, FILMS));
    builder.environment().put("NODE_PATH", modules.toAbsolutePath().toString());
    assertAnswers(lines(builder), true);
  }

  @Test
  void cPlusPlus() throws IOException, InterruptedException {
    assumeTrue(isOnPath("g++"), "SKIPPED: no g++ on the PATH");
    String named = System.getenv("CXR_ONNXRUNTIME");
    assumeTrue(
        named != null,
        "SKIPPED: CXR_ONNXRUNTIME names no folder with ONNX Runtime's include and lib");
    Path runtime = Path.of(named).toAbsolutePath();
    Path program = folder.resolve("classify");
    Path library = runtime.resolve("lib");
    lines(
        new ProcessBuilder(
            "g++",
            "-std=c++17",
            PROGRAMS.resolve("classify.cpp").toString(),
            "-I",
            runtime.resolve("include").toString(),
            "-L",
            library.toString(),
            "-lonnxruntime",
            "-Wl,-rpath," + library,
            "-o",
            program.toString()));
    List<Path> films = new ArrayList<>();
    for (Path film : FILMS) {
      Radiograph radiograph = Radiograph.read(film);
      String head = "P5\n" + radiograph.columns() + " " + radiograph.rows() + "\n255\n";
      Path plain = folder.resolve(film.getFileName() + ".pgm");
      byte[] start = head.getBytes(StandardCharsets.US_ASCII);
      byte[] all = Arrays.copyOf(start, start.length + radiograph.rows() * radiograph.columns());
      radiograph.toGray8(all, start.length);
      films.add(Files.write(plain, all));
    }
    assertAnswers(
        lines(new ProcessBuilder(command(program.toString(), null, model, films))), false);
  }

  @Test
  void theirDocumentationShowsThemAsTheyAre() throws IOException {
    String page = Files.readString(Path.of("../../docs/other-runtimes.md"));
    for (String program : List.of("classify.py", "classify.cjs", "classify.cpp")) {
      String source = Files.readString(PROGRAMS.resolve(program));
      assertTrue(page.contains("\n" + source + "```\n"), program);
    }
  }

  private static boolean isOnPath(String program) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }

  private static ProcessBuilder python(String script, Path model, List<Path> films)
      throws IOException, InterruptedException {
    String python = System.getenv().getOrDefault("CXR_PYTHON", "python3");
    Map<String, String> modules =
        Map.of("PYTHONPATH", PROGRAMS.resolve("python_modules").toString());
    ProcessBuilder probe =
        new ProcessBuilder(python, "-c", "import onnxruntime, PIL")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    probe.environment().putAll(modules);
    boolean runs;
    try {
      Process process = probe.start();
      runs = process.waitFor(2, TimeUnit.MINUTES) && process.exitValue() == 0;
    } catch (IOException e) {
      runs = false;
    }
    assumeTrue(runs, "SKIPPED: " + python + " has no onnxruntime or no PIL; see " + PROGRAMS);
    ProcessBuilder builder = new ProcessBuilder(command(python, script, model, films));
    builder.environment().putAll(modules);
    return builder;
  }

  private static List<String> command(
      String program, @Nullable String script, Path model, List<Path> films) {
    List<String> command = new ArrayList<>();
    command.add(program);
    if (script != null) {
      command.add(script);
    }
    command.add(model.toString());
    films.forEach(film -> command.add(film.toString()));
    return command;
  }

  private static List<String> lines(ProcessBuilder builder)
      throws IOException, InterruptedException {
    Path errors = folder.resolve("errors.log");
    Process process = builder.redirectError(errors.toFile()).start();
    try {
      String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(2, TimeUnit.MINUTES), "hangs: " + builder.command());
      assertEquals(0, process.exitValue(), builder.command() + "\n" + Files.readString(errors));
      return answer.lines().toList();
    } finally {
      process.destroyForcibly();
    }
  }

  /** Probabilities in the order of the labels, refusal, novelty, and the maps of all labels. */
  private static void assertAnswers(List<String> lines, boolean named) throws IOException {
    assertEquals(FILMS.size(), lines.size(), lines.toString());
    for (int i = 0; i < FILMS.size(); i++) {
      Radiograph film = Radiograph.read(FILMS.get(i));
      String line = lines.get(i);
      List<String> labels = java.card().labels();
      if (named) {
        for (String label : labels) {
          assertTrue(line.contains('"' + label + '"'), line);
        }
        // So that figures in labels, such as COVID19, are none of the numbers.
        line = line.replaceAll("\"[^\"]*\"", "");
      }
      double[] found = numbers(line);
      List<Explanation> explanations = java.explain(film, labels);
      String shown = String.format(Locale.ROOT, "film %d: %.200s", i, line);
      for (int label = 0; label < labels.size(); label++) {
        double expected = explanations.get(0).prediction().probabilities().get(label).probability();
        assertEquals(expected, found[label], NEAR, shown);
      }
      double novelty = java.novelty(film);
      assertEquals(isAdmitted(film), found[labels.size()] == 0, shown);
      assertEquals(novelty, found[labels.size() + 1], NEAR * Math.max(1, novelty), shown);
      for (int label = 0; named && label < labels.size(); label++) {
        assertMap(explanations.get(label).heatmap(), found, labels.size() + 2, label, shown);
      }
    }
  }

  private static boolean isAdmitted(Radiograph film) {
    try (OnnxClassifier gated = OnnxClassifier.openDefault()) {
      return gated.classifyAll(List.of(film)).get(0).answer().isPresent();
    }
  }

  private static void assertMap(
      Heatmap expected, double[] found, int start, int label, String shown) {
    int cells = expected.rows() * expected.columns();
    double most = 0;
    for (int i = 0; i < cells; i++) {
      most = Math.max(most, found[start + label * cells + i]);
    }
    for (int i = 0; i < cells && most > 0; i++) {
      double value = found[start + label * cells + i] / most;
      assertEquals(
          expected.value(i / expected.columns(), i % expected.columns()), value, NEAR, shown);
    }
  }

  private static double[] numbers(String line) {
    return NUMBER
        .matcher(line)
        .results()
        .map(MatchResult::group)
        .mapToDouble(Double::parseDouble)
        .toArray();
  }
}
