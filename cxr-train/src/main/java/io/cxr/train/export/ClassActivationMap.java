package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.cxr.train.export.Operation.Activation;
import io.cxr.train.export.Operation.Centering;
import io.cxr.train.export.Operation.Concatenation;
import io.cxr.train.export.Operation.Convolution;
import io.cxr.train.export.Operation.Dense;
import io.cxr.train.export.Operation.Flatten;
import io.cxr.train.export.Operation.GlobalPooling;
import io.cxr.train.export.Operation.Moments;
import io.cxr.train.export.Operation.OnnxSubgraph;
import io.cxr.train.export.Operation.Pool;
import io.cxr.train.export.Operation.Pooling;
import io.cxr.train.export.Operation.QuadrantMeans;
import io.cxr.train.network.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Grad-CAM (Selvaraju et al., ICCV 2017) as part of an ONNX graph, without automatic
 * differentiation.
 *
 * <p>Grad-CAM weighs each channel of the last convolutional map by the spatial mean of the score's
 * gradient. The head between that map and the logits is a chain of pools, one flattening or global
 * pool, and dense layers:
 *
 * <ul>
 *   <li>A pool passes each output's gradient on with total weight one: a maximum to one place, an
 *       average to the places it averaged. So the spatial <em>sum</em> of the gradient before the
 *       pool is the sum after it, even where windows overlap or rows are left out.
 *   <li>Only that sum is needed, so the lowest dense layer's weights are summed over the positions
 *       of each channel here, and divided by the size of the map.
 *   <li>Each further dense layer multiplies by its weights and by the derivative of its activation.
 * </ul>
 *
 * <p>With one dense layer the weights of the channels are constants, and the map is a 1x1
 * convolution.
 *
 * <p>A head on the means of several maps of one network, one after the other, is explained on the
 * finest of them. Where the coarser ones are resized to it (linear, half-pixel), the means of their
 * channels stay, so that the head is one on the means of all maps put together, and this is its
 * Grad-CAM: as a 1x1 convolution and a resize can change places, each map is weighed at its own
 * size, and what it gives is resized and added. The sum over the cells before the ReLU is the
 * logit, less the bias. (A resize keeps means exactly where one size is a multiple of the other,
 * and nearly where not, as 17 and 35.)
 *
 * <p>Where the head is on features less those of the average image, so is what is explained: the
 * sum over the cells is how far the logit is from the average image's.
 */
final class ClassActivationMap {
  /** The node that weighs the last convolutional map, where there is one map. */
  static final String WEIGHTED = "heatmap/weighted";

  /** A dense layer of the head, and the activation between it and the one above, if any. */
  private record Step(Dense dense, Optional<Activation> activation) {}

  /**
   * A map that the head takes, and how: as it is, or as means.
   *
   * @param map the map that is explained, below the pools
   * @param channels its channels
   * @param positions how many values of a channel the head takes
   */
  private record Source(Operation map, int channels, int positions) {}

  /** From the logits down. */
  private final List<Step> steps;

  private final List<Source> sources;

  /** The map with the most positions, of which the heatmap has the size. */
  private final Shape finest;

  /**
   * Channel of all maps by unit of the lowest dense layer: the derivative of the unit by the
   * channel's mean, over the positions of the finest map.
   */
  private final Tensor channelWeights;

  /** The average image's features, which are taken off below the only dense layer. */
  private final Optional<Centering> centering;

  private ClassActivationMap(
      List<Step> steps,
      List<Source> sources,
      Optional<Centering> centering,
      Optional<Tensor> lowest) {
    this.steps = steps;
    this.centering = centering;
    this.sources = sources;
    this.finest =
        sources.stream()
            .map(source -> source.map().shape())
            .max(Comparator.comparingInt(Shape::positions))
            .orElseThrow();
    this.channelWeights = weights(lowest);
  }

