package io.cxr.dicom.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.audit.AuditOutcome;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomPeer;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.radiograph.DecodeLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports of films without a result, read back and shown to validators that others wrote. */
class RefusalReportTest {
  /** What a query of an archive says of an instance that nobody could read. */
  private static final DicomDataSet KNOWN =
      DicomDataSet.of(
          DicomPhantom.text(
              DicomTag.SOP_CLASS_UID, ValueRepresentation.UI, "1.2.840.10008.5.1.4.1.1.1.1"),
          DicomPhantom.text(DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, "2.25.4711"),
          DicomPhantom.text(DicomTag.STUDY_INSTANCE_UID, ValueRepresentation.UI, "2.25.4712"),
          DicomPhantom.text(DicomTag.SERIES_INSTANCE_UID, ValueRepresentation.UI, "2.25.4713"));

  @TempDir Path folder;

  private static RefusalReport.Builder builder(DicomDataSet source, Exception failure) {
    return RefusalReport.builder(source, DicomResultsTest.MODEL, AuditOutcome.of(failure))
        .created(DicomResultsTest.NOON);
  }

  private static UnsupportedRadiographException lateral() {
    return new UnsupportedRadiographException(
        Reason.UNSUPPORTED_VIEW, "expected a frontal view, found LL; send the PA or AP view");
  }

  private static DicomDataSet again(DicomFile file) {
    return DicomFile.read(file.toBytes(), DecodeLimits.DEFAULT).dataSet();
  }

  /** The values of the items of Qualitative Evaluations. */
  private static List<String> evaluations(DicomDataSet report) {
    List<DicomDataSet> items = report.items(DicomTag.of(0x0040a730));
    return items.get(items.size() - 1).items(DicomTag.of(0x0040a730)).stream()
        .map(
            item ->
                item.string(DicomTag.of(0x0040a160))
                    .orElseGet(
                        () ->
                            item.items(DicomTag.of(0x0040a168))
                                .get(0)
                                .string(DicomTag.of(0x00080104))
                                .orElseThrow()))
        .toList();
  }

  @Test
  void itSaysThatAFilmWasRefusedAndWhy() {
    DicomDataSet report =
        again(builder(DicomResultsTest.source(true), lateral()).message(lateral()).build());
    assertEquals("2.25.4712", report.string(DicomTag.STUDY_INSTANCE_UID).orElseThrow());
    assertEquals("Müller^Zoë", report.string(DicomTag.of(0x00100010)).orElseThrow());
    assertTrue(DicomResults.isResult(report), "it is not classified in its turn");
    List<String> said = evaluations(report);
    assertEquals(List.of("Not Attempted", "unsupported view"), said.subList(0, 2));
    assertTrue(said.get(2).contains("was not classified") && said.get(2).contains("found LL"));
    assertTrue(
        report.string(DicomTag.of(0x0008103e)).orElseThrow().startsWith("cxr no result by thorax"));
  }

  @Test
  void aFailureIsNoRefusal() {
    DicomDataSet report = again(builder(KNOWN, new IOException("broken")).build());
    assertEquals(List.of("Failed", "unreadable"), evaluations(report).subList(0, 2));
    assertFalse(evaluations(report).get(2).contains("broken"), "messages are passed by choice");
    DicomDataSet refused = again(builder(KNOWN, lateral()).build());
    assertNotEquals(
        report.string(DicomTag.SOP_INSTANCE_UID), refused.string(DicomTag.SOP_INSTANCE_UID));
    assertEquals(report, again(builder(KNOWN, new IOException("again")).build()));
  }

  @Test
  void itNeedsSomethingToReferTo() {
    DicomDataSet bare = KNOWN.without(DicomTag.SOP_CLASS_UID);
    UnsupportedRadiographException refusal =
        assertThrows(UnsupportedRadiographException.class, () -> builder(bare, lateral()).build());
    assertTrue(refusal.getMessage().contains("SOPClassUID (0008,0016)"), refusal.getMessage());
  }

  @Test
  void validatorsFindNoError() throws Exception {
    for (String program : List.of("dciodvfy", "dsrdump", "DicomSRValidator")) {
      assumeTrue(DicomPeer.isThere(program), program + " is missing: skipped");
    }
    for (DicomFile report :
        List.of(
            builder(KNOWN, new IOException()).build(),
            builder(DicomResultsTest.source(true), lateral())
                .message(lateral())
                .supersedes(
                    List.of(again(builder(DicomResultsTest.source(true), lateral()).build())))
                .build())) {
      Path file = folder.resolve("report.dcm");
      Files.write(file, report.toBytes());
      String verified = DicomPeer.said(folder, 255, "dciodvfy", file.toString());
      assertFalse(verified.contains("Error"), verified);
      String dump = DicomPeer.said(folder, 0, "dsrdump", "+Pn", file.toString());
      assertTrue(dump.contains("Summary of Analyses"), dump);
      assertFalse(dump.matches("(?s).*^[EF]: .*"), dump);
      boolean isRich = dump.contains("found LL");
      // This validator takes seconds, so it sees the report with the most in it alone.
      if (isRich) {
        String validated = DicomPeer.said(folder, 255, "DicomSRValidator", file.toString());
        assertTrue(validated.contains("Root Template Validation Complete"), validated);
        assertFalse(validated.contains("Error"), validated);
      }
    }
  }
}
