package io.cxr.dicom.result;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import io.cxr.dicom.DicomPeer;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.DicomWriter;
import io.cxr.dicom.SpecificCharacterSet;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OperatingThreshold.Estimate;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Results as an archive gets them, read back and shown to validators that others wrote. */
class DicomResultsTest {
  static final ModelIdentity MODEL = new ModelIdentity("thorax", "3", "ab".repeat(32));
  static final Instant NOON = Instant.parse("2026-03-04T12:00:05Z");
  @TempDir Path folder;

  /** The kinds of instances. */
  enum Kind {
    SECONDARY_CAPTURE,
    STRUCTURED_REPORT,
    PRESENTATION_STATE,
    ENCAPSULATED_PDF;

    DicomFile of(DicomResults results) {
      return switch (this) {
        case SECONDARY_CAPTURE -> results.secondaryCapture();
        case STRUCTURED_REPORT -> results.structuredReport();
        case PRESENTATION_STATE -> results.presentationState();
        case ENCAPSULATED_PDF -> results.encapsulatedPdf();
      };
    }
  }

  /** A source that has what is required and no more, or one with a name in Latin-1 and a window. */
  static DicomDataSet source(boolean rich) {
    DicomDataSet plain = DicomPhantom.dataSet(12, false, "MONOCHROME2");
    if (!rich) {
      return plain;
    }
    SpecificCharacterSet latin = SpecificCharacterSet.of("ISO_IR 100");
    return plain.with(
        DicomElement.ofText(DicomTag.SPECIFIC_CHARACTER_SET, ValueRepresentation.CS, "ISO_IR 100"),
        DicomElement.ofText(DicomTag.of(0x00100010), ValueRepresentation.PN, latin, "Müller^Zoë"),
        DicomElement.ofText(DicomTag.of(0x00100020), ValueRepresentation.LO, "4711"),
        DicomElement.ofText(DicomTag.of(0x00100030), ValueRepresentation.DA, "19620102"),
        DicomElement.ofText(DicomTag.of(0x00100040), ValueRepresentation.CS, "F"),
        DicomElement.ofText(DicomTag.of(0x00080020), ValueRepresentation.DA, "20260303"),
        DicomElement.ofText(DicomTag.of(0x00080030), ValueRepresentation.TM, "101112"),
        DicomElement.ofText(DicomTag.of(0x00080050), ValueRepresentation.SH, "A1"),
        DicomElement.ofText(DicomTag.of(0x00081030), ValueRepresentation.LO, "Chest PA"),
        DicomElement.ofText(DicomTag.of(0x00200010), ValueRepresentation.SH, "S1"));
  }

