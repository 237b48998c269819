package io.cxr.pacs;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.audit.AuditEntry;
import io.cxr.audit.AuditOutcome;
import io.cxr.audit.AuditRecord;
import io.cxr.audit.AuditTrail;
import io.cxr.audit.AuditVerification;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.file.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes the gateway's classifications into an {@link AuditTrail}. Thread-safe. */
final class AuditLog implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(AuditLog.class.getName());

  private static final int RECORDS_A_LINE = 100;

  private final AuditTrail.Builder builder;
  private final String caller;

  /** Null after a failure, until it can be opened again. */
  private @Nullable AuditTrail trail;

  private boolean closed;

  private final GatewayState state;
  private volatile AuditHead head;

  private AuditLog(
      AuditTrail.Builder builder,
      String caller,
      GatewayState state,
      AuditTrail trail,
      AuditHead head) {
    this.builder = builder;
    this.caller = caller;
    this.state = state;
    this.trail = trail;
    this.head = head;
  }

  /**
   * Opens the trail of a state, and verifies it from its first record to its last, and against what
   * the state remembers of its end.
   *
   * @throws IOException if it cannot be read, a record is not as it was written, or records are
   *     missing at its end
   */
  static AuditLog open(GatewayState state, String caller, byte @Nullable [] key)
      throws IOException {
    Path file = state.folder().auditTrail();
    AuditTrail.Builder builder = AuditTrail.builder(file);
    if (key != null) {
      builder.key(key);
    }
    AuditTrail trail = opened(builder);
    try {
      AuditHead head = verified(file, state.auditHead());
      state.keepAuditHead(head);
      AuditLog log = new AuditLog(builder, caller, state, trail, head);
      log.tellHead();
      return log;
    } catch (IOException | RuntimeException e) {
      trail.close();
      throw e;
    }
  }

  private static AuditHead verified(Path file, Optional<AuditHead> expected) throws IOException {
    boolean[] found = {expected.isEmpty() || expected.get().records() == 0};
    AuditVerification verified =
        AuditTrail.verify(
            file,
            entry ->
                found[0] |=
                    expected.isPresent()
                        && entry.sequence() == expected.get().records()
                        && entry.sha256().equals(expected.get().sha256()));
    String remedy =
        ". Find out who changed it; keep the file in another place, and the gateway begins a new"
            + " one.";
    if (verified.fault().isPresent()) {
      AuditVerification.Fault fault = verified.fault().get();
      throw new IOException(
          "Audit trail "
              + file
              + ": expected it as it was written, found in line "
              + fault.line()
              + ": "
              + fault.reason()
              + remedy);
    }
    if (!found[0] && verified.records() > 0) {
      throw new IOException(
          "Audit trail "
              + file
              + ": expected record "
              + expected.orElseThrow().records()
              + " with the hash "
              + expected.orElseThrow().sha256()
              + ", found "
              + verified.records()
              + " records without it: the end was cut off, or the trail is another"
              + remedy);
    }
    if (!found[0]) {
      LOG.log(
          WARNING,
          "Audit trail: expected one of {0} records with head {1}, found none; a new one begins",
          String.valueOf(expected.orElseThrow().records()),
          expected.orElseThrow().sha256());
    }
    return new AuditHead(verified.records(), verified.head());
  }

  /** How far the trail is. */
  AuditHead head() {
    return head;
  }

  private static AuditTrail opened(AuditTrail.Builder builder) throws IOException {
    AuditTrail trail = builder.open();
    trail
        .setAside()
        .ifPresent(
            torn ->
                LOG.log(
                    WARNING,
                    "The audit trail''s last line was torn by a crash; what was left of it is in"
                        + " {0}",
                    torn));
    return trail;
  }

  void classified(byte[] input, WorkItem item, Prediction prediction) throws IOException {
    append(Optional.of(input), item, prediction.model(), AuditOutcome.of(prediction));
  }

  /** Records a refusal; of one that was never retrieved there is no input. */
  void refused(
      Optional<byte[]> input,
      WorkItem item,
      ModelIdentity model,
      UnsupportedRadiographException refusal)
      throws IOException {
    append(input, item, model, AuditOutcome.of(refusal));
  }

  private synchronized void append(
      Optional<byte[]> input, WorkItem item, ModelIdentity model, AuditOutcome outcome)
      throws IOException {
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
      AuditEntry entry =
          open.append(
              new AuditRecord(
                  Instant.now(),
                  input.map(Sha256::hex),
                  open.hash(identifiers),
                  model,
                  outcome,
                  caller));
      head = new AuditHead(entry.sequence(), entry.sha256());
    } catch (IOException e) {
      // A trail that could not be written once has to be opened again.
      discard(e);
      throw new StateException("Audit trail: " + e.getMessage(), e);
    }
    state.keepAuditHead(head);
    if (head.records() % RECORDS_A_LINE == 0) {
      tellHead();
    }
  }

  /** Logs are kept elsewhere than the trail: they show where its end was. */
  private void tellHead() {
    LOG.log(
        INFO, "Audit trail: {0} records, head {1}", String.valueOf(head.records()), head.sha256());
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
    if (!closed) {
      tellHead();
    }
    closed = true;
    if (trail != null) {
      trail.close();
    }
  }
}
