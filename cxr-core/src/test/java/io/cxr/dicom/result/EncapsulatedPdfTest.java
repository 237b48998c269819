package io.cxr.dicom.result;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OperatingThreshold.Estimate;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.awt.Rectangle;
import java.awt.image.DataBufferByte;
import java.awt.image.WritableRaster;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;
import org.apache.pdfbox.text.PDFTextStripper;
import org.apache.pdfbox.text.PDFTextStripperByArea;
import org.apache.pdfbox.text.TextPosition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages of the report as PDFBox and, where it is there, poppler read them. */
class EncapsulatedPdfTest {
  private static final DicomTag DOCUMENT = DicomTag.of(0x00420011);

  /** The labels of ChestX-ray14 (Wang et al., 2017). */
  private static final List<String> FOURTEEN =
      List.of(
          "Atelectasis",
          "Cardiomegaly",
          "Effusion",
          "Infiltration",
          "Mass",
          "Nodule",
          "Pneumonia",
          "Pneumothorax",
          "Consolidation",
          "Edema",
          "Emphysema",
          "Fibrosis",
          "Pleural thickening",
          "Hernia");

  @TempDir Path folder;

  private static DicomResults results(
      DicomDataSet source, ModelIdentity model, List<String> labels, int thresholdsEach) {
    return builder(source, model, labels, thresholdsEach).build();
  }

  private static DicomResults.Builder builder(
      DicomDataSet source, ModelIdentity model, List<String> labels, int thresholdsEach) {
    Radiograph radiograph = DicomResultsTest.radiograph(source);
    float[] values = {0, 0.2f, 0, 0.2f, 1, 0.9f, 0, 0.1f, 0};
    Heatmap heatmap =
        Heatmap.ofActivations(
            labels.get(0),
            3,
            3,
            values,
            new PixelRegion(0, 0, radiograph.rows(), radiograph.columns()),
            radiograph.rows(),
            radiograph.columns());
    List<LabelProbability> probabilities = new ArrayList<>();
    List<OperatingThreshold> thresholds = new ArrayList<>();
    Estimate estimate = new Estimate(0.95, 0.9, 0.98);
    int parts = labels.size() * (labels.size() + 1) / 2;
    for (int i = 0; i < labels.size(); i++) {
      probabilities.add(new LabelProbability(labels.get(i), (labels.size() - i) / (double) parts));
      for (int n = 0; n < thresholdsEach; n++) {
        thresholds.add(
            new OperatingThreshold(
                labels.get(i),
                n == 0 ? Aim.SENSITIVITY : Aim.SPECIFICITY,
                0.95,
                0.05 + 0.3 * n,
                estimate,
                estimate));
      }
    }
    return DicomResults.builder(
            source, radiograph, new Explanation(new Prediction(probabilities, model), heatmap))
        .thresholds(thresholds)
        .created(DicomResultsTest.NOON);
  }

  private static DicomResults results(List<String> labels, int thresholdsEach) {
    return results(DicomResultsTest.source(true), DicomResultsTest.MODEL, labels, thresholdsEach);
  }

  /** The document without the byte that makes its length even. */
  private static byte[] pdf(DicomFile file) {
    DicomDataSet dataSet = file.dataSet();
    byte[] bytes = new byte[(int) dataSet.integers(DicomTag.of(0x00420015))[0]];
    dataSet.element(DOCUMENT).orElseThrow().bytes().get(bytes);
    return bytes;
  }

  private static byte[] pdf(List<String> labels, int thresholdsEach) {
    return pdf(results(labels, thresholdsEach).encapsulatedPdf());
  }

  private static String text(byte[] pdf) throws IOException {
    try (PDDocument document = Loader.loadPDF(pdf)) {
      return new PDFTextStripper().getText(document);
    }
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s", "");
  }

