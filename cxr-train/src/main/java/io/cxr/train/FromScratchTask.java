package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.train.architecture.UntrainedArchitecture;
import io.cxr.train.export.NoveltyStatistic;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.export.Precision;
import io.cxr.train.export.TrainedNetwork;
import io.cxr.train.export.ViewHead;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.learning.config.IUpdater;

/** A whole network learns from the images. */
record FromScratchTask(
    ComputationGraph network,
    ValueScale scale,
    GrayFile images,
    Samples training,
    Samples validation,
    InputShape inputShape,
    Precision precision)
    implements LearningTask {
  /** Images that are decoded in parallel and then written. */
  private static final int AT_ONCE = 64;

  static FromScratchTask of(
      TrainingPlan plan,
      UntrainedArchitecture architecture,
      IUpdater updater,
      TrainingProgress progress)
      throws IOException {
    List<LabelledRadiograph> training = plan.data().training();
    List<LabelledRadiograph> validation = plan.data().validation();
    List<LabelledRadiograph> all = new ArrayList<>(training);
    all.addAll(validation);
    StandardPreprocessor preprocessor = StandardPreprocessor.of(plan.recipe().preprocessing());
    GrayFile images =
        GrayFile.beside(
            plan.model(), preprocessor.inputShape().rows() * preprocessor.inputShape().columns());
    try {
      for (int start = 0; start < all.size(); start += AT_ONCE) {
        List<LabelledRadiograph> next = all.subList(start, Math.min(all.size(), start + AT_ONCE));
        List<byte[]> grays =
            ParallelImages.of(
                next, item -> preprocessor.gray(plan.data().files().open(item).radiograph()));
        for (int i = 0; i < grays.size(); i++) {
          images.append(grays.get(i));
          progress.imagePrepared(start + i + 1, all.size());
        }
      }
      return new FromScratchTask(
          architecture.graph(
              plan.output(), plan.data().labels().size(), plan.recipe().seed(), updater),
          plan.valueScale(),
          images,
          new GraySamples(
              images::gray,
              plan.data().labelsOf(training),
              plan.recipe().preprocessing(),
              Optional.of(new AugmentedViews(plan, training, training.size()))),
          new GraySamples(
              index -> images.gray(training.size() + index),
              plan.data().labelsOf(validation),
              plan.recipe().preprocessing(),
              Optional.empty()),
          plan.recipe().preprocessing().inputShape(),
          plan.precision());
    } catch (IOException | RuntimeException e) {
      images.close();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    images.close();
  }

  @Override
  public Learner learner(TrainingPlan plan) {
    return new GradientDescent(plan, network, training, validation);
  }

  @Override
  public Optional<String> weightsHash() {
    return Optional.empty();
  }

  @Override
  public Map<String, String> chosen() {
    return Map.of();
  }

  @Override
  public Optional<byte[]> lastMapMeans() {
    return OnnxExporter.lastMapMeans(whole(), precision);
  }

  @Override
  public Optional<byte[]> lastMapQuadrants() {
    return OnnxExporter.lastMapQuadrants(whole(), precision);
  }

  @Override
  public boolean lastMapIsFrozen() {
    return false;
  }

  @Override
  public void export(
      ModelCard card, Optional<NoveltyStatistic> novelty, Optional<ViewHead> views, Path file)
      throws IOException {
    OnnxExporter.export(whole(), card, novelty, views, precision, file);
  }

  /** The network as it is now, with values in their units. */
  private TrainedNetwork whole() {
    return TrainedNetwork.of(scale.inUnits(network), inputShape);
  }
}
