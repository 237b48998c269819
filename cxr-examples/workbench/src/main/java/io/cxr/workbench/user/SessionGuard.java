package io.cxr.workbench.user;

import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Events;
import io.cxr.workbench.http.RouteGroup;
import io.cxr.workbench.http.SecurityHeaders;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which requests are let in. All must name this server as their {@code Host}, so that no page of
 * another name that leads here (DNS rebinding) can read answers, and come from the server's own
 * pages where they say so ({@code Origin}, {@code Sec-Fetch-Site}). Below {@code /api} all but the
 * sign-in need a session, and those that change something the session's token as well.
 */
public final class SessionGuard implements RouteGroup {
  /** The header of the token that requests must show that change something. */
  public static final String CSRF_HEADER = "X-CSRF-Token";

  private static final String COOKIE = "cxr-session-";
  private static final String SIGN_IN = "/api/login";

  private final Sessions sessions;
  private final Set<String> hostNames;
  private final boolean loopback;
  private final boolean secure;

  /**
   * A guard.
   *
   * @param sessions who is signed in
   * @param hostNames by which requests may call this server, beside its addresses and {@code
   *     localhost}
   * @param loopback whether only this computer reaches the server
   * @param secure whether the server speaks TLS
   */
  public SessionGuard(Sessions sessions, Set<String> hostNames, boolean loopback, boolean secure) {
    this.sessions = sessions;
    this.hostNames = Set.copyOf(hostNames);
    this.loopback = loopback;
    this.secure = secure;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.before(this::check);
  }

  private void check(Context context) {
    SecurityHeaders.add(context, secure);
    String host = context.req().getHeader("Host");
    if (host == null || !isOwn(host)) {
      throw new ApiException(
          403,
          "HOST",
          "Host: expected an address or a name of this computer, found another. Name it at the"
              + " start by --host-name.");
    }
    String origin = context.req().getHeader("Origin");
    if (origin != null && !origin.equalsIgnoreCase((secure ? "https://" : "http://") + host)) {
      throw new ApiException(
          403, "ORIGIN", "Origin: expected a page of this server, found one of another");
    }
    if (!RouteGroup.isAskedBy(context)) {
      return;
    }
    // Links and pictures of other pages have no Origin, but say this.
    String site = context.req().getHeader("Sec-Fetch-Site");
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      throw new ApiException(
          403, "ORIGIN", "Expected a request of a page of this server, found one of another");
    }
    if (context.path().equals(SIGN_IN)) {
      return;
    }
    UserSession session =
        secret(context)
            .flatMap(sessions::use)
            .orElseThrow(
                () -> new ApiException(401, "SIGN_IN", "Expected a session, found none. Sign in."));
    boolean reading =
        context.method().equals(HandlerType.GET) || context.method().equals(HandlerType.HEAD);
    if (!reading && !isEqual(session.csrf(), context.header(CSRF_HEADER))) {
      throw new ApiException(
          403, "CSRF", CSRF_HEADER + ": expected the token of /api/session, found another");
    }
    session.attach(context);
  }

  private static boolean isEqual(String expected, @Nullable String found) {
    return found != null
        && MessageDigest.isEqual(
            expected.getBytes(StandardCharsets.UTF_8), found.getBytes(StandardCharsets.UTF_8));
  }

  static Optional<String> secret(Context context) {
    return Optional.ofNullable(context.cookie(cookieName(context)));
  }

  /** Browsers give all servers of a host the same cookies, whatever their port. */
  static String cookieName(Context context) {
    return COOKIE + context.req().getLocalPort();
  }

  /** Addresses are what no name server can lead elsewhere. */
  private boolean isOwn(String host) {
    String name = host.replaceFirst(":[0-9]{1,5}$", "").toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.equals("127.0.0.1")
        || name.equals("[::1]")
        || hostNames.contains(name)
        || (!loopback
            && name.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-f:.]+(%[0-9a-z]+)?\\]"));
  }

  /**
   * The stream of events, which ends with the session.
   *
   * @param events the hub
   * @return the route
   */
  public RouteGroup eventsRoute(Events events) {
    return routes ->
        routes.get(
            "/api/events",
            context -> {
              String secret = secret(context).orElse("");
              events.serve(
                  context, UserSession.of(context).user(), () -> sessions.peek(secret).isPresent());
            });
  }
}
