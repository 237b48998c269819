package io.cxr.spark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * The masters of a standalone cluster. Spark takes a minute to give up one that is not there, and
 * then says that a context was stopped.
 */
final class StandaloneMasters {
  private static final String SCHEME = "spark://";
  private static final int MILLISECONDS = 5000;

  private StandaloneMasters() {}

  /**
   * Whether anything listens.
   *
   * @param url as Spark has it, such as {@code spark://HOST:7077,OTHER:7077}; others pass
   * @throws IllegalStateException if none can be reached
   */
  static void check(String url) {
    if (!url.startsWith(SCHEME)) {
      return;
    }
    String reason = "";
    for (String master : url.substring(SCHEME.length()).split(",", -1)) {
      int colon = master.lastIndexOf(':');
      if (colon < 0 || !master.substring(colon + 1).matches("\\d{1,5}")) {
        // Spark says what it expects.
        return;
      }
      String host = master.substring(0, colon);
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(host, Integer.parseInt(master.substring(colon + 1))),
            MILLISECONDS);
        return;
      } catch (IOException | IllegalArgumentException e) {
        reason = e.getMessage() == null ? e.toString() : e.getMessage();
      }
    }
    throw new IllegalStateException(
        "--master "
            + url
            + ": expected a master of a standalone cluster, found nobody there ("
            + reason
            + "). Its log and its page name the URL.");
  }

  /** What a session that does not start most often means. */
  static IllegalStateException unanswered(String url, RuntimeException e) {
    return new IllegalStateException(
        "--master "
            + url
            + ": expected a master of Spark "
            + org.apache.spark.package$.MODULE$.SPARK_VERSION()
            + " for Scala 2.13 that takes this application, found none ("
            + e.getMessage()
            + "). Its log says why.",
        e);
  }
}
