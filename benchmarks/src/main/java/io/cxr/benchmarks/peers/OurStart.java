package io.cxr.benchmarks.peers;

import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Path;

/** A process that opens a model through a cache, reads one file, predicts and ends. */
public final class OurStart {
  private OurStart() {}

  /**
   * Prints the prediction.
   *
   * @param arguments model, radiograph, folder of the cache
   * @throws IOException if a file cannot be read
   */
  public static void main(String[] arguments) throws IOException {
    try (OnnxClassifier classifier =
        OnnxClassifier.builder(Path.of(arguments[0]))
            .noveltyGate(false)
            .viewGate(false)
            .cache(Path.of(arguments[2]))
            .open()) {
      System.out.println(classifier.classify(Radiograph.read(Path.of(arguments[1]))));
    }
  }
}