  static Radiograph radiograph(DicomDataSet source) {
    byte[] file = DicomPhantom.file(source, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    // Some of the sources are of other parts of the body.
    return DicomRadiographReader.standard()
        .read(file, DicomRadiographOptions.DEFAULT.withAnyBodyPart(true))
        .radiograph();
  }

  static Heatmap heatmap(float... values) {
    return Heatmap.ofActivations(
        "PNEUMONIA",
        3,
        values.length / 3,
        values,
        new PixelRegion(0, 0, DicomPhantom.ROWS, DicomPhantom.COLUMNS),
        DicomPhantom.ROWS,
        DicomPhantom.COLUMNS);
  }

  private static DicomResults results(DicomDataSet source, ModelIdentity model, Heatmap heatmap) {
    return builder(source, model, heatmap).build();
  }

  private static DicomResults.Builder builder(
      DicomDataSet source, ModelIdentity model, Heatmap heatmap) {
    Prediction prediction =
        new Prediction(
            List.of(
                new LabelProbability("PNEUMONIA", 0.8125), new LabelProbability("NORMAL", 0.1875)),
            model);
    Estimate estimate = new Estimate(0.95, 0.9, 0.98);
    return DicomResults.builder(source, radiograph(source), new Explanation(prediction, heatmap))
        .thresholds(
            List.of(
                new OperatingThreshold(
                    "PNEUMONIA", Aim.SENSITIVITY, 0.95, 0.41, estimate, estimate)))
        .created(NOON)
        .zone(ZoneOffset.UTC);
  }

  private static DicomResults results(DicomDataSet source) {
    return results(source, MODEL, heatmap(0, 0, 0, 0.2f, 1, 0.9f, 0, 0.1f, 0));
  }

  @Test
  void theCaptureHasThePixelsOfTheOverlay() {
    DicomDataSet source = source(true);
    DicomDataSet capture = DicomFileReading.again(results(source).secondaryCapture()).dataSet();
    HeatmapOverlay overlay =
        HeatmapOverlay.builder(radiograph(source), heatmap(0, 0, 0, 0.2f, 1, 0.9f, 0, 0.1f, 0))
            .prediction(
                new Prediction(
                    List.of(
                        new LabelProbability("PNEUMONIA", 0.8125),
                        new LabelProbability("NORMAL", 0.1875)),
                    MODEL))
            .build();
    int rows = (int) capture.integers(DicomTag.ROWS)[0];
    int columns = (int) capture.integers(DicomTag.COLUMNS)[0];
    ByteBuffer pixels = capture.element(DicomTag.PIXEL_DATA).orElseThrow().bytes();
    assertEquals(3 * rows * columns, pixels.remaining());
    for (int row = 0; row < overlay.rows(); row++) {
      for (int column = 0; column < overlay.columns(); column++) {
        int at = 3 * (row * columns + column);
        int rgb =
            ((pixels.get(at) & 255) << 16)
                | ((pixels.get(at + 1) & 255) << 8)
                | (pixels.get(at + 2) & 255);
        assertEquals(overlay.rgb(row, column), rgb, row + ", " + column);
      }
    }
    int ink = 0;
    for (int at = 3 * overlay.rows() * columns; at < pixels.limit(); at++) {
      ink += (pixels.get(at) & 255) > 200 ? 1 : 0;
    }
    assertTrue(ink > 1000, "a caption beneath: " + ink);
    assertTrue(capture.string(DicomTag.of(0x00204000)).orElseThrow().contains(Prediction.NOTICE));
  }

  @ParameterizedTest
  @EnumSource
  void resultsBelongToTheStudyAndNameTheModel(Kind kind) {
    DicomDataSet source = source(true);
    DicomDataSet result = DicomFileReading.again(kind.of(results(source))).dataSet();
    assertEquals("Müller^Zoë", result.string(DicomTag.of(0x00100010)).orElseThrow());
    assertEquals("2.25.4712", result.string(DicomTag.of(0x0020000d)).orElseThrow());
    assertNotEquals("2.25.4713", result.string(DicomTag.of(0x0020000e)).orElseThrow());
    assertEquals("RESEARCH", result.string(DicomTag.of(0x00189004)).orElseThrow());
    assertTrue(DicomResults.isResult(result));
    assertFalse(DicomResults.isResult(source));
    DicomDataSet equipment = result.items(DicomTag.of(0x0018a001)).get(0);
    assertEquals("thorax", equipment.string(DicomTag.of(0x00081090)).orElseThrow());
    assertTrue(equipment.string(DicomTag.of(0x00181002)).orElseThrow().startsWith("2.25."));
    String text =
        result.toString() + new String(kind.of(results(source)).toBytes(), StandardCharsets.UTF_8);
    assertTrue(text.contains(Prediction.NOTICE), "says that it is for research");
  }

  @Test
  void identifiersFollowFromSourceModelAndKind() {
    DicomDataSet source = source(false);
    ModelIdentity other = new ModelIdentity("thorax", "3", "cd".repeat(32));
    Heatmap heatmap = heatmap(0, 1, 0);
    Set<String> uids = new HashSet<>();
    for (Kind kind : Kind.values()) {
      String uid = uid(kind.of(results(source)));
      assertEquals(uid, uid(kind.of(results(source, MODEL, heatmap))), "made again");
      uids.add(uid);
      uids.add(uid(kind.of(results(source, other, heatmap))));
      DicomDataSet next =
          source.with(
              DicomElement.ofText(DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, "2.25.9"));
      uids.add(uid(kind.of(results(next, MODEL, heatmap))));
    }
    assertEquals(3 * Kind.values().length, uids.size());
    for (String uid : uids) {
      assertTrue(uid.matches("2\\.25\\.[1-9][0-9]*") && uid.length() <= 64, uid);
    }
  }

  private static String uid(DicomFile file) {
    return file.dataSet().string(DicomTag.SOP_INSTANCE_UID).orElseThrow();
  }

  @Test
  void theOutlineGoesRoundTheStrongestRegion() {
    // A square in the middle third; the weak corner is not of it.
    float[] values = {0.4f, 0, 0, 0, 1, 0, 0, 0, 0};
    Heatmap heatmap = heatmap(values);
    List<HeatmapOutline.Point> points = HeatmapOutline.of(heatmap).orElseThrow();
    assertEquals(points.get(0), points.get(points.size() - 1), "closed");
    double area = 0;
    for (int i = 1; i < points.size(); i++) {
      HeatmapOutline.Point from = points.get(i - 1);
      HeatmapOutline.Point to = points.get(i);
      assertTrue(from.row() == to.row() ^ from.column() == to.column(), "along sides of cells");
      area += (double) from.column() * to.row() - (double) to.column() * from.row();
    }
    int inside = 0;
    for (int row = 0; row < DicomPhantom.ROWS; row++) {
      for (int column = 0; column < DicomPhantom.COLUMNS; column++) {
        if (heatmap.valueAt(row, column) >= 0.5 * greatest(heatmap)) {
          inside++;
        }
      }
    }
    assertEquals(inside, area / 2, 0.5, "clockwise, and as large as the region");
    assertEquals(Optional.empty(), HeatmapOutline.of(heatmap(0, 0, 0)));
  }

  private static float greatest(Heatmap heatmap) {
    float most = 0;
    for (int row = 0; row < DicomPhantom.ROWS; row++) {
      for (int column = 0; column < DicomPhantom.COLUMNS; column++) {
        most = Math.max(most, heatmap.valueAt(row, column));
      }
    }
    return most;
  }

  @Test
  void sourcesWithoutIdentifiersAndForeignHeatmapsAreRefused() {
    DicomDataSet source = source(false);
    DicomDataSet bare = source.without(DicomTag.of(0x0020000d));
    UnsupportedRadiographException refusal =
        assertThrows(UnsupportedRadiographException.class, () -> results(bare));
    assertEquals(UnsupportedRadiographException.Reason.DAMAGED, refusal.reason());
    assertTrue(refusal.getMessage().contains("StudyInstanceUID (0020,000d)"), refusal.getMessage());
    Heatmap foreign =
        Heatmap.ofActivations("NORMAL", 1, 1, new float[] {1}, new PixelRegion(0, 0, 9, 9), 9, 9);
    assertThrows(IllegalArgumentException.class, () -> results(source, MODEL, foreign));
  }

  private static Heatmap region() {
    return heatmap(0, 0, 0, 0.2f, 1, 0.9f, 0, 0.1f, 0);
  }

  private static DicomElement text(int tag, ValueRepresentation vr, String... values) {
    return DicomPhantom.text(DicomTag.of(tag), vr, values);
  }

  /** Dates of the study are copied, so the results' own are on the same clock, and say which. */
  @ParameterizedTest
  @EnumSource
  void datesAreOnTheSourcesClock(Kind kind) {
    DicomTag offset = DicomTag.of(0x00080201);
    DicomTag contentTime = DicomTag.of(kind == Kind.PRESENTATION_STATE ? 0x00700083 : 0x00080033);
    DicomDataSet silent =
        kind.of(
                builder(source(true), MODEL, region())
                    .zone(ZoneId.of("Asia/Kolkata"))
                    .created(Instant.parse("2026-03-04T22:00:05Z"))
                    .build())
            .dataSet();
    assertTrue(silent.element(offset).isEmpty(), "nobody knows the offset of the study's dates");
    assertEquals("033005", silent.string(contentTime).orElseThrow());
    assertEquals("20260305", silent.string(DicomTag.of(0x00080012)).orElseThrow());
    assertEquals("101112", silent.string(DicomTag.of(0x00080030)).orElseThrow());
    assertEquals("20260305033005+0530", contributed(silent));
    DicomDataSet stating = source(true).with(text(0x00080201, ValueRepresentation.SH, "-0500"));
    DicomDataSet known =
        kind.of(builder(stating, MODEL, region()).zone(ZoneId.of("Asia/Kolkata")).build())
            .dataSet();
    assertEquals("-0500", known.string(offset).orElseThrow());
    assertEquals("070005", known.string(contentTime).orElseThrow());
    assertEquals("20260304070005-0500", contributed(known));
    DicomDataSet wrong = source(true).with(text(0x00080201, ValueRepresentation.SH, "MEZ"));
    assertTrue(kind.of(results(wrong)).dataSet().element(offset).isEmpty());
  }

  private static String contributed(DicomDataSet result) {
    return result
        .items(DicomTag.of(0x0018a001))
        .get(0)
        .string(DicomTag.of(0x0018a002))
        .orElseThrow();
  }

  /** Every reference to an instance, however deep. */
  private static List<DicomDataSet> references(DicomDataSet set) {
    List<DicomDataSet> found = new ArrayList<>();
    for (DicomElement element : set.elements()) {
      for (DicomDataSet item : element.items()) {
        item.string(DicomTag.of(0x00081155)).ifPresent(uid -> found.add(item));
        found.addAll(references(item));
      }
    }
    return found;
  }

  @ParameterizedTest
  @EnumSource
  void ofSeveralFramesTheOneThatWasReadIsNamed(Kind kind) {
    DicomDataSet several =
        DicomPhantom.monochrome(8, 8, 7, false, "MONOCHROME2", 5)
            .with(text(0x00080016, ValueRepresentation.UI, "1.2.840.10008.5.1.4.1.1.7.2"));
    DicomRadiographOptions third = DicomRadiographOptions.DEFAULT.withFrame(2);
    DicomFile result = kind.of(builder(several, MODEL, region()).options(third).build());
    List<String> frames =
        references(result.dataSet()).stream()
            .flatMap(item -> item.string(DicomTag.of(0x00081160)).stream())
            .toList();
    // The PDF refers to instances alone, so its page says it.
    assertEquals(kind == Kind.ENCAPSULATED_PDF ? List.of() : List.of("3"), frames);
    if (kind == Kind.SECONDARY_CAPTURE) {
      assertTrue(
          result.dataSet().string(DicomTag.of(0x00204000)).orElseThrow().contains("Frame 3 of 5"));
    }
    DicomDataSet single = kind.of(results(source(true))).dataSet();
    assertTrue(
        references(single).stream()
            .noneMatch(item -> item.element(DicomTag.of(0x00081160)).isPresent()));
    DicomResults.Builder missing = builder(source(true), MODEL, region()).options(third);
    assertThrows(IllegalArgumentException.class, missing::build);
  }

  /** After a change of the model a reader sees which result is the newer. */
  @ParameterizedTest
  @EnumSource
  void aNewerResultNamesTheOneThatItSupersedes(Kind kind) {
    ModelIdentity old = new ModelIdentity("thorax", "2", "cd".repeat(32));
    DicomResults before = results(source(true), old, region());
    List<DicomDataSet> earlier = new ArrayList<>();
    for (Kind each : Kind.values()) {
      earlier.add(each.of(before).dataSet());
    }
    DicomDataSet result =
        kind.of(builder(source(true), MODEL, region()).supersedes(earlier).build()).dataSet();
    String uid = kind.of(before).dataSet().string(DicomTag.SOP_INSTANCE_UID).orElseThrow();
    assertNotEquals(uid, result.string(DicomTag.SOP_INSTANCE_UID).orElseThrow());
    assertTrue(
        kind == Kind.PRESENTATION_STATE
            || references(result).stream()
                .anyMatch(
                    item -> item.string(DicomTag.of(0x00081155)).filter(uid::equals).isPresent()),
        "refers to it");
    if (kind == Kind.SECONDARY_CAPTURE || kind == Kind.PRESENTATION_STATE) {
      byte[] written = DicomWriter.write(result, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
      String text = new String(written, StandardCharsets.UTF_8);
      assertTrue(text.contains("Supersedes the results of thorax 2"), "says it");
    }
    String description = result.string(DicomTag.of(0x0008103e)).orElseThrow();
    assertTrue(description.contains("by thorax 3, research use only"), description);
    DicomResults.Builder builder = builder(source(true), MODEL, region());
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> builder.supersedes(List.of(DicomDataSet.of())));
    assertTrue(String.valueOf(refusal.getMessage()).contains("(0020,000d)"), refusal::toString);
  }

  @Test
  void theCaptureSaysWhereTheThresholdsAre() {
    String said =
        results(source(true))
            .secondaryCapture()
            .dataSet()
            .string(DicomTag.of(0x00204000))
            .orElseThrow();
    assertTrue(said.contains("Reaches threshold 41.0 % (sensitivity 95 %)"), said);
  }

  @Test
  void theCaptureHasTheShapeOfThePixels() {
    DicomTag ratio = DicomTag.of(0x00280034);
    DicomDataSet flat = source(true).with(text(0x00280030, ValueRepresentation.DS, "0.5", "0.25"));
    assertEquals(List.of("2", "1"), results(flat).secondaryCapture().dataSet().strings(ratio));
    DicomDataSet square =
        source(true).with(text(0x00280030, ValueRepresentation.DS, "0.25", "0.25"));
    assertTrue(results(square).secondaryCapture().dataSet().element(ratio).isEmpty());
  }

  /** A film of 12 bits that is larger than a capture's bounds. */
  private static DicomResults.Builder ofLargeFilm(int rows, int columns) {
    byte[] pixels = new byte[2 * rows * columns];
    for (int i = 0; i < rows * columns; i++) {
      int value = (i % columns * 3 + i / columns * 2) % 4096;
      pixels[2 * i] = (byte) value;
      pixels[2 * i + 1] = (byte) (value >>> 8);
    }
    DicomDataSet source =
        source(true)
            .with(
                DicomPhantom.us(DicomTag.ROWS, rows),
                DicomPhantom.us(DicomTag.COLUMNS, columns),
                DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OW, pixels));
    Heatmap heatmap =
        Heatmap.ofActivations(
            "PNEUMONIA",
            1,
            2,
            new float[] {0, 1},
            new PixelRegion(0, 0, rows, columns),
            rows,
            columns);
    return builder(source, MODEL, heatmap);
  }

