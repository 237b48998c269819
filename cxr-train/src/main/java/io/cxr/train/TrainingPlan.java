package io.cxr.train;

import io.cxr.dataset.PatientSplit;
import io.cxr.model.OutputActivation;
import io.cxr.model.ShortcutFinding;
import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.augmentation.Augmentation;
import io.cxr.train.export.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Everything that decides how a network is trained. Immutable. */
public final class TrainingPlan {
  private final Architecture architecture;
  private final List<String> labels;
  private final PatientSplit split;
  private final Path model;
  private final String name;
  private final String version;
  private final String data;
  private final PreprocessingSpec preprocessing;
  private final Optional<Path> weights;
  private final Path featureCache;
  private final int epochs;
  private final int batchSize;
  private final OptionalInt stepsPerEpoch;
  private final double learningRate;
  private final double adamEpsilon;
  private final double unfrozenRateShare;
  private final LearningRateSchedule schedule;
  private final Loss loss;
  private final double labelSmoothing;
  private final double weightDecay;
  private final OptionalDouble gradientClip;
  private final Map<String, Double> classWeights;
  private final Augmentation augmentation;
  private final int views;
  private final boolean blankedCentres;
  private final double l2;
  private final Precision precision;
  private final Optional<ShortcutFinding> shortcuts;
  private final Monitor monitor;
  private final Optional<EarlyStopping> earlyStopping;
  private final Optional<Duration> timeLimit;
  private final boolean resume;
  private final long seed;

  private TrainingPlan(Builder b) {
    architecture = b.architecture;
    labels = b.labels;
    split = b.split;
    model = b.model;
    name = b.name;
    version = b.version;
    data = b.data;
    preprocessing = b.preprocessing;
    weights = b.weights;
    featureCache = b.featureCache;
    epochs = b.epochs;
    batchSize = b.batchSize;
    stepsPerEpoch = b.stepsPerEpoch;
    learningRate = b.learningRate;
    adamEpsilon = b.adamEpsilon;
    unfrozenRateShare = b.unfrozenRateShare;
    schedule = b.schedule;
    loss = b.loss;
    labelSmoothing = b.labelSmoothing;
    weightDecay = b.weightDecay;
    gradientClip = b.gradientClip;
    classWeights = Collections.unmodifiableMap(new LinkedHashMap<>(b.classWeights));
    augmentation = b.augmentation;
    views = b.views;
    blankedCentres = b.blankedCentres;
    l2 = b.l2;
    precision = b.precision;
    shortcuts = b.shortcuts;
    monitor = b.monitor;
    earlyStopping = b.earlyStopping;
    timeLimit = b.timeLimit;
    resume = b.resume;
    seed = b.seed;
  }

  /**
   * Starts a plan with the architecture's own settings.
   *
   * @param architecture the network
   * @param labels two labels or more, in the order of the outputs
   * @param split the training and the validation images
   * @param model the model file to write
   * @return a builder
   */
  public static Builder builder(
      Architecture architecture, List<String> labels, PatientSplit split, Path model) {
    return new Builder(architecture, labels, split, model);
  }

  Architecture architecture() {
    return architecture;
  }

  List<String> labels() {
    return labels;
  }

  /** What the network gives for these labels. */
  OutputActivation output() {
    return architecture.output(labels.size());
  }

  PatientSplit split() {
    return split;
  }

  Path model() {
    return model;
  }

  String name() {
    return name;
  }

  String version() {
    return version;
  }

  String data() {
    return data;
  }

  PreprocessingSpec preprocessing() {
    return preprocessing;
  }

  Optional<Path> weights() {
    return weights;
  }

  Path featureCache() {
    return featureCache;
  }

  int epochs() {
    return epochs;
  }

  int batchSize() {
    return batchSize;
  }

  OptionalInt stepsPerEpoch() {
    return stepsPerEpoch;
  }

  double learningRate() {
    return learningRate;
  }

