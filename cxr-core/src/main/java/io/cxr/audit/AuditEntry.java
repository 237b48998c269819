package io.cxr.audit;

/**
 * A record and its position in an {@link AuditTrail}.
 *
 * @param sequence the number of the record, from 1; also its line number
 * @param record the record
 * @param sha256 SHA-256 of its line without the line feed, which the next line repeats. If kept
 *     elsewhere, it proves later that the trail up to this record is unchanged
 */
public record AuditEntry(long sequence, AuditRecord record, String sha256) {}
