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
    Samples training,
    Samples validation,
    InputShape inputShape,
    Precision precision)
    implements LearningTask {

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
    List<byte[]> images = new ArrayList<>();
    for (LabelledRadiograph item : all) {
      images.add(preprocessor.gray(plan.data().files().open(item).radiograph()));
      progress.imagePrepared(images.size(), all.size());
    }
    return new FromScratchTask(
        architecture.graph(plan.data().labels().size(), plan.recipe().seed(), updater),
        new GraySamples(
            images.subList(0, training.size()),
            plan.data().labelsOf(training),
            plan.recipe().preprocessing(),
            Optional.of(new AugmentedViews(plan, training, training.size()))),
        new GraySamples(
            images.subList(training.size(), all.size()),
            plan.data().labelsOf(validation),
            plan.recipe().preprocessing(),
            Optional.empty()),
        plan.recipe().preprocessing().inputShape(),
        plan.precision());
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
    return OnnxExporter.lastMapMeans(TrainedNetwork.of(network, inputShape), precision);
  }

  @Override
  public Optional<byte[]> lastMapQuadrants() {
    return OnnxExporter.lastMapQuadrants(TrainedNetwork.of(network, inputShape), precision);
  }

  @Override
  public boolean lastMapIsFrozen() {
    return false;
  }

  @Override
  public void export(
      ModelCard card, Optional<NoveltyStatistic> novelty, Optional<ViewHead> views, Path file)
      throws IOException {
    OnnxExporter.export(
        TrainedNetwork.of(network, inputShape), card, novelty, views, precision, file);
  }
}
