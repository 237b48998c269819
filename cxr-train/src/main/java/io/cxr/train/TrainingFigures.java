package io.cxr.train;

import io.cxr.model.OutputActivation;
import io.cxr.train.architecture.Architecture;
import java.util.Arrays;
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

/**
 * Running means of loss and accuracy over an epoch's training steps, as Keras prints them. They
 * come from the forward passes that training does anyway, so they cost nothing and are taken with
 * dropout and before each step's update.
 */
final class TrainingFigures extends BaseTrainingListener {
  private static final double LEAST_PROBABILITY = 1e-7;
  private final OutputActivation output;
  private int[] truth = {};
  private double lossSum;
  private int right;
  private int seen;

  TrainingFigures(OutputActivation output) {
    this.output = output;
  }

  /** Forgets the last epoch. */
  void startEpoch() {
    lossSum = 0;
    right = 0;
    seen = 0;
  }

  /** Tells the labels of the batch that is about to be shown. */
  void expect(int[] labels) {
    truth = labels;
  }

  double loss() {
    return seen == 0 ? Double.NaN : lossSum / seen;
  }

  double accuracy() {
    return seen == 0 ? Double.NaN : (double) right / seen;
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
      if (truth[i] == GradientDescent.NO_LABEL) {
        continue;
      }
      double[] probabilities = probabilities(output, outputs[i]);
      lossSum += loss(probabilities, truth[i]);
      right += top(probabilities) == truth[i] ? 1 : 0;
      seen++;
    }
  }

  /** Probabilities that are NaN where the network's output is, so that divergence shows. */
  static double[] probabilities(OutputActivation output, float[] values) {
    for (float value : values) {
      if (Float.isNaN(value)) {
        double[] nothing = new double[Math.max(2, values.length)];
        Arrays.fill(nothing, Double.NaN);
        return nothing;
      }
    }
    return output.probabilities(values);
  }

  /** {@code -ln p}, with p clipped as Keras clips it. */
  static double loss(double[] probabilities, int truth) {
    double p = probabilities[truth];
    return Double.isNaN(p) ? Double.NaN : -Math.log(Math.max(LEAST_PROBABILITY, p));
  }

  static int top(double[] probabilities) {
    int top = 0;
    for (int i = 1; i < probabilities.length; i++) {
      if (probabilities[i] > probabilities[top]) {
        top = i;
      }
    }
    return top;
  }
}
