package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.audit.AuditOutcome;
import io.cxr.audit.AuditTrail;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.DecodeLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a gateway says, stores and records of findings and of measurements. */
class TaskGatewayTest extends GatewayScenario {
  private static final DicomTag CONTENT = DicomTag.of(0x0040a730);

  @Override
  DicomWebClient client() {
    return DicomWebClient.builder(archive.root()).build();
  }

  /** Classifies one film. */
  private String detailOf(Path model) throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    try (Gateway gateway = builder().start(OnnxClassifier.builder(model).open())) {
      notify(gateway, 2);
      awaitInstance(gateway, 2, WorkItem.Status.DONE);
      return gateway.progress(ChestInstances.instance(2)).orElseThrow().detail();
    }
  }

  private List<AuditOutcome> outcomes() throws IOException {
    List<AuditOutcome> outcomes = new ArrayList<>();
    assertTrue(
        AuditTrail.verify(
                folder.resolve("state/audit.jsonl"),
                entry -> outcomes.add(entry.record().outcome()))
            .isIntact());
    return outcomes;
  }

  /** Of the structured report, the groups of measurements. */
  private List<DicomDataSet> groups() {
    for (String uid : archive.stored()) {
      DicomDataSet result = DicomFile.read(archive.file(uid), DecodeLimits.DEFAULT).dataSet();
      if (result.string(DicomTag.of(0x00080060)).filter("SR"::equals).isPresent()) {
        List<DicomDataSet> content = result.items(CONTENT);
        return content.get(content.size() - 1).items(CONTENT);
      }
    }
    throw new AssertionError("expected a structured report, found none");
  }

  private static long count(DicomDataSet group, String type) {
    return group.items(CONTENT).stream()
        .filter(item -> item.string(DicomTag.of(0x0040a040)).filter(type::equals).isPresent())
        .count();
  }

  @Test
  void everyFindingThatReachesItsThresholdIsSaidStoredAndOutlined() throws Exception {
    Path model = LibraryModel.ofFindings(folder.resolve("findings.onnx"), 0);
    List<String> labels;
    try (OnnxClassifier classifier = OnnxClassifier.builder(model).open()) {
      labels = classifier.card().labels();
    }
    assertEquals(String.join(", ", labels), detailOf(model));
    List<DicomDataSet> groups = groups();
    assertEquals(labels.size(), groups.size());
    for (DicomDataSet group : groups) {
      assertEquals(2, count(group, "NUM"), "a probability and a threshold");
    }
    AuditOutcome.Classified outcome = (AuditOutcome.Classified) outcomes().get(0);
    assertEquals(labels, outcome.probabilities().stream().map(entry -> entry.label()).toList());
  }

  @Test
  void aFilmWithoutFindingsIsDone() throws Exception {
    assertEquals("no finding", detailOf(LibraryModel.ofFindings(folder.resolve("f.onnx"), 1)));
    assertEquals(1, outcomes().size());
  }

  @Test
  void measurementsAreStoredAndRecordedWithTheirUnit() throws Exception {
    String detail = detailOf(LibraryModel.ofMeasurements(folder.resolve("measured.onnx")));
    assertTrue(detail.contains(" {score}"), detail);
    AuditOutcome.Measured outcome = (AuditOutcome.Measured) outcomes().get(0);
    assertEquals(groups().size(), outcome.values().size());
    outcome.values().forEach(value -> assertEquals("{score}", value.unit()));
    for (DicomDataSet group : groups()) {
      assertEquals(1, count(group, "NUM"), "a value");
    }
  }
}
