package io.cxr.train.export;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.impl.LayerVertex;
import org.deeplearning4j.nn.layers.BaseOutputLayer;
import org.deeplearning4j.nn.layers.DropoutLayer;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.layers.LossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Grad-CAM by Deeplearning4j's own backward pass: the reference for the maps that an exported graph
 * computes. The score is the logit.
 */
final class GradCam {
  /** One layer between the map and the logits, from below. */
  private record Stage(Layer layer, InputPreProcessor preprocessor, INDArray input) {}

  /** The activation that is explained, {@code [N, C, h, w]}. */
  private final INDArray map;

  private final List<Stage> head;

  private GradCam(INDArray map, List<Stage> head) {
    this.map = map;
    this.head = head;
  }

  /** {@code lastMap}: index of the layer whose activation is explained. */
  static GradCam of(MultiLayerNetwork network, int lastMap, INDArray images) {
    network.initGradientsView();
    network.setInput(images);
    List<INDArray> activations = network.feedForward(false, false);
    List<Stage> head = new ArrayList<>();
    for (int i = lastMap + 1; i < network.getnLayers(); i++) {
      head.add(
          new Stage(
              unwrapped(network.getLayer(i)),
              network.getLayerWiseConfigurations().getInputPreProcess(i),
              activations.get(i)));
    }
    return new GradCam(activations.get(lastMap + 1), head);
  }

  /**
   * {@code lastMap}: name of the vertex whose activation is explained; a chain must follow. The
   * pass is one of training, for at inference Deeplearning4j's activation layers write into what
   * they are given and spoil it for what else takes it; so there must be no dropout or batch norm.
   */
  static GradCam of(ComputationGraph network, String lastMap, INDArray images) {
    network.initGradientsView();
    network.setInput(0, images);
    var activations = network.feedForward(new INDArray[] {images}, true, false);
    List<Stage> head = new ArrayList<>();
    String at = network.getConfiguration().getNetworkOutputs().get(0);
    while (!at.equals(lastMap)) {
      GraphVertex vertex = network.getVertex(at);
      String below = network.getConfiguration().getVertexInputs().get(at).get(0);
      head.add(
          0,
          new Stage(
              unwrapped(vertex.getLayer()),
              ((LayerVertex) vertex).getLayerPreProcessor(),
              activations.get(below)));
      at = below;
    }
    return new GradCam(activations.get(lastMap), head);
  }

  private static Layer unwrapped(Layer layer) {
    if (layer instanceof FrozenLayer frozen) {
      return unwrapped(frozen.getInsideLayer());
    } else if (layer instanceof FrozenLayerWithBackprop frozen) {
      return unwrapped(frozen.getInsideLayer());
    }
    return layer;
  }

  INDArray map() {
    return map;
  }

  /** The gradient of one logit (times {@code sign}) by the map, {@code [N, C, h, w]}. */
  INDArray gradient(int logit, double sign) {
    long batch = map.size(0);
    INDArray epsilon = null;
    for (int i = head.size() - 1; i >= 0; i--) {
      Stage stage = head.get(i);
      Layer layer = stage.layer();
      if (epsilon == null) {
        if (layer instanceof LossLayer) {
          epsilon = Nd4j.zeros(map.dataType(), stage.input().shape());
          epsilon.putColumn(logit, Nd4j.valueArrayOf(new long[] {batch}, sign, map.dataType()));
        } else if (layer instanceof BaseOutputLayer) {
          INDArray row = layer.getParam("W").getColumn(logit).mul(sign);
          epsilon = row.reshape(1, row.length()).repeat(0, batch);
        } else {
          throw new AssertionError("Not an output: " + layer.getClass());
        }
      } else if (!(layer instanceof DropoutLayer)) {
        epsilon = layer.backpropGradient(epsilon, LayerWorkspaceMgr.noWorkspaces()).getSecond();
      }
      if (stage.preprocessor() != null) {
        epsilon =
            stage
                .preprocessor()
                .backprop(epsilon, Math.toIntExact(batch), LayerWorkspaceMgr.noWorkspaces());
      }
    }
    return epsilon;
  }

  /** The maps of all labels, {@code [N, labels, h, w]}. */
  INDArray heatmaps(int labels) {
    INDArray result = Nd4j.zeros(map.dataType(), map.size(0), labels, map.size(2), map.size(3));
    Layer top = head.get(head.size() - 1).layer();
    boolean oneUnit = !(top instanceof LossLayer) && top.getParam("W").size(1) == 1;
    for (int label = 0; label < labels; label++) {
      INDArray gradient = oneUnit ? gradient(0, label == 0 ? -1 : 1) : gradient(label, 1);
      INDArray weights = gradient.mean(2, 3);
      INDArray weighted = map.mul(weights.reshape(weights.size(0), weights.size(1), 1, 1)).sum(1);
      result.put(
          new INDArrayIndex[] {
            NDArrayIndex.all(), NDArrayIndex.point(label), NDArrayIndex.all(), NDArrayIndex.all()
          },
          Transforms.relu(weighted));
    }
    return result;
  }
}