  double adamEpsilon() {
    return adamEpsilon;
  }

  Map<String, Double> classWeights() {
    return classWeights;
  }

  Monitor monitor() {
    return monitor;
  }

  Optional<EarlyStopping> earlyStopping() {
    return earlyStopping;
  }

  double unfrozenRateShare() {
    return unfrozenRateShare;
  }

  LearningRateSchedule schedule() {
    return schedule;
  }

  Loss loss() {
    return loss;
  }

  double labelSmoothing() {
    return labelSmoothing;
  }

  double weightDecay() {
    return weightDecay;
  }

  OptionalDouble gradientClip() {
    return gradientClip;
  }

  Augmentation augmentation() {
    return augmentation;
  }

  int views() {
    return views;
  }

  Optional<Duration> timeLimit() {
    return timeLimit;
  }

  boolean resume() {
    return resume;
  }

  boolean blankedCentres() {
    return blankedCentres;
  }

  double l2() {
    return l2;
  }

  Precision precision() {
    return precision;
  }

  Optional<ShortcutFinding> shortcuts() {
    return shortcuts;
  }

  long seed() {
    return seed;
  }

  /** Collects a plan's settings; checked together by {@link #build()}. Not thread-safe. */
  public static final class Builder {
    private final Architecture architecture;
    private final List<String> labels;
    private final PatientSplit split;
    private final Path model;
    private String name;
    private String version = "1";
    private String data = "unnamed";
    private PreprocessingSpec preprocessing;
    private Optional<Path> weights = Optional.empty();
    private Path featureCache = FeatureCache.standardFolder();
    private int epochs = 30;
    private int batchSize;
    private OptionalInt stepsPerEpoch = OptionalInt.empty();
    private double learningRate;
    private double adamEpsilon = 1e-7;
    private double unfrozenRateShare = 0.1;
    private LearningRateSchedule schedule = new LearningRateSchedule.Constant();
    private Loss loss = new Loss.CrossEntropy();
    private double labelSmoothing;
    private double weightDecay;
    private OptionalDouble gradientClip = OptionalDouble.empty();
    private Map<String, Double> classWeights = Map.of();
    private Augmentation augmentation = Augmentation.none();
    private int views = 4;
    private boolean blankedCentres;
    private double l2;
    private Precision precision = Precision.FLOAT32;
    private Optional<ShortcutFinding> shortcuts = Optional.empty();
    private Optional<Duration> timeLimit = Optional.empty();
    private boolean resume;
    private Monitor monitor = Monitor.VALIDATION_LOSS;
    private Optional<EarlyStopping> earlyStopping = Optional.of(new EarlyStopping(0.001, 5, true));
    private long seed = 1;

    private Builder(
        Architecture architecture, List<String> labels, PatientSplit split, Path model) {
      this.architecture = Objects.requireNonNull(architecture, "architecture");
      this.labels = List.copyOf(labels);
      this.split = Objects.requireNonNull(split, "split");
      this.model = Objects.requireNonNull(model, "model");
      this.name = model.getFileName().toString().replaceFirst("\\.[^.]*$", "");
      this.preprocessing = architecture.preprocessing();
      this.batchSize = architecture.batchSize();
      this.learningRate = architecture.learningRate();
    }

    /**
     * The model's name; the file's name by default.
     *
     * @param name the name in the model card
     * @return this builder
     */
    public Builder name(String name) {
      this.name = Objects.requireNonNull(name, "name");
      return this;
    }

    /**
     * The model's version, "1" by default.
     *
     * @param version the version in the model card
     * @return this builder
     */
    public Builder version(String version) {
      this.version = Objects.requireNonNull(version, "version");
      return this;
    }

    /**
     * The data set's name in the model card.
     *
     * @param data a name, never a path
     * @return this builder
     */
    public Builder data(String data) {
      this.data = Objects.requireNonNull(data, "data");
      return this;
    }

