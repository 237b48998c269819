package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.ModelCard;
import io.cxr.train.architecture.FrozenArchitecture;
import io.cxr.train.architecture.LoadedBase;
import io.cxr.train.architecture.OnnxArchitecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.export.FrozenBase;
import io.cxr.train.export.NoveltyStatistic;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.export.Precision;
import io.cxr.train.export.TrainedNetwork;
import io.cxr.train.linear.LinearModel;
import io.cxr.train.network.Pooling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.learning.config.IUpdater;

/** A head, and blocks below it that are not frozen, learn from the features of a frozen base. */
final class FrozenBaseTask implements LearningTask {
  private final FrozenArchitecture architecture;
  private final FrozenBase base;
  private final ComputationGraph learner;
  private final Precision precision;
  private final FeatureSamples training;
  private final FeatureSamples validation;
  private final Optional<Standardization> standardization;
  private final String weightsHash;

  /** The head where it is all that is learnt; from the first call of {@link #learner} on. */
  private Optional<LinearHead> head = Optional.empty();

  private FrozenBaseTask(
      FrozenArchitecture architecture,
      FrozenBase base,
      ComputationGraph learner,
      Precision precision,
      FeatureSamples training,
      FeatureSamples validation,
      Optional<Standardization> standardization,
      String weightsHash) {
    this.architecture = architecture;
    this.base = base;
    this.learner = learner;
    this.precision = precision;
    this.training = training;
    this.validation = validation;
    this.standardization = standardization;
    this.weightsHash = weightsHash;
  }

  static FrozenBaseTask of(
      TrainingPlan plan,
      FrozenArchitecture architecture,
      IUpdater updater,
      TrainingProgress progress)
      throws IOException {
    LoadedBase loaded =
        architecture instanceof PretrainedArchitecture pretrained
            ? pretrained.load(plan.recipe().weights().orElseThrow())
            : ((OnnxArchitecture) architecture).load();
    FrozenBase base = loaded.frozen();
    List<LabelledRadiograph> training = plan.data().training();
    List<LabelledRadiograph> validation = plan.data().validation();
    List<LabelledRadiograph> all = new ArrayList<>(training);
    all.addAll(validation);
    BaseFeatures features =
        BaseFeatures.of(
            plan,
            () -> base.features(architecture.featurePooling()),
            architecture.features(),
            loaded.identity(),
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
        loaded.learner().of(labels, plan.recipe().seed(), updater),
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
        loaded.sha256());
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
  public Optional<byte[]> lastMapMeans() {
    return OnnxExporter.lastMapMeans(whole(), precision);
  }

  @Override
  public boolean lastMapIsFrozen() {
    return architecture.unfrozen() == 0;
  }

  /** Base and learner with the learner's weights as they are now. */
  private TrainedNetwork whole() {
    if (architecture.unfrozen() > 0) {
      return TrainedNetwork.of(base, learner, architecture.featurePooling());
    }
    LinearModel learnt = learnt(head.orElseThrow());
    if (base.givesMoments() && standardization.isPresent()) {
      return TrainedNetwork.centred(
          base,
          learnt.matrix(),
          learnt.biases(),
          standardization.get().means(),
          architecture.head());
    }
    return TrainedNetwork.of(
        base, architecture.featurePooling(), learnt.matrix(), learnt.biases(), architecture.head());
  }

  /** The head on the base's features as they are. */
  private LinearModel learnt(LinearHead linear) {
    return standardization.map(scale -> scale.folded(linear.model())).orElseGet(linear::model);
  }

  @Override
  public void export(ModelCard card, Optional<NoveltyStatistic> novelty, Path file)
      throws IOException {
    OnnxExporter.export(whole(), card, novelty, precision, file);
  }
}
