package io.cxr.audit;

import io.cxr.ModelIdentity;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * The record of one classification in an {@link AuditTrail}: who had which input classified, by
 * which model, when and with what outcome. It contains nothing that identifies a patient, unless
 * the caller's name does. Unpaired surrogates become U+FFFD.
 *
 * @param time when the outcome was known
 * @param input SHA-256 of the input's bytes as stored in the archive or on disk, 64 lower-case
 *     hexadecimal digits; empty if they could not be read
 * @param uids the hashed UIDs of the instance; {@link HashedUids#NONE} for files other than DICOM
 * @param model the model
 * @param outcome probabilities or a refusal
 * @param caller the user or system that asked, at most 256 characters
 */
public record AuditRecord(
    Instant time,
    Optional<String> input,
    HashedUids uids,
    ModelIdentity model,
    AuditOutcome outcome,
    String caller) {
  private static final int LONGEST_CALLER = 256;

  /** Checks the values. */
  public AuditRecord {
    Objects.requireNonNull(time, "time");
    input.ifPresent(hash -> HashedUids.check("input's hash", hash));
    Objects.requireNonNull(uids, "uids");
    model =
        new ModelIdentity(wellFormed(model.name()), wellFormed(model.version()), model.sha256());
    Objects.requireNonNull(outcome, "outcome");
    if (caller.length() > LONGEST_CALLER) {
      throw new IllegalArgumentException(
          "Audit record: expected a caller of at most "
              + LONGEST_CALLER
              + " characters, found "
              + caller.length());
    }
    caller = wellFormed(caller);
  }

  /** JSON readers refuse halves of surrogate pairs; an encoder of UTF-16 replaces them. */
  static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
  }
}
