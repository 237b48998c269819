package io.cxr.train.network;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A network as data: named layers, what feeds each, and the shapes between them, without weights.
 * Every node comes after its inputs. Immutable and thread-safe.
 */
public final class NetworkGraph {
  /** The name of the images, which feed the first layers. */
  public static final String INPUT = "input";

  private final Shape input;
  private final Map<String, Node> nodes;
  private final String output;

  private NetworkGraph(Shape input, Map<String, Node> nodes, String output) {
    this.input = input;
    this.nodes = Collections.unmodifiableMap(nodes);
    this.output = output;
  }

  /**
   * One layer in its place.
   *
   * @param name its name, unique in the network
   * @param layer what it computes
   * @param inputs the names of what feeds it, in order
   * @param shapes the shapes of what feeds it, in order
   * @param numbered whether Keras generated the name, so that weight files may have other numbers
   */
  public record Node(
      String name,
      LayerDescription layer,
      List<String> inputs,
      List<Shape> shapes,
      boolean numbered) {

    /** Copies the lists. */
    public Node {
      inputs = List.copyOf(inputs);
      shapes = List.copyOf(shapes);
    }

    /**
     * The same layer on another input in the place of {@link NetworkGraph#INPUT}.
     *
     * @param input the name of what feeds it now
     * @return the node
     */
    public Node on(String input) {
      return with(layer, inputs.stream().map(from -> from.equals(INPUT) ? input : from).toList());
    }

    private Node with(LayerDescription other, List<String> from) {
      return new Node(name, other, from, shapes, numbered);
    }

    /**
     * The shape of its output.
     *
     * @return for one sample
     */
    public Shape output() {
      return layer.output(shapes);
    }

    /**
     * Its weights in Keras' order.
     *
     * @return none for a layer without weights
     */
    public List<LayerWeight> weights() {
      return layer.weights(shapes);
    }

    /**
     * How many numbers its weights have.
     *
     * @return at least 0
     */
    public long parameters() {
      return weights().stream().mapToLong(LayerWeight::elements).sum();
    }

    /**
     * How many of them Keras learns.
     *
     * @return without moving statistics
     */
    public long trainable() {
      return weights().stream()
          .filter(LayerWeight::trainable)
          .mapToLong(LayerWeight::elements)
          .sum();
    }
  }

  /**
   * Starts a network.
   *
   * @param input the shape of one image
   * @return a builder
   */
  public static Builder builder(Shape input) {
    return new Builder(input);
  }

  /**
   * The shape of one image.
   *
   * @return channels first
   */
  public Shape input() {
    return input;
  }

  /**
   * The layers, each after its inputs, in the order in which they were added.
   *
   * @return the nodes; the images are none
   */
  public List<Node> nodes() {
    return List.copyOf(nodes.values());
  }

  /**
   * Whether there is a layer.
   *
   * @param name its name
   * @return whether a node has it
   */
  public boolean contains(String name) {
    return nodes.containsKey(name);
  }