  @Test
  void theCaptureIsBounded() {
    DicomDataSet bounded = ofLargeFilm(1500, 1200).build().secondaryCapture().dataSet();
    assertEquals(819, bounded.integers(DicomTag.COLUMNS)[0]);
    assertTrue(bounded.integers(DicomTag.ROWS)[0] > 1024);
    assertTrue(
        bounded
            .string(DicomTag.of(0x00082111))
            .orElseThrow()
            .endsWith("Reduced from 1500 x 1200 pixels."));
    DicomDataSet small =
        ofLargeFilm(1500, 1200).captureSide(500).build().secondaryCapture().dataSet();
    assertEquals(400, small.integers(DicomTag.COLUMNS)[0]);
    DicomDataSet whole =
        ofLargeFilm(1500, 1200).captureSide(4000).build().secondaryCapture().dataSet();
    assertEquals(1200, whole.integers(DicomTag.COLUMNS)[0]);
    DicomResults.Builder builder = ofLargeFilm(1500, 1200);
    assertThrows(IllegalArgumentException.class, () -> builder.captureSide(0));
    assertThrows(IllegalArgumentException.class, () -> builder.captureSide(65535));
  }

  /** What is compressed is what is not: to our reader, to dcmtk, to GDCM, and to a validator. */
  @Test
  void theCompressedCaptureHasTheSamePixels() throws Exception {
    DicomResults plain = ofLargeFilm(700, 600).build();
    DicomResults compressed = ofLargeFilm(700, 600).captureRunLengths(true).build();
    byte[] expected = bytes(plain.secondaryCapture());
    DicomFile capture = compressed.secondaryCapture();
    assertEquals(TransferSyntax.RLE_LOSSLESS, capture.transferSyntax());
    assertTrue(capture.toBytes().length < plain.secondaryCapture().toBytes().length);
    assertEquals(
        DicomRadiographReader.standard()
            .read(plain.secondaryCapture(), DicomRadiographOptions.DEFAULT)
            .radiograph(),
        DicomRadiographReader.standard()
            .read(
                DicomFile.read(capture.toBytes(), DecodeLimits.DEFAULT),
                DicomRadiographOptions.DEFAULT)
            .radiograph());
    Path file = Files.write(folder.resolve("rle.dcm"), capture.toBytes());
    assumeTrue(DicomPeer.isThere("dcmdrle"), "dcmdrle (Debian's dcmtk) is missing: skipped");
    Path theirs = folder.resolve("theirs.dcm");
    DicomPeer.run(folder, List.of("dcmdrle", file.toString(), theirs.toString()));
    assertPixels(expected, theirs);
    assumeTrue(DicomPeer.isThere("gdcmconv"), "gdcmconv (Debian's gdcm-tools) is missing: skipped");
    DicomPeer.run(folder, List.of("gdcmconv", "--raw", file.toString(), theirs.toString()));
    assertPixels(expected, theirs);
    assumeTrue(
        DicomPeer.isThere("dciodvfy"), "dciodvfy (Debian's dicom3tools) is missing: skipped");
    String said = DicomPeer.said(folder, 255, "dciodvfy", file.toString());
    assertFalse(said.contains("Error"), said);
  }