  /** Finds the last convolutional map; empty if the head above it is of another form. */
  static Optional<ClassActivationMap> of(Operation logits) {
    List<Step> steps = new ArrayList<>();
    Operation at = logits;
    Optional<Activation> activation = Optional.empty();
    while (at instanceof Dense dense) {
      steps.add(new Step(dense, activation));
      at = dense.input();
      activation = Optional.empty();
      if (at instanceof Activation below
          && below.input() instanceof Dense
          && isDifferentiable(below)) {
        activation = Optional.of(below);
        at = below.input();
      }
    }
    Optional<Centering> centering = Optional.empty();
    if (at instanceof Centering less) {
      centering = Optional.of(less);
      at = less.input();
    }
    List<Source> sources = new ArrayList<>();
    for (Operation part : at instanceof Concatenation several ? several.inputs() : List.of(at)) {
      Optional<Source> source = source(part);
      if (source.isEmpty() || (at instanceof Concatenation && source.get().positions() > 1)) {
        return Optional.empty();
      }
      sources.add(source.get());
    }
    if (!steps.isEmpty()) {
      Tensor lowest = steps.get(steps.size() - 1).dense().weights();
      return Optional.of(new ClassActivationMap(steps, sources, centering, Optional.of(lowest)));
    }
    return sources.get(0).positions() == 1
        ? Optional.of(new ClassActivationMap(steps, sources, centering, Optional.empty()))
        : Optional.empty();
  }

  /** The map below a flattening or a global pool, and below the pools under it. */
  private static Optional<Source> source(Operation vector) {
    Operation at = vector;
    if (at instanceof Flatten flatten && flatten.input() instanceof GlobalPooling) {
      at = flatten.input();
    }
    if (!(at instanceof Flatten || at instanceof GlobalPooling)) {
      return Optional.empty();
    }
    boolean flat = at instanceof Flatten;
    Shape features = flat ? at.inputs().get(0).shape() : at.shape();
    at = at.inputs().get(0);
    while (at instanceof Pooling pooling) {
      if (pooling.pool() == Pool.AVERAGE
          && pooling.countsPadding()
          && pooling.window().hasPadding()) {
        return Optional.empty(); // Windows at the border pass on less than the others.
      }
      at = pooling.input();
    }
    // Another's graph that gives a map is taken at its word.
    boolean convolutional =
        Simplification.inOrder(at).stream()
            .anyMatch(each -> each instanceof Convolution || each instanceof OnnxSubgraph);
    return convolutional && !at.shape().flat()
        ? Optional.of(new Source(at, features.channels(), flat ? features.positions() : 1))
        : Optional.empty();
  }

  /**
   * The means of the channels of the last convolutional map, or of all maps, one after the other.
   */
  Operation means() {
    List<Operation> means = new ArrayList<>();
    for (Source source : sources) {
      String name = "novelty/" + (sources.size() == 1 ? "means" : "means/" + means.size());
      means.add(new GlobalPooling(name, source.map(), Pool.AVERAGE, true));
    }
    return means.size() == 1 ? means.get(0) : new Concatenation("novelty/means", means);
  }

  /** The means of the quarters of the same maps. */
  Operation quadrants() {
    List<Operation> quadrants = new ArrayList<>();
    for (Source source : sources) {
      String name = "view/" + (sources.size() == 1 ? "quadrants" : "quadrants/" + quadrants.size());
      quadrants.add(new QuadrantMeans(name, source.map()));
    }
    return quadrants.size() == 1
        ? quadrants.get(0)
        : new Concatenation("view/quadrants", quadrants);
  }

  private static boolean isDifferentiable(Activation activation) {
    return switch (activation.function()) {
      case RELU, SIGMOID, TANH -> true;
      case RELU6, SWISH, LEAKY_RELU, SOFTMAX -> false;
    };
  }

  private Tensor weights(Optional<Tensor> lowest) {
    int all = sources.stream().mapToInt(Source::channels).sum();
    // Without a dense layer, each channel is a logit.
    int units = lowest.map(tensor -> tensor.dimension(1)).orElse(all);
    float[] result = new float[all * units];
    double[] sums = new double[units];
    int channel = 0;
    int row = 0;
    for (Source source : sources) {
      for (int i = 0; i < source.channels(); i++) {
        Arrays.fill(sums, 0);
        for (int position = 0; position < source.positions(); position++, row++) {
          for (int unit = 0; unit < units; unit++) {
            sums[unit] +=
                lowest.isPresent()
                    ? lowest.get().value(row * units + unit)
                    : unit == channel ? 1 : 0;
          }
        }
        for (int unit = 0; unit < units; unit++) {
          result[channel * units + unit] = (float) (sums[unit] / finest.positions());
        }
        channel++;
      }
    }
    return Tensor.of(result, all, units);
  }

