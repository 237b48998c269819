package io.cxr.audit;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The hashes of the Study, Series and SOP Instance UID of an instance, computed by {@link
 * AuditTrail#hash}: equal UIDs have equal hashes. Without a key, anyone who knows a UID, such as an
 * archive's staff, can recognise its hash; with a key, only those who have the key.
 *
 * @param keyed true for HMAC-SHA-256 (RFC 2104), false for SHA-256
 * @param study of the Study Instance UID (0020,000D): 64 lower-case hexadecimal digits
 * @param series of the Series Instance UID (0020,000E), likewise
 * @param instance of the SOP Instance UID (0008,0018), likewise
 */
public record HashedUids(
    boolean keyed, Optional<String> study, Optional<String> series, Optional<String> instance) {

  /** The value for a file without UIDs, such as a PNG. */
  public static final HashedUids NONE =
      new HashedUids(false, Optional.empty(), Optional.empty(), Optional.empty());

  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  /** Checks the values. */
  public HashedUids {
    study.ifPresent(hash -> check("study's hash", hash));
    series.ifPresent(hash -> check("series' hash", hash));
    instance.ifPresent(hash -> check("instance's hash", hash));
    if (keyed && study.isEmpty() && series.isEmpty() && instance.isEmpty()) {
      throw new IllegalArgumentException("Hashed UIDs: expected a UID with a key, found none");
    }
  }

  /** The message does not show what was found: it may be a UID. */
  static void check(String what, String hash) {
    if (!HASH.matcher(hash).matches()) {
      throw new IllegalArgumentException(
          "Audit: expected as " + what + " 64 lower-case hexadecimal digits, found other text");
    }
  }
}
