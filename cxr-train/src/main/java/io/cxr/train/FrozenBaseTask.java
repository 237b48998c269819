package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.Task;
import io.cxr.train.architecture.FrozenArchitecture;
import io.cxr.train.architecture.LoadedBase;
import io.cxr.train.architecture.OnnxArchitecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.export.FrozenBase;
import io.cxr.train.export.NoveltyStatistic;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.export.Precision;
import io.cxr.train.export.TrainedNetwork;
import io.cxr.train.export.ViewHead;
import io.cxr.train.linear.LinearModel;
import io.cxr.train.network.Pooling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.learning.config.IUpdater;

/** A head, and blocks below it that are not frozen, learn from the features of a frozen base. */
final class FrozenBaseTask implements LearningTask {
  private final FrozenArchitecture architecture;
  private final FrozenBase base;
  private final ComputationGraph learner;
  private final Precision precision;
  private final OutputActivation output;
  private final ValueScale scale;
  private final BaseFeatures features;
  private final FeatureSamples training;
  private final FeatureSamples validation;

  /** Images that are neither, for the finished head's answers. */
  private final FeatureSamples asked;

  private final Optional<Standardization> standardization;
  private final String weightsHash;

  /** The head where it is all that is learnt; from the first call of {@link #learner} on. */
  private Optional<LinearHead> head = Optional.empty();

  private FrozenBaseTask(
      FrozenArchitecture architecture,
      FrozenBase base,
      ComputationGraph learner,
      TrainingPlan plan,
      BaseFeatures features,
      FeatureSamples training,
      FeatureSamples validation,
      FeatureSamples asked,
      Optional<Standardization> standardization,
      String weightsHash) {
    this.architecture = architecture;
    this.base = base;
    this.learner = learner;
    this.precision = plan.precision();
    this.output = plan.output();
    this.scale = plan.valueScale();
    this.features = features;
    this.training = training;
    this.validation = validation;
    this.asked = asked;
    this.standardization = standardization;
    this.weightsHash = weightsHash;
  }

  /**
   * A head on a base that is frozen as a whole, and images that it is asked about when it is
   * fitted, with the plan's labels.
   */
  static FrozenBaseTask of(
      TrainingPlan plan, List<LabelledRadiograph> asked, TrainingProgress progress)
      throws IOException {
    return of(
        plan,
        (FrozenArchitecture) plan.recipe().architecture(),
        LearningTask.adam(plan),
        asked,
        progress);
  }

  static FrozenBaseTask of(
      TrainingPlan plan,
      FrozenArchitecture architecture,
      IUpdater updater,
      List<LabelledRadiograph> asked,
      TrainingProgress progress)
      throws IOException {
    LoadedBase loaded = load(plan.recipe(), architecture, plan.data().task().kind());
    FrozenBase base = loaded.frozen();
    List<LabelledRadiograph> training = plan.data().training();
    List<LabelledRadiograph> validation = plan.data().validation();
    List<LabelledRadiograph> all = new ArrayList<>(training);
    all.addAll(validation);
    all.addAll(asked);
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
        architecture.pooling() == Pooling.GLOBAL_AVERAGE
            && architecture.unfrozen() == 0
            && !(plan.recipe().solver() instanceof Solver.Given);
    Optional<Standardization> standardization =
        standardizes
            ? Optional.of(Standardization.of(features, training.size(), views))
            : Optional.empty();
    return new FrozenBaseTask(
        architecture,
        base,
        loaded.learner().of(labels, plan.recipe().seed(), updater),
        plan,
        features,
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
        new FeatureSamples(
            features.from(training.size() + validation.size()),
            plan.data().labelsOf(asked),
            standardization,
            0,
            false,
            plan.recipe().seed()),
        standardization,
        loaded.sha256());
  }