  /** Adds the output: one map a label, as large as the finest of the convolutional maps. */
  void write(OnnxGraph graph, NetworkWriter network, int labels) {
    Optional<String> gradient =
        steps.size() < 2 ? Optional.empty() : Optional.of(gradient(graph, network));
    String sum = "";
    int channel = 0;
    for (int i = 0; i < sources.size(); i++) {
      Source source = sources.get(i);
      String prefix = sources.size() == 1 ? "heatmap" : "heatmap/scale" + i;
      String maps =
          gradient.isPresent()
              ? dependent(graph, network, labels, source, channel, gradient.get(), prefix)
              : constant(graph, network, labels, source, channel, prefix);
      maps = resized(graph, maps, source.map().shape(), labels, prefix);
      sum = sum.isEmpty() ? maps : graph.node("Add", prefix + "/sum", List.of(sum, maps));
      channel += source.channels();
    }
    graph.node("Relu", OnnxExporter.HEATMAP, List.of(sum));
    graph.output(OnnxExporter.HEATMAP, labels, finest.rows(), finest.columns());
  }

  /** Maps at the size of the finest. */
  private String resized(OnnxGraph graph, String maps, Shape own, int labels, String prefix) {
    if (own.rows() == finest.rows() && own.columns() == finest.columns()) {
      return maps;
    }
    // Sizes, not scales: a scale such as 35 / 17 is no float, and the size is what must be right.
    String batch =
        graph.node(
            "Shape",
            prefix + "/batch",
            List.of(maps),
            attribute("start", 0L),
            attribute("end", 1L));
    String rest = graph.integers(prefix + "/size/map", labels, finest.rows(), finest.columns());
    String sizes =
        graph.node("Concat", prefix + "/size", List.of(batch, rest), attribute("axis", 0L));
    return graph.node(
        "Resize",
        prefix + "/resized",
        List.of(maps, "", "", sizes),
        attribute("mode", "linear"),
        attribute("coordinate_transformation_mode", "half_pixel"));
  }

  /** With one dense layer or none. */
  private String constant(
      OnnxGraph graph, NetworkWriter network, int labels, Source source, int first, String prefix) {
    int channels = source.channels();
    int units = channelWeights.dimension(1);
    float[] kernels = new float[labels * channels];
    for (int label = 0; label < labels; label++) {
      for (int channel = 0; channel < channels; channel++) {
        // With one unit, the score of the second label is the logit, of the first its negative.
        kernels[label * channels + channel] =
            units == labels
                ? channelWeights.value((first + channel) * units + label)
                : channelWeights.value(first + channel) * (label == 0 ? -1 : 1);
      }
    }
    String weights = graph.constant(prefix + "/W", kernels, labels, channels, 1, 1);
    String maps =
        graph.node("Conv", prefix + "/weighted", List.of(network.name(source.map()), weights));
    return centering.isEmpty()
        ? maps
        : centred(graph, network, maps, average(kernels, first, labels), source, prefix);
  }

  /** The share of a cell in each label's score of the average image. */
  private float[] average(float[] kernels, int first, int labels) {
    float[] means = centering.orElseThrow().means().values();
    int channels = kernels.length / labels;
    float[] average = new float[labels];
    for (int label = 0; label < labels; label++) {
      double sum = 0;
      for (int channel = 0; channel < channels; channel++) {
        sum += (double) kernels[label * channels + channel] * means[first + channel];
      }
      average[label] = (float) sum;
    }
    return average;
  }

  /** Less what the average image has in each cell, by what the cell counts. */
  private static String centred(
      OnnxGraph graph,
      NetworkWriter network,
      String maps,
      float[] average,
      Source source,
      String prefix) {
    String shares = graph.exactConstant(prefix + "/average", average, 1, average.length, 1, 1);
    Optional<String> cells =
        source.map() instanceof Moments moments ? moments.cells(network) : Optional.empty();
    if (cells.isPresent()) {
      shares = graph.node("Mul", prefix + "/shares", List.of(cells.get(), shares));
    }
    return graph.node("Sub", prefix + "/centred", List.of(maps, shares));
  }

