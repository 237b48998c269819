package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.assertClose;
import static io.cxr.train.export.ExportFixtures.assertHeatmaps;
import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.export;
import static io.cxr.train.export.ExportFixtures.images;

import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.loss.KerasCategoricalCrossEntropy;
import io.cxr.train.network.LayerDescription;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.NetworkGraph.Node;
import io.cxr.train.network.Pooling;
import io.cxr.train.weights.NetworkWeights;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * A base under a head, by Deeplearning4j and as exported: all that Deeplearning4j can compute of
 * the base is computed there, in double precision, above a stem that ONNX Runtime computes for
 * both.
 */
final class BaseParity {
  private final PretrainedArchitecture architecture;
  private final int labels;
  private final NetworkWeights weights;
  private final INDArray images;
  private final ModelCard card;

  private BaseParity(PretrainedArchitecture architecture, int labels) {
    InputShape input = architecture.inputShape();
    this.architecture = architecture;
    this.labels = labels;
    this.weights = NetworkWeights.random(architecture.layers(), 5, 1);
    this.images = images(3, 1, 3, input.rows(), input.columns());
    this.card = card(3, input.rows(), input.columns(), labels, architecture.output(labels));
  }

  /**
   * Checks outputs and heatmaps, both with the learner's layers as Deeplearning4j has them and with
   * all of the base frozen.
   *
   * @return the types of the frozen file's nodes
   */
  static List<String> check(PretrainedArchitecture architecture, int labels) throws Exception {
    return new BaseParity(architecture, labels).check();
  }

  private List<String> check() throws Exception {
    PretrainedArchitecture learnt = architecture.withUnfrozen(mostUnfrozen(architecture));
    FrozenBase stem = learnt.base(weights);
    INDArray features = features(stem);
    ComputationGraph learner =
        learnt.unfrozen() == 0 ? headOnly(stem) : learnt.learner(labels, 1, new NoOp(), weights);
    INDArray head = learner.getLayer("predictions").getParam("W");
    head.assign(images(7, head.shape()));
    soften(learner, features);
    ComputationGraph exact = learner.convertDataType(DataType.DOUBLE);
    INDArray wide = features.castTo(DataType.DOUBLE);
    INDArray expected = exact.outputSingle(wide.dup());
    String map = learnt.unfrozen() == 0 ? "map" : explained(architecture.layers());
    INDArray heatmaps = GradCam.of(exact, map, wide.dup()).heatmaps(labels);
    String name = architecture.name();
    compare(
        name + ", learnt above " + learnt.lastFrozenLayer(),
        export(TrainedNetwork.of(stem, learner, Pooling.FLATTEN), card),
        expected,
        heatmaps);
    byte[] frozen = export(frozen(architecture, weights, head), card);
    compare(name + ", frozen", frozen, expected, heatmaps);
    return ExportFixtures.nodeTypes(frozen);
  }

  /** Deeplearning4j has no grouped convolution, and drops values in the pass of a gradient. */
  private static int mostUnfrozen(PretrainedArchitecture architecture) {
    NetworkGraph layers = architecture.layers();
    List<String> cuts = architecture.network().cuts();
    int last = cuts.indexOf(architecture.lastLayer());
    for (int cut = 0; cut < last; cut++) {
      if (layers.above(cuts.get(cut)).nodes().stream().noneMatch(BaseParity::isElsewhere)) {
        return last - cut;
      }
    }
    return 0;
  }

  private static boolean isElsewhere(Node node) {
    return node.layer() instanceof LayerDescription.Dropout
        || (node.layer() instanceof LayerDescription.Convolution convolution
            && convolution.groups() > 1);
  }

  /** The map below the pools that the base ends with, if it does. */
  private static String explained(NetworkGraph layers) {
    Node at = layers.node(layers.output());
    while (at.layer() instanceof LayerDescription.MaximumPooling) {
      at = layers.node(at.inputs().get(0));
    }
    return at.name();
  }

  private INDArray features(FrozenBase stem) throws Exception {
    try (OnnxModel onnx = new OnnxModel(stem.features(Pooling.FLATTEN))) {
      return Objects.requireNonNull(onnx.run(images).get("features"));
    }
  }

  /** A head on the means of a map, which is a layer, so that a gradient reaches it. */
  private ComputationGraph headOnly(FrozenBase base) {
    boolean softmax = architecture.head() == OutputActivation.SOFTMAX;
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .updater(new NoOp())
                .graphBuilder()
                .addInputs("features")
                .setInputTypes(
                    InputType.convolutional(
                        base.map().rows(), base.map().columns(), base.map().channels()))
                .addLayer("map", new ActivationLayer(Activation.IDENTITY), "features")
                .addLayer("pool", new GlobalPoolingLayer.Builder(PoolingType.AVG).build(), "map")
                .addLayer(
                    "predictions",
                    new OutputLayer.Builder(new KerasCategoricalCrossEntropy())
                        .nOut(labels)
                        .activation(softmax ? Activation.SOFTMAX : Activation.SIGMOID)
                        .build(),
                    "pool")
                .setOutputs("predictions")
                .build());
    graph.init();
    return graph;
  }

  /** The whole as it is exported when only the head, without bias, was learnt. */
  static TrainedNetwork frozen(
      PretrainedArchitecture architecture, NetworkWeights weights, INDArray head) {
    return TrainedNetwork.of(
        architecture.base(weights),
        architecture.pooling(),
        head.dup('c').data().asFloat(),
        new float[(int) head.size(1)],
        architecture.head());
  }

  /** Scales the head so that outputs are neither 0 nor 1, which would hide differences. */
  private static void soften(ComputationGraph learner, INDArray features) {
    String below = learner.getConfiguration().getVertexInputs().get("predictions").get(0);
    INDArray vector = learner.feedForward(features.dup(), false).get(below);
    INDArray weights = learner.getLayer("predictions").getParam("W");
    INDArray logits = vector.dup('c').reshape(1, weights.size(0)).mmul(weights);
    weights.divi(logits.amaxNumber());
  }

  private void compare(String name, byte[] model, INDArray expected, INDArray heatmaps)
      throws Exception {
    try (OnnxModel onnx = new OnnxModel(model)) {
      Map<String, INDArray> outputs = onnx.run(images);
      assertClose(expected, outputs.get("output"), 1e-5);
      assertHeatmaps(name, heatmaps, outputs.get("heatmap"));
    }
  }
}
