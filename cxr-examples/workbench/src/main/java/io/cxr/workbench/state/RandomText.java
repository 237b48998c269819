package io.cxr.workbench.state;

import java.security.SecureRandom;
import java.util.Base64;

/** Text that nobody guesses and that may stand in addresses, cookies and names of folders. */
public final class RandomText {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int ID_BYTES = 16;

  private RandomText() {}

  /**
   * A new text.
   *
   * @param bytes how much chance is in it, 1 or more
   * @return letters, digits, hyphens and underscores, four for three bytes
   */
  public static String of(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /**
   * A new name of what a user owns.
   *
   * @return 22 characters
   */
  public static String id() {
    return of(ID_BYTES);
  }
}
