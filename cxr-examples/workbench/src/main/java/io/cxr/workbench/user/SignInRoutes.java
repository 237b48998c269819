package io.cxr.workbench.user;

import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Events;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.http.RouteGroup;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import java.time.Clock;
import java.util.Arrays;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Signing in and out. */
public final class SignInRoutes implements RouteGroup {
  private static final System.Logger LOG = System.getLogger(SignInRoutes.class.getName());

  private final Sessions sessions;
  private final Events events;
  private final SignInLimit limit;
  private final boolean secure;

  /**
   * Routes.
   *
   * @param sessions where to open and close them
   * @param events ended when somebody signs out
   * @param secure whether the server speaks TLS, so that the cookie travels by it alone
   * @param clock the time
   */
  public SignInRoutes(Sessions sessions, Events events, boolean secure, Clock clock) {
    this.sessions = sessions;
    this.events = events;
    this.secure = secure;
    this.limit = new SignInLimit(clock);
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.post("/api/login", this::signIn);
    routes.post("/api/logout", this::signOut);
  }

  private void signIn(Context context) {
    if (!context.isJson()) {
      throw new ApiException(415, "Sign-in: expected JSON, found another type");
    }
    ObjectNode body = Json.object(context);
    String address = "address " + context.ip();
    Optional<String> user;
    if (sessions.accounts() instanceof PasswordFile passwords) {
      String name = Json.text(body, "user");
      char[] password = Json.text(body, "password").toCharArray();
      try {
        user = limited(context, () -> passwords.signIn(name, password), address, "name " + name);
      } finally {
        Arrays.fill(password, ' ');
      }
    } else if (sessions.accounts() instanceof Accounts.OneToken token) {
      user = limited(context, () -> token.signIn(Json.text(body, "token")), address);
    } else {
      throw new IllegalStateException("Accounts: expected a token or passwords");
    }
    String secret =
        sessions.open(
            user.orElseThrow(
                () -> new ApiException(401, "WRONG", "Sign-in: name, password or token is wrong")));
    // It replaces any session that the browser had, so that nobody can fix one beforehand.
    SessionGuard.secret(context).ifPresent(sessions::close);
    context.cookie(cookie(context, secret, -1));
    context.status(204);
  }

  private interface Attempt {
    Optional<String> signIn();
  }

  private Optional<String> limited(Context context, Attempt attempt, String... keys) {
    long wait = limit.secondsToWait(keys);
    if (wait > 0) {
      context.header("Retry-After", String.valueOf(wait));
      throw new ApiException(
          429, "WAIT", "Sign-in: too many wrong attempts. Wait " + wait + " seconds.");
    }
    Optional<String> user = attempt.signIn();
    if (user.isPresent()) {
      limit.right(keys[keys.length - 1]);
    } else {
      limit.wrong(keys);
      LOG.log(System.Logger.Level.WARNING, "A sign-in from {0} was refused", context.ip());
    }
    return user;
  }

  private void signOut(Context context) {
    SessionGuard.secret(context).ifPresent(sessions::close);
    events.disconnect(UserSession.of(context).user());
    context.cookie(cookie(context, "", 0));
    context.status(204);
  }

  private Cookie cookie(Context context, String secret, int maxAge) {
    return new Cookie(
        SessionGuard.cookieName(context), secret, "/", maxAge, secure, true, null, SameSite.STRICT);
  }
}