    /**
     * Another way from radiograph to input than the architecture's own.
     *
     * @param preprocessing the steps; the shape must be the architecture's
     * @return this builder
     */
    public Builder preprocessing(PreprocessingSpec preprocessing) {
      this.preprocessing = Objects.requireNonNull(preprocessing, "preprocessing");
      return this;
    }

    /**
     * The ImageNet weights of a frozen base, as a Keras HDF5 file. Needed by the architectures that
     * have such a base, refused by the others.
     *
     * @param weights the file
     * @return this builder
     */
    public Builder weights(Path weights) {
      this.weights = Optional.of(weights);
      return this;
    }

    /**
     * Where features of frozen bases are kept for the next training.
     *
     * @param folder a folder, created when needed
     * @return this builder
     */
    public Builder featureCache(Path folder) {
      this.featureCache = Objects.requireNonNull(folder, "folder");
      return this;
    }

    /**
     * The most epochs, 30 by default.
     *
     * @param epochs at least 1
     * @return this builder
     */
    public Builder epochs(int epochs) {
      this.epochs = epochs;
      return this;
    }

    /**
     * Images a step; the architecture's own number by default.
     *
     * @param batchSize at least 1
     * @return this builder
     */
    public Builder batchSize(int batchSize) {
      this.batchSize = batchSize;
      return this;
    }

    /**
     * Steps an epoch. By default an epoch shows every training image once; with this setting the
     * stream of shuffled images goes on from one epoch to the next, as in Keras.
     *
     * @param steps at least 1
     * @return this builder
     */
    public Builder stepsPerEpoch(int steps) {
      this.stepsPerEpoch = OptionalInt.of(steps);
      return this;
    }

    /**
     * The learning rate of Adam (Kingma and Ba, ICLR 2015); the architecture's own by default.
     *
     * @param learningRate above 0
     * @return this builder
     */
    public Builder learningRate(double learningRate) {
      this.learningRate = learningRate;
      return this;
    }

    /**
     * The epsilon of Adam, 1e-7 by default as in Keras.
     *
     * @param epsilon above 0
     * @return this builder
     */
    public Builder adamEpsilon(double epsilon) {
      this.adamEpsilon = epsilon;
      return this;
    }

    /**
     * The learning rate of unfrozen blocks of a pretrained base, as a share of the head's: their
     * weights are good already. 0.1 by default.
     *
     * @param share above 0 and at most 1
     * @return this builder
     */
    public Builder unfrozenRateShare(double share) {
      this.unfrozenRateShare = share;
      return this;
    }

    /**
     * How the learning rate changes from epoch to epoch; constant by default.
     *
     * @param schedule the schedule
     * @return this builder
     */
    public Builder schedule(LearningRateSchedule schedule) {
      this.schedule = Objects.requireNonNull(schedule, "schedule");
      return this;
    }

    /**
     * What training makes small; cross-entropy by default. Figures in the history stay
     * cross-entropies.
     *
     * @param loss the loss
     * @return this builder
     */
    public Builder loss(Loss loss) {
      this.loss = Objects.requireNonNull(loss, "loss");
      return this;
    }

    /**
     * Targets less sure than 0 and 1: {@code t (1 - share) + share / labels} (Szegedy et al., CVPR
     * 2016). 0 by default.
     *
     * @param share at least 0 and below 1
     * @return this builder
     */
    public Builder labelSmoothing(double share) {
      this.labelSmoothing = share;
      return this;
    }

    /**
     * Decoupled weight decay (AdamW; Loshchilov and Hutter, ICLR 2019): after each step, weights
     * (not biases) are multiplied by {@code 1 - learningRate * decay}. 0 by default.
     *
     * @param decay at least 0
     * @return this builder
     */
    public Builder weightDecay(double decay) {
      this.weightDecay = decay;
      return this;
    }

    /**
     * Half of this times the sum of the squared weights (not biases) is added to the loss. 0 by
     * default.
     *
     * @param l2 at least 0
     * @return this builder
     */
    public Builder l2(double l2) {
      this.l2 = l2;
      return this;
    }

