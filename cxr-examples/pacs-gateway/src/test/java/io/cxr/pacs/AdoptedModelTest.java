package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.onnx.OnnxClassifier;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * A network that PyTorch exported and {@code cxr adopt} made a model file of ({@code adopted.onnx}:
 * two convolutions with random weights, a square pad), run by the gateway as any other.
 */
class AdoptedModelTest extends GatewayScenario {

  @Override
  DicomWebClient client() {
    return DicomWebClient.builder(archive.root()).timeout(Duration.ofSeconds(20)).build();
  }

  @Test
  void anAdoptedModelAnswersInTheArchive() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    try (InputStream in = AdoptedModelTest.class.getResourceAsStream("adopted.onnx")) {
      OnnxClassifier adopted = OnnxClassifier.builder(Objects.requireNonNull(in)).open();
      assertTrue(adopted.card().origin().isPresent());
      assertTrue(adopted.canExplain());
      try (Gateway gateway = builder().start(adopted)) {
        notify(gateway, 2);
        awaitInstance(gateway, 2, WorkItem.Status.DONE);
        assertEquals(Map.of("DONE", 1), gateway.overview().instances());
      }
    }
    assertEquals(1, records(), "classified once");
    assertTrue(archive.stored().size() >= 2, archive.stored().toString());
  }
}
