package io.cxr.train.export;

import io.cxr.CxrException;
import io.cxr.model.ModelCard;
import io.cxr.preprocess.InputShape;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Quantises a graph with ranges from radiographs: each {@link RangeRule} is tried, and the one kept
 * whose logits are nearest to the float network's on those radiographs. One image at a time is in
 * memory, twice, with the network's activations on it.
 *
 * @param graph the quantised graph
 * @param rule how the ranges were chosen
 * @param images how many radiographs were used
 * @param layers how many layers became integer
 */
record CalibratedQuantization(ModelGraph graph, RangeRule rule, int images, int layers) {
  private static final System.Logger LOGGER =
      System.getLogger(CalibratedQuantization.class.getName());

  /** More radiographs hardly move a range. */
  static final int MOST_IMAGES = 100;

  /**
   * Quantises.
   *
   * @param graph float input, batch normalisation folded
   * @param files radiographs; {@link #MOST_IMAGES} of them, evenly spread, are used
   * @throws IOException if one cannot be read
   */
  static CalibratedQuantization of(ModelGraph graph, ModelCard card, List<Path> files)
      throws IOException {
    Quantization quantization = new Quantization(graph);
    if (quantization.layers() == 0) {
      throw new IllegalArgumentException(
          "Export: expected a convolution or a hidden dense layer to quantise, found none. Export"
              + " with fp32 or fp16.");
    }
    StandardPreprocessor preprocessor = StandardPreprocessor.of(card.preprocessing());
    InputShape shape = preprocessor.inputShape();
    List<Path> chosen = spread(files);
    String logits =
        graph.outputs().contains(OnnxExporter.LOGITS) ? OnnxExporter.LOGITS : OnnxExporter.OUTPUT;
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    quantization.values().forEach(value -> histograms.put(value, new Histogram()));
    List<float[]> expected = new ArrayList<>();
    Set<String> inner = new java.util.LinkedHashSet<>(quantization.values());
    boolean input = inner.remove(OnnxExporter.INPUT);
    try (NetworkRun network = new NetworkRun(graph.build(inner).toByteArray(), shape)) {
      for (Path file : chosen) {
        FloatBuffer image = image(preprocessor, file);
        if (input) {
          histograms.get(OnnxExporter.INPUT).widen(image);
        }
        network.run(image, inner, (name, values) -> histograms.get(name).widen(values));
      }
      for (Path file : chosen) {
        FloatBuffer image = image(preprocessor, file);
        if (input) {
          histograms.get(OnnxExporter.INPUT).add(image);
        }
        network.run(image, inner, (name, values) -> histograms.get(name).add(values));
        network.run(image, Set.of(logits), (name, values) -> expected.add(array(values)));
      }
    }
    ModelGraph best = graph;
    RangeRule bestRule = RangeRule.MIN_MAX;
    double least = Double.POSITIVE_INFINITY;
    for (RangeRule rule : RangeRule.values()) {
      Map<String, ActivationRange> ranges = new LinkedHashMap<>();
      histograms.forEach((name, histogram) -> ranges.put(name, rule.range(histogram)));
      ModelGraph candidate = quantization.write(ranges);
      double error = error(candidate, preprocessor, chosen, logits, expected);
      LOGGER.log(
          System.Logger.Level.DEBUG,
          "Ranges by {0}: logits differ by {1} (root mean square)",
          rule.words(),
          error);
      if (error < least) {
        least = error;
        best = candidate;
        bestRule = rule;
      }
    }
    return new CalibratedQuantization(best, bestRule, chosen.size(), quantization.layers());
  }

  private static double error(
      ModelGraph graph,
      StandardPreprocessor preprocessor,
      List<Path> files,
      String logits,
      List<float[]> expected)
      throws IOException {
    double[] squares = {0};
    try (NetworkRun network =
        new NetworkRun(graph.build().toByteArray(), preprocessor.inputShape())) {
      for (int i = 0; i < files.size(); i++) {
        float[] wanted = expected.get(i);
        network.run(
            image(preprocessor, files.get(i)),
            Set.of(logits),
            (name, values) -> {
              for (float value : wanted) {
                double difference = values.get() - value;
                squares[0] += difference * difference / wanted.length;
              }
            });
      }
    }
    return Math.sqrt(squares[0] / files.size());
  }

  private static List<Path> spread(List<Path> files) {
    int count = Math.min(MOST_IMAGES, files.size());
    List<Path> chosen = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      chosen.add(files.get((int) ((long) i * files.size() / count)));
    }
    return chosen;
  }

  private static FloatBuffer image(StandardPreprocessor preprocessor, Path file)
      throws IOException {
    FloatBuffer image =
        ByteBuffer.allocateDirect(
                Math.multiplyExact(preprocessor.inputShape().elements(), Float.BYTES))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    try {
      preprocessor.preprocess(Radiograph.read(file), image);
    } catch (CxrException e) {
      throw new IOException(
          "Calibration: expected radiographs only, found " + file + ": " + e.getMessage(), e);
    }
    return image.flip();
  }

  private static float[] array(FloatBuffer values) {
    float[] array = new float[values.remaining()];
    values.get(array);
    return array;
  }
}
