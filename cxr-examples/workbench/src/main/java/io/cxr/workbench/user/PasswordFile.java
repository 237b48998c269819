package io.cxr.workbench.user;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Users and their passwords in a file, one a line:
 *
 * <pre>{@code NAME:pbkdf2-sha256:ITERATIONS:SALT:HASH}</pre>
 *
 * with salt and hash in Base64. A password itself is nowhere: its hash is PBKDF2 with HMAC-SHA-256
 * (RFC 8018, section 5.2). The file is read again when it changes, so that users can be added and
 * removed while the server runs. Thread-safe.
 */
public final class PasswordFile implements Accounts {
  /** The work of one guess, by the advice of OWASP for this hash. */
  public static final int ITERATIONS = 600_000;

  /** Names go into no path and no header, but are shown. */
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._@-]{0,63}";

  private static final int SHORTEST = 8;
  private static final int LONGEST = 1024;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BITS = 256;
  private static final String SCHEME = "pbkdf2-sha256";

  private final Path file;
  private State state;

  @SuppressWarnings("ArrayRecordComponent") // Never compared but by opens.
  private record Entry(int iterations, byte[] salt, byte[] hash) {
    boolean opens(char[] password) {
      return MessageDigest.isEqual(hash, derive(password, salt, iterations));
    }
  }

  private record State(Object version, Map<String, Entry> entries) {}

  private PasswordFile(Path file, State state) {
    this.file = file;
    this.state = state;
  }

  /**
   * Opens a file.
   *
   * @param file as above
   * @return its users
   * @throws IOException if it cannot be read or a line is not as above
   */
  public static PasswordFile open(Path file) throws IOException {
    State state = read(file);
    if (state.entries.isEmpty()) {
      throw new IOException(
          file + ": expected at least one user, found none. Add one by --add-user NAME.");
    }
    return new PasswordFile(file, state);
  }

  /**
   * Adds a user, or gives one a new password.
   *
   * @param file made when needed, readable by its owner alone
   * @param user letters, digits, dot, hyphen, underscore and @, at most 64
   * @param password 8 to 1024 characters; the caller clears it
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException if name or password is not as expected
   */
  public static void add(Path file, String user, char[] password) throws IOException {
    add(file, user, password, ITERATIONS);
  }

  static void add(Path file, String user, char[] password, int iterations) throws IOException {
    if (!user.matches(NAME)) {
      throw new IllegalArgumentException(
          "User: expected 1 to 64 letters, digits and . _ @ -, beginning with a letter or digit,"
              + " found another name");
    }
    if (password.length < SHORTEST || password.length > LONGEST) {
      throw new IllegalArgumentException(
          "Password: expected "
              + SHORTEST
              + " to "
              + LONGEST
              + " characters, found "
              + password.length);
    }
    byte[] salt = new byte[SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    Base64.Encoder base64 = Base64.getEncoder();
    String line =
        String.join(
            ":",
            user,
            SCHEME,
            String.valueOf(iterations),
            base64.encodeToString(salt),
            base64.encodeToString(derive(password, salt, iterations)));
    List<String> lines = new ArrayList<>();
    if (Files.exists(file)) {
      read(file);
      for (String each : Files.readAllLines(file)) {
        if (!each.startsWith(user + ":")) {
          lines.add(each);
        }
      }
    }
    lines.add(line);
    Path target = file.toAbsolutePath();
    // A temporary file is readable by its owner alone, and stays so under its new name.
    Path part = Files.createTempFile(target.getParent(), ".users", ".tmp");
    try {
      Files.write(part, lines);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static State read(Path file) throws IOException {
    Object version = version(file);
    Map<String, Entry> entries = new LinkedHashMap<>();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      try {
        String[] parts = line.strip().split(":", -1);
        if (parts.length != 5 || !parts[0].matches(NAME) || !parts[1].equals(SCHEME)) {
          throw new IllegalArgumentException("another form");
        }
        Entry entry =
            new Entry(
                Integer.parseInt(parts[2]),
                Base64.getDecoder().decode(parts[3]),
                Base64.getDecoder().decode(parts[4]));
        if (entry.iterations < 1 || entry.salt.length < 8 || entry.hash.length * 8 != HASH_BITS) {
          throw new IllegalArgumentException("other sizes");
        }
        entries.put(parts[0], entry);
      } catch (IllegalArgumentException e) {
        // Neither the line nor the cause, which would repeat it.
        throw new IOException(
            file
                + ", line "
                + number
                + ": expected NAME:"
                + SCHEME
                + ":ITERATIONS:SALT:HASH, found something else. Write it by --add-user NAME.");
      }
    }
    return new State(version, entries);
  }

  private static Object version(Path file) throws IOException {
    return List.of(Files.getLastModifiedTime(file), Files.size(file));
  }

  private static byte[] derive(char[] password, byte[] salt, int iterations) {
    PBEKeySpec spec = new PBEKeySpec(password, salt, iterations, HASH_BITS);
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This JDK lacks PBKDF2WithHmacSHA256", e);
    } finally {
      spec.clearPassword();
    }
  }

  private synchronized Map<String, Entry> entries() {
    try {
      if (!state.version.equals(version(file))) {
        state = read(file);
      }
    } catch (IOException e) {
      System.getLogger(PasswordFile.class.getName())
          .log(System.Logger.Level.WARNING, "Users: the file cannot be read; as before");
    }
    return state.entries;
  }

  @Override
  public String mode() {
    return "password";
  }

  @Override
  public boolean knows(String user) {
    return entries().containsKey(user);
  }

  /** The user of name and password: empty if either is wrong, after as long a time. */
  Optional<String> signIn(String user, char[] password) {
    if (password.length > LONGEST) {
      return Optional.empty();
    }
    Map<String, Entry> entries = entries();
    Entry entry = entries.get(user);
    if (entry != null) {
      return entry.opens(password) ? Optional.of(user) : Optional.empty();
    }
    // The same work, so that nobody finds by the time who is a user.
    int iterations = entries.values().stream().mapToInt(Entry::iterations).max().orElse(ITERATIONS);
    byte[] unused = derive(password, new byte[SALT_BYTES], iterations);
    Arrays.fill(unused, (byte) 0);
    return Optional.empty();
  }
}
