package io.cxr.train.architecture;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.export.FrozenBase;
import io.cxr.train.network.LayerDescription;
import io.cxr.train.network.LungAttention;
import io.cxr.train.network.MomentsNetwork;
import io.cxr.train.network.Network;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.NetworkGraph.Node;
import io.cxr.train.network.NetworkTable;
import io.cxr.train.network.Nonlinearity;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.Shape;
import io.cxr.train.weights.KerasWeights;
import io.cxr.train.weights.NetworkWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * A network whose convolutional base has ImageNet weights, under a head that is learnt: one Dense
 * layer with a unit a label, on the flattened last map or on its channels' means.
 *
 * <p>The base is frozen, but for as many of its last blocks as {@link #unfrozen()} says, which are
 * learnt with the head. So there are two parts: the <em>base</em>, which only gives features and
 * runs on ONNX Runtime, and the <em>learner</em> from features to answer.
 *
 * <p>Features are flattened as {@code [channel, row, column]}. Keras flattens as {@code [row,
 * column, channel]}; heads are our own, so nothing has to be reordered. Immutable and thread-safe.
 *
 * @param network the base
 * @param head what the head gives: softmax or a sigmoid a label
 * @param pooling how the last map becomes the head's input
 * @param scales the layers, among the network's cuts and from the lowest up, whose maps the head
 *     takes; the base ends with the last. Mostly one. With several, the head is on the means of all
 *     their channels, and the heatmap is as fine as the first
 * @param unfrozen how many blocks, from the last down, are learnt with the head. In them each batch
 *     norm keeps its statistics, as part of the convolution before it or as a scaling: that keeps
 *     the function and avoids the statistics of small batches. Their learning rate should be far
 *     below the head's
 * @param preprocessing from radiograph to input; its shape is the network's, three channels first
 */
public record PretrainedArchitecture(
    Network network,
    OutputActivation head,
    Pooling pooling,
    List<String> scales,
    int unfrozen,
    PreprocessingSpec preprocessing)
    implements FrozenArchitecture {
  /** Few and standardised features: the steps may be large, and the biases have a way to go. */
  static final double RATE_ON_MEANS = 1e-2;

  private static final Network RESNET50 = Network.named("resnet50").orElseThrow();
  private static final Network VGG16 = Network.named("vgg16").orElseThrow();

  /** The name of the learner's input. */
  public static final String FEATURES = "features";

  /** The name of the layer of {@link Pooling#GLOBAL_AVERAGE}. */
  public static final String GLOBAL_POOL = "avg_pool";

  private static final String FLATTEN = "flatten";

  /** The name of the layer that puts the means of several maps side by side. */
  private static final String SCALES = "scales";

  private static final String MAP = FEATURES + "_map";

  /** Checks the values. */
  public PretrainedArchitecture {
    Objects.requireNonNull(pooling, "pooling");
    DenseHead.check(head);
    scales = List.copyOf(scales);
    List<String> cuts = network.cuts();
    List<Integer> places = scales.stream().map(cuts::indexOf).toList();
    if (places.contains(-1)) {
      String found = scales.size() == 1 ? scales.get(0) : scales.toString();
      throw new IllegalArgumentException(
          "Last layer of " + network.name() + ": expected one of " + cuts + ", found " + found);
    }
    if (scales.isEmpty() || !places.stream().sorted().distinct().toList().equals(places)) {
      throw new IllegalArgumentException(
          "Scales of " + network.name() + ": expected layers from the lowest up, found " + scales);
    }
    if (scales.size() > 1 && (pooling != Pooling.GLOBAL_AVERAGE || unfrozen != 0)) {
      throw new IllegalArgumentException(
          "Scales: expected means of maps of a base that is frozen, found "
              + pooling
              + " and unfrozen blocks: "
              + unfrozen);
    }
    int most = places.get(places.size() - 1);
    if (unfrozen < 0 || unfrozen > most) {
      throw new IllegalArgumentException(
          "Unfrozen blocks: expected 0 to " + most + ", found " + unfrozen);
    }
    InputShape input = preprocessing.inputShape();
    int smallest = network.smallestInput();
    if (input.layout() != InputShape.Layout.CHANNELS_FIRST
        || input.channels() != 3
        || Math.min(input.rows(), input.columns()) < smallest) {
      throw new IllegalArgumentException(
          "Preprocessing: expected three channels first, at least "
              + smallest
              + " x "
              + smallest
              + ", found "
              + input);
    }
    Shape images = Shape.map(input.channels(), input.rows(), input.columns());
    checkNames(network.name(), network.graph(images).upTo(scales.get(scales.size() - 1)), scales);
  }

  /** What is put above a network must not meet a layer of it under the same name. */
  private static void checkNames(String network, NetworkGraph layers, List<String> scales) {
    List<String> taken = new ArrayList<>(List.of(FEATURES, MAP, GLOBAL_POOL, FLATTEN, OUTPUT));
    if (scales.size() > 1) {
      taken.add(SCALES);
      IntStream.range(0, scales.size()).mapToObj(i -> meansName(i)).forEach(taken::add);
    }
    taken.removeIf(name -> !layers.contains(name));
    if (!taken.isEmpty()) {
      throw new IllegalArgumentException(
          "Layers of "
              + network
              + ": expected other names than those of the head, found "
              + taken
              + ". Rename them in the network, or cut it below.");
    }
  }

  private static String meansName(int scale) {
    return GLOBAL_POOL + "_" + (scale + 1);
  }

  /**
   * A whole network under global average pooling and softmax, with its own preprocessing.
   *
   * @param network the base
   * @return the architecture
   */
  public static PretrainedArchitecture of(Network network) {
    return new PretrainedArchitecture(
        network,
        OutputActivation.SOFTMAX,
        Pooling.GLOBAL_AVERAGE,
        List.of(last(network)),
        0,
        network.preprocessing());
  }

  /**
   * VGG-16 as the report has it, frozen under Flatten (25,088) and Dense with softmax: with two
   * labels 14,764,866 parameters, of which 50,178 are learnt.
   *
   * @return the architecture
   */
  public static PretrainedArchitecture vgg16() {
    return of(VGG16).withPooling(Pooling.FLATTEN);
  }

  /**
   * ResNet-50 as the report has it, frozen under Flatten (100,352) and Dense with a sigmoid a
   * label: with two labels 23,788,418 parameters, of which 200,706 are learnt.
   *
   * @return the architecture
   */
  public static PretrainedArchitecture resNet50() {
    return of(RESNET50).withPooling(Pooling.FLATTEN).withHead(OutputActivation.SIGMOID_PER_LABEL);
  }

  /**
   * A network of 5.2 million parameters, about 10 MB at two bytes each: ResNet-50 to {@code
   * conv4_block3}, global average pooling, softmax, and bilinear 224 x 224 input.
   *
   * @return the architecture
   */
  public static PretrainedArchitecture compactResNet50() {
    return of(RESNET50)
        .withLastLayer("conv4_block3_out")
        .withPreprocessing(
            PreprocessingSpec.of(
                224, 224, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN));
  }

  private static String last(Network network) {
    List<String> cuts = network.cuts();
    return cuts.get(cuts.size() - 1);
  }

  /**
   * The same base under another head.
   *
   * @param head softmax or a sigmoid a label
   * @return the architecture
   */
  public PretrainedArchitecture withHead(OutputActivation head) {
    return new PretrainedArchitecture(network, head, pooling, scales, unfrozen, preprocessing);
  }

  /**
   * The same base with another pooling under the head.
   *
   * @param pooling flattened or averaged
   * @return the architecture
   */
  public PretrainedArchitecture withPooling(Pooling pooling) {
    return new PretrainedArchitecture(network, head, pooling, scales, unfrozen, preprocessing);
  }

  /**
   * The same network, cut after another layer.
   *
   * @param lastLayer one of the network's cuts
   * @return the architecture
   */
  public PretrainedArchitecture withLastLayer(String lastLayer) {
    return new PretrainedArchitecture(
        network, head, pooling, List.of(lastLayer), unfrozen, preprocessing);
  }

  /**
   * The same network under a head that takes the means of several of its maps, one after the other,
   * for heatmaps as fine as the first of them that also know what the last one knows.
   *
   * @param scales layers among the network's cuts, from the lowest up; the network ends with the
   *     last
   * @return the architecture, with {@link Pooling#GLOBAL_AVERAGE}
   */
  public PretrainedArchitecture withScales(List<String> scales) {
    return new PretrainedArchitecture(
        network, head, Pooling.GLOBAL_AVERAGE, scales, unfrozen, preprocessing);
  }

  /**
   * The same network, cut where it is, under a head that takes the standard deviation of each
   * channel of the last map as well as its mean: opacities are where a channel is not the same all
   * over the film, which a mean alone does not say. With {@link Pooling#GLOBAL_AVERAGE}, and the
   * heatmap is exact: the cells' shares of a logit.
   *
   * @return the architecture
   * @throws IllegalArgumentException if several scales are used or blocks are unfrozen
   */
  public PretrainedArchitecture withMoments() {
    return withMoments(null);
  }

  /**
   * The same network with mean and standard deviation of each channel over the lungs.
   *
   * @param attention which cells are lung, learnt on the map that the network is cut at
   * @return the architecture
   * @throws IllegalArgumentException if several scales are used, blocks are unfrozen, or the map is
   *     another
   */
  public PretrainedArchitecture withLungMoments(LungAttention attention) {
    return withMoments(Objects.requireNonNull(attention, "attention"));
  }

  private PretrainedArchitecture withMoments(@Nullable LungAttention attention) {
    if (scales.size() > 1 || unfrozen != 0) {
      throw new IllegalArgumentException(
          "Moments: expected one map of a base that is frozen, found "
              + scales
              + " and unfrozen blocks: "
              + unfrozen);
    }
    PretrainedArchitecture with =
        new PretrainedArchitecture(
            new MomentsNetwork(network, lastLayer(), attention),
            head,
            Pooling.GLOBAL_AVERAGE,
            List.of(MomentsNetwork.LAYER),
            0,
            preprocessing);
    with.lastMap(); // Refuses an attention that was learnt on another map.
    return with;
  }

  /**
   * The layer that the base ends with.
   *
   * @return one of the network's cuts
   */
  public String lastLayer() {
    return scales.get(scales.size() - 1);
  }

  /**
   * The same network with another way from radiograph to input, of any size.
   *
   * @param preprocessing the steps; their shape becomes the network's input
   * @return the architecture
   */
  public PretrainedArchitecture withPreprocessing(PreprocessingSpec preprocessing) {
    return new PretrainedArchitecture(network, head, pooling, scales, unfrozen, preprocessing);
  }

  /**
   * The same network with its last blocks learnt as well, from their ImageNet weights.
   *
   * @param blocks how many of the last blocks are learnt, 0 for none
   * @return the architecture
   * @throws IllegalArgumentException if the base has not that many
   */
  public PretrainedArchitecture withUnfrozen(int blocks) {
    return new PretrainedArchitecture(network, head, pooling, scales, blocks, preprocessing);
  }

  /** {@inheritDoc} A base that was cut is called compact, such as {@code compact-resnet50}. */
  @Override
  public String name() {
    return lastLayer().equals(last(network)) ? network.name() : "compact-" + network.name();
  }

  @Override
  public double learningRate() {
    if (pooling == Pooling.GLOBAL_AVERAGE) {
      return RATE_ON_MEANS;
    }
    return network.equals(VGG16) ? 1e-4 : 1e-5;
  }

  /**
   * The name of the layer whose output is the last map that is frozen. With the weights, the
   * pooling and the preprocessing it decides the features.
   *
   * @return the layer's name as Keras has it
   */
  public String lastFrozenLayer() {
    List<String> cuts = network.cuts();
    return cuts.get(cuts.indexOf(lastLayer()) - unfrozen);
  }

  /**
   * The layers of the network as far as it is used, without head.
   *
   * @return from images to the last map
   */
  public NetworkGraph layers() {
    InputShape input = preprocessing.inputShape();
    return network
        .graph(Shape.map(input.channels(), input.rows(), input.columns()))
        .upTo(lastLayer());
  }

  /**
   * The layers of the frozen base.
   *
   * @return from images to the last frozen map
   */
  public NetworkGraph frozenLayers() {
    return layers().upTo(lastFrozenLayer());
  }

  /**
   * The shape of the last frozen map for one image.
   *
   * @return {@code [channel, row, column]} sizes in that order
   */
  public FeatureShape frozenMap() {
    return shape(lastFrozenLayer());
  }

  /**
   * The shape of the last map, frozen or not, for one image.
   *
   * @return {@code [channel, row, column]} sizes in that order
   */
  public FeatureShape lastMap() {
    return shape(lastLayer());
  }

  private FeatureShape shape(String layer) {
    Shape map = layers().shape(layer);
    return new FeatureShape(map.channels(), map.rows(), map.columns());
  }

  @Override
  public FeatureShape features() {
    if (featurePooling() == Pooling.FLATTEN) {
      return frozenMap();
    }
    int channels = scales.stream().mapToInt(layer -> shape(layer).channels()).sum();
    return new FeatureShape(channels, 1, 1);
  }

  /**
   * Finds the weights of all layers in a file.
   *
   * @param file ImageNet weights; it may have more layers
   * @return the weights of {@link #layers()}
   * @throws io.cxr.error.ModelFormatException if a layer is missing or has another shape
   */
  public NetworkWeights weights(KerasWeights file) {
    return NetworkWeights.of(layers(), file);
  }

  /**
   * The frozen base.
   *
   * @param weights of {@link #layers()}
   * @return the base, from {@code [batch, 3, row, column]} to the last frozen map, or to the maps
   *     of all scales
   */
  public FrozenBase base(NetworkWeights weights) {
    NetworkGraph frozen = frozenLayers();
    return FrozenBase.of(frozen, weights, scales.size() == 1 ? List.of(frozen.output()) : scales);
  }

  /**
   * The frozen base and what is learnt above it, with the weights of a file.
   *
   * @param weights a Keras file of ImageNet weights
   * @return with what its features are known by
   * @throws IOException if the file cannot be read
   * @throws io.cxr.error.ModelFormatException if a layer is missing or has another shape
   */
  public LoadedBase load(Path weights) throws IOException {
    KerasWeights file = KerasWeights.read(weights);
    NetworkWeights found = weights(file);
    String layer = scales.size() == 1 ? lastFrozenLayer() : String.join(" ", scales);
    if (network instanceof MomentsNetwork moments) {
      layer = moments.cut() + " " + layer + " " + moments.attention();
    }
    return new LoadedBase(
        base(found),
        layer + "\n" + features() + "\n" + file.sha256(),
        file.sha256(),
        (labels, seed, updater) -> learner(labels, seed, updater, found));
  }

  /**
   * What is learnt: the layers from the base's features to the answer. Unfrozen blocks start from
   * ImageNet weights, the head from zeros.
   *
   * @param labels how many labels, at least 2
   * @param seed the seed of the network
   * @param updater how weights are updated
   * @param weights of {@link #layers()}
   * @return a graph from {@link #FEATURES}, {@code [batch, channel * row * column]} or, with
   *     unfrozen blocks, {@code [batch, channel, row, column]} as well, to {@link #OUTPUT};
   *     initialised. The head is the layer {@link #OUTPUT}; all others are unfrozen blocks
   * @throws IllegalArgumentException if an unfrozen block has a layer that Deeplearning4j has not
   */
  public ComputationGraph learner(int labels, long seed, IUpdater updater, NetworkWeights weights) {
    if (unfrozen == 0) {
      return DenseHead.alone(head, features().elements(), labels, seed, updater);
    }
    GraphBuilder graph = DenseHead.graph(seed, updater);
    FeatureShape map = frozenMap();
    String last = MAP;
    graph.addVertex(
        last,
        new PreprocessorVertex(
            new FeedForwardToCnnPreProcessor(map.rows(), map.columns(), map.channels())),
        FEATURES);
    NetworkGraph above = layers().above(lastFrozenLayer());
    NetworkGraph folded = above.withoutBatchNorm();
    last = Deeplearning4jLayers.add(graph, folded, last);
    FeatureShape end = lastMap();
    if (pooling == Pooling.GLOBAL_AVERAGE) {
      graph.addLayer(
          GLOBAL_POOL,
          new GlobalPoolingLayer.Builder(PoolingType.AVG).name(GLOBAL_POOL).build(),
          last);
      graph.addLayer(OUTPUT, DenseHead.layer(head, end.channels(), labels), GLOBAL_POOL);
    } else {
      graph.addLayer(
          OUTPUT,
          DenseHead.layer(head, end.elements(), labels),
          new CnnToFeedForwardPreProcessor(end.rows(), end.columns(), end.channels()),
          last);
    }
    ComputationGraph learner = new ComputationGraph(graph.setOutputs(OUTPUT).build());
    learner.init();
    Deeplearning4jLayers.load(folded, weights.folded(above, folded), learner);
    return learner;
  }

  /**
   * All layers, frozen and learnt, with the head: as they are trained and exported.
   *
   * @param labels how many labels, at least 2
   * @return the graph
   */
  public NetworkGraph whole(int labels) {
    NetworkGraph frozen = frozenLayers();
    NetworkGraph.Builder whole = NetworkGraph.builder(frozen.input());
    for (Node node : frozen.nodes()) {
      whole.add(node);
    }
    String last = frozen.output();
    if (unfrozen > 0) {
      NetworkGraph learnt = layers().above(last).withoutBatchNorm();
      for (Node node : learnt.nodes()) {
        whole.add(node.on(last));
      }
      last = learnt.output();
    }
    String vector;
    if (scales.size() > 1) {
      List<String> means = new ArrayList<>();
      for (String layer : scales) {
        String name = meansName(means.size());
        means.add(whole.add(name, new LayerDescription.GlobalAveragePooling(false), layer));
      }
      vector = whole.add(SCALES, new LayerDescription.Concatenate(), means.toArray(String[]::new));
    } else {
      vector =
          pooling == Pooling.GLOBAL_AVERAGE
              ? whole.add(GLOBAL_POOL, new LayerDescription.GlobalAveragePooling(false), last)
              : whole.add(FLATTEN, new LayerDescription.Flatten(), last);
    }
    Nonlinearity activation =
        head == OutputActivation.SOFTMAX ? Nonlinearity.SOFTMAX : Nonlinearity.SIGMOID;
    whole.add(OUTPUT, new LayerDescription.Dense(labels, activation), vector);
    return whole.build();
  }

  @Override
  public Optional<NetworkGraph> withoutTop() {
    return Optional.of(layers());
  }

  /** Says the same in every process, since model cards and checkpoints keep it. */
  @Override
  public String toString() {
    return "PretrainedArchitecture[network="
        + (network instanceof MomentsNetwork ? network : network.name())
        + ", head="
        + head
        + ", pooling="
        + pooling
        + ", scales="
        + scales
        + ", unfrozen="
        + unfrozen
        + ", preprocessing="
        + preprocessing
        + "]";
  }

  @Override
  public NetworkTable summary(int labels) {
    NetworkGraph frozen = frozenLayers();
    return NetworkTable.of(name(), whole(labels), frozen::contains);
  }
}
