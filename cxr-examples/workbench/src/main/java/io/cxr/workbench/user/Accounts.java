package io.cxr.workbench.user;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/** Who may sign in. Implementations are thread-safe. */
public sealed interface Accounts permits Accounts.OneToken, PasswordFile {
  /** The name of the only user where a token is asked for. */
  String LOCAL = "local";

  /**
   * How to sign in.
   *
   * @return {@code token} or {@code password}
   */
  String mode();

  /**
   * Whether a user exists.
   *
   * @param user a name
   * @return false for one who was removed
   */
  boolean knows(String user);

  /**
   * One user, who has the link that the command printed.
   *
   * @param token random, of this run
   */
  record OneToken(String token) implements Accounts {
    @Override
    public String mode() {
      return "token";
    }

    @Override
    public boolean knows(String user) {
      return user.equals(LOCAL);
    }

    /** The user of a token: empty for a wrong one. */
    Optional<String> signIn(String shown) {
      boolean right =
          MessageDigest.isEqual(
              token.getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
      return right ? Optional.of(LOCAL) : Optional.empty();
    }

    @Override
    public String toString() {
      return "OneToken";
    }
  }
}
