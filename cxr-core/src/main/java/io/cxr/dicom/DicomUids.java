package io.cxr.dicom;

import io.cxr.file.Sha256;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Unique identifiers under 2.25 (PS3.5 B.2) that are derived from what they identify: the same
 * parts always give the same UID, so that a result that is created again after a crash replaces
 * itself.
 */
public final class DicomUids {
  private DicomUids() {}

  /**
   * The identifier of parts: a name-based UUID of version 8 (RFC 9562), from their SHA-256.
   *
   * @return 2.25 and the UUID as a decimal number
   */
  public static String of(String... parts) {
    MessageDigest digest = Sha256.newDigest();
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      // Lengths keep "a", "bc" apart from "ab", "c".
      digest.update(BigInteger.valueOf(bytes.length).toByteArray());
      digest.update((byte) ':');
      digest.update(bytes);
    }
    return ofDigest(digest.digest());
  }

  /**
   * The identifier of a digest: its first 16 bytes as a UUID of version 8.
   *
   * @param digest at least 16 bytes
   * @return 2.25 and the UUID as a decimal number, at most 44 characters
   */
  public static String ofDigest(byte[] digest) {
    byte[] uuid = Arrays.copyOf(digest, 16);
    uuid[6] = (byte) ((uuid[6] & 0x0f) | 0x80);
    uuid[8] = (byte) ((uuid[8] & 0x3f) | 0x80);
    return "2.25." + new BigInteger(1, uuid);
  }
}
