package io.cxr.pacs;

/**
 * How far the audit trail is. Kept elsewhere, it shows that a trail's end was cut off.
 *
 * @param records how many records there are
 * @param sha256 of the last record's line; 64 zeros where there is none
 */
record AuditHead(long records, String sha256) {}
