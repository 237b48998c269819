package io.cxr.train.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.AveragePooling;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.Cropping;
import io.cxr.train.network.LayerDescription.DepthwiseConvolution;
import io.cxr.train.network.LayerDescription.Dropout;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.LayerDescription.SeparableConvolution;
import io.cxr.train.network.LayerDescription.ZeroPadding;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each layer is that of Keras 3.15.1, which wrote {@code keras-layers.txt.gz} by {@code
 * keras-layers.py}: names, classes, connections, settings, output shapes and weights, at the usual
 * size and at 97 x 131. ResNeXt is not in Keras any more.
 */
class KerasLayersTest {
  private static final Map<String, Map<String, String>> KERAS = read();

  private static Map<String, Map<String, String>> read() {
    Map<String, Map<String, String>> networks = new LinkedHashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(
                    Objects.requireNonNull(
                        KerasLayersTest.class.getResourceAsStream("keras-layers.txt.gz"))),
                StandardCharsets.UTF_8))) {
      Map<String, String> layers = new TreeMap<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("NETWORK\t")) {
          layers = new TreeMap<>();
          networks.put(line, layers);
        } else if (!line.contains("_se_reshape\tReshape\t")) {
          String found = asFilesHaveIt(line);
          layers.put(name(found), found);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // What Keras adds to EfficientNet for weights that were learnt on ImageNet.
    networks.forEach(
        (network, layers) -> {
          if (network.contains("efficientnet")) {
            String[] below = Objects.requireNonNull(layers.get("normalization")).split("\t", -1);
            layers.put(
                "rescaling_1", "rescaling_1\tRescaling\tnormalization\t\t" + below[4] + "\t");
          }
        });
    return networks;
  }

  private static String name(String line) {
    return line.substring(0, line.indexOf('\t'));
  }

  /** Keras 3's line in the names of Keras 2, and without layers that only reshape. */
  private static String asFilesHaveIt(String line) {
    String[] fields = line.split("\t", -1);
    if (fields[1].equals("DepthwiseConv2D")) {
      fields[5] = "depthwise_" + fields[5];
    }
    if (fields[0].equals("stem_conv_pad")) {
      fields[2] = "rescaling_1";
    }
    if (fields[0].endsWith("_se_squeeze")) {
      fields[3] = "keepdims=True";
      fields[4] = "[1, 1, " + fields[4].substring(1);
    }
    if (fields[1].equals("Rescaling")) {
      fields[3] = "";
    }
    return String.join("\t", fields).replace("_se_reshape", "_se_squeeze");
  }

  static Set<String> networks() {
    return KERAS.keySet();
  }

  @Test
  void allNetworksThatKerasHasAreCompared() {
    assertEquals(
        NetworkTest.names().filter(name -> !name.equals("resnext50")).collect(Collectors.toSet()),
        KERAS.keySet().stream().map(line -> line.split("\t", -1)[1]).collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void hasTheLayersOfKeras(String network) {
    String[] fields = network.split("\t", -1);
    NetworkGraph graph =
        Network.named(fields[1])
            .orElseThrow()
            .graph(Shape.map(3, Integer.parseInt(fields[2]), Integer.parseInt(fields[3])));
    Map<String, String> expected = Objects.requireNonNull(KERAS.get(network));
    Map<String, String> found = new TreeMap<>();
    for (NetworkGraph.Node node : graph.nodes()) {
      // DenseNet's file has a stem with slashes, Keras 3 one with underscores.
      String line = line(node).replace("conv1/", "conv1_");
      found.put(name(line), line);
    }
    assertTrue(expected.size() > 17, network);
    assertEquals(String.join("\n", expected.values()), String.join("\n", found.values()));
    assertEquals(Long.parseLong(fields[4]), graph.parameters());
  }

  private static String line(NetworkGraph.Node node) {
    Shape out = node.output();
    return String.join(
        "\t",
        node.name(),
        node.layer().keras(),
        String.join(",", node.inputs()),
        settings(node.layer()),
        "[" + out.rows() + ", " + out.columns() + ", " + out.channels() + "]",
        node.weights().stream()
            .map(weight -> weight.name() + weight.shape() + (weight.trainable() ? "" : "*"))
            .collect(Collectors.joining(" ")));
  }

  private static String settings(LayerDescription layer) {
    if (layer instanceof Convolution it) {
      String activation = it.activation() == Nonlinearity.SWISH ? "silu" : it.activation().keras();
      return "filters=%d %s use_bias=%s groups=%d activation=%s"
          .formatted(it.filters(), kernel(it.window()), python(it.bias()), it.groups(), activation);
    } else if (layer instanceof DepthwiseConvolution it) {
      return kernel(it.window()) + " use_bias=" + python(it.bias()) + " activation=linear";
    } else if (layer instanceof SeparableConvolution it) {
      return "filters=%d %s use_bias=False activation=linear"
          .formatted(it.filters(), kernel(it.window()));
    } else if (layer instanceof BatchNormalization it) {
      String epsilon = it.epsilon() == 1e-3 ? "0.001" : "1.001e-05";
      return "epsilon=" + epsilon + " scale=" + python(it.scale());
    } else if (layer instanceof Activation it) {
      return switch (it.function()) {
        case RELU6 -> "max_value=6.0";
        case SWISH -> "activation=silu";
        default -> "activation=" + it.function().keras();
      };
    } else if (layer instanceof MaximumPooling it) {
      return pool(it.window());
    } else if (layer instanceof AveragePooling it) {
      return pool(it.window());
    } else if (layer instanceof ZeroPadding it) {
      return "padding=" + border(it.top(), it.bottom(), it.left(), it.right());
    } else if (layer instanceof Cropping it) {
      return "cropping=" + border(it.top(), it.bottom(), it.left(), it.right());
    } else if (layer instanceof Dropout it) {
      return "rate=" + it.rate();
    }
    return layer.keras().equals("GlobalAveragePooling2D") ? "keepdims=True" : "";
  }

  private static String kernel(Window window) {
    return "kernel_size=(%d, %d) %s".formatted(window.rows(), window.columns(), slide(window));
  }

  private static String pool(Window window) {
    return "%s pool_size=(%d, %d)".formatted(slide(window), window.rows(), window.columns());
  }

  private static String slide(Window window) {
    return "strides=(%d, %d) padding=%s"
        .formatted(
            window.stride(), window.stride(), window.padding().name().toLowerCase(Locale.ROOT));
  }

  private static String border(int top, int bottom, int left, int right) {
    return "((%d, %d), (%d, %d))".formatted(top, bottom, left, right);
  }

  private static String python(boolean value) {
    return value ? "True" : "False";
  }
}