  private static void assertPixels(byte[] expected, Path file) throws Exception {
    byte[] found = bytes(DicomFile.read(Files.readAllBytes(file), DecodeLimits.DEFAULT));
    assertArrayEquals(expected, found);
  }

  private static byte[] bytes(DicomFile file) {
    ByteBuffer pixels = file.dataSet().element(DicomTag.PIXEL_DATA).orElseThrow().bytes();
    byte[] bytes = new byte[pixels.remaining()];
    pixels.get(bytes);
    return bytes;
  }

  @Test
  void nothingIsFinal() {
    assertEquals(
        "PRELIMINARY",
        results(source(true))
            .structuredReport()
            .dataSet()
            .string(DicomTag.of(0x0040a496))
            .orElseThrow());
  }

  /** Sources as hospitals have them; each must give valid results. */
  private static List<DicomDataSet> sources() {
    return List.of(
        source(false),
        source(true)
            .with(
                text(0x00180015, ValueRepresentation.CS, "CHEST"),
                text(0x00200060, ValueRepresentation.CS),
                text(0x00100040, ValueRepresentation.CS, "f"),
                text(0x00080201, ValueRepresentation.SH, "+0100")),
        source(true)
            .with(
                text(0x00180015, ValueRepresentation.CS, "HAND"),
                text(0x00200060, ValueRepresentation.CS, "L"),
                text(0x00100040, ValueRepresentation.CS, "UNKNOWN")),
        source(true).with(text(0x00180015, ValueRepresentation.CS, "hand")),
        source(true).with(text(0x00180015, ValueRepresentation.CS, "ABDOMEN")),
        source(true)
            .with(
                text(0x00080020, ValueRepresentation.DA, "2026.03.03"),
                text(0x00080030, ValueRepresentation.TM, "10:11:12"),
                text(0x00100030, ValueRepresentation.DA, "unknown")),
        DicomPhantom.dataSet(12, true, "MONOCHROME1")
            .with(
                text(0x00281052, ValueRepresentation.DS, "-1024"),
                text(0x00281053, ValueRepresentation.DS, "0.33333333333333"),
                text(0x00280030, ValueRepresentation.DS, "0.143", "0.143"),
                text(0x00281056, ValueRepresentation.CS, "SIGMOID")),
        DicomPhantom.dataSet(12, false, "MONOCHROME2")
            .with(
                DicomElement.ofItems(
                    DicomTag.MODALITY_LUT_SEQUENCE,
                    List.of(DicomPhantom.table(0, 16, false, 1, 2, 3, 65535))),
                DicomElement.ofItems(
                    DicomTag.VOI_LUT_SEQUENCE,
                    List.of(DicomPhantom.table(0, 12, false, 1, 2, 3, 4095)))));
  }

