package io.cxr.dicom.deidentify;

import io.cxr.dicom.DicomUids;
import io.cxr.file.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.crypto.spec.SecretKeySpec;

/**
 * Replacements that follow from a secret key and the value they replace, by HMAC-SHA256 (RFC 2104):
 * the same value always gets the same one, and without the key nobody finds the value by trying.
 * Immutable and thread-safe.
 */
final class PseudonymKey {
  /** Guessing this many bytes is out of reach. */
  static final int LEAST_BYTES = 16;

  /** Ten years, so that an interval between patients says nothing. */
  static final int MOST_DAYS = 3652;

  /** RFC 4648, section 6: characters of every character set of DICOM. */
  private static final String BASE_32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  private static final int PSEUDONYM_LENGTH = 16;

  private final SecretKeySpec key;

  PseudonymKey(byte[] key) {
    if (key.length < LEAST_BYTES) {
      throw new IllegalArgumentException(
          "Key: expected at least "
              + LEAST_BYTES
              + " random bytes, found "
              + key.length
              + "; make them with 'openssl rand 32' or a SecureRandom");
    }
    this.key = new SecretKeySpec(key, Sha256.HMAC);
  }

  /** Of 80 bits, and short enough for SH and AE. */
  String pseudonym(String value) {
    byte[] digest = digest("pseudonym", value);
    StringBuilder text = new StringBuilder(PSEUDONYM_LENGTH);
    long bits = 0;
    int held = 0;
    for (int at = 0; text.length() < PSEUDONYM_LENGTH; ) {
      if (held < 5) {
        bits = bits << 8 | (digest[at++] & 255);
        held += 8;
      }
      held -= 5;
      text.append(BASE_32.charAt((int) (bits >>> held) & 31));
    }
    return text.toString();
  }

  /** An identifier under 2.25. */
  String uid(String uid) {
    return DicomUids.ofDigest(digest("uid", uid));
  }

  /** How many days a patient's dates move towards the past: 1 to {@link #MOST_DAYS}. */
  int days(String patient) {
    int number = ByteBuffer.wrap(digest("days", patient)).getInt();
    return 1 + Integer.remainderUnsigned(number, MOST_DAYS);
  }

  /** The purpose keeps one kind of replacement from telling another. */
  private byte[] digest(String purpose, String value) {
    return Sha256.hmac(
        key,
        (purpose + ':').getBytes(StandardCharsets.US_ASCII),
        value.getBytes(StandardCharsets.UTF_8));
  }
}
