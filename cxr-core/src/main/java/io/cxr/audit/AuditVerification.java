package io.cxr.audit;

import java.util.Optional;

/**
 * The result of {@link AuditTrail#verify}.
 *
 * @param records the number of valid records before the first bad line
 * @param head SHA-256 of the last valid line; 64 zeros if there is none
 * @param fault the first bad line, if there is one
 */
public record AuditVerification(long records, String head, Optional<Fault> fault) {

  /**
   * A line that was altered or moved.
   *
   * @param line its number in the file, from 1
   * @param reason what is wrong with it
   */
  public record Fault(long line, String reason) {}

  /**
   * Whether the trail is unaltered. Missing lines at its end are detected only with an {@link
   * AuditEntry#sha256()} that was kept elsewhere.
   *
   * @return whether there is no fault
   */
  public boolean isIntact() {
    return fault.isEmpty();
  }
}
