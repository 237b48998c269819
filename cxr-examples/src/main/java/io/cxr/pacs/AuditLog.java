package io.cxr.pacs;

import static java.lang.System.Logger.Level.WARNING;

import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.UnsupportedRadiographException;
import io.cxr.dicom.AuditOutcome;
import io.cxr.dicom.AuditRecord;
import io.cxr.dicom.AuditTrail;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes the gateway's classifications into an {@link AuditTrail}. Thread-safe. */
final class AuditLog implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(AuditLog.class.getName());

  private final AuditTrail.Builder builder;
  private final String caller;

  /** Null after a failure, until it can be opened again. */
  private @Nullable AuditTrail trail;

  private boolean closed;

  private AuditLog(AuditTrail.Builder builder, String caller) throws IOException {
    this.builder = builder;
    this.caller = caller;
    this.trail = opened(builder);
  }

  static AuditLog open(Path file, String caller, byte @Nullable [] key) throws IOException {
    AuditTrail.Builder builder = AuditTrail.builder(file);
    return new AuditLog(key == null ? builder : builder.key(key), caller);
  }

  private static AuditTrail opened(AuditTrail.Builder builder) throws IOException {
    AuditTrail trail = builder.open();
    trail
        .setAside()
        .ifPresent(
            torn ->
                LOG.log(
                    WARNING,
                    "The audit trail''s last line was torn by a crash; what was left of it is in {0}",
                    torn));
    return trail;
  }

  void classified(byte[] input, WorkItem item, Prediction prediction) throws StateException {
    append(input, item, prediction.model(), AuditOutcome.of(prediction));
  }

  void refused(
      byte[] input, WorkItem item, ModelIdentity model, UnsupportedRadiographException refusal)
      throws StateException {
    append(input, item, model, AuditOutcome.of(refusal));
  }

  private synchronized void append(
      byte[] input, WorkItem item, ModelIdentity model, AuditOutcome outcome)
      throws StateException {
    if (closed) {
      throw new IllegalStateException("This audit log is closed");
    }
    // Of the identifiers that were asked for: those of a damaged file may not be legible.
    DicomDataSet identifiers =
        DicomDataSet.of(
            uid(DicomTag.STUDY_INSTANCE_UID, item.study()),
            uid(DicomTag.SERIES_INSTANCE_UID, item.series()),
            uid(DicomTag.SOP_INSTANCE_UID, item.uid()));
    try {
      AuditTrail open = trail == null ? opened(builder) : trail;
      trail = open;
      open.append(
          new AuditRecord(
              Instant.now(),
              Optional.of(AuditTrail.sha256(input)),
              open.hash(identifiers),
              model,
              outcome,
              caller));
    } catch (IOException e) {
      // A trail that could not be written once has to be opened again.
      discard(e);
      throw new StateException("Audit trail: " + e.getMessage(), e);
    }
  }

  private void discard(IOException failure) {
    AuditTrail broken = trail;
    trail = null;
    if (broken != null) {
      try {
        broken.close();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }

  private static DicomElement uid(DicomTag tag, String uid) {
    return DicomElement.ofText(tag, ValueRepresentation.UI, uid);
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    if (trail != null) {
      trail.close();
    }
  }
}
