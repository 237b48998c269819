package io.cxr.workbench.user;

import java.io.IOException;
import java.nio.file.Path;

/** Passwords whose guesses cost little, for tests that sign in often. */
public final class QuickPasswords {
  private static final int ITERATIONS = 1000;

  private QuickPasswords() {}

  /** Adds a user whose password is {@code secret-of-} and the name. */
  public static void add(Path file, String user) throws IOException {
    PasswordFile.add(file, user, ("secret-of-" + user).toCharArray(), ITERATIONS);
  }
}
