package io.cxr.examples;

import io.cxr.Decision;
import io.cxr.Explanation;
import io.cxr.Prediction;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Path;

/** Reads what a model of any task says of one radiograph. Arguments: model file, image file. */
public final class ReadFindings {
  private ReadFindings() {}

  /**
   * Prints the answer, and of findings each decision and the heatmaps that there are.
   *
   * @param arguments model file and image file
   * @throws IOException if a file cannot be read
   */
  public static void main(String[] arguments) throws IOException {
    Radiograph radiograph = Radiograph.read(Path.of(arguments[1]));
    try (OnnxClassifier classifier = OnnxClassifier.open(Path.of(arguments[0]))) {
      Prediction prediction = classifier.classify(radiograph);
      switch (prediction.task()) {
        case EXCLUSIVE_LABELS -> System.out.println(prediction.top().label());
        case FINDINGS -> {
          for (Decision decision : prediction.decisions(Aim.SENSITIVITY)) {
            System.out.println(
                decision.positiveClass() + (decision.isPositive() ? " present" : " not present"));
          }
        }
        case MEASUREMENTS ->
            prediction.measurements().forEach(value -> System.out.println(value.format()));
      }
      if (classifier.canExplain()) {
        for (Explanation explanation : classifier.explainPositives(radiograph)) {
          System.out.println("Heatmap of " + explanation.heatmap().label());
        }
      }
      System.out.println(prediction.notice());
    }
  }
}
