package io.cxr.commandline;

import static io.cxr.commandline.Output.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Prediction;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.DicomWriter;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.file.OpenCounter;
import io.cxr.file.Sha256;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands as a shell sees them: standard output, standard error and exit codes. */
class CxrTest {
  private static final JsonMapper JSON = new JsonMapper();
  @TempDir static Path demo;
  private static Output demoOutput;

  @BeforeAll
  static void runDemo() {
    demoOutput = run("demo", "--out", demo, "--images", 10, "--epochs", 1);
  }

  private static Path model() {
    return demo.resolve("synthetic-demo.onnx");
  }

  private static Path phantoms() {
    return demo.resolve("synthetic-phantoms");
  }

  @Test
  void demoTrainsExportsClassifiesAndExplains() throws IOException {
    assertEquals(0, demoOutput.exitCode(), demoOutput.err());
    assertTrue(demoOutput.out().contains(Prediction.NOTICE), demoOutput.out());
    assertTrue(Files.size(model()) > 5_000_000);
    try (Stream<Path> heatmaps = Files.list(demo.resolve("heatmaps"))) {
      List<Path> files = heatmaps.toList();
      assertEquals(3, files.size());
      for (Path file : files) {
        assertTrue(demoOutput.out().contains(file.toString()), file + " is named");
        assertTrue(file.getFileName().toString().contains("synthetic"), file.toString());
      }
    }
  }

  @Test
  void classifyPrintsOneObjectALineAndWritesHeatmaps() throws IOException {
    Path heatmaps = demo.resolve("more/heatmaps");
    Output output =
        run("classify", "--model", model(), phantoms(), "--json", "--heatmap", heatmaps);
    assertEquals(0, output.exitCode(), output.err());
    assertEquals(20, output.lines().size());
    for (String line : output.lines()) {
      JsonNode json = JSON.readTree(line);
      JsonNode probabilities = json.get("probabilities");
      double clear = probabilities.get("CLEAR").asDouble();
      double opacity = probabilities.get("OPACITY").asDouble();
      assertEquals(1, clear + opacity, 1e-6);
      assertEquals(clear > opacity ? "CLEAR" : "OPACITY", json.get("label").asString());
      assertTrue(Files.isRegularFile(Path.of(json.get("file").asString())), line);
      assertEquals(64, json.get("model").get("sha256").asString().length());
      assertEquals("cxr-result/1", json.get("schema").asString());
      assertTrue(line.contains(Prediction.NOTICE), line);
    }
    try (Stream<Path> files = Files.walk(heatmaps)) {
      assertEquals(20, files.filter(Files::isRegularFile).count());
    }
  }

