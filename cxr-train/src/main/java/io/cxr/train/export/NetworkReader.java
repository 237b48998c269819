package io.cxr.train.export;

import io.cxr.train.export.Operation.Activation;
import io.cxr.train.export.Operation.Concatenation;
import io.cxr.train.export.Operation.Convolution;
import io.cxr.train.export.Operation.Cropping;
import io.cxr.train.export.Operation.Dense;
import io.cxr.train.export.Operation.Flatten;
import io.cxr.train.export.Operation.Function;
import io.cxr.train.export.Operation.GlobalPooling;
import io.cxr.train.export.Operation.Normalization;
import io.cxr.train.export.Operation.Padding;
import io.cxr.train.export.Operation.Pool;
import io.cxr.train.export.Operation.Pooling;
import io.cxr.train.export.Operation.Product;
import io.cxr.train.export.Operation.Sum;
import io.cxr.train.export.Operation.UpSampling;
import io.cxr.train.network.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/**
 * Reads a Deeplearning4j network as operations at inference: dropout is gone, frozen layers are
 * what they wrap. Subclasses of a layer configuration count as that layer.
 */
final class NetworkReader {
  private static final String SUPPORTED =
      "Supported: convolution, max and average pooling, batch normalization, zero padding,"
          + " upsampling, activation (identity, relu, relu6, swish, leaky relu, sigmoid, tanh,"
          + " softmax), dropout, dense, output, loss (of maps, too), cropping, depthwise"
          + " convolution, global max and average pooling, frozen layers, element-wise addition,"
          + " merging of channels and flattening; two-dimensional and channels first.";

  private final List<String> refusals = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  private NetworkReader() {}

  static Operation read(MultiLayerNetwork network, Operation input) {
    NetworkReader reader = new NetworkReader();
    Layer[] layers = network.getLayers();
    Map<Integer, InputPreProcessor> preprocessors =
        network.getLayerWiseConfigurations().getInputPreProcessors();
    List<String> layerNames = new ArrayList<>();
    for (int i = 0; i < layers.length; i++) {
      String name = configuration(layers[i]).getLayerName();
      layerNames.add(name == null ? "layer" + i : name);
      reader.examine(layerNames.get(i), preprocessors.get(i));
      reader.examine(layerNames.get(i), layers[i]);
    }
    reader.refuse();
    Operation last = input;
    for (int i = 0; i < layers.length; i++) {
      last = reader.preprocessed(layerNames.get(i), preprocessors.get(i), last);
      last = reader.layer(layerNames.get(i), layers[i], last);
    }
    return last;
  }

  /**
   * A graph on what feeds it.
   *
   * @param input the images, or a frozen part; a graph that takes a map flattened may be fed the
   *     map
   */
  static Operation read(ComputationGraph network, Operation input) {
    var configuration = network.getConfiguration();
    if (configuration.getNetworkInputs().size() != 1
        || configuration.getNetworkOutputs().size() != 1) {
      throw new IllegalArgumentException(
          "Export: expected a graph with one input and one output, found inputs "
              + configuration.getNetworkInputs()
              + " and outputs "
              + configuration.getNetworkOutputs());
    }
    NetworkReader reader = new NetworkReader();
    Map<String, GraphVertex> vertices = new LinkedHashMap<>();
    for (int index : network.topologicalSortOrder()) {
      String name = network.getVertices()[index].getVertexName();
      GraphVertex vertex = configuration.getVertices().get(name);
      if (vertex != null) { // The network's input is no vertex of the configuration.
        vertices.put(name, unwrapped(vertex));
      }
    }
    vertices.forEach((name, vertex) -> reader.examine(name, vertex, network));
    reader.refuse();
    Map<String, Operation> operations = new HashMap<>();
    operations.put(configuration.getNetworkInputs().get(0), input);
    vertices.forEach(
        (name, vertex) -> {
          List<Operation> inputs =
              configuration.getVertexInputs().getOrDefault(name, List.of()).stream()
                  .map(operations::get)
                  .toList();
          operations.put(name, reader.vertex(name, vertex, network, inputs));
        });
    return Objects.requireNonNull(
        operations.get(configuration.getNetworkOutputs().get(0)), "output");
  }

  // What can be exported.

