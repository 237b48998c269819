package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.ModelCard;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.Pooling;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.export.NoveltyStatistic;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.export.Precision;
import io.cxr.train.linear.LinearModel;
import io.cxr.train.weights.KerasWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;

/** A head, and blocks below it that are not frozen, learn from the features of a frozen base. */
final class FrozenBaseTask implements LearningTask {
  private final PretrainedArchitecture architecture;
  private final ComputationGraph base;
  private final ComputationGraph learner;
  private final int labels;
  private final Precision precision;
  private final FeatureSamples training;
  private final FeatureSamples validation;
  private final Optional<Standardization> standardization;
  private final String weightsHash;

  /** The head where it is all that is learnt; from the first call of {@link #learner} on. */
  private Optional<LinearHead> head = Optional.empty();

  /** Base and learner, made at the first export; then only the learner's weights are copied. */
  private Optional<ComputationGraph> joined = Optional.empty();

  private FrozenBaseTask(
      PretrainedArchitecture architecture,
      ComputationGraph base,
      ComputationGraph learner,
      int labels,
      Precision precision,
      FeatureSamples training,
      FeatureSamples validation,
      Optional<Standardization> standardization,
      String weightsHash) {
    this.architecture = architecture;
    this.base = base;
    this.learner = learner;
    this.labels = labels;
    this.precision = precision;
    this.training = training;
    this.validation = validation;
    this.standardization = standardization;
    this.weightsHash = weightsHash;
  }

  static FrozenBaseTask of(
      TrainingPlan plan,
      PretrainedArchitecture architecture,
      IUpdater updater,
      TrainingProgress progress)
      throws IOException {
    KerasWeights weights = KerasWeights.read(plan.recipe().weights().orElseThrow());
    ComputationGraph base = architecture.base(weights);
    List<LabelledRadiograph> training = plan.data().training();
    List<LabelledRadiograph> validation = plan.data().validation();
    List<LabelledRadiograph> all = new ArrayList<>(training);
    all.addAll(validation);
    BaseFeatures features =
        BaseFeatures.of(
            plan,
            () -> OnnxExporter.features(base, architecture.inputShape()),
            architecture.features(),
            architecture.lastFrozenLayer()
                + "\n"
                + architecture.features()
                + "\n"
                + weights.sha256(),
            all,
            training.size(),
            progress);
    int labels = plan.data().labels().size();
    int views = plan.recipe().views();
    // One Dense layer learns far faster from features of one scale, and means of channels are few.
    boolean standardizes =
        architecture.pooling() == Pooling.GLOBAL_AVERAGE && architecture.unfrozen() == 0;
    Optional<Standardization> standardization =
        standardizes
            ? Optional.of(Standardization.of(features, training.size(), views))
            : Optional.empty();
    return new FrozenBaseTask(
        architecture,
        base,
        architecture.learner(labels, plan.recipe().seed(), updater, weights),
        labels,
        plan.precision(),
        new FeatureSamples(
            features,
            plan.data().labelsOf(training),
            standardization,
            views,
            plan.recipe().blankedCentres(),
            plan.recipe().seed()),
        new FeatureSamples(
            features.from(training.size()),
            plan.data().labelsOf(validation),
            standardization,
            0,
            false,
            plan.recipe().seed()),
        standardization,
        weights.sha256());
  }

  @Override
  public Learner learner(TrainingPlan plan) {
    if (architecture.unfrozen() > 0) {
      return new GradientDescent(plan, learner, training, validation);
    }
    LinearHead linear = LinearHead.of(plan, training, validation);
    head = Optional.of(linear);
    return linear;
  }

  @Override
  public Samples training() {
    return training;
  }

  @Override
  public Samples validation() {
    return validation;
  }

  @Override
  public Optional<String> weightsHash() {
    return Optional.of(weightsHash);
  }

  @Override
  public Optional<byte[]> lastMapMeans() throws IOException {
    return OnnxExporter.lastMapMeans(whole(), architecture.inputShape(), precision);
  }

  @Override
  public boolean lastMapIsFrozen() {
    return architecture.unfrozen() == 0;
  }

  /** Base and learner with the learner's weights as they are now. */
  private ComputationGraph whole() throws IOException {
    if (joined.isEmpty()) {
      joined = Optional.of(architecture.joined(base, learner, labels));
    } else {
      architecture.copyLearner(learner, joined.get());
    }
    if (head.isPresent()) {
      LinearModel learnt = learnt(head.get());
      Layer output = joined.get().getLayer(Architecture.OUTPUT);
      output
          .getParam("W")
          .assign(
              Nd4j.createFromArray(learnt.matrix())
                  .reshape('c', learnt.features(), learnt.units()));
      output
          .getParam("b")
          .assign(Nd4j.createFromArray(learnt.biases()).reshape('c', 1, learnt.units()));
    }
    return joined.get();
  }

  /** The head on the base's features as they are. */
  private LinearModel learnt(LinearHead linear) {
    return standardization
        .map(scale -> scale.folded(linear.model()))
        .orElseGet(linear::model);
  }

  @Override
  public void export(ModelCard card, Optional<NoveltyStatistic> novelty, Path file)
      throws IOException {
    OnnxExporter.export(whole(), card, novelty, precision, file);
  }
}
