package io.cxr.audit;

/**
 * A record at its place in an {@link AuditTrail}.
 *
 * @param sequence its number, from 1; also the number of its line
 * @param record the record
 * @param sha256 SHA-256 of its line without the line's end, which the next line repeats. Kept
 *     elsewhere, it shows later that the trail up to this record is still the same
 */
public record AuditEntry(long sequence, AuditRecord record, String sha256) {}