  private void refuse() {
    if (!refusals.isEmpty()) {
      throw new IllegalArgumentException(
          "Export: cannot write "
              + String.join("; ", refusals)
              + ". "
              + SUPPORTED
              + " Replace the layers named, or export the network without them.");
    }
  }

  private void refuse(String name, Object found, String reason) {
    refusals.add("'" + name + "' (" + found.getClass().getSimpleName() + reason + ")");
  }

  private void examine(String name, GraphVertex vertex, ComputationGraph network) {
    if (vertex instanceof LayerVertex layer) {
      examine(name, layer.getPreProcessor());
      examine(name, network.getLayer(name));
    } else if (vertex instanceof PreprocessorVertex preprocessor) {
      examine(name, preprocessor.getPreProcessor());
    } else if (vertex instanceof ElementWiseVertex elementWise) {
      if (elementWise.getOp() != ElementWiseVertex.Op.Add
          && elementWise.getOp() != ElementWiseVertex.Op.Product) {
        refuse(name, vertex, " with " + elementWise.getOp());
      }
    } else if (vertex instanceof MergeVertex merge) {
      if (merge.getMergeAxis() != 1) {
        refuse(name, vertex, " along axis " + merge.getMergeAxis());
      }
    } else {
      refuse(name, vertex, "");
    }
  }

  private void examine(String name, @Nullable InputPreProcessor preprocessor) {
    if (preprocessor == null || preprocessor instanceof FeedForwardToCnnPreProcessor) {
      return;
    }
    if (!(preprocessor instanceof CnnToFeedForwardPreProcessor flatten)) {
      refuse(name, preprocessor, "");
    } else if (flatten.getFormat() != CNN2DFormat.NCHW) {
      refuse(name, preprocessor, ", channels last");
    }
  }

  private void examine(String name, Layer layer) {
    var configuration = configuration(layer);
    if (configuration instanceof ConvolutionLayer convolution) {
      if (convolution instanceof Convolution1DLayer
          || convolution instanceof Convolution3D
          || convolution instanceof Deconvolution2D
          || convolution instanceof Deconvolution3D
          || (convolution instanceof DepthwiseConvolution2D depthwise
              && depthwise.getDepthMultiplier() != 1)
          || convolution instanceof SeparableConvolution2D) {
        refuse(name, convolution, "");
      } else {
        examine(name, convolution, convolution.getCnn2dDataFormat());
        examine(name, convolution, convolution.getConvolutionMode());
        examineActivation(name, convolution, convolution.getActivationFn());
      }
    } else if (configuration instanceof SubsamplingLayer pooling) {
      if (pooling instanceof Subsampling1DLayer) {
        refuse(name, pooling, "");
      } else {
        examine(name, pooling, pooling.getCnn2dDataFormat());
        examine(name, pooling, pooling.getConvolutionMode());
        examine(name, pooling, pooling.getPoolingType());
      }
    } else if (configuration instanceof BatchNormalization normalization) {
      examine(name, normalization, normalization.getCnn2DFormat());
    } else if (configuration instanceof Upsampling2D upsampling) {
      examine(name, upsampling, upsampling.getFormat());
      if (upsampling.getSize()[0] != upsampling.getSize()[1]) {
        refuse(name, upsampling, " by " + Arrays.toString(upsampling.getSize()));
      }
    } else if (configuration instanceof CnnLossLayer loss) {
      examine(name, loss, loss.getFormat());
      examineActivation(name, loss, loss.getActivationFn());
    } else if (configuration instanceof ZeroPaddingLayer padding) {
      examine(name, padding, padding.getDataFormat());
    } else if (configuration instanceof Cropping2D cropping) {
      examine(name, cropping, cropping.getDataFormat());
    } else if (configuration instanceof GlobalPoolingLayer pooling) {
      examine(name, pooling, pooling.getPoolingType());
      int[] dimensions = pooling.getPoolingDimensions();
      if (dimensions != null && !Arrays.equals(dimensions, new int[] {2, 3})) {
        refuse(name, pooling, " over dimensions " + Arrays.toString(dimensions));
      }
    } else if (configuration instanceof ActivationLayer activation) {
      examineActivation(name, activation, activation.getActivationFn());
    } else if (configuration instanceof DenseLayer dense) {
      if (dense.hasLayerNorm()) {
        refuse(name, dense, " with layer normalization");
      }
      examineActivation(name, dense, dense.getActivationFn());
    } else if (configuration instanceof OutputLayer || configuration instanceof LossLayer) {
      examineActivation(name, configuration, ((BaseLayer) configuration).getActivationFn());
    } else if (!(configuration instanceof DropoutLayer)) {
      refuse(name, configuration, "");
    }
  }