    /**
     * Whether a frozen base's training images are also shown without their centre, with all labels
     * as likely: what is left there is the frame, and a network that answers by it is wrong. Off by
     * default.
     *
     * @param blanked whether they are
     * @return this builder
     */
    public Builder blankedCentres(boolean blanked) {
      this.blankedCentres = blanked;
      return this;
    }

    /**
     * How the model file stores weights; as 32-bit floats by default.
     *
     * @param precision the number format
     * @return this builder
     */
    public Builder precision(Precision precision) {
      this.precision = Objects.requireNonNull(precision, "precision");
      return this;
    }

    /**
     * What an audit of the images said, for the model card; nothing by default.
     *
     * @param finding the finding
     * @return this builder
     */
    public Builder shortcuts(ShortcutFinding finding) {
      this.shortcuts = Optional.of(finding);
      return this;
    }

    /**
     * The greatest L2 norm of a layer's gradient; a longer one is shortened to it. Not clipped by
     * default.
     *
     * @param norm above 0
     * @return this builder
     */
    public Builder gradientClip(double norm) {
      this.gradientClip = OptionalDouble.of(norm);
      return this;
    }

    /**
     * How training images are changed from epoch to epoch; not at all by default. Validation images
     * never are.
     *
     * @param augmentation the changes
     * @return this builder
     */
    public Builder augmentation(Augmentation augmentation) {
      this.augmentation = Objects.requireNonNull(augmentation, "augmentation");
      return this;
    }

    /**
     * How many augmented views of a training image a frozen base computes features of, beside the
     * image as it is; 4 by default. Each epoch shows one of them. A network from scratch meets a
     * new view in every epoch and does not use this number.
     *
     * @param views at least 1
     * @return this builder
     */
    public Builder views(int views) {
      this.views = views;
      return this;
    }

    /**
     * Ends the training after the epoch in which it has run so long. The checkpoint stays, so that
     * it can be resumed. No limit by default.
     *
     * @param limit above 0
     * @return this builder
     */
    public Builder timeLimit(Duration limit) {
      this.timeLimit = Optional.of(limit);
      return this;
    }

    /**
     * Whether to go on from the checkpoint beside the model, if there is one; by default a training
     * starts anew. A training that is resumed ends with the same weights, bit for bit, as one that
     * was never interrupted, on the same machine with the same number of threads.
     *
     * @param resume whether to go on
     * @return this builder
     */
    public Builder resume(boolean resume) {
      this.resume = resume;
      return this;
    }

    /**
     * How much an image of each label counts in the training loss; 1 where none is given. Figures
     * in the history are not weighted.
     *
     * @param weights above 0, by label
     * @return this builder
     */
    public Builder classWeights(Map<String, Double> weights) {
      this.classWeights = Map.copyOf(weights);
      return this;
    }

    /**
     * Weights labels by the inverse of their share of the training images, so that each counts the
     * same: {@code images / (labels * images of the label)}, as scikit-learn's "balanced".
     *
     * @return this builder
     */
    public Builder balancedClassWeights() {
      Map<String, Integer> counts = Trainer.countByLabel(labels, split.training());
      Map<String, Double> balanced = new LinkedHashMap<>();
      counts.forEach(
          (label, count) ->
              balanced.put(label, (double) split.training().size() / (labels.size() * count)));
      this.classWeights = balanced;
      return this;
    }

    /**
     * Which figure decides the best epoch; the validation loss by default.
     *
     * @param monitor the figure
     * @return this builder
     */
    public Builder monitor(Monitor monitor) {
      this.monitor = Objects.requireNonNull(monitor, "monitor");
      return this;
    }

    /**
     * When to stop early; by default after 5 epochs without a gain of 0.001.
     *
     * @param stopping the rule
     * @return this builder
     */
    public Builder earlyStopping(EarlyStopping stopping) {
      this.earlyStopping = Optional.of(stopping);
      return this;
    }

