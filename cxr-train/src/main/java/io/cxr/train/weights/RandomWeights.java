package io.cxr.train.weights;

import io.cxr.train.network.LayerDescription;
import io.cxr.train.network.LayerWeight;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.NetworkGraph.Node;
import io.cxr.train.network.Nonlinearity;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Draws weights so that values are about 1 from the first layer on: each kernel by the size that
 * its input is expected to have. Normal numbers are the sum of four uniform ones, which is quick.
 */
final class RandomWeights {
  private final SplittableRandom random;

  private RandomWeights(long seed) {
    random = new SplittableRandom(seed);
  }

  static Map<String, Map<String, float[]>> of(NetworkGraph network, long seed, double inputSize) {
    RandomWeights weights = new RandomWeights(seed);
    Map<String, Map<String, float[]>> layers = new HashMap<>();
    // The mean square of each layer's output, roughly.
    Map<String, Double> sizes = new HashMap<>();
    sizes.put(NetworkGraph.INPUT, inputSize * inputSize);
    for (Node node : network.nodes()) {
      List<Double> in =
          node.inputs().stream().map(name -> Objects.requireNonNull(sizes.get(name))).toList();
      Map<String, float[]> drawn = new LinkedHashMap<>();
      for (LayerWeight weight : node.weights()) {
        drawn.put(weight.name(), weights.draw(weight, in.get(0)));
      }
      if (!drawn.isEmpty()) {
        layers.put(node.name(), drawn);
      }
      sizes.put(node.name(), size(node, in));
    }
    return layers;
  }

  private static double size(Node node, List<Double> in) {
    LayerDescription layer = node.layer();
    if (layer instanceof LayerDescription.Convolution convolution) {
      return activated(convolution.activation(), 1);
    } else if (layer instanceof LayerDescription.Dense dense) {
      return activated(dense.activation(), 1);
    } else if (layer instanceof LayerDescription.DepthwiseConvolution
        || layer instanceof LayerDescription.SeparableConvolution) {
      return 1;
    } else if (layer instanceof LayerDescription.Activation activation) {
      return activated(activation.function(), in.get(0));
    } else if (layer instanceof LayerDescription.Add) {
      return in.stream().mapToDouble(Double::doubleValue).sum();
    } else if (layer instanceof LayerDescription.Multiply) {
      return in.get(0) / 4; // By a sigmoid near one half.
    } else if (layer instanceof LayerDescription.Concatenate) {
      return in.stream().mapToDouble(Double::doubleValue).average().orElse(1);
    } else if (layer instanceof LayerDescription.Rescaling rescaling) {
      return in.get(0) * meanSquare(rescaling.scales()) + meanSquare(rescaling.offsets());
    } else if (layer instanceof LayerDescription.Normalization) {
      return 1;
    }
    return in.get(0);
  }

  private static double meanSquare(List<? extends Number> values) {
    return values.stream()
        .mapToDouble(each -> each.doubleValue() * each.doubleValue())
        .average()
        .orElse(0);
  }

  private static double activated(Nonlinearity function, double size) {
    return switch (function) {
      case LINEAR -> size;
      case SIGMOID, SOFTMAX, TANH -> 0.25;
      case RELU, RELU6, LEAKY_RELU, SWISH -> size / 2;
    };
  }

  private float[] draw(LayerWeight weight, double in) {
    float[] values = new float[Math.toIntExact(weight.elements())];
    switch (weight.name()) {
      case "kernel", "pointwise_kernel" -> {
        long inputs = weight.elements() / weight.shape().get(weight.shape().size() - 1);
        // What is between the two parts of a separable convolution is about 1.
        double size = weight.name().equals("kernel") ? in : 1;
        fill(values, 0, Math.sqrt(1 / (size * inputs)));
      }
      case "depthwise_kernel" ->
          fill(values, 0, Math.sqrt(1 / (in * weight.shape().get(0) * weight.shape().get(1))));
      case "gamma", "scale" -> fill(values, 1, 0.1);
      case "moving_variance" -> {
        // Above 0, and 1 in the middle.
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) (0.5 + random.nextDouble());
        }
      }
      // A normalization keeps what it gets only with numbers of the size of that.
      case "mean" -> fill(values, 0, 0.1 * Math.sqrt(in));
      case "variance" -> Arrays.fill(values, (float) in);
      case "count" -> Arrays.fill(values, 1);
      default -> fill(values, 0, 0.1);
    }
    return values;
  }

  private void fill(float[] values, double mean, double deviation) {
    for (int i = 0; i < values.length; i++) {
      double sum = 0;
      for (int k = 0; k < 4; k++) {
        sum += random.nextDouble() - 0.5;
      }
      values[i] = (float) (mean + deviation * sum * Math.sqrt(3));
    }
  }
}