  private void examine(String name, Object layer, @Nullable CNN2DFormat format) {
    if (format == CNN2DFormat.NHWC) {
      refuse(name, layer, ", channels last");
    }
  }

  private void examine(String name, Object layer, @Nullable ConvolutionMode mode) {
    if (mode == ConvolutionMode.Causal) {
      refuse(name, layer, " in mode " + mode);
    }
  }

  private void examine(String name, Object layer, PoolingType type) {
    if (type != PoolingType.MAX && type != PoolingType.AVG) {
      refuse(name, layer, " of type " + type);
    }
  }

  private void examineActivation(String name, Object layer, IActivation activation) {
    if (!(activation instanceof ActivationIdentity) && function(activation).isEmpty()) {
      refuse(name, layer, " with activation " + activation);
    }
  }

  private static Optional<Function> function(IActivation activation) {
    if (activation instanceof ActivationReLU relu) {
      boolean plain = isZero(relu.getThreshold()) && isZero(relu.getNegativeSlope());
      return plain && isZero(relu.getMax()) ? Optional.of(Function.RELU) : Optional.empty();
    } else if (activation instanceof ActivationReLU6) {
      return Optional.of(Function.RELU6);
    } else if (activation instanceof ActivationSwish) {
      return Optional.of(Function.SWISH);
    } else if (activation instanceof ActivationLReLU) {
      return Optional.of(Function.LEAKY_RELU);
    } else if (activation instanceof ActivationSigmoid) {
      return Optional.of(Function.SIGMOID);
    } else if (activation instanceof ActivationTanH) {
      return Optional.of(Function.TANH);
    } else if (activation instanceof ActivationSoftmax) {
      return Optional.of(Function.SOFTMAX);
    }
    return Optional.empty();
  }

  private static boolean isZero(@Nullable Double value) {
    return value == null || value == 0;
  }

  // Wrappers.

  private static Layer unwrapped(Layer layer) {
    Layer inside = layer;
    while (true) {
      if (inside instanceof FrozenLayer frozen) {
        inside = frozen.getInsideLayer();
      } else if (inside instanceof FrozenLayerWithBackprop frozen) {
        inside = frozen.getInsideLayer();
      } else {
        return inside;
      }
    }
  }

  private static GraphVertex unwrapped(GraphVertex vertex) {
    GraphVertex inside = vertex;
    while (inside instanceof FrozenVertex frozen) {
      inside = frozen.getUnderlying();
    }
    return inside;
  }

  private static org.deeplearning4j.nn.conf.layers.Layer configuration(Layer layer) {
    return unwrapped(layer).conf().getLayer();
  }

  // How it becomes operations.

  private String unique(String name) {
    String candidate = name;
    for (int i = 1; !names.add(candidate); i++) {
      candidate = name + "_" + i;
    }
    return candidate;
  }

  private Operation vertex(
      String name, GraphVertex vertex, ComputationGraph network, List<Operation> inputs) {
    if (vertex instanceof LayerVertex layer) {
      Operation input = preprocessed(name, layer.getPreProcessor(), inputs.get(0));
      return layer(name, network.getLayer(name), input);
    } else if (vertex instanceof PreprocessorVertex preprocessor) {
      return preprocessed(name, preprocessor.getPreProcessor(), inputs.get(0));
    } else if (inputs.size() == 1) {
      return inputs.get(0);
    } else if (vertex instanceof ElementWiseVertex product
        && product.getOp() == ElementWiseVertex.Op.Product) {
      boolean fits =
          inputs.size() == 2
              && inputs.get(1).shape().positions() == 1
              && inputs.get(0).shape().channels() == inputs.get(1).shape().channels();
      expect(name, fits, "a map and one value for each of its channels", inputs);
      return new Product(unique(name), inputs.get(0), inputs.get(1));
    } else if (vertex instanceof ElementWiseVertex) {
      for (Operation input : inputs) {
        expect(name, input.shape().equals(inputs.get(0).shape()), "inputs of one shape", inputs);
      }
      return new Sum(unique(name), inputs);
    }
    Shape first = inputs.get(0).shape();
    for (Operation input : inputs) {
      Shape shape = input.shape();
      boolean fits =
          shape.flat() == first.flat()
              && shape.rows() == first.rows()
              && shape.columns() == first.columns();
      expect(name, fits, "inputs that differ in channels only", inputs);
    }
    return new Concatenation(unique(name), inputs);
  }

