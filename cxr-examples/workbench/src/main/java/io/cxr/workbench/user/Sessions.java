package io.cxr.workbench.user;

import io.cxr.workbench.state.Database;
import io.cxr.workbench.state.RandomText;
import io.cxr.workbench.state.Tables;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who is signed in. A session ends when nobody uses it for the idle time, when its user signs out
 * or is removed, and when the server stops: sessions are in memory alone, by the hash of their
 * secret. When each user was last there is in the database, for the idle clean-up. Thread-safe.
 */
public final class Sessions {
  /** When users were last there. */
  public static final Tables TABLES =
      new Tables(
          "user",
          List.of(List.of("CREATE TABLE seen (user TEXT PRIMARY KEY, at INTEGER NOT NULL)")));

  private static final int SECRET_BYTES = 32;
  private static final Duration SEEN_EVERY = Duration.ofMinutes(1);

  private final Accounts accounts;
  private final Database database;
  private final Duration idle;
  private final Clock clock;
  private final Map<String, Held> held = new ConcurrentHashMap<>();

  private record Held(UserSession session, Instant used, Instant noted) {}

  /**
   * No sessions yet.
   *
   * @param accounts who may sign in
   * @param database where to note who was there
   * @param idle how long a session lives unused
   * @param clock the time
   */
  public Sessions(Accounts accounts, Database database, Duration idle, Clock clock) {
    this.accounts = accounts;
    this.database = database;
    this.idle = idle;
    this.clock = clock;
  }

  /**
   * Who may sign in.
   *
   * @return as given
   */
  public Accounts accounts() {
    return accounts;
  }

  /** Opens a session; the secret goes into the cookie. */
  String open(String user) {
    Instant now = clock.instant();
    held.values().removeIf(each -> isOver(each, now));
    String secret = RandomText.of(SECRET_BYTES);
    held.put(hash(secret), new Held(new UserSession(user, RandomText.of(SECRET_BYTES)), now, now));
    note(user, now);
    return secret;
  }

  /** The session of a cookie, which counts as used by this. */
  Optional<UserSession> use(String secret) {
    return find(secret, true);
  }

  /** The session of a cookie, which does not count as used: a page that is merely open. */
  Optional<UserSession> peek(String secret) {
    return find(secret, false);
  }

  private Optional<UserSession> find(String secret, boolean used) {
    Instant now = clock.instant();
    String hash = hash(secret);
    Held known = held.get(hash);
    if (known == null) {
      return Optional.empty();
    }
    if (isOver(known, now)) {
      held.remove(hash);
      return Optional.empty();
    }
    if (used) {
      boolean noting = known.noted.plus(SEEN_EVERY).isBefore(now);
      // Not one that was closed meanwhile.
      held.replace(hash, known, new Held(known.session, now, noting ? now : known.noted));
      if (noting) {
        note(known.session.user(), now);
      }
    }
    return Optional.of(known.session);
  }

  private boolean isOver(Held known, Instant now) {
    return !known.used.plus(idle).isAfter(now) || !accounts.knows(known.session.user());
  }

  void close(String secret) {
    held.remove(hash(secret));
  }

  private void note(String user, Instant now) {
    database.update(
        "INSERT OR REPLACE INTO seen (user, at) VALUES (?, ?)", user, now.toEpochMilli());
  }

  /**
   * Counts a user as seen now of whom nothing is noted.
   *
   * @param user of whom something is kept
   */
  public void noteIfUnknown(String user) {
    database.update(
        "INSERT OR IGNORE INTO seen (user, at) VALUES (?, ?)",
        user,
        clock.instant().toEpochMilli());
  }

  /**
   * Users who have not been there for long.
   *
   * @param before last seen before this
   * @return their names, without those who are signed in
   */
  public List<String> notSeenSince(Instant before) {
    List<String> users =
        database.query(
            row -> row.getString(1), "SELECT user FROM seen WHERE at < ?", before.toEpochMilli());
    Instant now = clock.instant();
    List<String> there =
        held.values().stream()
            .filter(each -> !isOver(each, now))
            .map(each -> each.session.user())
            .toList();
    return users.stream().filter(user -> !there.contains(user)).toList();
  }

  /**
   * Forgets when a user was last there.
   *
   * @param user whose data are deleted
   */
  public void forget(String user) {
    database.update("DELETE FROM seen WHERE user = ?", user);
  }

  private static String hash(String secret) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This JDK lacks SHA-256", e);
    }
  }
}