  /**
   * A layer.
   *
   * @param name its name
   * @return its node
   * @throws IllegalArgumentException if there is none of that name
   */
  public Node node(String name) {
    Node node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException(
          "Layer: expected one of the network, found '" + name + "'");
    }
    return node;
  }

  /**
   * The name of the last layer.
   *
   * @return a node's name
   */
  public String output() {
    return output;
  }

  /**
   * The shape that a layer gives.
   *
   * @param name a node's name, or {@link #INPUT}
   * @return for one sample
   */
  public Shape shape(String name) {
    return name.equals(INPUT) ? input : node(name).output();
  }

  /**
   * How many numbers all weights have, as Keras counts them.
   *
   * @return with the moving statistics of batch norm
   */
  public long parameters() {
    return nodes.values().stream().mapToLong(Node::parameters).sum();
  }

  /**
   * Floating-point operations for one image, two for a multiplication with its addition.
   *
   * @return by {@link LayerDescription#operations}
   */
  public long operations() {
    return nodes.values().stream().mapToLong(node -> node.layer().operations(node.shapes())).sum();
  }

  /**
   * The shape of the last map that no pool is above, which a heatmap is made of.
   *
   * @return the map below the dense layers and pools that the network ends with, if it does
   */
  public Shape lastMap() {
    Node at = node(output);
    while (!at.inputs().get(0).equals(INPUT)
        && (at.output().flat()
            || at.layer() instanceof LayerDescription.MaximumPooling
            || at.layer() instanceof LayerDescription.AveragePooling)) {
      at = node(at.inputs().get(0));
    }
    return at.output();
  }

  /**
   * The part of the network that a layer needs, which then is its last.
   *
   * @param name a node's name
   * @return the layer and all below it
   */
  public NetworkGraph upTo(String name) {
    Set<String> needed = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(node(name).name()));
    while (!open.isEmpty()) {
      String next = open.pop();
      if (!next.equals(INPUT) && needed.add(next)) {
        node(next).inputs().forEach(open::push);
      }
    }
    Map<String, Node> kept = new LinkedHashMap<>();
    nodes.forEach(
        (key, node) -> {
          if (needed.contains(key)) {
            kept.put(key, node);
          }
        });
    return new NetworkGraph(input, kept, name);
  }

  /**
   * The part of the network above a layer, whose output becomes its {@link #INPUT}.
   *
   * @param name a node's name
   * @return the layers above
   * @throws IllegalArgumentException if another layer below feeds one above, too
   */
  public NetworkGraph above(String name) {
    Set<String> below = new HashSet<>(upTo(name).nodes.keySet());
    Map<String, Node> kept = new LinkedHashMap<>();
    nodes.forEach(
        (key, node) -> {
          if (below.contains(key)) {
            return;
          }
          List<String> inputs = new ArrayList<>();
          for (String from : node.inputs()) {
            if (!from.equals(name) && (from.equals(INPUT) || below.contains(from))) {
              throw new IllegalArgumentException(
                  "Cut: expected a layer that alone feeds those above it, found "
                      + name
                      + " beside "
                      + from);
            }
            inputs.add(from.equals(name) ? INPUT : from);
          }
          kept.put(key, new Node(key, node.layer(), inputs, node.shapes(), node.numbered()));
        });
    return new NetworkGraph(shape(name), kept, output);
  }

  /**
   * The same network with batch norm as it is at inference, when its statistics are frozen: part of
   * the convolution before it, which then has a bias, or a {@link LayerDescription.Scaling} of its
   * own where another layer comes before it.
   *
   * @return a network without batch norm that can compute the same
   */
  public NetworkGraph withoutBatchNorm() {
    Map<String, Integer> takers = new HashMap<>();
    nodes.values().forEach(node -> node.inputs().forEach(in -> takers.merge(in, 1, Integer::sum)));
    takers.merge(output, 1, Integer::sum);
    Map<String, Node> kept = new LinkedHashMap<>();
    Map<String, String> replaced = new HashMap<>();
    nodes.forEach(
        (name, node) -> {
          List<String> inputs =
              node.inputs().stream().map(in -> replaced.getOrDefault(in, in)).toList();
          LayerDescription layer = node.layer();
          if (layer instanceof LayerDescription.BatchNormalization) {
            String before = node.inputs().get(0);
            Node below = kept.get(before);
            if (below != null
                && takers.getOrDefault(before, 0) == 1
                && below.layer().withBias().isPresent()) {
              kept.put(before, below.with(below.layer().withBias().get(), below.inputs()));
              replaced.put(name, before);
              return;
            }
            layer = new LayerDescription.Scaling();
          }
          kept.put(name, node.with(layer, inputs));
        });
    return new NetworkGraph(input, kept, replaced.getOrDefault(output, output));
  }

  /** Collects layers. Not thread-safe. */
  public static final class Builder {
    private final Shape input;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private String last = INPUT;

    private Builder(Shape input) {
      this.input = Objects.requireNonNull(input, "input");
    }

    /**
     * Adds a layer on the last one that was added, or on the images.
     *
     * @param name its name, as Keras has it
     * @param layer what it computes
     * @return its name
     */
    public String then(String name, LayerDescription layer) {
      return add(name, layer, last);
    }

    /**
     * Adds a layer.
     *
     * @param name its name, as Keras has it
     * @param layer what it computes
     * @param inputs the names of what feeds it, in order
     * @return its name
     * @throws IllegalArgumentException if the name is taken, an input is unknown or of another
     *     shape
     */
    public String add(String name, LayerDescription layer, String... inputs) {
      return add(name, layer, false, inputs);
    }

    /**
     * Adds a layer that Keras names by a running number, such as {@code conv2d}, {@code conv2d_1}.
     *
     * @param kind the name without the number
     * @param layer what it computes
     * @param inputs the names of what feeds it, in order
     * @return its name
     */
    public String numbered(String kind, LayerDescription layer, String... inputs) {
      int number = numbers.merge(kind, 1, Integer::sum) - 1;
      return add(number == 0 ? kind : kind + "_" + number, layer, true, inputs);
    }

    /**
     * Adds a layer of another network.
     *
     * @param node the layer
     * @return its name
     */
    public String add(Node node) {
      return add(node.name(), node.layer(), node.numbered(), node.inputs().toArray(String[]::new));
    }

    private String add(String name, LayerDescription layer, boolean numbered, String... inputs) {
      if (nodes.containsKey(name) || name.equals(INPUT)) {
        throw new IllegalArgumentException("Layer: expected a new name, found '" + name + "'");
      }
      Node node =
          new Node(
              name,
              layer,
              Arrays.asList(inputs),
              Arrays.stream(inputs).map(this::shape).toList(),
              numbered);
      node.output(); // Refuses inputs that do not fit.
      nodes.put(name, node);
      last = name;
      return name;
    }

    /**
     * The shape that a layer gives.
     *
     * @param name a node's name, or {@link NetworkGraph#INPUT}
     * @return for one sample
     */
    public Shape shape(String name) {
      if (name.equals(INPUT)) {
        return input;
      }
      Node node = nodes.get(name);
      if (node == null) {
        throw new IllegalArgumentException(
            "Layer: expected one that was added before, found '" + name + "'");
      }
      return node.output();
    }

    /**
     * The layer that was added last.
     *
     * @return its name, or {@link NetworkGraph#INPUT}
     */
    public String last() {
      return last;
    }

    /**
     * Ends the network with the layer that was added last.
     *
     * @return the network
     */
    public NetworkGraph build() {
      if (nodes.isEmpty()) {
        throw new IllegalArgumentException("Network: expected a layer or more, found none");
      }
      return new NetworkGraph(input, new LinkedHashMap<>(nodes), last);
    }
  }
}
