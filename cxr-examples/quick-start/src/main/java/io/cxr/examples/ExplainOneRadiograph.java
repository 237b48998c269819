package io.cxr.examples;

import io.cxr.Explanation;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Path;

/** Explains one prediction with a heatmap. Arguments: model file, image file, PNG file to write. */
public final class ExplainOneRadiograph {
  private ExplainOneRadiograph() {}

  /**
   * Writes the heatmap of the top label over the radiograph.
   *
   * @param arguments model file, image file and PNG file to write
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] arguments) throws IOException {
    try (OnnxClassifier classifier = OnnxClassifier.open(Path.of(arguments[0]))) {
      Radiograph radiograph = Radiograph.read(Path.of(arguments[1]));
      Explanation explanation = classifier.explain(radiograph);
      HeatmapOverlay.builder(radiograph, explanation.heatmap())
          .prediction(explanation.prediction())
          .build()
          .write(Path.of(arguments[2]));
    }
  }
}