  /** The derivative of each score by each channel's mean, {@code [N, units, channels]}. */
  private String gradient(OnnxGraph graph, NetworkWriter network) {
    Tensor top = steps.get(0).dense().weights();
    int units = top.dimension(1);
    int below = top.dimension(0);
    float[] transposed = new float[top.length()];
    for (int i = 0; i < below; i++) {
      for (int unit = 0; unit < units; unit++) {
        transposed[unit * below + i] = top.value(i * units + unit);
      }
    }
    // The derivative of each score by the units below: [1, scores, units], then [N, ...].
    String gradient = graph.constant("heatmap/top", transposed, 1, units, below);
    String one = graph.integers("heatmap/one", 1);
    for (int i = 1; i < steps.size(); i++) {
      Step step = steps.get(i);
      Dense dense = step.dense();
      String prefix = "heatmap/" + i;
      if (step.activation().isPresent()) {
        String slope = slope(graph, network, step.activation().get(), prefix);
        slope = graph.node("Unsqueeze", prefix + "/slope", List.of(slope, one));
        gradient = graph.node("Mul", prefix + "/through", List.of(gradient, slope));
      }
      boolean lowest = i == steps.size() - 1;
      String weights =
          lowest ? graph.constant("heatmap/W", channelWeights) : network.weights(dense);
      int from = dense.weights().dimension(1);
      int to = lowest ? channelWeights.dimension(0) : dense.weights().dimension(0);
      // A Gemm reads the dense layer's own weights backwards; a MatMul would need them transposed.
      String rows =
          graph.node(
              "Reshape",
              prefix + "/rows",
              List.of(gradient, graph.integers(prefix + "/rows/shape", -1, from)));
      String product =
          graph.node("Gemm", prefix + "/product", List.of(rows, weights), attribute("transB", 1L));
      gradient =
          graph.node(
              "Reshape",
              prefix + "/gradient",
              List.of(product, graph.integers(prefix + "/gradient/shape", -1, units, to)));
    }
    return gradient;
  }

  /** With several dense layers, whose derivatives depend on the image. */
  private String dependent(
      OnnxGraph graph,
      NetworkWriter network,
      int labels,
      Source source,
      int first,
      String gradient,
      String prefix) {
    int units = steps.get(0).dense().weights().dimension(1);
    String own = gradient;
    if (sources.size() > 1) {
      String from = graph.integers(prefix + "/from", first);
      String to = graph.integers(prefix + "/to", first + source.channels());
      String axis = graph.integers(prefix + "/axis", 2);
      own = graph.node("Slice", prefix + "/gradient", List.of(gradient, from, to, axis));
    }
    Shape shape = source.map().shape();
    String flat =
        graph.node(
            "Reshape",
            prefix + "/map",
            List.of(
                network.name(source.map()),
                graph.integers(prefix + "/map/shape", 0, shape.channels(), shape.positions())));
    String weighted = graph.node("MatMul", prefix + "/weighted", List.of(own, flat));
    if (units < labels) {
      String opposite = graph.node("Neg", prefix + "/opposite", List.of(weighted));
      weighted =
          graph.node(
              "Concat", prefix + "/both", List.of(opposite, weighted), attribute("axis", 1L));
    }
    return graph.node(
        "Reshape",
        prefix + "/maps",
        List.of(
            weighted,
            graph.integers(prefix + "/maps/shape", 0, labels, shape.rows(), shape.columns())));
  }

  /** The derivative of an activation, from its result. Deeplearning4j's ReLU has slope 0 at 0. */
  private static String slope(
      OnnxGraph graph, NetworkWriter network, Activation activation, String prefix) {
    String result = network.name(activation);
    return switch (activation.function()) {
      case SIGMOID -> {
        String one = graph.constant(prefix + "/unit", new float[] {1});
        String rest = graph.node("Sub", prefix + "/rest", List.of(one, result));
        yield graph.node("Mul", prefix + "/derivative", List.of(result, rest));
      }
      case TANH -> {
        String one = graph.constant(prefix + "/unit", new float[] {1});
        String square = graph.node("Mul", prefix + "/square", List.of(result, result));
        yield graph.node("Sub", prefix + "/derivative", List.of(one, square));
      }
      case RELU -> {
        String zero = graph.constant(prefix + "/zero", new float[] {0});
        String positive = graph.node("Greater", prefix + "/positive", List.of(result, zero));
        AttributeProto toFloat = attribute("to", (long) TensorProto.DataType.FLOAT.getNumber());
        yield graph.node("Cast", prefix + "/derivative", List.of(positive), toFloat);
      }
      case RELU6, SWISH, LEAKY_RELU, SOFTMAX ->
          throw new IllegalStateException(
              "Heatmap: expected ReLU, sigmoid or tanh, found " + activation.function());
    };
  }
}
