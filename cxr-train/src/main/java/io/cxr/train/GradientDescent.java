package io.cxr.train;

import io.cxr.model.OutputActivation;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.loss.FocalCrossEntropy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.L2Regularization;

/**
 * Fits a network's weights step by step as a plan says. Each epoch begins with random numbers of
 * its own, so that epochs can be told apart and repeated. Not thread-safe.
 */
final class GradientDescent {
  /** Of a sample that says nothing of a label. */
  static final int NO_LABEL = -1;

  private final TrainingPlan plan;
  private final TrainingRecipe recipe;
  private final ComputationGraph network;
  private final Samples samples;
  private final OutputActivation output;
  private final TrainingFigures figures;
  private final SampleOrder order;
  private final int steps;
  private double rate = Double.NaN;
  private int epoch;

  GradientDescent(TrainingPlan plan, ComputationGraph network, Samples samples) {
    this.plan = plan;
    this.recipe = plan.recipe();
    this.network = network;
    this.samples = samples;
    this.output = plan.output();
    this.figures = new TrainingFigures(output);
    this.order = new SampleOrder(samples.size(), recipe.seed());
    this.steps =
        recipe
            .stepsPerEpoch()
            .orElse((samples.size() + recipe.batchSize() - 1) / recipe.batchSize());
    network.setListeners(figures);
    for (Layer layer : network.getLayers()) {
      if (layer.conf().getLayer() instanceof BaseOutputLayer last
          && recipe.loss() instanceof Loss.Focal focal) {
        last.setLossFn(new FocalCrossEntropy(focal.gamma()));
      }
      if (layer.conf().getLayer() instanceof BaseLayer trained
          && recipe.gradientClip().isPresent()) {
        trained.setGradientNormalization(GradientNormalization.ClipL2PerLayer);
        trained.setGradientNormalizationThreshold(recipe.gradientClip().getAsDouble());
      }
      if (layer.conf().getLayer() instanceof BaseLayer trained && recipe.l2() > 0) {
        trained.setRegularization(List.of(new L2Regularization(recipe.l2())));
      }
    }
  }

  int steps() {
    return steps;
  }

  /** Running means of the epoch. */
  TrainingFigures figures() {
    return figures;
  }

  void startEpoch(int next) {
    epoch = next;
    figures.startEpoch();
    Nd4j.getRandom().setSeed(new SplittableRandom(recipe.seed() ^ ((long) epoch << 32)).nextLong());
    setRate(recipe.schedule().rate(recipe.learningRate(), epoch, recipe.epochs()));
  }

  private void setRate(double now) {
    if (now == rate) {
      return;
    }
    rate = now;
    // Deeplearning4j makes the optimiser anew, with its state, for each call: one is enough mostly.
    network.setLearningRate(now);
    for (Layer layer : network.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      if (recipe.architecture() instanceof PretrainedArchitecture
          && !name.equals(Architecture.OUTPUT)
          && layer.numParams() > 0) {
        network.setLearningRate(name, now * recipe.unfrozenRateShare());
      }
    }
  }

  /**
   * Takes one step.
   *
   * @return whether loss and score are still numbers
   */
  boolean step() throws IOException {
    int[] batch = order.next(recipe.batchSize());
    int[] labels = new int[batch.length];
    for (int i = 0; i < batch.length; i++) {
      labels[i] = samples.isBlank(batch[i], epoch) ? NO_LABEL : samples.label(batch[i]);
    }
    figures.expect(labels);
    network.fit(dataSet(batch, labels));
    if (recipe.weightDecay() > 0) {
      decayWeights();
    }
    return !Double.isNaN(figures.loss()) && Double.isFinite(network.score());
  }

  private void decayWeights() {
    for (Layer layer : network.getLayers()) {
      INDArray weights = layer.paramTable() == null ? null : layer.paramTable().get("W");
      if (weights != null) {
        boolean head =
            !(recipe.architecture() instanceof PretrainedArchitecture)
                || layer.conf().getLayer().getLayerName().equals(Architecture.OUTPUT);
        double own = head ? rate : rate * recipe.unfrozenRateShare();
        weights.muli(1 - own * recipe.weightDecay());
      }
    }
  }

  /** Inputs with their targets; class weights go in as a mask, which scales loss and gradient. */
  private DataSet dataSet(int[] batch, int[] labels) throws IOException {
    int units = output.units(plan.data().labels().size());
    float[] targets = new float[batch.length * units];
    float[] weights = new float[batch.length];
    for (int i = 0; i < batch.length; i++) {
      for (int unit = 0; unit < units; unit++) {
        boolean hit = units == 1 ? labels[i] == 1 : labels[i] == unit;
        // All labels are as likely where there is none.
        double smoothing = labels[i] == NO_LABEL ? 1 : recipe.labelSmoothing();
        targets[i * units + unit] =
            (float) ((hit ? 1 - smoothing : 0) + smoothing / Math.max(2, units));
      }
      weights[i] =
          labels[i] == NO_LABEL
              ? 1
              : plan.classWeights()
                  .getOrDefault(plan.data().labels().get(labels[i]), 1.0)
                  .floatValue();
    }
    INDArray target = Nd4j.createFromArray(targets).reshape('c', batch.length, units);
    DataSet data = new DataSet(samples.inputs(batch, epoch), target);
    if (!plan.classWeights().isEmpty()) {
      data.setLabelsMaskArray(Nd4j.createFromArray(weights).reshape('c', batch.length, 1));
    }
    return data;
  }

  /** One probability a label for every sample. NaN where the network gives no number. */
  List<double[]> probabilities(Samples of) throws IOException {
    List<double[]> probabilities = new ArrayList<>(of.size());
    for (int start = 0; start < of.size(); start += recipe.batchSize()) {
      INDArray inputs = of.inputs(range(start, Math.min(of.size(), start + recipe.batchSize())));
      for (float[] row : network.outputSingle(inputs).toFloatMatrix()) {
        probabilities.add(TrainingFigures.probabilities(output, row));
      }
    }
    return probabilities;
  }

  static int[] range(int from, int to) {
    int[] indices = new int[to - from];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = from + i;
    }
    return indices;
  }

  // The state of a training, for checkpoints.

  float[] weights() {
    return network.params().dup().data().asFloat();
  }

  void setWeights(float[] weights) {
    network.setParams(Nd4j.createFromArray(weights).reshape(network.params().shape()));
  }

  float[] optimizer() {
    INDArray state = network.getUpdater().getUpdaterStateViewArray();
    return state == null ? new float[0] : state.dup().data().asFloat();
  }

  int iterations() {
    return network.getConfiguration().getIterationCount();
  }

  /** Goes back to where a checkpoint was written, before the next epoch starts. */
  void restore(Checkpoint checkpoint) {
    int done = checkpoint.history().size();
    for (int i = 0; i < done * steps; i++) {
      order.next(recipe.batchSize());
    }
    // The optimiser's state has its layout only once the rates are set.
    setRate(recipe.schedule().rate(recipe.learningRate(), done, recipe.epochs()));
    setWeights(checkpoint.state().weights);
    INDArray state = network.getUpdater().getUpdaterStateViewArray();
    if (state != null) {
      state.assign(Nd4j.createFromArray(checkpoint.state().optimizer).reshape(state.shape()));
    }
    network.getConfiguration().setIterationCount(checkpoint.iterations());
    for (Layer layer : network.getLayers()) {
      layer.setIterationCount(checkpoint.iterations());
    }
  }
}
