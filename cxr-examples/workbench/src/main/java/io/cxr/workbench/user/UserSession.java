package io.cxr.workbench.user;

import io.cxr.workbench.http.ApiException;
import io.javalin.http.Context;

/**
 * Somebody who is signed in.
 *
 * @param user the user's name
 * @param csrf what requests that change something must show as {@code X-CSRF-Token}
 */
public record UserSession(String user, String csrf) {
  private static final String ATTRIBUTE = UserSession.class.getName();

  /**
   * Who asks.
   *
   * @param context a request below {@code /api}
   * @return the session
   * @throws ApiException with status 401 if there is none
   */
  public static UserSession of(Context context) {
    UserSession session = context.attribute(ATTRIBUTE);
    if (session == null) {
      throw new ApiException(401, "SIGN_IN", "Expected a session, found none. Sign in.");
    }
    return session;
  }

  void attach(Context context) {
    context.attribute(ATTRIBUTE, this);
  }
}
