package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingHistoryTest {

  @Provide
  Arbitrary<List<TrainingHistory.Epoch>> epochs() {
    Arbitrary<Double> figure =
        Arbitraries.oneOf(
            Arbitraries.doubles(),
            Arbitraries.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0));
    return Combinators.combine(
            Arbitraries.integers().greaterOrEqual(1), figure, figure, figure, figure, figure)
        .as(TrainingHistory.Epoch::new)
        .list()
        .ofMaxSize(5);
  }

  @Property(tries = 200)
  void readsBackWhatItWrote(@ForAll("epochs") List<TrainingHistory.Epoch> epochs) {
    TrainingHistory history = new TrainingHistory(epochs);
    assertEquals(history, TrainingHistory.fromJson(history.toJson()));
  }

  @Test
  void readsTheFileBesideAModel(@TempDir Path folder) throws IOException {
    TrainingHistory history =
        new TrainingHistory(List.of(new TrainingHistory.Epoch(1, 0.5, 0.75, 0.25, 1, 3.5)));
    history.writeBeside(folder.resolve("a.b.onnx"));
    Path file = TrainingHistory.besideAsJson(folder.resolve("a.b.onnx"));
    assertEquals(folder.resolve("a.b.history.json"), file);
    assertEquals(history, TrainingHistory.read(file));
    assertThrows(
        IOException.class, () -> TrainingHistory.read(folder.resolve("none.history.json")));
    Path broken = Files.writeString(folder.resolve("broken.json"), "{\"epochs\": 3}");
    String message =
        assertThrows(IOException.class, () -> TrainingHistory.read(broken)).getMessage();
    assertTrue(message.contains("broken.json") && message.contains("'epochs'"), message);
    Path binary = Files.write(folder.resolve("binary.json"), new byte[] {(byte) 0xff, 0, 1});
    assertThrows(IOException.class, () -> TrainingHistory.read(binary));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no JSON",
        "[]",
        "null",
        "{\"epochs\": [3]}",
        "{\"epochs\": [{\"epoch\": 0}]}",
        "{\"epochs\": [{\"epoch\": 1, \"trainingLoss\": 1}]}",
        "{\"epochs\": [{\"epoch\": 1, \"trainingLoss\": \"much\"}]}"
      })
  void refusesWhatIsNoHistory(String json) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> TrainingHistory.fromJson(json))
            .getMessage();
    assertTrue(message.contains("Training history"), message);
  }
}
