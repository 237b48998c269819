package io.cxr.dicom.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomPeer;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.image.DicomRadiograph;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.model.Measurement;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.PixelRegion;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results of findings and of measurements, as an archive gets them. */
class TaskResultsTest {
  private static final ModelIdentity MODEL = DicomResultsTest.MODEL;
  private static final DicomTag CONTENT = DicomTag.of(0x0040a730);
  private static final DicomTag CONCEPT = DicomTag.of(0x0040a043);
  private static final DicomTag VALUE = DicomTag.of(0x00080100);
  private static final DicomTag TYPE = DicomTag.of(0x0040a040);

  @TempDir Path folder;

  private static DicomRadiograph film() {
    byte[] file =
        DicomPhantom.file(DicomResultsTest.source(true), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    return DicomRadiographReader.standard()
        .read(DicomFile.read(file, DecodeLimits.DEFAULT), DicomRadiographOptions.DEFAULT);
  }

  private static Heatmap heatmap(String label, float... values) {
    return Heatmap.ofActivations(
        label,
        3,
        3,
        values,
        new PixelRegion(0, 0, DicomPhantom.ROWS, DicomPhantom.COLUMNS),
        DicomPhantom.ROWS,
        DicomPhantom.COLUMNS);
  }

  private static OperatingThreshold threshold(String label, double threshold) {
    OperatingThreshold.Estimate reached = new OperatingThreshold.Estimate(0.9, 0.8, 1);
    return new OperatingThreshold(label, Aim.SENSITIVITY, 0.9, threshold, reached, reached);
  }

  private static DicomResults findings(boolean thresholds) {
    Prediction prediction =
        Prediction.ofFindings(
            List.of(
                new LabelProbability("Effusion", 0.8125),
                new LabelProbability("Pleural_Thickening", 0.25),
                new LabelProbability("Mass", 0.625)),
            MODEL);
    if (thresholds) {
      prediction =
          prediction.withOperatingPoints(
              List.of(
                  threshold("Effusion", 0.41),
                  threshold("Pleural_Thickening", 0.5),
                  threshold("Mass", 0.5)));
    }
    return DicomResults.builder(
            film(),
            List.of(
                new Explanation(prediction, heatmap("Effusion", 0, 0, 0, 0, 1, 0, 0, 0, 0)),
                new Explanation(prediction, heatmap("Mass", 1, 0, 0, 0, 0, 0, 0, 0, 0))))
        .created(DicomResultsTest.NOON)
        .zone(ZoneOffset.UTC)
        .build();
  }

  private static DicomResults measurements(double severity) {
    Prediction prediction =
        Prediction.ofMeasurements(
            List.of(
                new MeasuredValue(new Measurement("Severity", "{score}", 0, 8), severity),
                new MeasuredValue(new Measurement("Heart width", "mm"), 131.0625),
                new MeasuredValue(
                    new Measurement("Opacity of both lungs", "{share_of_lung_fields}"), 1.0 / 3)),
            MODEL);
    return DicomResults.builder(
            film(), new Explanation(prediction, heatmap("Severity", 0, 0, 0, 0, 1, 0, 0, 0, 0)))
        .created(DicomResultsTest.NOON)
        .zone(ZoneOffset.UTC)
        .build();
  }

  private static String code(DicomDataSet item, DicomTag sequence) {
    return item.items(sequence).get(0).string(VALUE).orElse("long");
  }

  private static List<DicomDataSet> groups(DicomFile report) {
    DicomDataSet document = DicomFile.read(report.toBytes(), DecodeLimits.DEFAULT).dataSet();
    List<DicomDataSet> content = document.items(CONTENT);
    return content.get(content.size() - 1).items(CONTENT);
  }

  private static List<DicomDataSet> ofType(DicomDataSet group, String type) {
    return group.items(CONTENT).stream()
        .filter(item -> item.string(TYPE).filter(type::equals).isPresent())
        .toList();
  }

  private static String number(DicomDataSet item) {
    return item.items(DicomTag.of(0x0040a300)).get(0).string(DicomTag.of(0x0040a30a)).orElseThrow();
  }

  @Test
  void eachFindingHasAGroupOfItsOwn() {
    List<DicomDataSet> groups = groups(findings(true).structuredReport());
    List<String> tracked = new ArrayList<>();
    List<String> uids = new ArrayList<>();
    List<String> templates = new ArrayList<>();
    List<Integer> regions = new ArrayList<>();
    List<List<String>> numbers = new ArrayList<>();
    for (DicomDataSet group : groups) {
      tracked.add(ofType(group, "TEXT").get(0).string(DicomTag.of(0x0040a160)).orElseThrow());
      uids.add(ofType(group, "UIDREF").get(0).string(DicomTag.of(0x0040a124)).orElseThrow());
      templates.add(
          group
              .items(DicomTag.of(0x0040a504))
              .get(0)
              .string(DicomTag.of(0x0040db00))
              .orElseThrow());
      regions.add(ofType(group, "SCOORD").size());
      numbers.add(ofType(group, "NUM").stream().map(TaskResultsTest::number).toList());
    }
    assertEquals(List.of("Effusion", "Pleural_Thickening", "Mass"), tracked);
    assertEquals(3, uids.stream().distinct().count());
    assertEquals(List.of("1410", "1501", "1410"), templates);
    assertEquals(List.of(1, 0, 1), regions);
    assertEquals(
        List.of(
            List.of("81.2500", "41.0000"),
            List.of("25.0000", "50.0000"),
            List.of("62.5000", "50.0000")),
        numbers);
    // Its own region, not that of another finding.
    assertFalse(
        ofType(groups.get(0), "SCOORD").equals(ofType(groups.get(2), "SCOORD")),
        "regions of two findings");
    assertEquals("LABEL-1", code(ofType(groups.get(1), "CODE").get(0), DicomTag.of(0x0040a168)));
  }

  @Test
  void aMeasurementIsANumberInItsUnit() {
    List<DicomDataSet> groups = groups(measurements(9.25).structuredReport());
    assertEquals(3, groups.size());
    List<String> units = new ArrayList<>();
    List<String> values = new ArrayList<>();
    List<Optional<String>> qualifiers = new ArrayList<>();
    for (DicomDataSet group : groups) {
      DicomDataSet number = ofType(group, "NUM").get(0);
      DicomDataSet unit =
          number.items(DicomTag.of(0x0040a300)).get(0).items(DicomTag.of(0x004008ea)).get(0);
      assertEquals("UCUM", unit.string(DicomTag.of(0x00080102)).orElseThrow());
      units.add(
          unit.string(VALUE).orElseGet(() -> unit.string(DicomTag.of(0x00080119)).orElseThrow()));
      values.add(number(number));
      qualifiers.add(
          number.items(DicomTag.of(0x0040a301)).stream()
              .map(code -> code.string(VALUE).orElseThrow())
              .findFirst());
    }
    assertEquals(List.of("{score}", "mm", "{share_of_lung_fields}"), units);
    assertEquals(List.of("9.25", "131.0625", "0.3333333"), values);
    assertEquals(
        List.of(Optional.of("114009"), Optional.empty(), Optional.empty()),
        qualifiers,
        "a score of 9.25 is above the greatest plausible one, 8");
    assertEquals(
        "Severity",
        code(ofType(groups.get(0), "NUM").get(0), CONCEPT),
        "the concept of the number");
    assertEquals(1, ofType(groups.get(0), "SCOORD").size());
    assertEquals(0, ofType(groups.get(1), "SCOORD").size());
  }

  @Test
  void decimalsFitADecimalString() {
    for (double value :
        new double[] {0, -0.0, 1, -1.0 / 3e-9, 1e300, -1.23456789012345e-300, 123456789012345.0}) {
      String text = MeasurementReport.decimal(value);
      assertTrue(text.length() <= 16, text);
      assertEquals(value, Double.parseDouble(text), Math.abs(value) * 1e-6);
    }
    assertEquals("3.2", MeasurementReport.decimal(3.2f), "as the network rounds");
  }

  @Test
  void captionsSayWhatIsPresentAndWhatWasMeasured() {
    String capture = caption(findings(true));
    assertTrue(capture.startsWith("Effusion 81.3 %"), capture);
    assertTrue(capture.contains("Reaches threshold 41.0 % (sensitivity 90 %)"), capture);
    assertTrue(capture.contains("All findings: Effusion 81.3 %, Mass 62.5 %"), capture);
    assertTrue(caption(findings(false)).contains("(no thresholds)"), caption(findings(false)));

    String measured = caption(measurements(9.25));
    assertTrue(measured.startsWith("Severity 9.250 {score}"), measured);
    assertTrue(measured.contains("Heart width 131.1 mm"), measured);
    assertTrue(measured.contains("Severity is outside the plausible range 0 to 8"), measured);
    assertFalse(caption(measurements(3)).contains("outside"), caption(measurements(3)));

    assertTrue(
        annotation(findings(true)).startsWith("Effusion 81.3 %, Mass 62.5 %\r\nOutline: Effusion"));
    assertTrue(annotation(measurements(3)).startsWith("Severity 3.000 {score}\r\nHeart width"));
  }

  private static String caption(DicomResults results) {
    return results.secondaryCapture().dataSet().string(DicomTag.of(0x00204000)).orElseThrow();
  }

  private static String annotation(DicomResults results) {
    return results
        .presentationState()
        .dataSet()
        .items(DicomTag.of(0x00700001))
        .get(0)
        .items(DicomTag.of(0x00700008))
        .get(0)
        .string(DicomTag.of(0x00700006))
        .orElseThrow();
  }

  @Test
  void thePdfHasATableOfEither() throws Exception {
    String findings = pdf(findings(true));
    assertTrue(findings.contains("Pleural_Thickening"), findings);
    assertTrue(findings.contains("at or above") && findings.contains("below"), findings);
    assertTrue(findings.contains("spoke for the finding"), findings);
    String measured = pdf(measurements(9.25));
    assertTrue(measured.contains("9.250 {score}"), measured);
    assertTrue(measured.contains("0 to 8") && measured.contains("out of range"), measured);
    assertTrue(measured.contains("131.1 mm"), measured);
    assertFalse(measured.contains("Probability"), measured);
  }

  private static String pdf(DicomResults results) throws Exception {
    ByteBuffer stored =
        results.encapsulatedPdf().dataSet().element(DicomTag.of(0x00420011)).orElseThrow().bytes();
    byte[] bytes = new byte[stored.remaining()];
    stored.get(bytes);
    try (var document = Loader.loadPDF(bytes)) {
      return new PDFTextStripper().getText(document);
    }
  }

  @Test
  void explanationsAreOfOnePrediction() {
    Prediction one = Prediction.ofFindings(List.of(new LabelProbability("Effusion", 0.5)), MODEL);
    Prediction other = Prediction.ofFindings(List.of(new LabelProbability("Effusion", 0.6)), MODEL);
    Heatmap heatmap = heatmap("Effusion", 0, 0, 0, 0, 1, 0, 0, 0, 0);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            DicomResults.builder(
                film(), List.of(new Explanation(one, heatmap), new Explanation(other, heatmap))));
    assertThrows(IllegalArgumentException.class, () -> DicomResults.builder(film(), List.of()));
  }

