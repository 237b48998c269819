package io.cxr.train.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A network layer by layer, as Keras {@code summary()} tells it. Counts are Keras': batch norm's
 * moving means and variances are parameters, but not trainable ones. Immutable and thread-safe.
 *
 * @param network the network's name
 * @param layers the layers, in order, the images first
 */
public record NetworkTable(String network, List<Row> layers) {
  private static final int NAME_WIDTH = 32;

  /** Before the names of what feeds a layer. */
  private static final String GAP = "   ";

  /** Copies the layers. */
  public NetworkTable {
    layers = List.copyOf(layers);
  }

  /**
   * One layer.
   *
   * @param name the layer's name
   * @param type the layer's class in Keras
   * @param inputs the names of what feeds it, in order; none for the images
   * @param outputShape rows, columns and channels of its output, or its units
   * @param parameters how many parameters it has
   * @param trainable how many of them are learnt
   */
  public record Row(
      String name,
      String type,
      List<String> inputs,
      List<Integer> outputShape,
      long parameters,
      long trainable) {

    /** Copies the lists. */
    public Row {
      inputs = List.copyOf(inputs);
      outputShape = List.copyOf(outputShape);
    }

    private String title() {
      return name + " (" + type + ")";
    }
  }

  /**
   * The table of a network.
   *
   * @param network its name
   * @param graph its layers
   * @param frozen which layers, by name, keep their weights in training
   * @return a row a layer
   */
  public static NetworkTable of(String network, NetworkGraph graph, Predicate<String> frozen) {
    List<Row> rows = new ArrayList<>();
    rows.add(new Row(NetworkGraph.INPUT, "InputLayer", List.of(), sizes(graph.input()), 0, 0));
    graph.nodes().forEach(node -> rows.add(row(node, frozen)));
    return new NetworkTable(network, rows);
  }

  private static Row row(NetworkGraph.Node node, Predicate<String> frozen) {
    return new Row(
        node.name(),
        node.layer().keras(),
        node.inputs(),
        sizes(node.output()),
        node.parameters(),
        frozen.test(node.name()) ? 0 : node.trainable());
  }

  /** In Keras' order. */
  private static List<Integer> sizes(Shape shape) {
    return shape.flat()
        ? List.of(shape.channels())
        : List.of(shape.rows(), shape.columns(), shape.channels());
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
   * The table that Keras prints. Where a layer is not fed by the one above it in the table alone,
   * what feeds it stands in a further column, a line for each.
   *
   * @return a line a layer or more, then the totals
   */
  @Override
  public String toString() {
    int names = layers.stream().mapToInt(row -> row.title().length()).max().orElse(0);
    String line = "%-" + Math.max(NAME_WIDTH, names) + "s %-22s %13s%s";
    List<String> lines = new ArrayList<>();
    lines.add(String.format(line, "Layer (type)", "Output Shape", "Param #", ""));
    for (int i = 0; i < layers.size(); i++) {
      Row row = layers.get(i);
      String shape =
          row.outputShape().stream()
              .map(String::valueOf)
              .collect(Collectors.joining(", ", "(None, ", ")"));
      List<String> connected = connected(i);
      lines.add(
          String.format(
              line,
              row.title(),
              shape,
              row.parameters(),
              connected.isEmpty() ? "" : GAP + connected.get(0)));
      connected.stream()
          .skip(1)
          .forEach(input -> lines.add(String.format(line, "", "", "", GAP + input)));
    }
    if (IntStream.range(0, layers.size()).anyMatch(i -> !connected(i).isEmpty())) {
      lines.set(0, lines.get(0) + GAP + "Connected to");
    }
    int width = lines.stream().mapToInt(String::length).max().orElseThrow();
    lines.add(0, "Model: \"" + network + "\"");
    lines.add(1, "_".repeat(width));
    lines.add(3, "=".repeat(width));
    lines.add("=".repeat(width));
    lines.add(String.format(Locale.ROOT, "Total params: %,d", parameters()));
    lines.add(String.format(Locale.ROOT, "Trainable params: %,d", trainable()));
    lines.add(String.format(Locale.ROOT, "Non-trainable params: %,d", parameters() - trainable()));
    lines.add("_".repeat(width));
    String end = System.lineSeparator();
    return String.join(end, lines) + end;
  }

  /** What feeds a layer; none if it is the row above alone. */
  private List<String> connected(int row) {
    List<String> inputs = layers.get(row).inputs();
    return row > 0 && inputs.equals(List.of(layers.get(row - 1).name())) ? List.of() : inputs;
  }
}
