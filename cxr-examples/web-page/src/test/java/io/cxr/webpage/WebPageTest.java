package io.cxr.webpage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.dicom.image.CodestreamSeeds;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.radiograph.PhotometricInterpretation;
import io.cxr.radiograph.Radiograph;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import tools.jackson.databind.JsonNode;

/** The page in a browser gives the answers of Java. */
@Tag("slow")
class WebPageTest {
  private static final double TOLERANCE = 1e-5;

  /**
   * Of values from 0 to 1. What is left of rounding in the network is divided by the map's greatest
   * value, which may be small; Java is no nearer to itself ({@link #heatmapsOfJavaItself}).
   */
  private static final double HEATMAP_TOLERANCE = 5 * TOLERANCE;

  /** How often a film is chosen again, to see how long that takes. */
  private static final int NEXT = 5;

  @TempDir static Path temporary;

  private static Path folder;
  @AutoClose private static PageInBrowser browser;
  @AutoClose private static OnnxClassifier gated;
  @AutoClose private static OnnxClassifier ungated;

  @BeforeAll
  static void write() throws IOException {
    assumeTrue(
        PageInBrowser.CHROMIUM.canExecute() && PageInBrowser.DRIVER.canExecute(),
        "SKIPPED: expected /usr/bin/chromium and /usr/bin/chromedriver, found none; install"
            + " chromium and chromium-driver");
    assumeTrue(
        WebPage.class.getResource("site/readers.wasm") != null,
        "SKIPPED: expected readers.wasm, which Maven compiles, found none");
    folder = temporary.resolve("page");
    new WebPage(PageModel.shipped(), runtime()).write(folder);
    browser = new PageInBrowser();
    gated = OnnxClassifier.openDefault();
    byte[] model = PageModel.shipped().file();
    ungated = OnnxClassifier.builder(model).noveltyGate(false).viewGate(false).open();
  }

  private static OnnxRuntimeWeb runtime() throws IOException {
    Path packed = Path.of("onnxruntime-web-" + OnnxRuntimeWeb.VERSION + ".tgz");
    if (Files.exists(packed)) {
      return OnnxRuntimeWeb.of(packed);
    }
    try {
      return OnnxRuntimeWeb.fetchedByNpm();
    } catch (IOException e) {
      assumeTrue(false, "SKIPPED: " + e.getMessage());
      throw e;
    }
  }

  @Test
  void filmsAreAnsweredAsInJava() throws IOException {
    List<Path> films = films();
    try (StaticHost host = new StaticHost(folder)) {
      browser.open(host.address());
      int asked = host.requests().size();
      List<JsonNode> answers = browser.films(films);
      Differences differences = new Differences(TOLERANCE);
      for (int i = 0; i < films.size(); i++) {
        differences.compare(films.get(i), answers.get(i));
      }
      // The service worker may still be fetching the page's own files, whole and by their names.
      for (StaticHost.Request late : host.requests().subList(asked, host.requests().size())) {
        assertTrue(
            late.sent() > 0 && late.query() == null,
            "while films are classified only the page is fetched: " + late);
      }
      assertTrue(host.requests().stream().allMatch(r -> r.method().equals("GET")), "only GET");
      assertTrue(host.requests().stream().allMatch(r -> r.received() == 0), "nothing is sent");
      List<Double> times = answers.stream().map(WebPageTest::milliseconds).sorted().toList();
      System.out.printf(
          "%d films: probabilities within %.1e, novelty %.1e, heatmaps %.1e; median %.0f ms, most"
              + " %.0f ms%n",
          films.size(),
          differences.probability,
          differences.novelty,
          differences.heatmap,
          times.get(times.size() / 2),
          times.get(times.size() - 1));
      assertTrue(
          answers.stream().allMatch(film -> film.get("decoder").asString().equals("wasm")),
          "all by our readers");
    }
  }

