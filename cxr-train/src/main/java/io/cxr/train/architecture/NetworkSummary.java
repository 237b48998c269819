package io.cxr.train.architecture;

import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

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

  /**
   * The table of a network.
   *
   * @param network the network's name
   * @param graph its layers
   * @param learnt which of them are learnt, by their names; no weight of the others is
   * @return a row a layer
   */
  public static NetworkSummary of(String network, NetworkGraph graph, Predicate<String> learnt) {
    List<Row> rows = new ArrayList<>();
    rows.add(new Row("input", "InputLayer", shape(graph.input()), 0, 0));
    for (NetworkGraph.Node node : graph.nodes()) {
      rows.add(
          new Row(
              node.name(),
              node.layer().keras(),
              shape(node.output()),
              node.parameters(),
              learnt.test(node.name()) ? node.trainable() : 0));
    }
    return new NetworkSummary(network, rows);
  }

  private static List<Long> shape(Shape shape) {
    return shape.flat()
        ? List.of((long) shape.channels())
        : List.of((long) shape.rows(), (long) shape.columns(), (long) shape.channels());
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
