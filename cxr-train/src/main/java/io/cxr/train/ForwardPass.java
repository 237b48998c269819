package io.cxr.train;

import io.cxr.train.architecture.Architecture;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.BaseOutputLayer;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Takes the figures of an epoch from the forward passes that its steps do anyway. */
final class ForwardPass extends BaseTrainingListener {
  private final TrainingFigures figures;
  private int[] truth = {};

  ForwardPass(TrainingFigures figures) {
    this.figures = figures;
  }

  /** Tells the labels of the batch that is about to be shown. */
  void expect(int[] labels) {
    truth = labels;
  }

  /** Called with the activations of all layers but the last. */
  @Override
  public void onForwardPass(Model model, Map<String, INDArray> activations) {
    ComputationGraph network = (ComputationGraph) model;
    BaseOutputLayer<?> layer = (BaseOutputLayer<?>) network.getLayer(Architecture.OUTPUT);
    List<String> below =
        Objects.requireNonNull(
            network.getConfiguration().getVertexInputs().get(Architecture.OUTPUT),
            Architecture.OUTPUT);
    INDArray input = activations.getOrDefault(below.get(0), network.getInput(0));
    float[][] outputs;
    try (MemoryWorkspace ignored = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      INDArray logits =
          input
              .reshape(input.size(0), -1)
              .mmul(layer.getParam("W"))
              .addiRowVector(layer.getParam("b"));
      INDArray activated = layer.layerConf().getActivationFn().getActivation(logits, true);
      outputs = activated.toFloatMatrix();
    }
    for (int i = 0; i < outputs.length; i++) {
      figures.add(outputs[i], truth[i]);
    }
  }
}