  @Test
  void validatorsFindNoError() throws Exception {
    assumeTrue(
        DicomPeer.isThere("dciodvfy"), "SKIPPED: dciodvfy (Debian's dicom3tools) is missing");
    for (DicomResults results : List.of(findings(true), measurements(9.25))) {
      for (DicomResultsTest.Kind kind : DicomResultsTest.Kind.values()) {
        Path file = Files.write(folder.resolve("result.dcm"), kind.of(results).toBytes());
        String said = DicomPeer.said(folder, 255, "dciodvfy", file.toString());
        assertFalse(said.contains("Error"), said);
      }
    }
  }

  @Tag("slow")
  @Test
  void reportsFollowTheirTemplate() throws Exception {
    assumeTrue(DicomPeer.isThere("dsrdump"), "SKIPPED: dsrdump (Debian's dcmtk) is missing");
    assumeTrue(DicomPeer.isThere("DicomSRValidator"), "SKIPPED: Debian's pixelmed-apps is missing");
    // Where one of several groups has a region, this validator asks all of them for one.
    Prediction score =
        Prediction.ofMeasurements(
            List.of(new MeasuredValue(new Measurement("Severity", "{score}", 0, 8), 9)), MODEL);
    DicomResults one =
        DicomResults.builder(
                film(), new Explanation(score, heatmap("Severity", 0, 0, 0, 0, 1, 0, 0, 0, 0)))
            .created(DicomResultsTest.NOON)
            .zone(ZoneOffset.UTC)
            .build();
    for (DicomResults results : List.of(findings(true), one)) {
      Path file = Files.write(folder.resolve("report.dcm"), results.structuredReport().toBytes());
      String dump = DicomPeer.said(folder, 0, "dsrdump", "+Pn", file.toString());
      assertFalse(dump.matches("(?s).*^[EF]: .*"), dump);
      String said = DicomPeer.said(folder, 255, "DicomSRValidator", file.toString());
      assertTrue(said.contains("Root Template Validation Complete"), said);
      assertFalse(said.contains("Error"), said);
    }
  }
}
