package io.cxr.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.cxr.Prediction;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.phantom.SyntheticChestPhantom;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RadiographServiceTest {
  @TempDir Path folder;

  private static HttpResponse<byte[]> post(HttpServer server, byte[] content) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/explain");
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(uri)
                .POST(HttpRequest.BodyPublishers.ofByteArray(content))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
  }

  private byte[] phantom() throws IOException {
    SyntheticChestPhantom.writeFolder(folder, 1, 1);
    try (var files = Files.walk(folder)) {
      return Files.readAllBytes(
          files.filter(file -> file.toString().endsWith(".png")).findFirst().orElseThrow());
    }
  }

  @Test
  void answersWithLabelProbabilitiesNoveltyAndHeatmap() throws Exception {
    // The gate would refuse phantoms.
    try (OnnxClassifier classifier = OnnxClassifier.builder().noveltyGate(false).open()) {
      HttpServer server = RadiographService.start(classifier, 0);
      try {
        HttpResponse<byte[]> response = post(server, phantom());
        assertEquals(200, response.statusCode());
        JsonNode answer = new JsonMapper().readTree(response.body());
        List<String> labels = classifier.card().labels();
        double sum = 0;
        double most = 0;
        for (String label : labels) {
          double probability = answer.get("probabilities").get(label).doubleValue();
          sum += probability;
          most = Math.max(most, probability);
        }
        assertEquals(1, sum, 1e-6);
        String top = answer.get("label").stringValue();
        assertEquals(most, answer.get("probabilities").get(top).doubleValue());
        assertTrue(answer.get("novelty").get("score").doubleValue() > 0);
        JsonNode heatmap = answer.get("heatmaps").get(0);
        assertEquals(top, heatmap.get("label").stringValue());
        assertEquals(
            heatmap.get("rows").intValue() * heatmap.get("columns").intValue(),
            heatmap.get("values").size());
        assertEquals(Prediction.NOTICE, answer.get("notice").stringValue());
      } finally {
        server.stop(0);
      }
    }
  }

  @Test
  void refusesWithTheReason() throws Exception {
    try (OnnxClassifier classifier = OnnxClassifier.openDefault()) {
      HttpServer server = RadiographService.start(classifier, 0);
      try {
        byte[] page = "<html>no radiograph</html>".getBytes(StandardCharsets.UTF_8);
        HttpResponse<byte[]> response = post(server, page);
        assertEquals(422, response.statusCode());
        assertEquals(
            "NOT_AN_IMAGE", new JsonMapper().readTree(response.body()).get("reason").stringValue());
      } finally {
        server.stop(0);
      }
    }
  }
}
