package io.cxr.audit;

import io.cxr.ModelIdentity;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What an {@link AuditTrail} keeps of one classification: who had which input classified, by which
 * model, when and with what outcome. Nothing in it names a patient, as long as the caller's name
 * does not. Halves of surrogate pairs, which are no text, become U+FFFD.
 *
 * @param time when the outcome was there
 * @param input SHA-256 of the input's bytes as the archive or the disk has them, 64 lower-case
 *     hexadecimal digits; empty where they could not be read
 * @param uids the instance's identifiers as hashes; {@link HashedUids#NONE} for other files than
 *     DICOM
 * @param model which model
 * @param outcome probabilities or a refusal
 * @param caller who asked: the name of a user or of a system, at most 256 characters
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
