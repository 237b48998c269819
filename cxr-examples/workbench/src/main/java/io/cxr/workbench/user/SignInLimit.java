package io.cxr.workbench.user;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * How often somebody may guess: after five wrong passwords of a name or from an address within a
 * minute, further ones wait until the minute is over. Thread-safe.
 */
final class SignInLimit {
  private static final int WRONG = 5;
  private static final Duration WITHIN = Duration.ofMinutes(1);

  /** Names are the guesser's choice, so that their number is bounded. */
  private static final int MOST = 10_000;

  private final Clock clock;
  private final Map<String, Tries> tries = new HashMap<>();

  private record Tries(Instant since, int wrong) {}

  SignInLimit(Clock clock) {
    this.clock = clock;
  }

  /** Seconds until any of these may try again; 0 for now. */
  synchronized long secondsToWait(String... keys) {
    Instant now = clock.instant();
    long wait = 0;
    for (String key : keys) {
      Tries known = tries.get(key);
      if (known != null && known.wrong >= WRONG) {
        Duration left = Duration.between(now, known.since.plus(WITHIN));
        wait = Math.max(wait, left.isNegative() ? 0 : left.toSeconds() + 1);
      }
    }
    return wait;
  }

  synchronized void wrong(String... keys) {
    Instant now = clock.instant();
    if (tries.size() > MOST) {
      tries.values().removeIf(known -> known.since.plus(WITHIN).isBefore(now));
      if (tries.size() > MOST) {
        tries.clear();
      }
    }
    for (String key : keys) {
      tries.merge(
          key,
          new Tries(now, 1),
          (known, first) ->
              known.since.plus(WITHIN).isBefore(now)
                  ? first
                  : new Tries(known.since, known.wrong + 1));
    }
  }

  synchronized void right(String key) {
    tries.remove(key);
  }
}