    /**
     * Runs all epochs.
     *
     * @return this builder
     */
    public Builder noEarlyStopping() {
      this.earlyStopping = Optional.empty();
      return this;
    }

    /**
     * The seed of initial weights, dropout and order, 1 by default. The same seed, data, machine
     * and thread count give the same weights.
     *
     * @param seed any number
     * @return this builder
     */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * Checks the settings.
     *
     * @return the plan
     * @throws IllegalArgumentException if a setting is out of range or two do not fit
     */
    public TrainingPlan build() {
      check(epochs >= 1, "Epochs", "at least 1", epochs);
      check(batchSize >= 1, "Batch size", "at least 1", batchSize);
      check(
          stepsPerEpoch.isEmpty() || stepsPerEpoch.getAsInt() >= 1,
          "Steps per epoch",
          "at least 1",
          stepsPerEpoch);
      check(learningRate > 0 && learningRate < 1e3, "Learning rate", "above 0", learningRate);
      check(adamEpsilon > 0 && adamEpsilon < 1e3, "Adam's epsilon", "above 0", adamEpsilon);
      check(
          unfrozenRateShare > 0 && unfrozenRateShare <= 1,
          "Learning rate share of unfrozen blocks",
          "above 0 and at most 1",
          unfrozenRateShare);
      check(
          labelSmoothing >= 0 && labelSmoothing < 1,
          "Label smoothing",
          "at least 0 and below 1",
          labelSmoothing);
      check(weightDecay >= 0 && weightDecay < 1e6, "Weight decay", "at least 0", weightDecay);
      check(
          learningRate * weightDecay < 1,
          "Weight decay",
          "below 1 / learning rate, as it would turn the weights' signs",
          weightDecay);
      check(l2 >= 0 && l2 < 1e6, "L2", "at least 0", l2);
      check(
          !blankedCentres || architecture instanceof PretrainedArchitecture,
          "Blanked centres",
          "a network with a frozen base",
          architecture.name());
      check(
          gradientClip.isEmpty() || gradientClip.getAsDouble() > 0,
          "Gradient clip",
          "above 0",
          gradientClip);
      check(views >= 1 && views <= 1000, "Views", "from 1 to 1000", views);
      check(
          timeLimit.isEmpty() || timeLimit.get().compareTo(Duration.ZERO) > 0,
          "Time limit",
          "above 0",
          timeLimit);
      check(
          !(loss instanceof Loss.Focal)
              || architecture.output(labels.size()) != OutputActivation.SIGMOID_PER_LABEL,
          "Focal loss",
          "a softmax or one sigmoid",
          architecture.output(labels.size()));
      check(
          labels.size() >= 2 && labels.stream().distinct().count() == labels.size(),
          "Labels",
          "two distinct ones or more",
          labels);
      classWeights.forEach(
          (label, weight) -> {
            check(labels.contains(label), "Class weight", "a label of " + labels, label);
            check(weight > 0 && weight < 1e6, "Class weight of " + label, "above 0", weight);
          });
      InputShape expected = architecture.inputShape();
      check(
          preprocessing.inputShape().equals(expected),
          "Preprocessing for " + architecture.name(),
          "shape " + expected,
          preprocessing.inputShape());
      check(
          weights.isPresent() == architecture instanceof PretrainedArchitecture,
          "Weights for " + architecture.name(),
          architecture instanceof PretrainedArchitecture
              ? "a Keras file of ImageNet weights without top (.h5)"
              : "none, as it is trained from scratch",
          weights.map(Path::toString).orElse("none"));
      Trainer.countByLabel(labels, split.training());
      Trainer.countByLabel(labels, split.validation());
      return new TrainingPlan(this);
    }

    private static void check(boolean right, String what, String expected, Object found) {
      if (!right) {
        throw new IllegalArgumentException(
            what + ": expected " + expected + ", found " + found + ".");
      }
    }
  }
}
