package io.cxr.pacs;

import static java.lang.System.Logger.Level.WARNING;

import com.sun.net.httpserver.Headers;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which requests are let in: those with the token, if there is one, and none that a web page makes.
 * A page that a browser of this computer shows can send requests to loopback, and by a name of its
 * own that leads there also read the answers; it cannot choose the headers Origin and Host.
 * Thread-safe.
 */
final class RequestGuard {
  private static final System.Logger LOG = System.getLogger(RequestGuard.class.getName());

  private static final String SCHEME = "Bearer ";

  /** So many refusals are told of at once; a flood of them must not fill the disk. */
  private static final int MOST_LINES = 20;

  private static final long LINES_NANOS = Duration.ofSeconds(10).toNanos();

  private final byte @Nullable [] token;
  private final Set<String> names;
  private long linesSince = System.nanoTime();
  private int lines;

  /**
   * A guard.
   *
   * @param names of this computer, beside addresses and {@code localhost}
   */
  RequestGuard(Optional<String> token, Set<String> names) {
    this.token = token.map(text -> text.getBytes(StandardCharsets.UTF_8)).orElse(null);
    this.names =
        names.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Why a request is not let in. */
  record Refusal(int status, String message) {}

  /** Whether a request is let in: empty if so. */
  Optional<Refusal> check(Headers headers) {
    if (headers.containsKey("Origin")) {
      return Optional.of(new Refusal(403, "Expected a program, found a web page (Origin)"));
    }
    if (token != null) {
      return isAuthorized(headers.getFirst("Authorization"), token)
          ? Optional.empty()
          : Optional.of(new Refusal(401, "Expected the token as Authorization: Bearer"));
    }
    return isOwnName(headers.getFirst("Host"))
        ? Optional.empty()
        : Optional.of(
            new Refusal(
                403, "Expected an address or a name of this computer as Host, found another"));
  }

  private static boolean isAuthorized(@Nullable String header, byte[] token) {
    // The scheme is in any case (RFC 9110, section 11.1).
    return header != null
        && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        // In a time that does not tell how much of it is right.
        && MessageDigest.isEqual(
            token, header.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8));
  }

  /** Addresses are what no name server can lead elsewhere. */
  private boolean isOwnName(@Nullable String host) {
    if (host == null) {
      return false;
    }
    String name = host.replaceFirst(":[0-9]*$", "").toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-f:.]+(%[0-9a-z]+)?\\]")
        || names.contains(name);
  }

  /** Tells of a refused request, without its address, which may hold a UID. */
  synchronized void tell(InetSocketAddress peer, int status) {
    long now = System.nanoTime();
    if (now - linesSince > LINES_NANOS) {
      if (lines > MOST_LINES) {
        LOG.log(
            WARNING, "HTTP: {0} more requests were refused", String.valueOf(lines - MOST_LINES));
      }
      linesSince = now;
      lines = 0;
    }
    if (++lines <= MOST_LINES) {
      LOG.log(
          WARNING,
          "HTTP: a request from {0} was refused with status {1}",
          String.valueOf(peer),
          String.valueOf(status));
    }
  }
}
