package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.DicomFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;

/** Links to files, pressed: what arrives in the folder of downloads is whole. */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DownloadTest {
  private static final String FILM = "film.dcm";

  @TempDir static Path folder;

  @AutoClose private static Chromium browser;
  @AutoClose private static WorkbenchServer server;
  private static Path film;

  @BeforeAll
  static void start() throws Exception {
    browser = Chromium.orSkip();
    server = WorkbenchServer.withToken(folder);
    Films films = new Films(Files.createDirectory(folder.resolve("films")));
    CaseList list = new CaseList(browser);
    browser.open(server.signInUrl());
    browser.find(By.cssSelector(".drop-hint"));
    film = films.dicom(FILM, 4, 300);
    list.add(List.of(film, films.png("other.png", false, 5, 256)));
    list.awaitAnswer(FILM);
    list.awaitAnswer("other.png");
    list.open(FILM);
    new FilmCanvas(browser).settled();
  }

  private static Map<String, byte[]> unpacked(Path archive) throws IOException {
    assertTrue(archive.toString().endsWith(".zip"), archive.toString());
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(archive))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        files.put(entry.getName(), zip.readAllBytes());
      }
    }
    return files;
  }

  /** A line of names, and one for each case. */
  private static void isTableOfCases(Path file) throws IOException {
    assertTrue(file.toString().endsWith(".csv"), file.toString());
    List<String> lines = Files.readString(file).lines().toList();
    assertEquals(3, lines.size(), lines.toString());
    assertTrue(lines.get(0).startsWith("\uFEFF"), "spreadsheets need the mark of UTF-8");
    int columns = lines.get(0).split(",", -1).length;
    assertTrue(columns > 5, lines.get(0));
    // Files that are dropped together arrive in any order.
    for (String name : List.of(FILM, "other.png")) {
      assertEquals(
          1, lines.stream().skip(1).filter(line -> line.contains(name)).count(), lines.toString());
    }
    for (String line : lines) {
      assertEquals(columns, line.split(",", -1).length, line);
    }
  }

  @Test
  @Order(1)
  void theReportOfACaseIsAWholePdf() throws Exception {
    Path file = browser.download("PDF", folder.resolve("pdf"));
    assertTrue(file.toString().endsWith(".pdf"), file.toString());
    byte[] bytes = Files.readAllBytes(file);
    assertEquals("%PDF", new String(bytes, 0, 4, StandardCharsets.US_ASCII));
    try (PDDocument report = Loader.loadPDF(bytes)) {
      assertTrue(report.getNumberOfPages() > 0);
    }
  }

  @Test
  @Order(2)
  void theResultsOfACaseAreWholeDicomFiles() throws Exception {
    Map<String, byte[]> files = unpacked(browser.download("DICOM", folder.resolve("dicom")));
    assertTrue(files.size() >= 3, files.keySet().toString());
    for (Map.Entry<String, byte[]> each : files.entrySet()) {
      byte[] bytes = each.getValue();
      assertEquals("DICM", new String(bytes, 128, 4, StandardCharsets.US_ASCII), each.getKey());
      assertTrue(DicomFile.read(bytes).dataSet().elements().size() > 10, each.getKey());
    }
  }

  @Test
  @Order(3)
  void theTableOfACaseAndOfTheListHaveARowEach() throws Exception {
    isTableOfCases(browser.download("CSV", folder.resolve("csv-of-case")));
    browser.press("r");
    browser.go("/cases");
    browser.find(By.cssSelector(".case-grid"));
    isTableOfCases(browser.download("CSV", folder.resolve("csv-of-list")));
  }

  @Test
  @Order(4)
  void theLabelledSetHasTheFilmAndItsRow() throws Exception {
    Map<String, byte[]> files =
        unpacked(browser.download("Labelled set", folder.resolve("labelled")));
    assertEquals(2, files.size(), files.keySet().toString());
    String table = new String(files.remove("images.csv"), StandardCharsets.UTF_8);
    assertEquals(2, table.lines().count(), table);
    String name = files.keySet().iterator().next();
    assertTrue(table.contains(name), name + " in " + table);
    assertArrayEquals(Files.readAllBytes(film), files.get(name));
    browser.assertCleanLog("/thumbnail");
  }
}
