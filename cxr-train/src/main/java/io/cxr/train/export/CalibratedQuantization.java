package io.cxr.train.export;

import io.cxr.model.ModelCard;
import io.cxr.model.ModelInput;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
 * @param depthwise whether depthwise convolutions are among them
 * @param floatDepthwise whether depthwise convolutions were left in float
 * @param noveltyRatio median of the quantised network's novelty over the float network's; 1 where
 *     the graph has no such output
 */
record CalibratedQuantization(
    ModelGraph graph,
    RangeRule rule,
    int images,
    int layers,
    boolean depthwise,
    boolean floatDepthwise,
    double noveltyRatio) {
  private static final System.Logger LOGGER =
      System.getLogger(CalibratedQuantization.class.getName());

  /** More radiographs hardly move a range. */
  static final int MOST_IMAGES = 100;

  /** How it was quantised, in words for the card. */
  String words() {
    return rule.words() + (floatDepthwise ? ", depthwise convolutions in float" : "");
  }

  /**
   * Quantises.
   *
   * @param graph float inputs, batch normalisation folded
   * @param files radiographs; {@link #MOST_IMAGES} of them, evenly spread, are used
   * @param depthwise whether depthwise convolutions become integer, too
   * @throws IOException if one cannot be read
   */
  static CalibratedQuantization of(
      ModelGraph graph, ModelCard card, List<Path> files, boolean depthwise) throws IOException {
    Quantization quantization = new Quantization(graph, depthwise);
    if (quantization.layers() == 0) {
      throw new IllegalArgumentException(
          "Export: expected a convolution or a hidden dense layer to quantise, found none. Export"
              + " with fp32 or fp16.");
    }
    CalibrationImage image = new CalibrationImage(card.inputs());
    List<Path> chosen = spread(files);
    String logits =
        graph.outputs().contains(OnnxExporter.LOGITS) ? OnnxExporter.LOGITS : OnnxExporter.OUTPUT;
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    quantization.values().forEach(value -> histograms.put(value, new Histogram()));
    boolean novelty = graph.outputs().contains(OnnxExporter.NOVELTY);
    Set<String> results = novelty ? Set.of(logits, OnnxExporter.NOVELTY) : Set.of(logits);
    List<Map<String, float[]>> expected = new ArrayList<>();
    Set<String> inner = new LinkedHashSet<>(quantization.values());
    Set<String> inputs = new LinkedHashSet<>();
    for (ModelInput input : card.inputs()) {
      if (inner.remove(input.name())) {
        inputs.add(input.name());
      }
    }
    try (NetworkRun network = new NetworkRun(graph.build(inner).toByteArray(), card.inputs())) {
      for (Path file : chosen) {
        Map<String, FloatBuffer> sample = image.read(file);
        inputs.forEach(name -> of(histograms, name).widen(of(sample, name)));
        network.run(sample, inner, (name, values) -> of(histograms, name).widen(values));
      }
      for (Path file : chosen) {
        Map<String, FloatBuffer> sample = image.read(file);
        inputs.forEach(name -> of(histograms, name).add(of(sample, name)));
        network.run(sample, inner, (name, values) -> of(histograms, name).add(values));
        expected.add(results(network, sample, results));
      }
    }
    ModelGraph best = graph;
    List<Map<String, float[]>> bestResults = expected;
    RangeRule bestRule = RangeRule.MIN_MAX;
    double least = Double.POSITIVE_INFINITY;
    for (RangeRule rule : RangeRule.values()) {
      Map<String, ActivationRange> ranges = new LinkedHashMap<>();
      histograms.forEach((name, histogram) -> ranges.put(name, rule.range(histogram)));
      ModelGraph candidate = quantization.write(ranges);
      List<Map<String, float[]>> found = results(candidate, card.inputs(), image, chosen, results);
      double error = error(found, expected, logits);
      LOGGER.log(
          System.Logger.Level.DEBUG,
          "Ranges by {0}: logits differ by {1} (root mean square)",
          rule.words(),
          error);
      if (error < least) {
        least = error;
        best = candidate;
        bestResults = found;
        bestRule = rule;
      }
    }
    return new CalibratedQuantization(
        best,
        bestRule,
        chosen.size(),
        quantization.layers(),
        depthwise && quantization.hasDepthwise(),
        !depthwise && quantization.hasDepthwise(),
        novelty ? medianRatio(bestResults, expected, OnnxExporter.NOVELTY) : 1);
  }

  private static List<Map<String, float[]>> results(
      ModelGraph graph,
      List<ModelInput> inputs,
      CalibrationImage image,
      List<Path> files,
      Set<String> names)
      throws IOException {
    List<Map<String, float[]>> all = new ArrayList<>();
    try (NetworkRun network = new NetworkRun(graph.build().toByteArray(), inputs)) {
      for (Path file : files) {
        all.add(results(network, image.read(file), names));
      }
    }
    return all;
  }

  private static Map<String, float[]> results(
      NetworkRun network, Map<String, FloatBuffer> image, Set<String> names) {
    Map<String, float[]> results = new LinkedHashMap<>();
    network.run(image, names, (name, values) -> results.put(name, array(values)));
    return results;
  }

  private static <V> V of(Map<String, V> values, String name) {
    return Objects.requireNonNull(values.get(name), name);
  }

  /** Root mean square of the differences. */
  private static double error(
      List<Map<String, float[]>> found, List<Map<String, float[]>> expected, String name) {
    double squares = 0;
    int count = 0;
    for (int i = 0; i < expected.size(); i++) {
      float[] wanted = of(expected.get(i), name);
      float[] had = of(found.get(i), name);
      for (int k = 0; k < wanted.length; k++) {
        double difference = (double) had[k] - wanted[k];
        squares += difference * difference;
        count++;
      }
    }
    return Math.sqrt(squares / count);
  }

  private static double medianRatio(
      List<Map<String, float[]>> found, List<Map<String, float[]>> expected, String name) {
    double[] ratios = new double[expected.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] =
          of(found.get(i), name)[0]
              / Math.max(of(expected.get(i), name)[0], (double) Float.MIN_NORMAL);
    }
    Arrays.sort(ratios);
    double median = ratios[ratios.length / 2];
    return median > 0 && Double.isFinite(median) ? median : 1;
  }

  private static List<Path> spread(List<Path> files) {
    int count = Math.min(MOST_IMAGES, files.size());
    List<Path> chosen = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      chosen.add(files.get((int) ((long) i * files.size() / count)));
    }
    return chosen;
  }

  private static float[] array(FloatBuffer values) {
    float[] array = new float[values.remaining()];
    values.get(array);
    return array;
  }
}