  private Operation preprocessed(
      String name, @Nullable InputPreProcessor preprocessor, Operation input) {
    if (preprocessor == null || input.shape().flat()) {
      return input;
    }
    if (preprocessor instanceof FeedForwardToCnnPreProcessor unflatten) {
      Shape shape = input.shape();
      expect(
          name,
          shape.channels() == unflatten.getNumChannels()
              && shape.rows() == unflatten.getInputHeight()
              && shape.columns() == unflatten.getInputWidth(),
          "the map of the frozen base",
          shape);
      return input;
    }
    return new Flatten(unique(name + "/flatten"), input);
  }

  private Operation layer(String name, Layer wrapped, Operation input) {
    Layer layer = unwrapped(wrapped);
    var configuration = layer.conf().getLayer();
    if (configuration instanceof ConvolutionLayer convolution) {
      return convolution(name, layer, convolution, input);
    } else if (configuration instanceof SubsamplingLayer pooling) {
      return pooling(name, pooling, input);
    } else if (configuration instanceof BatchNormalization normalization) {
      return normalization(name, layer, normalization, input);
    } else if (configuration instanceof Upsampling2D upsampling) {
      expectMap(name, input);
      return new UpSampling(unique(name), input, upsampling.getSize()[0]);
    } else if (configuration instanceof CnnLossLayer loss) {
      expectMap(name, input);
      return activated(unique(name), loss.getActivationFn(), input);
    } else if (configuration instanceof ZeroPaddingLayer padding) {
      expectMap(name, input);
      int[] sides = padding.getPadding();
      return new Padding(unique(name), input, sides[0], sides[1], sides[2], sides[3]);
    } else if (configuration instanceof Cropping2D cropping) {
      expectMap(name, input);
      int[] sides = cropping.getCropping();
      return new Cropping(unique(name), input, sides[0], sides[1], sides[2], sides[3]);
    } else if (configuration instanceof GlobalPoolingLayer pooling) {
      expectMap(name, input);
      Pool pool = pooling.getPoolingType() == PoolingType.MAX ? Pool.MAXIMUM : Pool.AVERAGE;
      return new GlobalPooling(unique(name), input, pool, pooling.isCollapseDimensions());
    } else if (configuration instanceof DropoutLayer) {
      return input;
    } else if (configuration instanceof ActivationLayer activation) {
      return activated(unique(name), activation.getActivationFn(), input);
    } else if (configuration instanceof LossLayer loss) {
      return activated(unique(name), loss.getActivationFn(), input);
    }
    return dense(name, layer, ((BaseLayer) configuration).getActivationFn(), input);
  }

  private Operation convolution(
      String name, Layer layer, ConvolutionLayer convolution, Operation input) {
    expectMap(name, input);
    Tensor weights =
        convolution instanceof DepthwiseConvolution2D
            ? Tensor.of(layer.getParam("W")).depthwiseChannelsFirst()
            : Tensor.of(layer.getParam("W"));
    expect(
        name,
        (convolution instanceof DepthwiseConvolution2D
                ? weights.dimension(0)
                : weights.dimension(1))
            == input.shape().channels(),
        weights.dimension(1) + " channels",
        input.shape());
    Window window =
        Window.of(
            convolution.getConvolutionMode(),
            convolution.getKernelSize(),
            convolution.getStride(),
            convolution.getPadding(),
            convolution.getDilation(),
            input.shape());
    Tensor bias =
        convolution.hasBias()
            ? Tensor.vector(layer.getParam("b"))
            : Tensor.filled(0, weights.dimension(0));
    Operation result = new Convolution(unique(name), input, window, weights, bias);
    expectRoom(name, result, input);
    return activated(unique(name + "/activation"), convolution.getActivationFn(), result);
  }

