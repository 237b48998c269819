package io.cxr.service;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cxr.ExplainingClassifier;
import io.cxr.error.CxrException;
import io.cxr.json.ResultJson;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/**
 * An HTTP service that classifies and explains radiographs: {@code POST /explain} with the bytes of
 * a file.
 */
public final class RadiographService {
  private RadiographService() {}

  /**
   * Serves requests until the process ends.
   *
   * @param arguments port (0 for a free one), cache folder, and optionally a model file (by
   *     default, the model that ships with the library)
   * @throws IOException if the model cannot be read or the port is taken
   */
  public static void main(String[] arguments) throws IOException {
    OnnxClassifier.Builder model =
        arguments.length > 2
            ? OnnxClassifier.builder(Path.of(arguments[2]))
            : OnnxClassifier.builder();
    HttpServer server =
        start(model.cache(Path.of(arguments[1])).open(), Integer.parseInt(arguments[0]));
    System.out.println("Listening on http://127.0.0.1:" + server.getAddress().getPort());
  }

  static HttpServer start(ExplainingClassifier classifier, int port) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/explain", exchange -> answer(exchange, classifier));
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.start();
    return server;
  }

  private static void answer(HttpExchange exchange, ExplainingClassifier classifier)
      throws IOException {
    try (exchange) {
      int status = 200;
      ResultJson result;
      try {
        result = ResultJson.of(classifier.explain(Radiograph.read(exchange.getRequestBody())));
      } catch (CxrException refusal) {
        status = 422;
        result = ResultJson.of(refusal);
      }
      byte[] json = result.toJson().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, json.length);
      exchange.getResponseBody().write(json);
    }
  }
}
