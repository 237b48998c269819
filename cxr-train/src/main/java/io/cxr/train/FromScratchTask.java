package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.ModelCard;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.train.architecture.UntrainedArchitecture;
import io.cxr.train.export.NoveltyStatistic;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.export.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;

/** A whole network learns from the images. */
record FromScratchTask(
    ComputationGraph network, Samples training, Samples validation, Precision precision)
    implements LearningTask {
  private static final int BATCH = 16;

  static FromScratchTask of(
      TrainingPlan plan,
      UntrainedArchitecture architecture,
      IUpdater updater,
      TrainingProgress progress)
      throws IOException {
    List<LabelledRadiograph> training = plan.split().training();
    List<LabelledRadiograph> validation = plan.split().validation();
    List<LabelledRadiograph> all = new ArrayList<>(training);
    all.addAll(validation);
    StandardPreprocessor preprocessor = StandardPreprocessor.of(plan.preprocessing());
    List<byte[]> images = new ArrayList<>();
    for (LabelledRadiograph item : all) {
      images.add(preprocessor.gray(LearningTask.read(item)));
      progress.imagePrepared(images.size(), all.size());
    }
    return new FromScratchTask(
        architecture.graph(plan.labels().size(), plan.seed(), updater),
        new GraySamples(
            images.subList(0, training.size()),
            LearningTask.labels(plan, training),
            plan.preprocessing(),
            Optional.of(new AugmentedViews(plan, training, training.size()))),
        new GraySamples(
            images.subList(training.size(), all.size()),
            LearningTask.labels(plan, validation),
            plan.preprocessing(),
            Optional.empty()),
        plan.precision());
  }

  @Override
  public Optional<String> weightsHash() {
    return Optional.empty();
  }

  @Override
  public Optional<float[][]> pooled(Samples samples) throws IOException {
    Optional<String> map = lastMap();
    if (map.isEmpty()) {
      return Optional.empty();
    }
    float[][] pooled = new float[samples.size()][];
    for (int start = 0; start < pooled.length; start += BATCH) {
      int end = Math.min(pooled.length, start + BATCH);
      INDArray inputs = samples.inputs(GradientDescent.range(start, end));
      Map<String, INDArray> activations = network.feedForward(new INDArray[] {inputs}, false);
      INDArray means = Objects.requireNonNull(activations.get(map.get()), map.get()).mean(2, 3);
      float[][] rows = means.toFloatMatrix();
      System.arraycopy(rows, 0, pooled, start, rows.length);
    }
    return Optional.of(pooled);
  }

  /** The last convolution, if its activations are those of its own ReLU. */
  private Optional<String> lastMap() {
    Optional<String> last = Optional.empty();
    for (Layer layer : network.getLayers()) {
      if (layer.conf().getLayer() instanceof ConvolutionLayer convolution) {
        last =
            convolution.getActivationFn() instanceof ActivationReLU
                ? Optional.of(convolution.getLayerName())
                : Optional.empty();
      }
    }
    return last;
  }

  @Override
  public void export(ModelCard card, Optional<NoveltyStatistic> novelty, Path file)
      throws IOException {
    OnnxExporter.export(network, card, novelty, precision, file);
  }
}
