package io.cxr.train;

import io.cxr.model.OutputActivation;
import io.cxr.model.Task;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.loss.FocalCrossEntropy;
import io.cxr.train.loss.WeightedLoss;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.L2Regularization;

/**
 * Fits a network's weights on Deeplearning4j, step by step as a plan says. Each epoch begins with
 * random numbers of its own, so that epochs can be told apart and repeated. Not thread-safe.
 */
final class GradientDescent implements Learner {
  private final TrainingRecipe recipe;
  private final ComputationGraph network;
  private final Samples samples;
  private final Samples validation;
  private final OutputActivation output;
  private final Targets targets;
  private final WeightedLoss weightedLoss;
  private final TrainingFigures figures;
  private final ForwardPass forwardPass;
  private final MiniBatches batches;
  private double rate = Double.NaN;

  GradientDescent(
      TrainingPlan plan, ComputationGraph network, Samples samples, Samples validation) {
    this.recipe = plan.recipe();
    this.network = network;
    this.samples = samples;
    this.validation = validation;
    this.output = plan.output();
    this.targets = new Targets(plan);
    this.weightedLoss = new WeightedLoss(LinearHead.loss(plan));
    this.figures = new TrainingFigures(plan);
    this.forwardPass = new ForwardPass(figures);
    this.batches = new MiniBatches(recipe, samples);
    network.setListeners(forwardPass);
    for (Layer layer : network.getLayers()) {
      boolean exclusive = output.task() == Task.Kind.EXCLUSIVE_LABELS;
      if (layer.conf().getLayer() instanceof BaseOutputLayer last && !exclusive) {
        last.setLossFn(weightedLoss);
        last.setActivationFn(
            output == OutputActivation.SIGMOID
                ? new ActivationSigmoid()
                : new ActivationIdentity());
      } else if (layer.conf().getLayer() instanceof BaseOutputLayer last && targets.weighted()) {
        last.setLossFn(weightedLoss);
      } else if (layer.conf().getLayer() instanceof BaseOutputLayer last
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

  @Override
  public int epochs() {
    return recipe.epochs();
  }

  @Override
  public int steps() {
    return batches.steps();
  }

  @Override
  public TrainingFigures figures() {
    return figures;
  }

  @Override
  public void startEpoch(int next) {
    batches.startEpoch(next);
    figures.startEpoch();
    Nd4j.getRandom().setSeed(new SplittableRandom(recipe.seed() ^ ((long) next << 32)).nextLong());
    setRate(batches.rate());
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

  @Override
  public boolean step() throws IOException {
    int[] batch = batches.next();
    int[] labels = batches.labels(batch);
    forwardPass.expect(labels);
    weightedLoss.expect(targets.weights(batch, labels));
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

  private DataSet dataSet(int[] batch, int[] labels) throws IOException {
    return new DataSet(
        samples.inputs(batch, batches.epoch()),
        Nd4j.createFromArray(targets.of(labels)).reshape('c', batch.length, targets.units()));
  }

  @Override
  public List<double[]> probabilities() throws IOException {
    return probabilities(validation);
  }

  private List<double[]> probabilities(Samples of) throws IOException {
    List<double[]> probabilities = new ArrayList<>(of.size());
    for (int start = 0; start < of.size(); start += recipe.batchSize()) {
      INDArray inputs = of.inputs(range(start, Math.min(of.size(), start + recipe.batchSize())));
      for (float[] row : network.outputSingle(inputs).toFloatMatrix()) {
        probabilities.add(TrainingFigures.probabilities(output, row));
      }
    }
    return probabilities;
  }

  private static int[] range(int from, int to) {
    int[] indices = new int[to - from];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = from + i;
    }
    return indices;
  }

  @Override
  public float[] weights() {
    return network.params().dup().data().asFloat();
  }

  @Override
  public void setWeights(float[] weights) {
    network.setParams(Nd4j.createFromArray(weights).reshape(network.params().shape()));
  }

  @Override
  public float[] optimizer() {
    INDArray state = network.getUpdater().getUpdaterStateViewArray();
    return state == null ? new float[0] : state.dup().data().asFloat();
  }

  @Override
  public int iterations() {
    return network.getConfiguration().getIterationCount();
  }

  @Override
  public void restore(Checkpoint checkpoint) {
    int done = checkpoint.history().size();
    batches.skip(done);
    // The optimiser's state has its layout only once the rates are set.
    setRate(batches.rate(done));
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
