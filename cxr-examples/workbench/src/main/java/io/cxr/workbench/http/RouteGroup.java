package io.cxr.workbench.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/**
 * Routes that belong together. A handler under {@code /api} runs only for a request that the
 * session guard let in; it finds who asks by {@code UserSession.of(context)}, and answers a mistake
 * by throwing an {@link ApiException}.
 */
@FunctionalInterface
public interface RouteGroup {
  /**
   * Adds the routes.
   *
   * @param routes of the server that is about to start
   */
  void register(RoutesConfig routes);

  /**
   * Whether a request is one of the interface rather than of a file of the pages, such as {@code
   * api.js}.
   *
   * @param context the request
   * @return whether its path is {@code /api} or below
   */
  static boolean isAskedBy(Context context) {
    String path = context.path();
    return path.equals("/api") || path.startsWith("/api/");
  }
}