  @Test
  void theInstanceHoldsADocumentAndSaysWhatItIs() {
    DicomDataSet pdf = results(List.of("PNEUMONIA", "NORMAL"), 1).encapsulatedPdf().dataSet();
    assertEquals("1.2.840.10008.5.1.4.1.1.104.1", pdf.string(DicomTag.SOP_CLASS_UID).orElseThrow());
    assertEquals("application/pdf", pdf.string(DicomTag.of(0x00420012)).orElseThrow());
    assertEquals("UNVERIFIED", pdf.string(DicomTag.of(0x0040a493)).orElseThrow());
    assertEquals("NO", pdf.string(DicomTag.BURNED_IN_ANNOTATION).orElseThrow());
    DicomDataSet source = pdf.items(DicomTag.of(0x00420013)).get(0);
    assertEquals(
        DicomResultsTest.source(true).string(DicomTag.SOP_INSTANCE_UID),
        source.string(DicomTag.of(0x00081155)));
    long length = pdf.integers(DicomTag.of(0x00420015))[0];
    int stored = pdf.element(DOCUMENT).orElseThrow().bytes().remaining();
    assertEquals(length + length % 2, stored);
    DicomDataSet burned =
        DicomResultsTest.source(true)
            .with(
                DicomElement.ofText(DicomTag.BURNED_IN_ANNOTATION, ValueRepresentation.CS, "YES"));
    assertEquals(
        "YES",
        results(burned, DicomResultsTest.MODEL, List.of("A", "B"), 0)
            .encapsulatedPdf()
            .dataSet()
            .string(DicomTag.BURNED_IN_ANNOTATION)
            .orElseThrow(),
        "the pixels that name a patient are on the page");
  }

  @Test
  void thePageSaysWhatTheModelSaidAndNamesNoPatient() throws Exception {
    DicomDataSet source =
        DicomResultsTest.source(true)
            .with(DicomElement.ofText(DicomTag.of(0x00100020), ValueRepresentation.LO, "P98231"));
    byte[] pdf =
        pdf(
            results(source, DicomResultsTest.MODEL, List.of("PNEUMONIA", "NORMAL"), 2)
                .encapsulatedPdf());
    try (PDDocument document = Loader.loadPDF(pdf)) {
      assertEquals(1, document.getNumberOfPages());
      assertEquals(Prediction.NOTICE, document.getDocumentInformation().getSubject());
      assertEquals(
          DicomResultsTest.NOON, document.getDocumentInformation().getCreationDate().toInstant());
    }
    check(text(pdf));
    assumeTrue(isThere("pdftotext"), "pdftotext (Debian's poppler-utils) is missing: skipped");
    check(poppler(pdf));
    String facts = run("pdfinfo", folder.resolve("page.pdf").toString());
    assertTrue(facts.contains("A4"), facts);
    assertTrue(facts.matches("(?s).*Pages: +1\\n.*"), facts);
  }

  private static void check(String text) {
    String all = squeezed(text);
    DicomDataSet source = DicomResultsTest.source(true);
    for (String part :
        List.of(
            Prediction.NOTICE,
            "PNEUMONIA",
            "66.7 %",
            "NORMAL",
            "33.3 %",
            "5.0 % sensitivity 95 % at or above",
            "35.0 % specificity 95 % below",
            "thorax, version 3",
            "ab".repeat(32),
            "2026-03-04 12:00:05 UTC",
            source.string(DicomTag.of(0x0020000d)).orElseThrow(),
            source.string(DicomTag.of(0x0020000e)).orElseThrow(),
            source.string(DicomTag.SOP_INSTANCE_UID).orElseThrow(),
            "It is no segmentation and no finding")) {
      assertTrue(all.contains(squeezed(part)), part + " in " + text);
    }
    for (String part : List.of("Müller", "Zoë", "P98231", "19620102", "1962-01-02", "Accession")) {
      assertFalse(all.contains(part), part);
    }
  }