  /** The base with its weights, under a head for a task. */
  static LoadedBase load(TrainingRecipe recipe, FrozenArchitecture architecture, Task.Kind task)
      throws IOException {
    // A layer of sigmoids may have any number of units; what they mean is the learner's to say.
    OutputActivation head =
        task == Task.Kind.EXCLUSIVE_LABELS
            ? architecture.head()
            : OutputActivation.SIGMOID_PER_LABEL;
    return architecture instanceof PretrainedArchitecture pretrained
        ? pretrained.withHead(head).load(recipe.weights().orElseThrow())
        : ((OnnxArchitecture) architecture).withHead(head).load();
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
  public Map<String, String> chosen() {
    return head.map(LinearHead::chosen).orElse(Map.of());
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
    return architecture.unfrozen() == 0;
  }

  @Override
  public OutOfSource outOfSource(TrainingPlan plan, int epochs, TrainingProgress progress)
      throws IOException {
    return OutOfSource.of(
        plan, (without, others, left) -> answers(plan, without, others, left, epochs), progress);
  }

  /** A head that learns from some training images as the plan's learns from all, about others. */
  private List<double[]> answers(
      TrainingPlan plan, TrainingPlan without, int[] others, int[] left, int epochs)
      throws IOException {
    int views = plan.recipe().views();
    FeatureSamples.Features own = features.only(others);
    Optional<Standardization> scale =
        standardization.isPresent()
            ? Optional.of(Standardization.of(own, others.length, views))
            : Optional.empty();
    int[] labels = plan.data().labelsOf(plan.data().training());
    LinearHead linear =
        LinearHead.of(
            without,
            new FeatureSamples(
                own,
                IntStream.of(others).map(index -> labels[index]).toArray(),
                scale,
                views,
                plan.recipe().blankedCentres(),
                plan.recipe().seed()),
            new FeatureSamples(
                features.only(left),
                IntStream.of(left).map(index -> labels[index]).toArray(),
                scale,
                0,
                false,
                plan.recipe().seed()));
    for (int epoch = 1; epoch <= Math.min(epochs, linear.epochs()); epoch++) {
      linear.startEpoch(epoch);
      for (int step = 0; step < linear.steps(); step++) {
        linear.step();
      }
    }
    return linear.probabilities();
  }

  /** The head's answers, as it is now, about the images to ask about; one value a label. */
  List<double[]> askedProbabilities() throws IOException {
    return head.orElseThrow().probabilities(asked);
  }

  /** The base's features of an image to ask about, as they are. */
  float[] askedFeatures(int index) throws IOException {
    float[] row = new float[features.width()];
    features.copy(training.size() + validation.size() + index, 0, row, 0);
    return row;
  }

  /** Whether features are what a statistic of the novelty gate judges. */
  boolean featuresAreMeans(NoveltyStatistic statistic) {
    return architecture.featurePooling() == Pooling.GLOBAL_AVERAGE
        && statistic.channels() == features.width();
  }

  /** Base and learner with the learner's weights as they are now. */
  private TrainedNetwork whole() {
    if (architecture.unfrozen() > 0) {
      return TrainedNetwork.of(base, scale.inUnits(learner), architecture.featurePooling());
    }
    LinearModel learnt = learnt(head.orElseThrow());
    if (base.givesMoments() && standardization.isPresent()) {
      return TrainedNetwork.centred(
          base, learnt.matrix(), learnt.biases(), standardization.get().means(), output);
    }
    return TrainedNetwork.of(
        base, architecture.featurePooling(), learnt.matrix(), learnt.biases(), output);
  }

  /** The head on the base's features as they are. */
  private LinearModel learnt(LinearHead linear) {
    return scale.inUnits(
        standardization.map(features -> features.folded(linear.model())).orElseGet(linear::model));
  }

  @Override
  public void export(
      ModelCard card, Optional<NoveltyStatistic> novelty, Optional<ViewHead> views, Path file)
      throws IOException {
    OnnxExporter.export(whole(), card, novelty, views, precision, file);
  }
}
