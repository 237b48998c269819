package io.cxr.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.crypto.Mac;

/**
 * SHA-256 (FIPS 180-4) of bytes, texts and files as 64 lower-case hexadecimal digits, and HMAC with
 * it (RFC 2104). Thread-safe.
 */
public final class Sha256 {
  /** The name of {@link #hmac}'s algorithm, for keys. */
  public static final String HMAC = "HmacSHA256";

  private Sha256() {}

  /**
   * A digest to be fed piece by piece.
   *
   * @return a new digest; not thread-safe
   */
  public static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  /**
   * The hash of bytes.
   *
   * @param bytes any number of bytes
   * @return 64 lower-case hexadecimal digits
   */
  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(newDigest().digest(bytes));
  }

  /**
   * The hash of a text in UTF-8.
   *
   * @param text the text
   * @return 64 lower-case hexadecimal digits
   */
  public static String hex(String text) {
    return hex(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The hash of a file, which is read to its end in blocks.
   *
   * @param file the file
   * @return 64 lower-case hexadecimal digits
   * @throws IOException if the file is missing or unreadable
   */
  public static String hex(Path file) throws IOException {
    MessageDigest digest = newDigest();
    byte[] block = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        digest.update(block, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * The authentication code of parts that follow one another.
   *
   * @param key a secret key
   * @param parts the message
   * @return 32 bytes
   * @throws IllegalArgumentException if the key is not one for {@link #HMAC}
   */
  public static byte[] hmac(Key key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(key);
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has " + HMAC, e);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("Key: expected one for " + HMAC + ", found another", e);
    }
  }
}
