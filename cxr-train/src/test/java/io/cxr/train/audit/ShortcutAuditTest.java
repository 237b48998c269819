package io.cxr.train.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelTable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The audit on drawn chests: nothing where nothing is, and exactly what was planted. */
class ShortcutAuditTest {
  @TempDir Path folder;

  private ImageFolder phantoms(PhantomSet.Plant plant, int each, long seed) throws IOException {
    PhantomSet.write(folder, each, plant, seed);
    return open();
  }

  private ImageFolder open() throws IOException {
    return ImageFolder.builder(folder).patients(folder.resolve("patients.csv")).open();
  }

  private static ProbeFigures pair(ShortcutReport report, Probe probe) {
    return report.pair(probe, PhantomSet.CLEAR, PhantomSet.OPACITY);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void findsNothingWhereClassesDifferInsideTheLungsOnly(long seed) throws IOException {
    ShortcutReport report = ShortcutAudit.of(phantoms(PhantomSet.Plant.NOTHING, 80, seed)).run();
    assertFalse(report.found(), report.format());
    for (ProbeFigures figures : report.pairs()) {
      assertFalse(
          figures.probe().evidence() != Probe.Evidence.REFERENCE
              && figures.separation().tellsApart(),
          report.format());
    }
    assertTrue(report.verdict().contains("not found to differ"), report.verdict());
    assertEquals(List.of(), report.copies().orElseThrow());
    assertEquals(0.0, report.figures().get("audit.found"));
  }

  @Test
  void findsAMarkerInACornerAndNothingElse() throws IOException {
    ShortcutReport report = ShortcutAudit.quick(phantoms(PhantomSet.Plant.MARKER, 80, 4), 0);
    assertTrue(report.found());
    assertEquals(Separation.STRONG, pair(report, Probe.BORDERS).separation(), report.format());
    assertFalse(pair(report, Probe.FILE_PROPERTIES).separation().tellsApart(), report.format());
    assertFalse(pair(report, Probe.CENTRE_HISTOGRAM).separation().tellsApart(), report.format());
    assertTrue(report.verdict().contains("borders and corners (AUROC"), report.verdict());
    assertFalse(report.verdict().contains("file properties"), report.verdict());
    assertTrue(report.copies().isEmpty(), "the quick part looks for none");
  }

  /** A marker beside one finding, nothing beside the other; of some films one is unknown. */
  @Test
  void findsTheFindingThatHasAShortcut() throws IOException {
    phantoms(PhantomSet.Plant.MARKER, 80, 4);
    Path table = folder.resolve("findings.csv");
    List<String> rows = new ArrayList<>(List.of("file,patient,source,Opacity,Even"));
    for (String line : Files.readAllLines(folder.resolve("patients.csv"))) {
      String[] cells = line.split(",", -1);
      if (!cells[0].equals("file")) {
        int number = Integer.parseInt(cells[0].replaceAll("\\D", ""));
        boolean opaque = cells[1].equals(PhantomSet.OPACITY);
        rows.add(
            String.join(
                ",",
                cells[0],
                cells[2],
                opaque ? "south" : "north",
                number % 10 == 9 ? "" : opaque ? "1" : "0",
                number % 2 == 0 ? "1" : "0"));
      }
    }
    Files.write(table, rows);
    LabelTable images = LabelTable.builder(table).findings(List.of("Opacity", "Even")).open();
    ShortcutReport report = ShortcutAudit.of(images).run();
    assertTrue(report.found(), report.format());
    ProbeFigures opacity = report.pair(Probe.BORDERS, "Opacity", "no Opacity");
    assertEquals(Separation.STRONG, opacity.separation(), report.format());
    assertEquals(144, opacity.figures().images(), "of 160, those of which it is known");
    ProbeFigures even = report.pair(Probe.BORDERS, "Even", "no Even");
    assertFalse(even.separation().tellsApart(), report.format());
    assertEquals(160, even.figures().images());
    assertEquals(Map.of("Opacity", 72, "Even", 80), report.images());
    assertTrue(report.overall().isEmpty());
    assertTrue(
        report.verdict().contains("Opacity and no Opacity differ by source"), report.verdict());
    assertTrue(report.figures().get("audit.borders.auroc.Opacity-no Opacity") > 0.9);
    double even2 = report.figures().get("audit.borders.auroc.Even-no Even");
    assertTrue(even2 > 0.2 && even2 < 0.8, report.figures()::toString);
    // The source is the opacity, and nothing of the other: half of the mean.
    assertEquals(0.5, report.confounding().orElseThrow().shareExplained(), 0.02);
    assertTrue(report.toJson().contains("no Opacity"));
    assertTrue(report.toHtml().contains("Opacity and no Opacity"));
  }

  @Test
  void findsAnotherJpegQualityAndNothingElse() throws IOException {
    ShortcutReport report = ShortcutAudit.quick(phantoms(PhantomSet.Plant.QUALITY, 80, 5), 0);
    ProbeFigures files = pair(report, Probe.FILE_PROPERTIES);
    assertEquals(Separation.STRONG, files.separation(), report.format());
    assertTrue(
        files.telling().stream().anyMatch(feature -> feature.name().contains("quantisation")),
        files.toString());
    assertFalse(pair(report, Probe.BORDERS).separation().tellsApart(), report.format());
    assertTrue(report.verdict().contains("differ by source"), report.verdict());
  }

  @Test
  void findsAnotherSizeAndNothingElse() throws IOException {
    ShortcutReport report = ShortcutAudit.quick(phantoms(PhantomSet.Plant.SIZE, 80, 6), 0);
    ProbeFigures files = pair(report, Probe.FILE_PROPERTIES);
    assertEquals(Separation.STRONG, files.separation(), report.format());
    assertTrue(
        files.telling().stream().anyMatch(feature -> feature.name().contains("size")),
        files.toString());
    assertFalse(pair(report, Probe.BORDERS).separation().tellsApart(), report.format());
  }

  @Test
  void findsABlurByItsSharpness() throws IOException {
    ShortcutReport report = ShortcutAudit.quick(phantoms(PhantomSet.Plant.BLUR, 80, 13), 0);
    assertEquals(Separation.STRONG, pair(report, Probe.SHARPNESS).separation(), report.format());
    assertFalse(pair(report, Probe.BORDERS).separation().tellsApart(), report.format());
  }

  @Test
  void saysHowMuchTheSourceExplains() throws Exception {
    phantoms(PhantomSet.Plant.NOTHING, 20, 14);
    Path table = folder.resolve("patients.csv");
    List<String> lines = Files.readAllLines(table);
    Files.write(
        table,
        lines.stream()
            .map(
                line ->
                    line
                        + (line.startsWith("file")
                            ? ",source"
                            : line.startsWith(PhantomSet.CLEAR) ? ",north & co" : ",south"))
            .toList());
    ShortcutReport report = ShortcutAudit.quick(open(), 0);
    SourceConfounding confounding = report.confounding().orElseThrow();
    assertEquals(1, confounding.shareExplained(), 1e-12);
    assertEquals(List.of("north & co", "south"), confounding.incompleteSources());
    assertTrue(report.verdict().contains("explains 100 % of the class"), report.verdict());
    assertTrue(report.format().contains("north & co: CLEAR 20, OPACITY 0"), report.format());
    assertTrue(report.toHtml().contains("north &amp; co"));
    assertEquals(
        1.0, new JsonMapper().readTree(report.toJson()).at("/sources/shareExplained").asDouble());
  }

  @Test
  void theSameSeedGivesTheSameReport() throws IOException {
    ImageFolder data = phantoms(PhantomSet.Plant.MARKER, 25, 7);
    assertEquals(ShortcutAudit.of(data).run(), ShortcutAudit.of(data).run());
  }

  @Test
  void fewPatientsGiveNoVerdict() throws IOException {
    ShortcutReport report = ShortcutAudit.quick(phantoms(PhantomSet.Plant.MARKER, 8, 8), 0);
    assertFalse(report.found());
    assertTrue(report.verdict().contains("too few images"), report.verdict());
  }

  @Test
  void namesUnreadableImagesAndGoesOn() throws IOException {
    PhantomSet.write(folder, 20, PhantomSet.Plant.NOTHING, 9);
    Files.writeString(folder.resolve("CLEAR/image-3.jpg"), "no image");
    byte[] whole = Files.readAllBytes(folder.resolve("OPACITY/image-4.jpg"));
    Files.write(
        folder.resolve("OPACITY/image-4.jpg"), java.util.Arrays.copyOf(whole, whole.length / 2));
    ShortcutReport report = ShortcutAudit.of(open()).run();
    assertEquals(
        List.of("CLEAR/image-3.jpg", "OPACITY/image-4.jpg"),
        report.unread().stream().map(UnreadImage::file).toList());
    assertEquals(Map.of("CLEAR", 19, "OPACITY", 19), report.images());
    assertTrue(report.verdict().contains("2 images could not be read"), report.verdict());
    assertTrue(report.format().contains("OPACITY/image-4.jpg"), report.format());
  }

  @Test
  void saysWhatIsWrongWithADataSet() throws IOException {
    PhantomSet.write(folder, 12, PhantomSet.Plant.NOTHING, 10);
    IllegalArgumentException fewPatients =
        assertThrows(
            IllegalArgumentException.class, () -> ShortcutAudit.of(open()).folds(11).run());
    assertTrue(fewPatients.getMessage().contains("11 patients"), fewPatients.getMessage());
    ImageFolder one = ImageFolder.builder(folder).classes("CLEAR").open();
    IllegalArgumentException oneClass =
        assertThrows(IllegalArgumentException.class, () -> ShortcutAudit.of(one).run());
    assertTrue(oneClass.getMessage().contains("two classes"), oneClass.getMessage());
    for (int i = 0; i < 9; i++) {
      Files.writeString(folder.resolve("CLEAR/image-" + i + ".jpg"), "no image " + i);
    }
    IllegalArgumentException unreadable =
        assertThrows(IllegalArgumentException.class, () -> ShortcutAudit.of(open()).run());
    assertTrue(unreadable.getMessage().contains("CLEAR"), unreadable.getMessage());
    assertTrue(unreadable.getMessage().contains("9 of 12"), unreadable.getMessage());
  }

  @Test
  void findsCopiesAcrossPatientsAndClasses() throws IOException {
    PhantomSet.write(folder, 12, PhantomSet.Plant.NOTHING, 11);
    Files.copy(
        folder.resolve("CLEAR/image-0.jpg"),
        folder.resolve("OPACITY/image-0.jpg"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    List<CopyPair> copies = ShortcutAudit.of(open()).run().copies().orElseThrow();
    assertEquals(1, copies.size(), copies.toString());
    assertEquals(
        new CopyPair(
            "CLEAR/image-0.jpg", "OPACITY/image-0.jpg", CopyPair.Kind.EXACT, 0, true, true, false),
        copies.get(0));
  }

  @Test
  void theReportIsWellFormedAndNamesNoPatient() throws Exception {
    ShortcutReport report = ShortcutAudit.of(phantoms(PhantomSet.Plant.MARKER, 25, 12)).run();
    JsonNode json = new JsonMapper().readTree(report.toJson());
    assertTrue(json.get("found").asBoolean());
    assertEquals(Prediction.NOTICE, json.get("notice").asString());
    assertEquals(
        pair(report, Probe.BORDERS).figures().auroc(),
        json.get("figures").get("audit.borders.auroc").asDouble());
    String html = report.toHtml();
    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(
            new ByteArrayInputStream(
                html.replace("<!DOCTYPE html>\n", "").getBytes(StandardCharsets.UTF_8)));
    assertTrue(html.contains(Prediction.NOTICE));
    assertFalse(html.contains("http"), "needs no network");
    for (String text : List.of(html, report.toJson(), report.format(), report.verdict())) {
      assertFalse(text.contains("patient-"), text);
    }
  }
}
