package io.cxr.pacs;

import io.cxr.UnsupportedRadiographException;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomRadiographOptions;
import io.cxr.dicom.DicomRadiographReader;
import io.cxr.dicom.DicomResults;
import io.cxr.dicom.DicomTag;
import io.cxr.explain.Explanation;
import io.cxr.onnx.MicroBatcher;
import io.cxr.pacs.GatewayState.PreparedResult;
import io.cxr.pacs.WorkItem.Status;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import io.prometheus.metrics.core.datapoints.Timer;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The way of one instance: retrieve, classify, keep the results, store them. Thread-safe. */
final class InstanceClassification implements AutoCloseable {
  private final DicomWebClient archive;
  private final MicroBatcher batcher;
  private final GatewayState state;
  private final AuditLog audit;
  private final GatewayMetrics metrics;
  private final Set<ResultKind> kinds;

  InstanceClassification(
      DicomWebClient archive,
      MicroBatcher batcher,
      GatewayState state,
      AuditLog audit,
      GatewayMetrics metrics,
      Set<ResultKind> kinds) {
    this.archive = archive;
    this.batcher = batcher;
    this.state = state;
    this.audit = audit;
    this.metrics = metrics;
    this.kinds = kinds;
  }

  /** Handles an instance, or what is left to do of it. */
  Status handle(WorkItem item) throws IOException, InterruptedException {
    if (item.status() == Status.WAITING) {
      Status outcome = classify(item);
      if (outcome != Status.PREPARED) {
        return outcome;
      }
    }
    store(item);
    state.finish(item, Status.DONE, "", Instant.now());
    return Status.DONE;
  }

  private Status classify(WorkItem item) throws IOException, InterruptedException {
    byte[] file = retrieve(item, DicomWebClient.AS_STORED);
    try {
      try {
        return classify(item, file);
      } catch (UnsupportedRadiographException e) {
        if (e.reason() != UnsupportedRadiographException.Reason.UNSUPPORTED_ENCODING) {
          throw e;
        }
        // The archive can decode what this reader cannot.
        file = retrieve(item, DicomWebClient.EXPLICIT_VR_LITTLE_ENDIAN);
        return classify(item, file);
      }
    } catch (UnsupportedRadiographException e) {
      audit.refused(file, item, batcher.model(), e);
      state.finish(item, Status.REFUSED, e.reason().name(), Instant.now());
      return Status.REFUSED;
    }
  }

  private byte[] retrieve(WorkItem item, String transferSyntax)
      throws IOException, InterruptedException {
    try (Timer timer = metrics.step("retrieve").startTimer()) {
      return archive.retrieve(
          new DicomWebClient.Instance(item.study(), item.series(), item.uid()), transferSyntax);
    }
  }

  private Status classify(WorkItem item, byte[] file) throws IOException {
    List<PreparedResult> results = new ArrayList<>();
    Explanation explanation;
    try (Timer timer = metrics.step("classify").startTimer()) {
      DicomFile dicom = DicomFile.read(file, DecodeLimits.DEFAULT);
      DicomDataSet dataSet = dicom.dataSet();
      checkIdentity(item, dataSet);
      if (DicomResults.isResult(dataSet)) {
        state.finish(item, Status.SKIPPED, "RESULT", Instant.now());
        return Status.SKIPPED;
      }
      Radiograph radiograph =
          DicomRadiographReader.standard().read(dicom, DicomRadiographOptions.DEFAULT).radiograph();
      explanation = batcher.explain(radiograph);
      DicomResults made =
          DicomResults.builder(dataSet, radiograph, explanation)
              .thresholds(batcher.card().thresholds())
              .build();
      for (ResultKind kind : kinds) {
        DicomFile result = kind.of(made);
        results.add(
            new PreparedResult(
                result.dataSet().string(DicomTag.SOP_INSTANCE_UID).orElseThrow(),
                result.toBytes()));
      }
    }
    // Before the state: a process that dies in between leaves a record twice, not none.
    audit.classified(file, item, explanation.prediction());
    state.prepare(item, results, explanation.prediction().top().label());
    return Status.PREPARED;
  }

  /** A result must never come into the study of somebody else. */
  private static void checkIdentity(WorkItem item, DicomDataSet dataSet) throws ArchiveException {
    boolean asked =
        dataSet.string(DicomTag.SOP_INSTANCE_UID).filter(item.uid()::equals).isPresent()
            && dataSet.string(DicomTag.STUDY_INSTANCE_UID).filter(item.study()::equals).isPresent();
    if (!asked) {
      throw new ArchiveException(
          ArchiveException.Kind.REFUSED,
          "Retrieve an instance: expected the instance that was asked for, found another; look into"
              + " the archive's index");
    }
  }

  private void store(WorkItem item) throws IOException, InterruptedException {
    List<byte[]> missing = new ArrayList<>();
    for (PreparedResult result : state.prepared(item)) {
      // An attempt before may have stored it and died before it was noted.
      if (item.attempts() == 1 || !archive.holds(item.study(), result.uid())) {
        missing.add(result.file());
      }
    }
    if (!missing.isEmpty()) {
      try (Timer timer = metrics.step("store").startTimer()) {
        archive.store(item.study(), missing);
      }
    }
  }

  @Override
  public void close() throws IOException {
    audit.close();
  }
}