  @Test
  void thePageNamesTheStudyWhereItIsAskedTo() throws Exception {
    DicomDataSet earlier =
        results(List.of("PNEUMONIA", "NORMAL"), 1)
            .encapsulatedPdf()
            .dataSet()
            .with(
                DicomPhantom.text(DicomTag.of(0x00081090), ValueRepresentation.LO, "old thorax"),
                DicomPhantom.text(DicomTag.of(0x00181020), ValueRepresentation.LO, "2"),
                DicomPhantom.text(DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, "2.25.99"));
    DicomDataSet source = DicomResultsTest.source(true);
    DicomDataSet pdf =
        builder(source, DicomResultsTest.MODEL, List.of("PNEUMONIA", "NORMAL"), 1)
            .printStudy(true)
            .supersedes(List.of(earlier))
            .build()
            .encapsulatedPdf()
            .dataSet();
    String text =
        squeezed(
            text(
                pdf(
                    new DicomFile(
                        DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, pdf))));
    for (String part :
        List.of(
            "Accession Number A1",
            "Study Date 2026-03-03",
            "Supersedes a result of old thorax 2, SOP Instance UID 2.25.99")) {
      assertTrue(text.contains(squeezed(part)), part + " in " + text);
    }
    assertEquals(
        "2.25.99",
        pdf.items(DicomTag.of(0x0040a360))
            .get(0)
            .items(DicomTag.of(0x00081115))
            .get(0)
            .items(DicomTag.of(0x00081199))
            .get(0)
            .string(DicomTag.of(0x00081155))
            .orElseThrow());
  }

  @Test
  void theSameResultGivesTheSameBytes() {
    byte[] first = pdf(FOURTEEN, 2);
    assertArrayEquals(first, pdf(FOURTEEN, 2));
    assertFalse(Arrays.equals(first, pdf(FOURTEEN, 1)));
  }

  @Test
  void manyAndLongLabelsStayOnOnePageWithoutOverlaps() throws Exception {
    String sentence =
        "Opacity in the right lower lobe that may be a pneumonia, an atelectasis or an effusion";
    String word = "Pneumonoultramicroscopicsilicovolcanoconiosis".repeat(3);
    List<String> longLabels =
        Stream.concat(FOURTEEN.stream().limit(4), Stream.of(sentence, word)).toList();
    ModelIdentity longName =
        new ModelIdentity("a model with a name ".repeat(12), "1.2.3-" + word, "ab".repeat(32));
    DicomResults named =
        results(DicomResultsTest.source(true), longName, List.of(sentence, "NORMAL"), 2);
    for (byte[] pdf :
        List.of(
            pdf(List.of("PNEUMONIA", "NORMAL"), 0),
            pdf(FOURTEEN, 2),
            pdf(FOURTEEN, 0),
            pdf(longLabels, 2),
            pdf(named.encapsulatedPdf()))) {
      try (PDDocument document = Loader.loadPDF(pdf)) {
        assertEquals(1, document.getNumberOfPages());
        assertNothingOverlaps(document);
      }
    }
    try (PDDocument document = Loader.loadPDF(pdf(longLabels, 2))) {
      PDFTextStripperByArea column = new PDFTextStripperByArea();
      column.addRegion("labels", new Rectangle(42, 0, 168, 842));
      column.extractRegions(document.getPage(0));
      String labels = squeezed(column.getTextForRegion("labels"));
      for (String label : longLabels) {
        assertTrue(labels.contains(squeezed(label)), label + " in " + labels);
      }
    }
  }

  @Test
  void longerTablesGoOnOverFurtherPages() throws Exception {
    List<String> labels =
        IntStream.range(0, 90).mapToObj(i -> String.format(Locale.ROOT, "Label%02d", i)).toList();
    byte[] pdf = pdf(labels, 2);
    try (PDDocument document = Loader.loadPDF(pdf)) {
      assertTrue(document.getNumberOfPages() > 1);
      assertNothingOverlaps(document);
      for (int page = 1; page <= document.getNumberOfPages(); page++) {
        PDFTextStripper one = new PDFTextStripper();
        one.setStartPage(page);
        one.setEndPage(page);
        String text = one.getText(document);
        assertTrue(text.indexOf(Prediction.NOTICE) < text.lastIndexOf(Prediction.NOTICE), text);
        // Each page of the table begins with a label, not with the rest of one.
        assertTrue(squeezed(text).matches(".*Probabilityis(Label\\d\\d)\\d.*"), text);
        assertTrue(text.contains("Page " + page + " of " + document.getNumberOfPages()), text);
      }
    }
    String text = text(pdf);
    for (String label : labels) {
      assertTrue(text.contains(label), label);
    }
  }

