package io.cxr.spark;

import io.cxr.onnx.OnnxClassifier;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The models that are open in this JVM: in an executor one for all of its tasks, and so one copy of
 * the weights, however many cores it has. They stay open until the JVM ends. Thread-safe.
 */
final class ExecutorModels {
  private static final Map<String, OnnxClassifier> OPEN = new HashMap<>();

  private ExecutorModels() {}

  /** Opens a model. */
  interface Opening {
    OnnxClassifier open() throws IOException;
  }

  /**
   * The open model, which nobody but this class closes.
   *
   * @param key stands for the model's bytes and how it runs
   * @param opening how it is opened by the first that asks
   */
  static OnnxClassifier of(String key, Opening opening) throws IOException {
    synchronized (OPEN) {
      OnnxClassifier open = OPEN.get(key);
      if (open == null) {
        if (OPEN.isEmpty()) {
          Runtime.getRuntime().addShutdownHook(new Thread(ExecutorModels::close, "close models"));
        }
        open = opening.open();
        OPEN.put(key, open);
      }
      return open;
    }
  }

  /** How many are open. */
  static int count() {
    synchronized (OPEN) {
      return OPEN.size();
    }
  }

  private static void close() {
    synchronized (OPEN) {
      OPEN.values().forEach(OnnxClassifier::close);
    }
  }
}