  /** Every kind, from poor and rich sources, with a region and without. */
  @ParameterizedTest
  @EnumSource
  void validatorsFindNoError(Kind kind) throws Exception {
    assumeTrue(
        DicomPeer.isThere("dciodvfy"), "dciodvfy (Debian's dicom3tools) is missing: skipped");
    for (DicomDataSet source : sources()) {
      for (Heatmap heatmap :
          source.equals(source(false)) ? List.of(region(), heatmap(0, 0, 0)) : List.of(region())) {
        DicomFile result =
            kind.of(
                builder(source, MODEL, heatmap)
                    .supersedes(List.of(kind.of(results(source)).dataSet()))
                    .build());
        Path file = folder.resolve("result.dcm");
        Files.write(file, result.toBytes());
        String said = DicomPeer.said(folder, 255, "dciodvfy", file.toString());
        assertFalse(said.contains("Error"), said);
        assertTrue(said.lines().count() >= 1, "it names the kind of object");
      }
    }
  }

  @Tag("slow")
  @Test
  void reportsFollowTheirTemplate() throws Exception {
    assumeTrue(DicomPeer.isThere("dsrdump"), "dsrdump (Debian's dcmtk) is missing: skipped");
    assumeTrue(DicomPeer.isThere("DicomSRValidator"), "Debian's pixelmed-apps is missing: skipped");
    // The validator takes seconds, so each kind of source comes once, both at a time.
    List<String> said =
        Stream.of(false, true)
            .parallel()
            .map(
                rich -> {
                  try {
                    return validatedReport(rich);
                  } catch (IOException | InterruptedException e) {
                    throw new AssertionError("rich source: " + rich, e);
                  }
                })
            .toList();
    for (String each : said) {
      assertTrue(each.contains("Root Template Validation Complete"), each);
      assertFalse(each.contains("Error"), each);
    }
  }

  private String validatedReport(boolean rich) throws IOException, InterruptedException {
    Path own = Files.createDirectory(folder.resolve(rich ? "rich" : "poor"));
    Heatmap heatmap = rich ? heatmap(0, 0, 0, 0.2f, 1, 0.9f, 0, 0.1f, 0) : heatmap(0, 0, 0);
    Path file = own.resolve("report.dcm");
    Files.write(file, results(source(rich), MODEL, heatmap).structuredReport().toBytes());
    String dump = DicomPeer.said(own, 0, "dsrdump", "+Pn", file.toString());
    assertTrue(dump.contains("81.2500"), dump);
    assertFalse(dump.matches("(?s).*^[EF]: .*"), dump);
    return DicomPeer.said(own, 255, "DicomSRValidator", file.toString());
  }

  /** A file written and read again. */
  private static final class DicomFileReading {
    static DicomFile again(DicomFile file) {
      return DicomFile.read(file.toBytes(), DecodeLimits.DEFAULT);
    }
  }
}