  /** Every letter is on the paper, and none lies on another. */
  private static void assertNothingOverlaps(PDDocument document) throws IOException {
    for (int page = 1; page <= document.getNumberOfPages(); page++) {
      List<TextPosition> letters = new ArrayList<>();
      PDFTextStripper stripper =
          new PDFTextStripper() {
            @Override
            protected void processTextPosition(TextPosition letter) {
              if (!letter.getUnicode().isBlank()) {
                letters.add(letter);
              }
            }
          };
      stripper.setStartPage(page);
      stripper.setEndPage(page);
      stripper.getText(document);
      assertTrue(letters.size() > 100, "letters: " + letters.size());
      for (int i = 0; i < letters.size(); i++) {
        TextPosition one = letters.get(i);
        assertTrue(one.getX() >= 41 && one.getX() + one.getWidth() <= 595 - 41, one.toString());
        assertTrue(one.getY() >= 41 && one.getY() <= 842 - 20, one.toString());
        for (int j = 0; j < i; j++) {
          TextPosition other = letters.get(j);
          float across =
              Math.min(one.getX() + one.getWidth(), other.getX() + other.getWidth())
                  - Math.max(one.getX(), other.getX());
          float down =
              Math.min(one.getY(), other.getY())
                  - Math.max(
                      one.getY() - 0.7f * one.getFontSize(),
                      other.getY() - 0.7f * other.getFontSize());
          assertFalse(
              across > 0.5f && down > 0.1f,
              one + " on " + other + " at " + one.getX() + ", " + one.getY());
        }
      }
    }
  }

  @Test
  void charactersThatTheFontLacksAreShownAsCodePointsAndFoundAsThemselves() throws Exception {
    String arabic = "\u0627\u0644\u0635\u062f\u0631";
    List<String> labels =
        List.of(
            "\u80ba\u708e",
            "Pneumoni\u0301a \u03b2 \u0416",
            arabic,
            "\ud83e\udec1",
            "tab\tnul\u0000.");
    byte[] pdf = pdf(labels, 1);
    String shown = squeezed(text(pdf));
    assertTrue(shown.contains("\u80ba\u708e") || shown.contains("[U+80BA][U+708E]"), shown);
    assertTrue(shown.contains("Pneumon\u00eda\u03b2\u0416"), shown);
    assertTrue(shown.contains("tabnul"), shown);
    assumeTrue(isThere("pdftotext"), "pdftotext (Debian's poppler-utils) is missing: skipped");
    String found = squeezed(poppler(pdf));
    for (String label : List.of("\u80ba\u708e", "\ud83e\udec1")) {
      assertTrue(found.contains(label), label + " in " + found);
    }
  }

  @Test
  void thePicturesHaveThePixelsOfRadiographAndOverlay() throws Exception {
    DicomDataSet source = DicomResultsTest.source(true);
    Radiograph radiograph = DicomResultsTest.radiograph(source);
    try (PDDocument document = Loader.loadPDF(pdf(List.of("PNEUMONIA", "NORMAL"), 0))) {
      PDResources resources = document.getPage(0).getResources();
      List<PDImageXObject> images = new ArrayList<>();
      for (COSName name : resources.getXObjectNames()) {
        images.add((PDImageXObject) resources.getXObject(name));
      }
      assertEquals(2, images.size());
      PDImageXObject gray = images.get(0);
      assertEquals("DeviceGray", gray.getColorSpace().getName());
      WritableRaster raster = gray.getRawRaster();
      assertArrayEquals(radiograph.toGray8(), ((DataBufferByte) raster.getDataBuffer()).getData());
      assertEquals("DeviceRGB", images.get(1).getColorSpace().getName());
      assertEquals(radiograph.columns(), images.get(1).getWidth());
      for (COSName name : resources.getFontNames()) {
        PDFont font = resources.getFont(name);
        assertTrue(font.isEmbedded(), font.getName());
      }
    }
  }

