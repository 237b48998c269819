package io.cxr.workbench.http;

import io.javalin.http.Context;
import java.util.Map;

/**
 * Headers of every answer: a page of the workbench loads, connects to and is framed by nothing but
 * itself, and no cache keeps what it was shown.
 */
public final class SecurityHeaders {
  /** The Content-Security-Policy: no inline script, no inline style, no other host. */
  public static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src"
          + " 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors"
          + " 'none'";

  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy", CONTENT_SECURITY_POLICY,
          "X-Content-Type-Options", "nosniff",
          "X-Frame-Options", "DENY",
          "Referrer-Policy", "no-referrer",
          "Cross-Origin-Opener-Policy", "same-origin",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Cross-Origin-Embedder-Policy", "require-corp",
          "Permissions-Policy", "camera=(), geolocation=(), microphone=()");

  private SecurityHeaders() {}

  /**
   * Adds them to an answer.
   *
   * @param context the request
   * @param secure whether the server speaks TLS
   */
  public static void add(Context context, boolean secure) {
    HEADERS.forEach(context::header);
    // Pictures and answers are patient data: nothing of them stays in the browser's disk cache.
    context.header("Cache-Control", RouteGroup.isAskedBy(context) ? "no-store" : "no-cache");
    if (secure) {
      context.header("Strict-Transport-Security", "max-age=31536000");
    }
  }
}