  private Operation pooling(String name, SubsamplingLayer pooling, Operation input) {
    expectMap(name, input);
    Window window =
        Window.of(
            pooling.getConvolutionMode(),
            pooling.getKernelSize(),
            pooling.getStride(),
            pooling.getPadding(),
            pooling.getDilation(),
            input.shape());
    Pool pool = pooling.getPoolingType() == PoolingType.MAX ? Pool.MAXIMUM : Pool.AVERAGE;
    expect(name, window.regular(), "in mode Same a kernel that spans its stride", window);
    expect(name, window.suitsPool(), "a pool padded by less than its kernel", window);
    expect(
        name,
        pool == Pool.MAXIMUM || !window.dilated(),
        "an average pool without dilation",
        window);
    Operation result =
        new Pooling(unique(name), input, pool, window, pooling.isAvgPoolIncludePadInDivisor());
    expectRoom(name, result, input);
    return result;
  }

  private Operation normalization(
      String name, Layer layer, BatchNormalization normalization, Operation input) {
    Tensor mean = Tensor.vector(layer.getParam("mean"));
    expect(
        name,
        mean.length() == input.shape().channels(),
        mean.length() + " channels",
        input.shape());
    boolean locked = normalization.isLockGammaBeta();
    Tensor gamma =
        locked
            ? Tensor.filled((float) normalization.getGamma(), mean.length())
            : Tensor.vector(layer.getParam("gamma"));
    Tensor beta =
        locked
            ? Tensor.filled((float) normalization.getBeta(), mean.length())
            : Tensor.vector(layer.getParam("beta"));
    return new Normalization(
        unique(name),
        input,
        gamma,
        beta,
        mean,
        variance(layer, normalization),
        normalization.getEps());
  }

  private static Tensor variance(Layer layer, BatchNormalization normalization) {
    if (!normalization.isUseLogStd()) {
      return Tensor.vector(layer.getParam("var"));
    }
    float[] values = Tensor.vector(layer.getParam("log10stdev")).values();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.pow(10, 2.0 * values[i]);
    }
    return Tensor.of(values, values.length);
  }

  private Operation dense(String name, Layer layer, IActivation activation, Operation input) {
    Tensor weights = Tensor.of(layer.getParam("W"));
    if (!input.shape().flat()) {
      // A head learns from a frozen base's map as a vector, and is exported on the map.
      return dense(name, layer, activation, new Flatten(unique(name + "/flatten"), input));
    }
    Shape in = input.shape();
    expect(
        name,
        in.channels() == weights.dimension(0),
        "a vector of " + weights.dimension(0) + " values",
        in);
    // Some layers have no bias by configuration; the table of parameters knows.
    Tensor bias =
        layer.paramTable().containsKey("b")
            ? Tensor.vector(layer.getParam("b"))
            : Tensor.filled(0, weights.dimension(1));
    Operation result = new Dense(unique(name), input, weights, bias);
    return activated(unique(name + "/activation"), activation, result);
  }

  private static Operation activated(String name, IActivation activation, Operation input) {
    Optional<Function> function = function(activation);
    if (function.isEmpty()) {
      return input;
    }
    double alpha = activation instanceof ActivationLReLU leaky ? leaky.getAlpha() : 0;
    return new Activation(name, input, function.get(), alpha);
  }

  private static void expectMap(String name, Operation input) {
    expect(name, !input.shape().flat(), "a map [channels, rows, columns]", input.shape());
  }

  private static void expectRoom(String name, Operation result, Operation input) {
    Shape shape = result.shape();
    expect(name, shape.rows() > 0 && shape.columns() > 0, "a larger map", input.shape());
  }

  private static void expect(String name, boolean holds, String expected, Object found) {
    if (!holds) {
      throw new IllegalArgumentException(
          "Export: layer '"
              + name
              + "' expected "
              + expected
              + ", found "
              + (found instanceof List<?> list ? shapes(list) : found)
              + ". Check the input shape of the network and of the model card.");
    }
  }

  private static List<Object> shapes(List<?> inputs) {
    List<Object> shapes = new ArrayList<>();
    inputs.forEach(input -> shapes.add(((Operation) input).shape()));
    return shapes;
  }
}
