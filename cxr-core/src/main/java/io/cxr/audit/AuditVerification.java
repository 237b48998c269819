package io.cxr.audit;

import java.util.Optional;

/**
 * What {@link AuditTrail#verify} found.
 *
 * @param records how many records are good, from the first on, up to the first bad line
 * @param head SHA-256 of the last good line; 64 zeros where there is none
 * @param fault the first bad line, if there is one
 */
public record AuditVerification(long records, String head, Optional<Fault> fault) {

  /**
   * A line that is not as it was written, or not where it was written.
   *
   * @param line its number in the file, from 1
   * @param reason what is wrong with it
   */
  public record Fault(long line, String reason) {}

  /**
   * Whether the trail is as it was written. That its last lines are missing shows only by an {@link
   * AuditEntry#sha256()} that was kept elsewhere.
   *
   * @return true without a fault
   */
  public boolean isIntact() {
    return fault.isEmpty();
  }
}
