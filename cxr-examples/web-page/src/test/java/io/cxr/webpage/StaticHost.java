package io.cxr.webpage;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Serves a folder as the plainest of hosts does: no compression, no headers of its own. */
final class StaticHost implements AutoCloseable {
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html",
          "css", "text/css",
          "js", "text/javascript",
          "mjs", "text/javascript",
          "json", "application/json",
          "svg", "image/svg+xml",
          "png", "image/png",
          "wasm", "application/wasm",
          "webmanifest", "application/manifest+json");

  private final Path folder;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** What was asked for: method, path, and how many bytes came along or went out. */
  record Request(String method, String path, @Nullable String query, long received, long sent) {}

  private final List<Request> requests = new CopyOnWriteArrayList<>();

  StaticHost(Path folder) throws IOException {
    this.folder = folder;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  String address() {
    // Not an IP address: to browsers both are as good as HTTPS.
    return "http://localhost:" + server.getAddress().getPort() + "/";
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      long received = exchange.getRequestBody().readAllBytes().length;
      String path = exchange.getRequestURI().getPath();
      Path file = folder.resolve(path.equals("/") ? "index.html" : path.substring(1)).normalize();
      byte[] content =
          file.startsWith(folder) && Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
      requests.add(
          new Request(
              exchange.getRequestMethod(),
              path,
              exchange.getRequestURI().getRawQuery(),
              received,
              content == null ? 0 : content.length));
      if (content == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      String name = file.toString();
      exchange
          .getResponseHeaders()
          .set(
              "Content-Type",
              TYPES.getOrDefault(
                  name.substring(name.lastIndexOf('.') + 1), "application/octet-stream"));
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