  /** Large radiographs are averaged down; flat ones stay flat. */
  @Test
  void largeRadiographsAreShrunk() throws Exception {
    int rows = 3001;
    int columns = 1502;
    byte[] pixels = new byte[rows * columns];
    Arrays.fill(pixels, (byte) 77);
    Radiograph radiograph = Radiograph.ofGray8(rows, columns, pixels);
    Heatmap heatmap =
        Heatmap.ofActivations(
            "A", 1, 2, new float[] {0, 1}, new PixelRegion(0, 0, rows, columns), rows, columns);
    Prediction prediction =
        new Prediction(
            List.of(new LabelProbability("A", 0.5), new LabelProbability("B", 0.5)),
            DicomResultsTest.MODEL);
    DicomResults results =
        DicomResults.builder(
                DicomResultsTest.source(false), radiograph, new Explanation(prediction, heatmap))
            .build();
    try (PDDocument document = Loader.loadPDF(pdf(results.encapsulatedPdf()))) {
      PDResources resources = document.getPage(0).getResources();
      PDImageXObject gray =
          (PDImageXObject) resources.getXObject(resources.getXObjectNames().iterator().next());
      assertEquals(1024, gray.getHeight());
      assertEquals(513, gray.getWidth());
      for (byte level : ((DataBufferByte) gray.getRawRaster().getDataBuffer()).getData()) {
        assertEquals(77, level);
      }
    }
  }

  @Test
  void withoutPdfBoxTheErrorNamesIt() throws Exception {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !new File(entry).getName().matches("(pdfbox|fontbox).*\\.jar"))
            .collect(Collectors.joining(File.pathSeparator));
    String said =
        run(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classPath,
            WithoutPdfBox.class.getName());
    assertTrue(said.contains("expected org.apache.pdfbox:pdfbox on the class path"), said);
    assertTrue(said.contains("the capture has"), "the others need no PDFBox: " + said);
  }

  /** Another process, without PDFBox. */
  static final class WithoutPdfBox {
    private WithoutPdfBox() {}

    public static void main(String[] arguments) {
      DicomDataSet source = DicomResultsTest.source(false);
      Prediction prediction =
          new Prediction(
              List.of(new LabelProbability("PNEUMONIA", 0.5), new LabelProbability("NORMAL", 0.5)),
              DicomResultsTest.MODEL);
      DicomResults results =
          DicomResults.builder(
                  source,
                  DicomResultsTest.radiograph(source),
                  new Explanation(prediction, DicomResultsTest.heatmap(0, 1, 0)))
              .build();
      System.out.println(
          "the capture has " + results.secondaryCapture().dataSet().elements().size());
      try {
        results.encapsulatedPdf();
      } catch (IllegalStateException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static boolean isThere(String program) {
    return new File("/usr/bin", program).canExecute();
  }

  private String poppler(byte[] pdf) throws Exception {
    Path file = Files.write(folder.resolve("page.pdf"), pdf);
    return run("pdftotext", "-layout", "-enc", "UTF-8", file.toString(), "-");
  }

  private String run(String... command) throws Exception {
    Path log = folder.resolve("log.txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertTrue(process.waitFor(10, TimeUnit.MINUTES), "ends");
    String said = Files.readString(log, StandardCharsets.UTF_8);
    assertEquals(0, process.exitValue(), said);
    return said;
  }

  @Test
  void aPictureHasTheSamePagesWithoutAStudy() throws IOException {
    Radiograph picture = Radiograph.ofGray8(2, 2, new byte[] {0, 40, 80, 120});
    Prediction prediction =
        new Prediction(
            List.of(new LabelProbability("CLEAR", 0.25), new LabelProbability("OPACITY", 0.75)),
            new ModelIdentity("chest", "1", "0".repeat(64)));
    Heatmap heatmap =
        Heatmap.ofActivations(
            "OPACITY", 2, 2, new float[] {0, 1, 0, 0}, new PixelRegion(0, 0, 2, 2), 2, 2);
    List<Explanation> explanations = List.of(new Explanation(prediction, heatmap));
    Instant time = Instant.parse("2026-01-02T03:04:05Z");

    byte[] pdf = DicomResults.pdfOfPicture(picture, explanations, time);
    assertArrayEquals(pdf, DicomResults.pdfOfPicture(picture, explanations, time));
    try (PDDocument document = Loader.loadPDF(pdf)) {
      String text = new PDFTextStripper().getText(document);
      assertTrue(text.contains("OPACITY"), text);
      assertTrue(text.contains("2026-01-02 03:04:05 UTC"), text);
      assertTrue(text.contains("none: a picture that is no DICOM instance"), text);
      assertFalse(text.contains("Instance UID"), text);
      assertFalse(text.contains("2.25."), text);
    }
  }
}