  /** The pixels of a file as a DX instance. */
  private static Path dicom(Path image, Path file, String view) throws IOException {
    Radiograph radiograph = Radiograph.read(image);
    byte[] gray = radiograph.toGray8();
    DicomDataSet dataSet =
        DicomDataSet.of(
            text(DicomTag.SOP_CLASS_UID, ValueRepresentation.UI, "1.2.840.10008.5.1.4.1.1.1.1"),
            text(DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, "2.25.1"),
            text(DicomTag.of(0x0020000d), ValueRepresentation.UI, "2.25.2"),
            text(DicomTag.of(0x0020000e), ValueRepresentation.UI, "2.25.3"),
            text(DicomTag.PRESENTATION_INTENT_TYPE, ValueRepresentation.CS, "FOR PRESENTATION"),
            text(DicomTag.VIEW_POSITION, ValueRepresentation.CS, view),
            number(DicomTag.SAMPLES_PER_PIXEL, 1),
            text(DicomTag.PHOTOMETRIC_INTERPRETATION, ValueRepresentation.CS, "MONOCHROME2"),
            number(DicomTag.ROWS, radiograph.rows()),
            number(DicomTag.COLUMNS, radiograph.columns()),
            number(DicomTag.BITS_ALLOCATED, 8),
            number(DicomTag.BITS_STORED, 8),
            number(DicomTag.HIGH_BIT, 7),
            number(DicomTag.PIXEL_REPRESENTATION, 0),
            DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OB, gray));
    return Files.write(file, DicomWriter.write(dataSet, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN));
  }

  private static DicomElement text(DicomTag tag, ValueRepresentation vr, String value) {
    return DicomElement.ofText(tag, vr, value);
  }

  private static DicomElement number(DicomTag tag, int value) {
    return DicomElement.ofIntegers(tag, ValueRepresentation.US, value);
  }

  @Test
  void dicomIsClassifiedAsAnyOtherFile(@TempDir Path inputs) throws IOException {
    Path image;
    try (Stream<Path> files = Files.walk(phantoms())) {
      image = files.filter(file -> file.toString().endsWith(".png")).sorted().findFirst().get();
    }
    Path frontal = dicom(image, inputs.resolve("frontal.dcm"), "PA");
    Path lateral = dicom(image, inputs.resolve("lateral.dcm"), "LL");
    Output both = run("classify", "--model", model(), image, inputs, "--json");
    assertEquals(1, both.exitCode(), "the lateral view is refused");
    assertEquals(3, both.lines().size(), both.out());
    JsonNode ofImage = JSON.readTree(both.lines().get(0));
    JsonNode ofDicom = JSON.readTree(both.lines().get(1));
    assertEquals(frontal.toString(), ofDicom.get("file").asString());
    assertEquals(ofImage.get("probabilities"), ofDicom.get("probabilities"));
    JsonNode refused = JSON.readTree(both.lines().get(2));
    assertEquals("cxr-result/1", refused.get("schema").asString());
    assertEquals(lateral.toString(), refused.get("file").asString());
    assertEquals("UNSUPPORTED_VIEW", refused.get("reason").asString());
    assertTrue(both.err().contains(lateral.toString()), both.err());
    assertTrue(both.err().contains("expected a frontal view (PA or AP), found LL"), both.err());
    Path written = inputs.resolve("results");
    assertEquals(
        0, run("classify", "--model", model(), image, frontal, "--dicom", written).exitCode());
    try (Stream<Path> files = Files.list(written)) {
      assertEquals(
          List.of(
              "frontal.dcm.pdf.dcm",
              "frontal.dcm.pr.dcm",
              "frontal.dcm.sc.dcm",
              "frontal.dcm.sr.dcm"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
    DicomDataSet capture = DicomFile.read(written.resolve("frontal.dcm.sc.dcm")).dataSet();
    assertEquals("2.25.2", capture.string(DicomTag.of(0x0020000d)).orElseThrow(), "same study");
    Output dump = run("dicom", "dump", lateral);
    assertEquals(0, dump.exitCode(), dump.err());
    assertTrue(dump.out().contains("(0018,5101) CS ViewPosition [LL]"), dump.out());
    Output none = run("dicom", "dump", image);
    assertEquals(1, none.exitCode());
    assertTrue(none.err().contains("expected the prefix DICM"), none.err());
  }

  @Test
  void eachFileIsOpenedOnceForAllItsResults(@TempDir Path folder) throws IOException {
    Path films = Files.createDirectory(folder.resolve("films"));
    List<Path> images;
    try (Stream<Path> files = Files.walk(phantoms())) {
      images = files.filter(file -> file.toString().endsWith(".png")).sorted().limit(10).toList();
    }
    List<String> hashes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Path film = dicom(images.get(i), films.resolve("film" + i + ".dcm"), "PA");
      hashes.add(Sha256.hex(Files.readAllBytes(film)));
    }
    OpenCounter counter = new OpenCounter();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Path trail = folder.resolve("audit.jsonl");
    int exitCode =
        Cxr.commandLine(new PrintWriter(out), new PrintWriter(err))
            .registerConverter(
                Path.class,
                name -> name.endsWith("films") ? counter.path(Path.of(name)) : Path.of(name))
            .execute(
                "classify",
                "--json",
                "--model",
                model().toString(),
                "--heatmap",
                folder.resolve("heatmaps").toString(),
                "--dicom",
                folder.resolve("results").toString(),
                "--audit",
                trail.toString(),
                films.toString());
    assertEquals(0, exitCode, err.toString());
    Map<String, Integer> once = new TreeMap<>();
    for (int i = 0; i < 10; i++) {
      once.put(films.resolve("film" + i + ".dcm").toString(), 1);
    }
    assertEquals(once, counter.opens());
    // And nothing was left out: an answer, an overlay, four instances and a record a film.
    assertEquals(10, out.toString().lines().count());
    assertEquals(10, filesIn(folder.resolve("heatmaps")));
    assertEquals(40, filesIn(folder.resolve("results")));
    List<String> recorded = new ArrayList<>();
    try (Stream<String> lines = Files.lines(trail)) {
      lines.forEach(line -> recorded.add(JSON.readTree(line).get("input").asString()));
    }
    assertEquals(hashes, recorded);
  }

  private static long filesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void oneBadFileDoesNotStopTheOthers(@TempDir Path inputs) throws IOException {
    Files.copy(phantoms().resolve("CLEAR/synthetic-0001.png"), inputs.resolve("a.png"));
    Files.writeString(inputs.resolve("b.png"), "no image");
    Files.copy(phantoms().resolve("CLEAR/synthetic-0002.png"), inputs.resolve("c.png"));
    Output output = run("classify", "--model", model(), inputs, "--json");
    assertEquals(1, output.exitCode());
    assertEquals(3, output.lines().size(), output.out());
    assertTrue(output.err().contains("b.png"), output.err());
    assertTrue(JSON.readTree(output.lines().get(0)).has("label"));
    assertTrue(JSON.readTree(output.lines().get(1)).has("error"));
    assertTrue(JSON.readTree(output.lines().get(2)).has("label"));
  }

  /** Neither the report nor the picture of one patient may end under the name of another. */
  @Test
  void filesOfOneNameHaveResultsOfTheirOwn(@TempDir Path inputs) throws IOException {
    Path image = phantoms().resolve("CLEAR/synthetic-0001.png");
    for (String folder : List.of("s1", "s2")) {
      dicom(image, Files.createDirectory(inputs.resolve(folder)).resolve("IM1.dcm"), "PA");
    }
    Path results = inputs.resolve("results");
    Object[] command = {
      "classify",
      "--model",
      model(),
      "--heatmap",
      results,
      "--dicom",
      results,
      inputs.resolve("s1"),
      inputs.resolve("s2")
    };
    Output first = run(command);
    assertEquals(0, first.exitCode(), first.err());
    assertFalse(first.err().contains("replaced"), first.err());
    for (String folder : List.of("s1", "s2")) {
      try (Stream<Path> files = Files.list(results.resolve(folder))) {
        assertEquals(
            List.of(
                "IM1.dcm.heatmap.png",
                "IM1.dcm.pdf.dcm",
                "IM1.dcm.pr.dcm",
                "IM1.dcm.sc.dcm",
                "IM1.dcm.sr.dcm"),
            files.map(file -> file.getFileName().toString()).sorted().toList());
      }
    }
    Output second = run(command);
    assertEquals(0, second.exitCode(), second.err());
    assertTrue(second.err().contains("replaced 10 result files of earlier runs"), second.err());
    try (Stream<Path> files = Files.walk(results)) {
      assertEquals(10, files.filter(Files::isRegularFile).count());
    }
  }

  /** What results cannot be written of is named, whatever it is, and the others are done. */
  @Test
  void anInputWithoutAStudyIsNamedAndDoesNotStopTheOthers(@TempDir Path inputs) throws IOException {
    Path image = phantoms().resolve("CLEAR/synthetic-0001.png");
    Path whole = dicom(image, inputs.resolve("b.dcm"), "PA");
    for (int tag : new int[] {0x0020000d, 0x00080016}) {
      DicomDataSet without = DicomFile.read(whole).dataSet().without(DicomTag.of(tag));
      Files.write(
          inputs.resolve("a.dcm"),
          DicomWriter.write(without, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN));
      Path results = inputs.resolveSibling(inputs.getFileName() + "-" + tag);
      Output output = run("classify", "--model", model(), "--json", "--dicom", results, inputs);
      assertEquals(1, output.exitCode(), output.err());
      assertEquals(2, output.lines().size(), output.out());
      assertTrue(JSON.readTree(output.lines().get(0)).has("error"), output.out());
      assertTrue(JSON.readTree(output.lines().get(1)).has("label"), output.out());
      assertTrue(output.err().contains(inputs.resolve("a.dcm").toString()), output.err());
      try (Stream<Path> files = Files.list(results)) {
        assertEquals(4, files.count(), "of the other one alone");
      }
    }
  }

  @Test
  void whatIsNoRadiographInAFolderIsCountedAndSaid(@TempDir Path inputs) throws IOException {
    Path image = phantoms().resolve("CLEAR/synthetic-0001.png");
    Files.copy(image, inputs.resolve("a.png"));
    dicom(image, inputs.resolve("IM0001"), "PA");
    Files.write(inputs.resolve("._a.png"), new byte[] {0, 5, 22, 7});
    Files.createSymbolicLink(inputs.resolve("b.jpg"), Path.of("/nonexistent"));
    Files.createSymbolicLink(inputs.resolve("loop"), inputs);
    Files.writeString(inputs.resolve("notes.txt"), "no image");
    Output output = run("classify", "--model", model(), "--json", inputs);
    assertEquals(0, output.exitCode(), output.err());
    assertEquals(2, output.lines().size(), "DICOM is known by its bytes");
    for (String said :
        List.of(
            "left out 1 resource fork of macOS: " + inputs.resolve("._a.png"),
            "left out 1 link that leads nowhere: " + inputs.resolve("b.jpg"),
            "left out 1 link to a folder around it: " + inputs.resolve("loop"),
            "left out 1 that is no radiograph: " + inputs.resolve("notes.txt"))) {
      assertTrue(output.err().contains(said), said + " in " + output.err());
    }
  }

  @Test
  void filesAreNamedAsWhatTheyAre(@TempDir Path folder) {
    Path model = folder.resolve("model.h5");
    Output trained = run("train", "--data", phantoms(), "--out", model);
    assertEquals(2, trained.exitCode());
    assertTrue(trained.err().contains("--out: expected a file name that ends in .onnx"), "train");
    assertEquals(2, run("export", model(), "--out", folder.resolve("model.pb")).exitCode());
    Output audited = run("audit", "--data", phantoms(), "--html", folder.resolve("page.pdf"));
    assertEquals(2, audited.exitCode());
    assertTrue(audited.err().contains("ends in .html or .htm"), audited.err());
  }

  @Test
  void exportSaysWhatItMadeAndWhatItLeft(@TempDir Path folder) {
    Path small = folder.resolve("int8.onnx");
    Output made =
        run(
            "export",
            model(),
            "--out",
            small,
            "--precision",
            "int8",
            "--force",
            "--calibrate",
            phantoms());
    assertEquals(0, made.exitCode(), made.err());
    assertTrue(made.out().contains(" layers in 8 bits."), made.out());
    Path whole = folder.resolve("whole.onnx");
    Output left = run("export", small, "--out", whole, "--self-contained");
    assertEquals(0, left.exitCode(), left.err());
    assertTrue(left.out().contains("The network is as it was, calibrated on "), left.out());
    assertFalse(left.out().contains("layers in 8 bits"), left.out());
  }

  @Test
  void eachInputIsRecordedInTheAuditTrail(@TempDir Path inputs) throws IOException {
    Path image = phantoms().resolve("CLEAR/synthetic-0001.png");
    Path copy = Files.copy(image, inputs.resolve("a.png"));
    Path frontal = dicom(image, inputs.resolve("b.dcm"), "PA");
    dicom(image, inputs.resolve("c.dcm"), "LL");
    Files.writeString(inputs.resolve("d.png"), "no image");
    Path trail = inputs.resolve("trail/audit.jsonl");
    Path key = Files.write(inputs.resolve("key"), new byte[32]);
    Output first = run("classify", "--model", model(), inputs, "--audit", trail, "--json");
    assertEquals(1, first.exitCode(), "two are refused");
    Output second =
        run(
            "classify",
            "--model",
            model(),
            frontal,
            inputs.resolve("missing.png"),
            "--audit",
            trail,
            "--audit-key",
            key,
            "--caller",
            "night shift");
    assertEquals(1, second.exitCode(), second.err());
    List<JsonNode> records = Files.readAllLines(trail).stream().map(JSON::readTree).toList();
    assertEquals(6, records.size());
    JsonNode png = records.get(0);
    assertEquals(sha256(copy), png.get("input").asString());
    assertTrue(png.get("uids").isNull());
    assertEquals(
        JSON.readTree(first.lines().get(0)).get("probabilities"), png.get("probabilities"));
    assertEquals(sha256(model()), png.get("model").get("sha256").asString());
    assertEquals(System.getProperty("user.name"), png.get("caller").asString());
    assertEquals(sha256(frontal), records.get(1).get("input").asString());
    assertTrue(records.get(1).get("uids").has("study"));
    assertEquals("UNSUPPORTED_VIEW", records.get(2).get("refusal").asString());
    assertEquals("NOT_AN_IMAGE", records.get(3).get("refusal").asString());
    assertEquals("HMAC-SHA-256", records.get(4).get("uids").get("hash").asString());
    assertEquals("night shift", records.get(4).get("caller").asString());
    assertEquals("UNREADABLE", records.get(5).get("refusal").asString());
    assertTrue(records.get(5).get("input").isNull());

    Output verified = run("audit-trail", "verify", trail);
    assertEquals(0, verified.exitCode(), verified.err());
    assertTrue(verified.out().startsWith("6 records "), verified.out());
    String head = verified.out().strip().substring("6 records ".length());
    assertEquals(0, run("audit-trail", "verify", trail, "--contains", head).exitCode());
    List<String> lines = Files.readAllLines(trail);
    Files.write(trail, lines.subList(0, 5));
    assertEquals(0, run("audit-trail", "verify", trail).exitCode());
    Output shortened = run("audit-trail", "verify", trail, "--contains", head);
    assertEquals(1, shortened.exitCode());
    assertTrue(shortened.err().contains("missing at the end"), shortened.err());
    Files.write(trail, lines.subList(1, 6));
    Output headless = run("audit-trail", "verify", trail);
    assertEquals(1, headless.exitCode());
    assertTrue(headless.err().contains("line 1: "), headless.err());
    assertEquals(2, run("audit-trail", "verify", trail, "--contains", "all").exitCode());
    Output keyAlone = run("classify", "--model", model(), image, "--audit-key", key);
    assertEquals(2, keyAlone.exitCode(), keyAlone.err());
  }

  /** What is torn is kept and named; what is no trail is left alone, and nothing is classified. */
  @Test
  void aTornTrailGoesOnAndAnotherFileIsLeftAlone(@TempDir Path folder) throws IOException {
    Path image = phantoms().resolve("CLEAR/synthetic-0001.png");
    Path trail = Files.writeString(folder.resolve("audit.jsonl"), "{\"format\":1,\"sequ");
    Output torn = run("classify", "--model", model(), image, "--audit", trail);
    assertEquals(0, torn.exitCode(), torn.err());
    assertTrue(torn.err().contains("audit.jsonl.torn-1"), torn.err());
    assertEquals("{\"format\":1,\"sequ", Files.readString(folder.resolve("audit.jsonl.torn-1")));
    assertEquals(0, run("audit-trail", "verify", trail).exitCode());
    Path other = Files.copy(image, folder.resolve("photo.png"));
    Output refused = run("classify", "--model", model(), image, "--audit", other);
    assertEquals(1, refused.exitCode());
    assertTrue(refused.out().isEmpty(), refused.out());
    assertTrue(refused.err().contains("expected an audit trail"), refused.err());
    assertEquals(-1, Files.mismatch(image, other));
  }

  private static String sha256(Path file) throws IOException {
    return Sha256.hex(Files.readAllBytes(file));
  }

  @Test
  void evaluatePrintsTheFigures() {
    Output output = run("evaluate", "--model", model(), "--data", phantoms(), "--json");
    assertEquals(0, output.exitCode(), output.err());
    JsonNode json = JSON.readTree(output.out());
    assertEquals(20, json.get("images").asInt());
    assertEquals(20, json.get("answered").asInt());
    JsonNode confusion = json.get("confusion");
    assertEquals(2, confusion.size());
    double right = confusion.get(0).get(0).asDouble() + confusion.get(1).get(1).asDouble();
    assertEquals(right / 20, json.get("accuracy").get("value").asDouble(), 1e-9);
    assertEquals(json.get("accuracy"), json.get("accuracyOfAll"));
    assertFalse(json.get("auroc").isNull());
    assertEquals("OPACITY", json.get("positive").get("label").asString());
    assertEquals(
        json.get("byLabel").get("OPACITY").get("sensitivity"),
        json.get("positive").get("sensitivity"));
    assertEquals("images", json.get("intervals").get("resampled").asString());
    assertFalse(json.get("notice").asString().isEmpty());
  }

  /** Six phantoms of one label, a file that breaks off and a lateral view. */
  private static Path oneLabelWithFaults(Path folder) throws IOException {
    Path label = Files.createDirectories(folder.resolve("OPACITY"));
    List<Path> phantoms;
    try (Stream<Path> files = Files.list(phantoms().resolve("OPACITY"))) {
      phantoms = files.sorted().limit(6).toList();
    }
    StringBuilder table = new StringBuilder("file,label,patient,source\n");
    for (int i = 0; i < phantoms.size(); i++) {
      Files.copy(phantoms.get(i), label.resolve(i + ".png"));
      table.append("OPACITY/" + i + ".png,OPACITY,patient " + i / 2 + ",here\n");
    }
    byte[] whole = Files.readAllBytes(phantoms.get(0));
    Files.write(label.resolve("torn.png"), Arrays.copyOf(whole, whole.length / 2));
    dicom(phantoms.get(0), label.resolve("lateral.dcm"), "LL");
    table.append("OPACITY/torn.png,OPACITY,patient 3,there\n");
    table.append("OPACITY/lateral.dcm,OPACITY,patient 0,here\n");
    Files.writeString(folder.resolve("images.csv"), table);
    return folder;
  }

  @Test
  void evaluateCountsWhatHasNoAnswer(@TempDir Path folder) throws IOException {
    Path data = oneLabelWithFaults(folder);
    Output output =
        run(
            "evaluate",
            "--model",
            model(),
            "--data",
            data,
            "--patients",
            data.resolve("images.csv"),
            "--by",
            "source",
            "--json");
    assertEquals(1, output.exitCode(), output.err());
    assertTrue(output.err().contains("torn.png: TRUNCATED"), output.err());
    assertTrue(output.err().contains("lateral.dcm: UNSUPPORTED_VIEW"), output.err());
    assertFalse(output.out().contains("NaN"), output.out());
    JsonNode json = JSON.readTree(output.out());
    assertEquals(8, json.get("images").asInt());
    assertEquals(6, json.get("answered").asInt());
    assertEquals("{\"TRUNCATED\":1,\"UNSUPPORTED_VIEW\":1}", json.get("refusals").toString());
    assertEquals(0.75, json.get("coverage").get("value").asDouble());
    double right = 6 * json.get("accuracy").get("value").asDouble();
    assertEquals(right / 8, json.get("accuracyOfAll").get("value").asDouble(), 1e-12);
    for (String both : List.of("balancedAccuracy", "auroc")) {
      assertTrue(json.get(both).isNull(), both);
    }
    JsonNode opacity = json.get("byLabel").get("OPACITY");
    assertEquals(right / 6, opacity.get("sensitivity").get("value").asDouble(), 1e-12);
    assertEquals(right / 8, opacity.get("sensitivityOfAll").get("value").asDouble(), 1e-12);
    assertTrue(opacity.get("specificity").isNull());
    assertTrue(opacity.get("precision").isNull());
    assertTrue(json.get("byLabel").get("CLEAR").get("sensitivity").isNull());
    assertFalse(json.get("byLabel").get("CLEAR").get("specificity").isNull());
    assertEquals("patients", json.get("intervals").get("resampled").asString());
    assertEquals(4, json.get("intervals").get("groups").asInt());
    assertEquals("source", json.get("by").get("column").asString());
    JsonNode here = json.get("by").get("values").get(0);
    assertEquals("here", here.get("value").asString());
    assertEquals(7, here.get("images").asInt());
    assertEquals(6, here.get("answered").asInt());
    JsonNode there = json.get("by").get("values").get(1);
    assertEquals(0, there.get("coverage").get("value").asDouble());
    assertTrue(there.get("accuracy").isNull());

    assertEquals(0, json.get("by").get("largestGaps").size(), "too few images");
    // No column of the table, but an attribute of the one DICOM file.
    Output views = run("evaluate", "--model", model(), "--data", data, "--by", "view", "--json");
    JsonNode values = JSON.readTree(views.out()).get("by").get("values");
    assertEquals(2, values.size());
    assertEquals("LL", values.get(1).get("value").asString());
    assertEquals(1, values.get(1).get("images").asInt());

    Output text = run("evaluate", "--model", model(), "--data", data, "--by", "view");
    assertTrue(text.out().contains("7*"), text.out());
    assertEquals(1, text.exitCode(), text.err());
    assertTrue(text.out().contains("6 of 8 images answered"), text.out());
    assertTrue(text.out().contains("1 without: UNSUPPORTED_VIEW"), text.out());
    assertTrue(text.out().contains("Positive class: OPACITY"), text.out());
    assertTrue(text.out().contains("by resampling 8 images"), text.out());
    assertTrue(text.out().contains(Prediction.NOTICE), text.out());
    assertFalse(text.out().contains("NaN"), text.out());
    assertTrue(text.out().lines().anyMatch(line -> line.matches("specificity +- +-")), text.out());
  }

  @Test
  void agesAreTakenInBands() {
    assertEquals("0-17", Subgroups.band("006M"));
    assertEquals("0-17", Subgroups.band("017Y"));
    assertEquals("18-39", Subgroups.band("18"));
    assertEquals("40-64", Subgroups.band("64.9"));
    assertEquals("65+", Subgroups.band("101y"));
    assertEquals("", Subgroups.band(""));
    assertEquals("adult", Subgroups.band("adult"));
  }

  @Test
  void evaluateTellsWhichClassesTheModelDoesNotKnow(@TempDir Path folder) throws IOException {
    Path data = oneLabelWithFaults(folder);
    Files.createDirectories(data.resolve("LATERAL"));
    Files.copy(data.resolve("OPACITY/0.png"), data.resolve("LATERAL/0.png"));
    Output unknown = run("evaluate", "--model", model(), "--data", data);
    assertEquals(2, unknown.exitCode());
    assertTrue(unknown.err().contains("[CLEAR, OPACITY]"), unknown.err());
    assertTrue(unknown.err().contains("[LATERAL, OPACITY]"), unknown.err());
    assertTrue(unknown.err().contains("--classes OPACITY"), unknown.err());
    Output chosen =
        run("evaluate", "--model", model(), "--data", data, "--classes", "OPACITY", "--json");
    assertEquals(8, JSON.readTree(chosen.out()).get("images").asInt(), chosen.err());
    assertEquals(
        2, run("evaluate", "--model", model(), "--data", data, "--by", "source").exitCode());
    assertEquals(
        2, run("evaluate", "--model", model(), "--data", data, "--positive", "X").exitCode());
  }

  @Test
  void trainWritesAModelAndOneObject() throws IOException {
    Path model = demo.resolve("trained.onnx");
    Output output =
        run(
            "train",
            "--data",
            phantoms(),
            "--patients",
            phantoms().resolve("patients.csv"),
            "--architecture",
            "local-maxima-cnn",
            "--classes",
            "OPACITY,CLEAR",
            "--out",
            model,
            "--epochs",
            1,
            "--batch",
            8,
            "--test",
            0.3,
            "--json");
    assertEquals(0, output.exitCode(), output.err());
    JsonNode json = JSON.readTree(output.out());
    assertEquals(1, json.get("bestEpoch").asInt());
    assertEquals("validation", json.get("figures").get(0).get("subset").asString());
    JsonNode test = json.get("figures").get(1);
    assertEquals("test", test.get("subset").asString());
    assertEquals(json.get("test").get("n").asInt(), 6, 2);
    List<Object> evaluate =
        List.of(
            "evaluate",
            "--model",
            model,
            "--data",
            phantoms(),
            "--patients",
            phantoms().resolve("patients.csv"),
            "--subset",
            "test");
    Output again = run(with(evaluate, "--json"));
    assertEquals(0, again.exitCode(), again.err());
    JsonNode measured = JSON.readTree(again.out());
    assertEquals(json.get("test").get("n"), measured.get("images"));
    assertEquals(test.get("metrics").get("accuracy"), measured.get("accuracy"));
    assertEquals(test.get("metrics").get("auroc"), measured.get("auroc"));
    Output others = run(with(evaluate, "--classes", "CLEAR"));
    assertEquals(2, others.exitCode(), others.out());
    Output none = run("evaluate", "--model", model(), "--data", phantoms(), "--subset", "test");
    assertEquals(2, none.exitCode(), none.out());
    assertTrue(none.err().contains("--subset"), none.err());
    assertTrue(output.err().contains("epoch 1/1"), output.err());
    assertTrue(output.err().contains("another hospital"), output.err());
    assertTrue(Files.exists(model));
  }

  @Test
  void trainingIsResumedAndUnreadableImagesAreNamed(@TempDir Path images) throws IOException {
    for (String label : List.of("CLEAR", "OPACITY")) {
      Path folder = Files.createDirectory(images.resolve(label));
      try (Stream<Path> files = Files.list(phantoms().resolve(label))) {
        for (Path file : files.toList()) {
          Files.copy(file, folder.resolve(file.getFileName()));
        }
      }
    }
    Files.writeString(images.resolve("CLEAR/broken.png"), "no image");
    Path model = demo.resolve("resumed.onnx");
    List<Object> train =
        List.of(
            "train",
            "--data",
            images,
            "--architecture",
            "local-maxima-cnn",
            "--augment",
            "report-local-maxima-cnn",
            "--out",
            model,
            "--epochs",
            3,
            "--patience",
            0);
    Output refused = run(train.toArray());
    assertEquals(1, refused.exitCode(), "no wrong usage");
    assertTrue(refused.err().contains("broken.png"), refused.err());
    assertTrue(refused.err().contains("--skip-unreadable"), refused.err());

    Output first = run(with(train, "--skip-unreadable", "--minutes", 0.0001));
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.err().contains("left out"), first.err());
    assertTrue(first.err().contains("epoch 1/3"), first.err());
    assertFalse(first.err().contains("epoch 2/3"), first.err());
    Path film = images.resolve("CLEAR/synthetic-0001.png");
    Output unfinished = run("classify", "--model", model, film);
    assertEquals(0, unfinished.exitCode(), unfinished.err());
    assertTrue(unfinished.err().contains("not finished"), unfinished.err());
    Output second = run(with(train, "--skip-unreadable", "--resume", "--json"));
    assertEquals(0, second.exitCode(), second.err());
    assertFalse(second.err().contains("epoch 1/3"), second.err());
    assertTrue(second.err().contains("epoch 3/3"), second.err());
    assertEquals(3, JSON.readTree(second.out()).get("epochs").asInt());
    Output finished = run("classify", "--model", model, film);
    assertFalse(finished.err().contains("not finished"), finished.err());
  }

  private static Object[] with(List<Object> arguments, Object... more) {
    return Stream.concat(arguments.stream(), Stream.of(more)).toArray();
  }

  @Test
  void crossvalidatePrintsFiguresWithIntervals() {
    Output output =
        run(
            "crossvalidate",
            "--data",
            phantoms(),
            "--patients",
            phantoms().resolve("patients.csv"),
            "--architecture",
            "local-maxima-cnn",
            "--folds",
            2,
            "--epochs",
            1,
            "--json");
    assertEquals(0, output.exitCode(), output.err());
    JsonNode json = JSON.readTree(output.out());
    assertEquals(20, json.get("pooled").get("n").asInt());
    assertTrue(json.get("patientsApart").asBoolean());
    JsonNode accuracy = json.get("figures").get("accuracy");
    assertTrue(accuracy.get("interval").get(0).asDouble() <= accuracy.get("pooled").asDouble());
    assertTrue(output.err().contains("fold of 10 images"), output.err());
    assertEquals(
        2, run("crossvalidate", "--data", phantoms(), "--group-by", "hospital").exitCode());
  }

  /** The phantoms, every second one of a label from another source. */
  private static Path sources(Path folder) throws IOException {
    StringBuilder table = new StringBuilder("file,label,patient,source\n");
    for (String label : List.of("CLEAR", "OPACITY")) {
      try (Stream<Path> files = Files.list(phantoms().resolve(label))) {
        int number = 0;
        for (Path file : (Iterable<Path>) files.sorted()::iterator) {
          String name = label + "/" + file.getFileName();
          table.append(name + "," + label + "," + name + ",site " + number++ % 2 + "\n");
        }
      }
    }
    return Files.writeString(folder.resolve("images.csv"), table);
  }

  @Test
  void crossvalidateLeavesSourcesOut(@TempDir Path folder) throws IOException {
    List<Object> arguments =
        List.of(
            "crossvalidate",
            "--data",
            phantoms(),
            "--architecture",
            "local-maxima-cnn",
            "--epochs",
            1,
            "--group-by",
            "source");
    Path table = sources(folder);
    Output output =
        run(with(arguments, "--sources", table, "--hold-out", "site 1", "--ungated", "--json"));
    assertEquals(0, output.exitCode(), output.err());
    assertFalse(output.out().contains("NaN"), output.out());
    assertTrue(output.err().contains("Left out in turn: site 1"), output.err());
    JsonNode json = JSON.readTree(output.out());
    assertEquals(5, json.get("sources").get("site 0").get("OPACITY").asInt());
    assertEquals(0, json.get("labelAndSource").get("cramersV").asDouble(), 1e-9);
    JsonNode fold = json.get("leftOut").get(0);
    assertEquals(1, json.get("leftOut").size());
    assertEquals("site 1", fold.get("sources").get(0).asString());
    assertEquals(10, fold.get("outside").get("images").asInt());
    JsonNode pair = fold.get("outside").get("pairs").get(0);
    assertEquals("CLEAR", pair.get("labels").get(0).asString());
    assertTrue(
        pair.get("auroc").get("low").asDouble() <= pair.get("auroc").get("value").asDouble());
    assertTrue(json.get("summary").size() > 2);

    for (List<Object> wrong :
        List.<List<Object>>of(
            List.of("--sources", table, "--hold-out", "site 9"),
            List.of("--sources", table, "--pairs", "both"),
            List.of("--sources", table, "--patients", table),
            List.of("--sources", phantoms().resolve("patients.csv")),
            List.of("--sources", table, "--balance", "both"),
            List.of("--sources", table, "--calibrate-on", "luck"),
            List.of("--sources", table, "--source-penalty", 1))) {
      assertEquals(2, run(with(arguments, wrong.toArray())).exitCode(), wrong.toString());
    }
    assertEquals(2, run("crossvalidate", "--data", phantoms(), "--hold-out", "site 1").exitCode());
  }

  @Test
  void stackWritesOneFileAndMeasuresItsMembers() {
    Path stack = demo.resolve("stack.onnx");
    Output output =
        run(
            "stack",
            "--data",
            phantoms(),
            "--patients",
            phantoms().resolve("patients.csv"),
            "--members",
            "local-maxima-cnn,local-maxima-cnn:seed=2:batch=4",
            "--epochs",
            1,
            "--folds",
            2,
            "--test",
            0.3,
            "--out",
            stack,
            "--json");
    assertEquals(0, output.exitCode(), output.err());
    JsonNode json = JSON.readTree(output.out());
    assertTrue(json.get("test").get("patientsApart").asBoolean());
    JsonNode models = json.get("test").get("models");
    int tested = json.get("test").get("images").asInt();
    for (String name : List.of("local-maxima-cnn", "local-maxima-cnn 2", "stack")) {
      assertEquals(tested, models.get(name).get("report").get("n").asInt());
    }
    JsonNode difference = json.get("test").get("differences").get("accuracy");
    assertTrue(difference.get("low").asDouble() <= difference.get("high").asDouble());
    assertTrue(output.err().contains("Fold 2 of 2, member 1 of 2"), output.err());
    Output classified = run("classify", "--model", stack, phantoms(), "--json");
    assertEquals(0, classified.exitCode(), classified.err());
    assertEquals(20, classified.lines().size());
  }

  @Test
  void stackTellsWhichMemberIsWrong() {
    Output unknown =
        run("stack", "--data", phantoms(), "--members", "cnn,alexnet", "--out", "s.onnx");
    assertEquals(2, unknown.exitCode());
    assertTrue(unknown.err().contains("Member alexnet"), unknown.err());
    Output option =
        run("stack", "--data", phantoms(), "--members", "cnn:colour=red,cnn", "--out", "s.onnx");
    assertEquals(2, option.exitCode());
    assertTrue(option.err().contains("colour"), option.err());
    assertEquals(
        2, run("stack", "--data", phantoms(), "--members", "cnn", "--out", "s.onnx").exitCode());
    assertEquals(
        2,
        run(
                "stack",
                "--data",
                phantoms(),
                "--members",
                "cnn,cnn",
                "--form",
                "features",
                "--out",
                "s.onnx")
            .exitCode());
  }

  @Test
  @Tag("slow")
  void crossvalidateComparesAStackWithItsBestMember() {
    Output output =
        run(
            "crossvalidate",
            "--data",
            phantoms(),
            "--patients",
            phantoms().resolve("patients.csv"),
            "--stack",
            "local-maxima-cnn,local-maxima-cnn:seed=2",
            "--folds",
            2,
            "--stack-folds",
            2,
            "--epochs",
            1);
    assertEquals(0, output.exitCode(), output.err());
    assertTrue(output.out().contains("20 images that nothing was fitted to"), output.out());
    assertTrue(output.out().contains("stack - "), output.out());
    assertTrue(output.err().contains("Outer fold 2 of 2: Fold 1 of 2"), output.err());
  }

  @Test
  void summaryPrintsTheReportsTable() {
    Output output = run("summary", "resnet50");
    assertEquals(0, output.exitCode());
    assertTrue(output.out().contains("23,788,418"), output.out());
    assertTrue(output.out().contains("200,706"), output.out());
  }

  @Test
  void wrongUsageIsToldFromFailure() throws IOException {
    assertEquals(2, run("classify", "--model", model()).exitCode());
    assertEquals(2, run("summary", "alexnet").exitCode());
    assertEquals(2, run("train", "--data", phantoms(), "--out", "m.onnx").exitCode());
    assertEquals(2, run("nonsense").exitCode());
    Output missing = run("classify", "--model", demo.resolve("none.onnx"), phantoms());
    assertEquals(1, missing.exitCode());
    assertTrue(missing.err().contains("none.onnx"), missing.err());
    Path text = Files.writeString(demo.resolve("text.onnx"), "no model");
    Output broken = run("classify", "--model", text, phantoms());
    assertEquals(1, broken.exitCode());
    assertTrue(broken.err().contains("text.onnx"), broken.err());
  }
}
