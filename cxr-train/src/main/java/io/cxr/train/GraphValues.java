package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.PreprocessingSpec;
import io.cxr.onnx.SessionSettings;
import io.cxr.preprocess.StandardPreprocessor;
import java.io.IOException;
import java.util.List;

/** The values that a graph gives for radiographs: its output {@code features}, row by row. */
final class GraphValues {
  private GraphValues() {}

  static float[][] of(
      byte[] graph,
      PreprocessingSpec preprocessing,
      List<LabelledRadiograph> items,
      SessionSettings session)
      throws IOException {
    StandardPreprocessor preprocessor = StandardPreprocessor.of(preprocessing);
    float[][] rows = new float[items.size()][];
    try (GrayFeatures features = new GrayFeatures(graph, preprocessing, session)) {
      for (int start = 0; start < rows.length; start += GrayFeatures.BATCH) {
        int end = Math.min(rows.length, start + GrayFeatures.BATCH);
        List<float[]> values =
            features.of(
                ParallelImages.of(
                    items.subList(start, end), item -> preprocessor.gray(item.readNamed())));
        for (int i = start; i < end; i++) {
          rows[i] = values.get(i - start);
        }
      }
    }
    return rows;
  }
}
