package io.cxr.workbench.training;

import io.cxr.file.AtomicFile;
import io.cxr.workbench.dataset.DataSet;
import io.cxr.workbench.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a {@link TrainingProcess} is to do: a file in the job's folder, written by the server, which
 * chose every path in it.
 *
 * @param name the model's name
 * @param data the films
 * @param preset how to train
 * @param epochs the most epochs
 * @param seed of split, initial weights and order
 * @param shared a folder that all trainings share: features of frozen networks
 */
record TrainingOrder(String name, DataSet data, Preset preset, int epochs, long seed, Path shared) {
  private static final String FILE = "order.json";
  private static final String MODEL = "model.onnx";

  /** Where the model of the job in a folder is. */
  static Path model(Path folder) {
    return folder.resolve(MODEL);
  }

  void write(Path folder) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", name);
    object.put("data", data.toJson());
    object.put("preset", preset.id());
    object.put("epochs", epochs);
    object.put("seed", seed);
    object.put("shared", shared.toString());
    AtomicFile.write(folder.resolve(FILE), Json.mapper().writeValueAsString(object));
  }

  static TrainingOrder read(Path folder) throws IOException {
    try {
      JsonNode object = Json.mapper().readTree(Files.readString(folder.resolve(FILE)));
      return new TrainingOrder(
          object.get("name").asString(),
          DataSet.fromJson(object.get("data").asString()),
          Preset.of(object.get("preset").asString()).orElseThrow(),
          object.get("epochs").asInt(),
          object.get("seed").asLong(),
          Path.of(object.get("shared").asString()));
    } catch (JacksonException e) {
      throw new IOException("Training order: expected JSON, found other content", e);
    }
  }
}
