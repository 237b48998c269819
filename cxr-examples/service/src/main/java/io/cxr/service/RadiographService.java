package io.cxr.service;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cxr.ExplainingClassifier;
import io.cxr.Explanation;
import io.cxr.Prediction;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * An HTTP service that classifies and explains radiographs: {@code POST /explain} with the bytes of
 * a file.
 */
public final class RadiographService {
  private static final JsonFactory JSON = new JsonFactory();

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
      try {
        Radiograph radiograph = Radiograph.read(exchange.getRequestBody());
        Explanation explanation = classifier.explain(radiograph);
        byte[] overlay =
            HeatmapOverlay.builder(radiograph, explanation.heatmap())
                .prediction(explanation.prediction())
                .build()
                .toPng();
        send(exchange, 200, json -> write(json, explanation, overlay));
      } catch (UnsupportedRadiographException refusal) {
        send(exchange, 422, json -> json.writeStringProperty("refused", refusal.reason().name()));
      }
    }
  }

  private static void write(JsonGenerator json, Explanation explanation, byte[] overlay) {
    Prediction prediction = explanation.prediction();
    json.writeStringProperty("label", prediction.top().label());
    json.writeObjectPropertyStart("probabilities");
    prediction
        .probabilities()
        .forEach(each -> json.writeNumberProperty(each.label(), each.probability()));
    json.writeEndObject();
    prediction.novelty().ifPresent(novelty -> json.writeNumberProperty("novelty", novelty.score()));
    json.writeBinaryProperty("heatmap", overlay);
    json.writeStringProperty("notice", prediction.notice());
  }

  private interface Content {
    void write(JsonGenerator json);
  }

  private static void send(HttpExchange exchange, int status, Content content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      content.write(json);
      json.writeEndObject();
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, out.size());
    exchange.getResponseBody().write(out.toByteArray());
  }
}
