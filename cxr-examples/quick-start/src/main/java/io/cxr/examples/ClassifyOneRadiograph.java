package io.cxr.examples;

import io.cxr.Classifier;
import io.cxr.Prediction;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Path;

/** Classifies one radiograph. Arguments: model file, image file. */
public final class ClassifyOneRadiograph {
  private ClassifyOneRadiograph() {}

  /**
   * Prints the top label and its probability.
   *
   * @param arguments model file and image file
   * @throws IOException if a file cannot be read
   */
  public static void main(String[] arguments) throws IOException {
    try (Classifier classifier = OnnxClassifier.open(Path.of(arguments[0]))) {
      Prediction prediction = classifier.classify(Radiograph.read(Path.of(arguments[1])));
      System.out.println(prediction.top().label() + " " + prediction.top().probability());
      System.out.println(prediction.notice());
    }
  }
}
