package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.Annotation;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelTable;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.result.DicomResults;
import io.cxr.workbench.WorkbenchClient.FilePart;
import io.cxr.workbench.http.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Marks and what a user takes away, from a real server with the model that ships. */
class MarksAndExportTest {
  private static final String FORMULA = "=HYPERLINK(\"http://x\",\"y\")";

  @TempDir static Path folder;

  private static Workbench workbench;
  private static WorkbenchClient user;
  private static String png;
  private static String dicom;
  private static String other;
  private static String unlike;
  private static JsonNode answered;

  @BeforeAll
  static void open() throws Exception {
    workbench = Workbench.builder(folder.resolve("state")).open();
    user = WorkbenchClient.signedIn(workbench);
    List<String> ids =
        user.add(
            new FilePart("@SUM(A1).png", Films.png(2)),
            new FilePart("film.dcm", Films.dicom(4)),
            new FilePart("again.dcm", Films.dicom(4)),
            new FilePart("words.txt", "no picture".getBytes(StandardCharsets.UTF_8)),
            // The gate refuses phantoms without an opacity.
            new FilePart("unlike.dcm", Films.dicom(3)));
    png = ids.get(0);
    dicom = ids.get(1);
    other = ids.get(2);
    unlike = ids.get(4);
    answered = user.settled();
  }

  @AfterAll
  static void close() {
    workbench.close();
  }

  private static HttpResponse<String> mark(String id, String body) throws Exception {
    return user.call("PUT", "/api/cases/" + id + "/mark", body);
  }

  private static JsonNode json(HttpResponse<String> answer) {
    assertEquals(200, answer.statusCode(), answer.body());
    return Json.mapper().readTree(answer.body());
  }

  private static String top(String id) {
    for (JsonNode each : answered) {
      if (WorkbenchClient.id(each).equals(id)) {
        JsonNode answer = each.get("answers").iterator().next();
        assertEquals("done", answer.get("state").asString(), answer.toString());
        return answer.get("top").get("label").asString();
      }
    }
    throw new AssertionError(id);
  }

