package io.cxr.train.architecture;

import io.cxr.model.InputShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;

/**
 * A network layer by layer, as Keras {@code summary()} tells it. Counts are Keras': batch norm's
 * moving means and variances are parameters, but not trainable ones. Nothing is allocated for the
 * weights.
 *
 * @param network the network's name
 * @param layers the layers, in order
 */
public record NetworkSummary(String network, List<Row> layers) {

  /** Checks the values. */
  public NetworkSummary {
    layers = List.copyOf(layers);
  }

  /**
   * One layer.
   *
   * @param name the layer's name
   * @param type the layer's type as Keras names it
   * @param outputShape rows, columns and channels of its output, or its units
   * @param parameters how many parameters it has
   * @param trainable how many of them are learnt
   */
  public record Row(
      String name, String type, List<Long> outputShape, long parameters, long trainable) {

    /** Checks the values. */
    public Row {
      outputShape = List.copyOf(outputShape);
    }
  }

  /**
   * How many parameters there are.
   *
   * @return the sum over all layers
   */
  public long parameters() {
    return layers.stream().mapToLong(Row::parameters).sum();
  }

  /**
   * How many parameters are learnt.
   *
   * @return the sum over all layers
   */
  public long trainable() {
    return layers.stream().mapToLong(Row::trainable).sum();
  }

  static NetworkSummary of(
      String network, MultiLayerConfiguration configuration, InputShape input) {
    List<Row> rows = new ArrayList<>();
    InputType type = inputType(input);
    rows.add(new Row("input", "InputLayer", shape(type), 0, 0));
    for (int i = 0; i < configuration.getConfs().size(); i++) {
      InputPreProcessor preprocessor = configuration.getInputPreProcess(i);
      if (preprocessor != null) {
        type = preprocessor.getOutputType(type);
        rows.add(new Row("flatten", "Flatten", shape(type), 0, 0));
      }
      NeuralNetConfiguration layer = configuration.getConf(i);
      type = layer.getLayer().getOutputType(i, type);
      rows.add(row(layer, type, false));
    }
    return new NetworkSummary(network, rows);
  }

  static NetworkSummary of(
      String network,
      ComputationGraphConfiguration configuration,
      InputShape input,
      Predicate<String> frozen) {
    InputType inputType = inputType(input);
    Map<String, InputType> types = configuration.getLayerActivationTypes(inputType);
    List<Row> rows = new ArrayList<>();
    rows.add(new Row("input", "InputLayer", shape(inputType), 0, 0));
    // Vertices come in the order in which they were added, each after its inputs.
    for (Map.Entry<String, GraphVertex> entry : configuration.getVertices().entrySet()) {
      String name = entry.getKey();
      GraphVertex vertex = entry.getValue();
      if (vertex instanceof LayerVertex layer) {
        if (layer.getPreProcessor() != null) {
          InputType before = known(types, known(configuration.getVertexInputs(), name).get(0));
          InputType flat = layer.getPreProcessor().getOutputType(before);
          rows.add(new Row("flatten", "Flatten", shape(flat), 0, 0));
        }
        rows.add(row(layer.getLayerConf(), known(types, name), frozen.test(name)));
      } else {
        rows.add(new Row(name, "Add", shape(known(types, name)), 0, 0));
      }
    }
    return new NetworkSummary(network, rows);
  }

  private static <T> T known(Map<String, T> values, String name) {
    return Objects.requireNonNull(values.get(name), name);
  }

  private static InputType inputType(InputShape input) {
    return InputType.convolutional(input.rows(), input.columns(), input.channels());
  }

  private static Row row(NeuralNetConfiguration configuration, InputType output, boolean frozen) {
    Layer layer = configuration.getLayer();
    long parameters = layer.initializer().numParams(configuration);
    // Half of batch norm's parameters are moving means and variances.
    long learnt = layer instanceof BatchNormalization ? parameters / 2 : parameters;
    return new Row(
        layer.getLayerName(), type(layer), shape(output), parameters, frozen ? 0 : learnt);
  }

  private static String type(Layer layer) {
    if (layer instanceof ConvolutionLayer) {
      return "Conv2D";
    } else if (layer instanceof SubsamplingLayer) {
      return "MaxPooling2D";
    } else if (layer instanceof GlobalPoolingLayer) {
      return "GlobalAveragePooling2D";
    } else if (layer instanceof BatchNormalization) {
      return "BatchNormalization";
    } else if (layer instanceof ZeroPaddingLayer) {
      return "ZeroPadding2D";
    } else if (layer instanceof ActivationLayer) {
      return "Activation";
    } else if (layer instanceof DropoutLayer) {
      return "Dropout";
    } else if (layer instanceof DenseLayer || layer instanceof OutputLayer) {
      return "Dense";
    }
    return layer.getClass().getSimpleName();
  }

  private static List<Long> shape(InputType type) {
    if (type instanceof InputType.InputTypeConvolutional map) {
      return List.of(map.getHeight(), map.getWidth(), map.getChannels());
    }
    return List.of(type.arrayElementsPerExample());
  }

  /**
   * The table that Keras prints.
   *
   * @return a line a layer, then the totals
   */
  @Override
  public String toString() {
    String line = "%-32s %-22s %13s%n";
    StringBuilder table = new StringBuilder("Model: \"" + network + "\"" + System.lineSeparator());
    String rule = "_".repeat(69) + System.lineSeparator();
    table.append(rule).append(String.format(line, "Layer (type)", "Output Shape", "Param #"));
    table.append("=".repeat(69)).append(System.lineSeparator());
    for (Row row : layers) {
      List<String> sizes = new ArrayList<>(Collections.singleton("None"));
      row.outputShape().forEach(size -> sizes.add(String.valueOf(size)));
      table.append(
          String.format(
              line,
              row.name() + " (" + row.type() + ")",
              "(" + String.join(", ", sizes) + ")",
              row.parameters()));
    }
    table.append("=".repeat(69)).append(System.lineSeparator());
    table.append(
        String.format(
            Locale.ROOT,
            "Total params: %,d%nTrainable params: %,d%nNon-trainable params: %,d%n",
            parameters(),
            trainable(),
            parameters() - trainable()));
    return table.append(rule).toString();
  }
}