  /** How far heatmaps of Java are from its own, when the runtime adds in another order. */
  @Test
  void heatmapsOfJavaItself() throws IOException, OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    byte[] model = PageModel.shipped().file();
    double most = 0;
    try (var options = new OrtSession.SessionOptions()) {
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
      try (OrtSession plain = environment.createSession(model, options)) {
        for (Path film : films()) {
          Radiograph radiograph = Radiograph.read(film);
          long[] shape = {radiograph.rows(), radiograph.columns()};
          ByteBuffer gray = ByteBuffer.allocateDirect(radiograph.rows() * radiograph.columns());
          gray.put(radiograph.toGray8()).flip();
          try (OnnxTensor pixels =
                  OnnxTensor.createTensor(environment, gray, shape, OnnxJavaType.UINT8);
              OrtSession.Result run = plain.run(Map.of("gray", pixels), Set.of("heatmap"))) {
            float[][][] maps = ((float[][][][]) run.get(0).getValue())[0];
            for (int label = 0; label < maps.length; label++) {
              most = Math.max(most, difference(radiograph, label, maps[label]));
            }
          }
        }
      }
    }
    System.out.printf("Heatmaps of Java, optimised and not: within %.1e%n", most);
    assertTrue(most < HEATMAP_TOLERANCE, "Java and Java: " + most);
  }

  /** Where a model pads, its map is cut to the film: a plane stays the plane, stretched. */
  @Test
  void heatmapsOfModelsThatPadAreCutToTheFilm() throws IOException {
    int rows = 8;
    int columns = 6;
    StringBuilder plane = new StringBuilder();
    for (int i = 0; i < rows * columns; i++) {
      plane.append(i == 0 ? "" : ",").append(3 * (i / columns) + i % columns);
    }
    try (StaticHost host = new StaticHost(folder)) {
      browser.open(host.address());
      List<?> cut =
          (List<?>)
              browser.script(
                  "return import('./heatmap.js').then(heatmap => [...heatmap.visiblePart("
                      + "Float32Array.of("
                      + plane
                      + "), 8, 6, [0.25, 0, 0.75, 1])])");
      for (int i = 0; i < rows * columns; i++) {
        int row = i / columns;
        double y = rows * (0.25 + 0.5 * (row + 0.5) / rows) - 0.5;
        assertEquals(3 * y + i % columns, ((Number) cut.get(i)).doubleValue(), 1e-5, "cell " + i);
      }
    }
  }

  /** Of a label's map, raw from another run, and the classifier's. */
  private static double difference(Radiograph radiograph, int label, float[][] raw) {
    List<String> one = List.of(ungated.card().labels().get(label));
    Heatmap heatmap = ungated.explain(radiograph, one).get(0).heatmap();
    double greatest = 0;
    for (float[] row : raw) {
      for (float value : row) {
        greatest = Math.max(greatest, value);
      }
    }
    double most = 0;
    for (int y = 0; y < raw.length; y++) {
      for (int x = 0; x < raw[y].length; x++) {
        double value = greatest > 0 ? Math.max(0, raw[y][x]) / greatest : 0;
        most = Math.max(most, Math.abs(value - heatmap.value(y, x)));
      }
    }
    return most;
  }

  /** The originals, as they were published; phantoms where they are not at hand. */
  private static List<Path> films() throws IOException {
    Path originals = Path.of(System.getProperty("cxr.shared", "../shared"), "data/originals");
    if (Files.isDirectory(originals)) {
      try (Stream<Path> files = Files.walk(originals)) {
        return files
            .filter(file -> file.toString().matches(".*\\.(png|jpg|jpeg)"))
            .sorted()
            .toList();
      }
    }
    System.out.println("SKIPPED: no " + originals + "; phantoms in place of the originals");
    List<Path> films = new ArrayList<>();
    for (int seed = 0; seed < 6; seed++) {
      Path film = temporary.resolve("phantom-" + seed + ".png");
      SyntheticChestPhantom.draw(seed % 2 == 0, seed, 300 + 50 * seed).writePng(film);
      films.add(film);
    }
    return films;
  }

  private static double milliseconds(JsonNode film) {
    JsonNode parts = film.get("milliseconds");
    return parts.get("decoding").asDouble() + parts.get("model").asDouble();
  }

  /** How far answers are apart, at most. */
  private static final class Differences {
    private final double tolerance;
    private double probability;
    private double novelty;
    private double heatmap;

    Differences(double tolerance) {
      this.tolerance = tolerance;
    }

    void compare(Path file, JsonNode film) throws IOException {
      Radiograph radiograph = Radiograph.read(file);
      String name = file.getFileName().toString();
      assertEquals(name, film.get("name").asString());
      assertEquals(radiograph.rows(), film.get("rows").asInt(), name);
      assertEquals(radiograph.columns(), film.get("columns").asInt(), name);
      assertEquals(radiograph.bitsStored(), film.get("bits").asInt(), name);
      assertEquals(hash(radiograph), film.get("hash").asInt(), name + ": pixels");
      boolean refused = false;
      try {
        gated.classify(radiograph);
      } catch (UnsupportedRadiographException e) {
        refused = true;
      }
      assertEquals(refused ? "refused" : "answered", film.get("state").asString(), name);
      JsonNode answer = film.get("answer");
      novelty = near(novelty, gated.novelty(radiograph), answer.get("novelty"), tolerance, name);
      if (radiograph.viewPosition().filter(view -> !view.isFrontal()).isPresent()) {
        return;
      }
      List<String> labels = ungated.card().labels();
      List<Explanation> explanations = ungated.explain(radiograph, labels);
      for (int i = 0; i < labels.size(); i++) {
        double expected = explanations.get(i).prediction().probability(labels.get(i));
        probability =
            near(probability, expected, answer.get("probabilities").get(i), tolerance, name);
        JsonNode maps = answer.get("heatmaps");
        JsonNode values = maps.get("values").get(i);
        assertEquals(explanations.get(i).heatmap().rows(), maps.get("rows").asInt());
        int columns = explanations.get(i).heatmap().columns();
        assertEquals(columns, maps.get("columns").asInt());
        for (int at = 0; at < values.size(); at++) {
          float value = explanations.get(i).heatmap().value(at / columns, at % columns);
          heatmap =
              near(heatmap, value, values.get(at), HEATMAP_TOLERANCE / TOLERANCE * tolerance, name);
        }
      }
    }

    private static double near(
        double most, double expected, JsonNode found, double tolerance, String name) {
      assertEquals(expected, found.asDouble(), tolerance * Math.max(1, Math.abs(expected)), name);
      return Math.max(most, Math.abs(expected - found.asDouble()));
    }
  }

  /** Of the stored values with black at 0, as the page has them. */
  private static int hash(Radiograph radiograph) {
    ByteBuffer pixels = radiograph.pixels();
    boolean inverted =
        radiograph.photometricInterpretation() == PhotometricInterpretation.MONOCHROME1;
    int most = (1 << radiograph.bitsStored()) - 1;
    int hash = 0;
    while (pixels.hasRemaining()) {
      int value = radiograph.bitsStored() == 8 ? pixels.get() & 0xff : pixels.getShort() & 0xffff;
      hash = 31 * hash + (inverted ? most - value : value);
    }
    return hash;
  }

  @Test
  void everyTransferSyntaxIsReadAsInJava() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Map.Entry<String, byte[]> seed : CodestreamSeeds.FILES.entrySet()) {
      files.add(Files.write(temporary.resolve(seed.getKey() + ".dcm"), seed.getValue()));
    }
    Path deep = temporary.resolve("deep.png");
    SyntheticChestPhantom.draw(true, 3, 200).writePng(deep);
    files.add(deep);
    files.add(deepGray(temporary.resolve("deep-gray.png")));
    try (StaticHost host = new StaticHost(folder)) {
      for (String query : new String[] {"", "?script"}) {
        browser.open(host.address() + query);
        List<JsonNode> films = browser.films(files);
        // The pixels are equal. Patterns are no films: activations are far from those of training,
        // and what is left of rounding is more.
        Differences differences = new Differences(10 * TOLERANCE);
        for (int i = 0; i < files.size(); i++) {
          JsonNode film = films.get(i);
          if (files.get(i).toString().contains("jpeg-2000")) {
            assertEquals("unreadable", film.get("state").asString());
            assertTrue(film.get("message").asString().contains("found JPEG 2000"), film.toString());
            continue;
          }
          differences.compare(files.get(i), film);
          assertEquals(query.isEmpty() ? "wasm" : "script", film.get("decoder").asString());
        }
      }
    }
  }

  private static Path deepGray(Path file) throws IOException {
    short[] pixels = new short[120 * 90];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (short) (i * 6);
    }
    Radiograph.ofGray16(120, 90, 16, pixels).writePng(file);
    return file;
  }

  @Test
  void badFilesAreNamedAndTheNextIsAnswered() throws IOException {
    Path whole = temporary.resolve("whole.png");
    SyntheticChestPhantom.draw(false, 5, 256).writePng(whole);
    byte[] png = Files.readAllBytes(whole);
    byte[] flipped = png.clone();
    flipped[png.length / 2] ^= 4;
    byte[] dicom = Objects.requireNonNull(CodestreamSeeds.FILES.get("jpeg-ls"));
    byte[] jpeg = jpeg(120, 90);
    Map<String, byte[]> bad =
        Map.of(
            "short.png", Arrays.copyOf(png, png.length / 2),
            "flipped.png", flipped,
            "short.jpg", Arrays.copyOf(jpeg, jpeg.length / 2),
            "short.dcm", Arrays.copyOf(dicom, dicom.length - 300),
            "page.jpg", "<!doctype html><title>Gone</title>".getBytes(StandardCharsets.UTF_8),
            "text.dcm", "no picture at all".getBytes(StandardCharsets.UTF_8),
            "empty.png", new byte[0]);
    List<Path> files = new ArrayList<>();
    for (Map.Entry<String, byte[]> file : bad.entrySet()) {
      files.add(Files.write(temporary.resolve(file.getKey()), file.getValue()));
    }
    files.add(whole);
    try (StaticHost host = new StaticHost(folder)) {
      browser.open(host.address());
      List<JsonNode> films = browser.films(files);
      for (int i = 0; i < bad.size(); i++) {
        JsonNode film = films.get(i);
        assertEquals("unreadable", film.get("state").asString(), film.toString());
        String message = film.get("message").asString();
        if (!film.get("name").asString().equals("flipped.png")) {
          // The JDK's codec, which looks at damaged PNG files in Java, has words of its own.
          assertEquals(refusal(files.get(i)), message);
        }
      }
      JsonNode last = films.get(bad.size());
      assertTrue(List.of("answered", "refused").contains(last.get("state").asString()));
      assertFalse(last.get("answer").isNull());
      browser.press(Keys.ARROW_DOWN);
      assertTrue(browser.text("answer-body").contains("Not read"), browser.text("answer-body"));
    }
  }

  private static byte[] jpeg(int rows, int columns) throws IOException {
    BufferedImage image = new BufferedImage(columns, rows, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    try {
      pen.setPaint(new GradientPaint(0, 0, Color.BLACK, columns, rows, new Color(0xd08040)));
      pen.fillRect(0, 0, columns, rows);
    } finally {
      pen.dispose();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "jpeg", bytes);
    return bytes.toByteArray();
  }

  @Test
  void photographsAreTurnedAndFilmsThatWantToBeAreRefused() throws IOException {
    byte[] jpeg = jpeg(120, 90);
    // EXIF: big-endian, one entry, orientation 6.
    byte[] exif =
        HexFormat.of()
            .parseHex("ffe100224578696600004d4d002a00000008000101120003000000010006000000000000");
    byte[] turned = new byte[jpeg.length + exif.length];
    System.arraycopy(jpeg, 0, turned, 0, 2);
    System.arraycopy(exif, 0, turned, 2, exif.length);
    System.arraycopy(jpeg, 2, turned, 2 + exif.length, jpeg.length - 2);
    Path file = Files.write(temporary.resolve("photograph.jpg"), turned);
    try (StaticHost host = new StaticHost(folder)) {
      browser.open(host.address());
      JsonNode photograph = browser.films("camera", List.of(file)).get(0);
      assertEquals("browser", photograph.get("decoder").asString(), photograph.toString());
      assertEquals(90, photograph.get("rows").asInt());
      assertEquals(120, photograph.get("columns").asInt());
      JsonNode film = browser.films(List.of(file)).get(0);
      assertEquals(refusal(file), film.get("message").asString());
    }
  }

  private static String refusal(Path file) throws IOException {
    try {
      Radiograph.read(file);
    } catch (UnsupportedRadiographException e) {
      return String.valueOf(e.getMessage());
    }
    return "Java reads it";
  }

  @Test
  void worksWithoutServerAfterTheFirstVisit() throws IOException {
    String address;
    Path film = films().get(0);
    try (PageInBrowser fresh = new PageInBrowser()) {
      try (StaticHost host = new StaticHost(folder)) {
        address = host.address();
        fresh.open(address);
        assertTrue(fresh.text("status").contains("works offline"), fresh.text("status"));
        long sent = host.requests().stream().mapToLong(StaticHost.Request::sent).sum();
        System.out.printf("First visit: %,d bytes over the wire%n", sent);
        assertTrue(sent < WebPage.MOST_TRANSFERRED, "bytes of the first visit: " + sent);
      }
      long start = System.nanoTime();
      long opened = fresh.open(address);
      assertEquals(true, fresh.script("return crossOriginIsolated"));
      JsonNode first = fresh.films(List.of(film)).get(0);
      long answered = (System.nanoTime() - start) / 1_000_000;
      new Differences(TOLERANCE).compare(film, first);
      double[] again = new double[NEXT];
      for (int i = 0; i < NEXT; i++) {
        again[i] = fresh.films(List.of(film)).get(0).get("shown").asDouble();
      }
      Arrays.sort(again);
      System.out.printf(
          "Without server: ready after %d ms, first answer after %d ms. By the page's clock: ready"
              + " after %.0f ms, the first film shown %.0f ms after its choice, the same again %.0f"
              + " ms (%.0f to %.0f)%n",
          opened,
          answered,
          ((Number) fresh.script("return readyAt")).doubleValue(),
          first.get("shown").asDouble(),
          again[NEXT / 2],
          again[0],
          again[NEXT - 1]);
      // Seconds on an idle machine; this says only that nothing waits for a network.
      assertTrue(answered < 120_000, "first answer after " + answered + " ms");
    }
  }

  @Test
  void staysUsableOnASlowProcessor() throws IOException {
    Path film = films().get(0);
    try (StaticHost host = new StaticHost(folder)) {
      browser.open(host.address());
      browser.command("Emulation.setCPUThrottlingRate", Map.of("rate", 4));
      try {
        browser.script(
            "window.longest = 0; let last = performance.now(); setInterval(() => {"
                + " const now = performance.now(); longest = Math.max(longest, now - last);"
                + " last = now; }, 10)");
        long start = System.nanoTime();
        browser.films(List.of(film, film, film));
        long milliseconds = (System.nanoTime() - start) / 1_000_000;
        double longest = ((Number) browser.script("return longest")).doubleValue();
        System.out.printf(
            "Processor slowed down 4 times: three films in %d ms, longest pause of the page %.0f"
                + " ms%n",
            milliseconds, longest);
        assertTrue(milliseconds < 120_000, "three films in " + milliseconds + " ms");
        assertTrue(longest < 20_000, "longest pause: " + longest + " ms");
      } finally {
        browser.command("Emulation.setCPUThrottlingRate", Map.of("rate", 1));
      }
    }
  }

  @Test
  void isUsedByKeyboardAndFitsNarrowScreens() throws IOException {
    List<Path> two = films().subList(0, 2);
    try (StaticHost host = new StaticHost(folder)) {
      browser.open(host.address());
      browser.films(two);
      assertTrue(current().contains(two.get(0).getFileName().toString()), current());
      browser.press(Keys.ARROW_DOWN);
      assertTrue(current().contains(two.get(1).getFileName().toString()), current());
      assertEquals(true, browser.script("return document.getElementById('heat').checked"));
      browser.press("h");
      assertEquals(false, browser.script("return document.getElementById('heat').checked"));
      Object before = drawn();
      browser.press("i");
      PageInBrowser.await("an inverted film", () -> !before.equals(drawn()));
      browser.press("0");
      PageInBrowser.await("the film as at first", () -> before.equals(drawn()));
      assertTrue(browser.text("notice").contains("Not for diagnostic use"));
      for (int width : new int[] {320, 768, 1280, 3840}) {
        browser.command(
            "Emulation.setDeviceMetricsOverride",
            Map.of("width", width, "height", 800, "deviceScaleFactor", 1, "mobile", false));
        long scrolled = (Long) browser.script("return document.documentElement.scrollWidth");
        assertTrue(scrolled <= width, width + ": scrolls to " + scrolled);
        assertEquals(List.of(), violations(), "accessibility at " + width + " pixels");
      }
      browser.click("theme");
      assertEquals(List.of(), violations(), "accessibility in light colours");
    } finally {
      browser.command("Emulation.clearDeviceMetricsOverride", Map.of());
    }
  }

  private static String current() {
    return (String) browser.script("return document.querySelector('[aria-current]').textContent");
  }

  private static Object drawn() {
    return browser.script(
        "const c = document.getElementById('canvas'); return c.getContext('2d')"
            + ".getImageData(c.width >> 1, c.height >> 1, 8, 8).data.join()");
  }

  /** What axe-core finds that is serious. */
  private static List<?> violations() throws IOException {
    try (var axe =
        Objects.requireNonNull(WebPageTest.class.getResourceAsStream("/axe.min.js"), "axe")) {
      browser.script(new String(axe.readAllBytes(), StandardCharsets.UTF_8));
    }
    browser.script(
        "window.found = null; axe.run().then(result => found = result.violations"
            + ".filter(v => ['serious', 'critical'].includes(v.impact))"
            + ".map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' ')))");
    PageInBrowser.await("axe-core", () -> browser.script("return found") != null);
    return (List<?>) browser.script("return found");
  }
}