  private static Map<String, byte[]> unzipped(byte[] zip) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        files.put(entry.getName(), in.readAllBytes());
      }
    }
    return files;
  }

  @Test
  void aMarkKeepsLabelsAndWhatIsNoneIsRefused() throws Exception {
    JsonNode right = json(mark(other, "{\"verdict\":\"right\",\"remark\":\" seen \"}"));
    assertEquals("right", right.get("verdict").asString());
    assertEquals("[\"" + top(other) + "\"]", right.get("labels").toString());
    assertEquals("seen", right.get("remark").asString());
    assertEquals(right, user.get("/api/cases/" + other).get("mark"));

    JsonNode wrong = json(mark(other, "{\"verdict\":\"wrong\"}"));
    assertTrue(wrong.get("labels").isNull(), "what is wrong says not what is right");
    json(mark(other, "{\"verdict\":null,\"labels\":null,\"remark\":\"\"}"));
    assertTrue(user.get("/api/cases/" + other).get("mark").isNull());

    for (String body :
        List.of(
            "[]",
            "{\"verdict\":\"maybe\"}",
            "{\"labels\":\"NORMAL\"}",
            "{\"labels\":[\"=1+1\"]}",
            "{\"labels\":[\"a|b\"]}",
            "{\"labels\":[\"\"]}",
            "{\"remark\":\"" + "x".repeat(2001) + "\"}")) {
      assertEquals(400, mark(other, body).statusCode(), body);
    }
    assertEquals(404, mark("nobodys", "{\"verdict\":\"right\"}").statusCode());
  }

  @Test
  void theLabelledSetIsReadByTheClassesOfTrainAndEvaluate() throws Exception {
    json(mark(png, "{\"verdict\":\"right\",\"remark\":\"a, \\\"b\\\"\\nc\"}"));
    json(mark(dicom, "{\"verdict\":\"wrong\",\"labels\":[\"SOMETHING_ELSE\"],\"remark\":\"-1\"}"));
    byte[] zip = user.bytes("/api/export/labelled.zip").body();
    Path set = Files.createDirectories(folder.resolve("unzipped"));
    for (Map.Entry<String, byte[]> file : unzipped(zip).entrySet()) {
      Path target = set.resolve(file.getKey()).normalize();
      assertTrue(target.startsWith(set));
      Files.createDirectories(target.getParent());
      Files.write(target, file.getValue());
    }
    ImageSet read = LabelTable.open(set.resolve("images.csv"));
    assertEquals(Annotation.Kind.LABEL, read.kind());
    assertEquals(Map.of(top(png), 1, "SOMETHING_ELSE", 1), read.countByLabel());
    assertEquals(Map.of(), read.unreadable());
    LabelledRadiograph film = read.items().get(1);
    assertEquals("images/" + dicom + ".dcm", read.nameOf(film));
    assertEquals("patient 1", film.patient().orElseThrow());
    assertTrue(read.items().get(0).patient().isEmpty());
    String table = Files.readString(set.resolve("images.csv"));
    assertFalse(table.contains("MRN-4711"), "no patient's number");
    assertTrue(table.contains("'-1"), table);

    // Once a film has several findings, or none, all are findings.
    json(mark(dicom, "{\"verdict\":\"wrong\",\"labels\":[\"Effusion\",\"Mass\"]}"));
    byte[] several = unzipped(user.bytes("/api/export/labelled.zip").body()).get("images.csv");
    Files.write(set.resolve("images.csv"), several);
    ImageSet findings = LabelTable.open(set.resolve("images.csv"));
    assertEquals(Annotation.Kind.FINDINGS, findings.kind());
    assertEquals(
        List.of("Effusion", "Mass"), findings.items().get(1).findings().in(LabelState.PRESENT));
  }

  @Test
  void theTableOfCasesRunsNothing() throws Exception {
    json(mark(other, Json.mapper().writeValueAsString(Map.of("remark", FORMULA))));
    byte[] bytes = user.bytes("/api/export/cases.csv").body();
    String table = new String(bytes, StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>(table.lines().toList());
    assertEquals(6, lines.size(), table);
    assertTrue(lines.get(0).startsWith("\uFEFFcase,name,"), lines.get(0));
    assertTrue(table.contains("\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""), table);
    assertTrue(table.contains(",'@SUM(A1).png,"), table);
    assertTrue(table.contains("probability of NORMAL"), table);
    assertTrue(lines.get(1).contains(",done," + top(png) + ",0."), lines.get(1));
    assertTrue(lines.get(4).contains(",failed,") || lines.get(4).contains(",refused,"));
    assertTrue(lines.get(5).contains("NOT_A_CHEST_RADIOGRAPH"), lines.get(5));
    json(mark(other, "{\"verdict\":null}"));
  }

  @Test
  void reportsAndInstancesAreThoseOfTheSdk() throws Exception {
    HttpResponse<byte[]> page = user.bytes("/api/cases/" + dicom + "/report.pdf");
    assertEquals(
        "attachment; filename=\"report.pdf\"",
        page.headers().firstValue("Content-Disposition").orElseThrow());
    try (PDDocument document = Loader.loadPDF(page.body())) {
      String text = new PDFTextStripper().getText(document);
      assertTrue(text.contains(top(dicom)) && text.contains("2.25.100014"), text);
      assertFalse(text.contains("Agnes") || text.contains("MRN-4711"), text);
    }
    try (PDDocument document =
        Loader.loadPDF(user.bytes("/api/cases/" + png + "/report.pdf").body())) {
      String text = new PDFTextStripper().getText(document);
      assertTrue(text.contains(top(png)) && text.contains("no DICOM instance"), text);
    }

    Map<String, byte[]> files = unzipped(user.bytes("/api/cases/" + dicom + "/dicom.zip").body());
    assertEquals(
        List.of("capture.sc.dcm", "report.sr.dcm", "outline.pr.dcm", "report.pdf.dcm"),
        List.copyOf(files.keySet()));
    for (byte[] file : files.values()) {
      DicomFile read = DicomFile.read(file);
      assertTrue(DicomResults.isResult(read.dataSet()));
      assertEquals("2.25.100014", read.dataSet().string(DicomTag.STUDY_INSTANCE_UID).orElseThrow());
    }
    Map<String, byte[]> refusal =
        unzipped(user.bytes("/api/cases/" + unlike + "/dicom.zip").body());
    assertEquals(List.of("refusal.sr.dcm"), List.copyOf(refusal.keySet()));
    assertTrue(DicomResults.isResult(DicomFile.read(refusal.get("refusal.sr.dcm")).dataSet()));
    HttpResponse<String> unprintable =
        user.send(user.request("/api/cases/" + unlike + "/report.pdf").GET());
    assertEquals(422, unprintable.statusCode(), unprintable.body());
    HttpResponse<String> refused =
        user.send(user.request("/api/cases/" + png + "/dicom.zip").GET());
    assertEquals(409, refused.statusCode(), refused.body());
    assertEquals("NOT_DICOM", Json.mapper().readTree(refused.body()).get("reason").asString());
    assertEquals(404, user.send(user.request("/api/cases/nobodys/report.pdf").GET()).statusCode());
  }
}
