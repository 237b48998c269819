package io.cxr.train;

import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.onnx.SessionSettings;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.FrozenArchitecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.augmentation.Augmentation;
import io.cxr.train.network.Pooling;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How a network learns, whatever it learns from: the architecture, where its weights begin, how
 * images are changed, and how the loss is made small. All trainings of a cross-validation share one
 * recipe. Immutable.
 */
public final class TrainingRecipe {
  /** As it was when the recipe was built; nobody else has it. */
  private final Builder settings;

  private TrainingRecipe(Builder settings) {
    this.settings = settings;
  }

  /**
   * Starts a recipe with the architecture's own settings.
   *
   * @param architecture the network
   * @return a builder
   */
  public static Builder builder(Architecture architecture) {
    return new Builder(architecture);
  }

  /**
   * Starts another recipe from this one.
   *
   * @return a builder with the settings of this recipe
   */
  public Builder toBuilder() {
    return settings.copy();
  }

  Architecture architecture() {
    return settings.architecture;
  }

  PreprocessingSpec preprocessing() {
    return settings.preprocessing;
  }

  Optional<Path> weights() {
    return settings.weights;
  }

  /** Where and how ONNX Runtime runs frozen bases, and files that are asked. */
  SessionSettings session() {
    return settings.session;
  }

  /** The cache of features, within its bound. */
  FeatureCache openFeatureCache() {
    return new FeatureCache(settings.featureCache, settings.featureCacheBytes);
  }

  Solver solver() {
    return settings.solver;
  }

  Augmentation augmentation() {
    return settings.augmentation;
  }

  /** How many augmented views there are of a training image; none where nothing is changed. */
  int views() {
    return settings.augmentation.isNone() ? 0 : settings.views;
  }

  boolean blankedCentres() {
    return settings.blankedCentres;
  }

  boolean viewHead() {
    return settings.viewHead;
  }

  int epochs() {
    return settings.epochs;
  }

  int batchSize() {
    return settings.batchSize;
  }

  OptionalInt stepsPerEpoch() {
    return settings.stepsPerEpoch;
  }

  /** Steps an epoch with so many training images. */
  int steps(int images) {
    return stepsPerEpoch().orElse((images + batchSize() - 1) / batchSize());
  }

  double learningRate() {
    return settings.learningRate;
  }

  double adamEpsilon() {
    return settings.adamEpsilon;
  }

  double unfrozenRateShare() {
    return settings.unfrozenRateShare;
  }

  LearningRateSchedule schedule() {
    return settings.schedule;
  }

  Loss loss() {
    return settings.loss;
  }

  double labelSmoothing() {
    return settings.labelSmoothing;
  }

  double weightDecay() {
    return settings.weightDecay;
  }

  double l2() {
    return settings.l2;
  }

  OptionalDouble gradientClip() {
    return settings.gradientClip;
  }

  /** As given; what counts in a plan is {@link TrainingPlan#imageWeights()}. */
  Map<String, Double> classWeights() {
    return settings.classWeights;
  }

  Balance balance() {
    return settings.balance;
  }

  double sourcePenalty() {
    return settings.sourcePenalty;
  }

  /** Whether calibration and thresholds are fitted to answers about sources left out. */
  boolean calibratesOnSources() {
    return settings.calibratesOnSources;
  }

  /** As given; what decides in a plan is {@link TrainingPlan#monitor()}. */
  Optional<Monitor> monitor() {
    return settings.monitor;
  }

  Optional<EarlyStopping> earlyStopping() {
    return settings.earlyStopping;
  }

  long seed() {
    return settings.seed;
  }

  /** Refuses a setting that is out of range. */
  static void check(boolean right, String what, String expected, Object found) {
    if (!right) {
      throw new IllegalArgumentException(
          what + ": expected " + expected + ", found " + found + ".");
    }
  }

  /** Collects a recipe's settings; checked together by {@link #build()}. Not thread-safe. */
  public static final class Builder implements Cloneable {
    private final Architecture architecture;
    private PreprocessingSpec preprocessing;
    private Optional<Path> weights = Optional.empty();
    private Path featureCache = FeatureCache.standardFolder();
    private long featureCacheBytes = FeatureCache.STANDARD_BYTES;
    private SessionSettings session = SessionSettings.defaults();
    private Solver solver = new Solver.Adam();
    private Augmentation augmentation = Augmentation.none();
    private int views = 4;
    private boolean blankedCentres;
    private boolean viewHead;
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
    private double l2;
    private OptionalDouble gradientClip = OptionalDouble.empty();
    private Map<String, Double> classWeights = Map.of();
    private Balance balance = Balance.NONE;
    private double sourcePenalty;
    private boolean calibratesOnSources;
    private Optional<Monitor> monitor = Optional.empty();
    private Optional<EarlyStopping> earlyStopping = Optional.of(new EarlyStopping(0.001, 5, true));
    private long seed = 1;

    private Builder(Architecture architecture) {
      this.architecture = Objects.requireNonNull(architecture, "architecture");
      this.preprocessing = architecture.preprocessing();
      this.batchSize = architecture.batchSize();
      this.learningRate = architecture.learningRate();
    }

    /** All values are immutable, so that a copy of the references is a copy. */
    private Builder copy() {
      try {
        return (Builder) clone();
      } catch (CloneNotSupportedException e) {
        throw new IllegalStateException("A builder can be copied", e);
      }
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
     * Where features of a frozen base are kept for the next training; {@code cxr/features} in the
     * user's cache folder by default.
     *
     * @param folder a folder, created when needed
     * @return this builder
     */
    public Builder featureCache(Path folder) {
      this.featureCache = Objects.requireNonNull(folder, "folder");
      return this;
    }

    /**
     * Where and how ONNX Runtime runs a frozen base and asks the files that are written; on the CPU
     * by default. What is learnt is computed on the CPU either way. Features that another device
     * computed, and lie in the cache, are taken as they are: they differ by rounding.
     *
     * @param session device, threads and options
     * @return this builder
     */
    public Builder session(SessionSettings session) {
      this.session = Objects.requireNonNull(session, "session");
      return this;
    }

    /**
     * How many bytes the features on disk may have, 4 GiB by default. Where there are more, those
     * of the bases that no training has used for longest are deleted; a training's own stay until
     * the next, however many they are.
     *
     * @param bytes at least 0
     * @return this builder
     */
    public Builder featureCacheBytes(long bytes) {
      this.featureCacheBytes = bytes;
      return this;
    }

    /**
     * How the weights are found; by {@link Solver.Adam} by default.
     *
     * @param solver the solver
     * @return this builder
     */
    public Builder solver(Solver solver) {
      this.solver = Objects.requireNonNull(solver, "solver");
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
     * Whether the model learns to tell upright frontal films from rotated, mirrored, inverted and
     * lateral ones, which it then refuses with a reason of their own. Rotated, mirrored and
     * inverted films are made of the training films; laterals are {@link TrainingData#withLaterals
     * given}. No by default.
     *
     * @param viewHead whether the model file has a view head
     * @return this builder
     */
    public Builder viewHead(boolean viewHead) {
      this.viewHead = viewHead;
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
     * default; {@link Solver.Lbfgs} takes 0 for one over the number of training images.
     *
     * @param l2 at least 0
     * @return this builder
     */
    public Builder l2(double l2) {
      this.l2 = l2;
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
     * How much an image of each label counts in the training loss; 1 where none is given. Figures
     * in the history are not weighted.
     *
     * @param weights above 0, by label
     * @return this builder
     */
    public Builder classWeights(Map<String, Double> weights) {
      this.classWeights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
      this.balance = Balance.NONE;
      return this;
    }

    /**
     * Weights labels by the inverse of their share of the training images, so that each counts the
     * same: {@code images / (labels * images of the label)}, as scikit-learn's "balanced".
     *
     * @return this builder
     */
    public Builder balancedClassWeights() {
      return balance(Balance.LABELS);
    }

    /**
     * Which images count alike in the training loss, in place of class weights; {@link
     * Balance#NONE} by default. Losses are weighted, but for a support vector machine, which meets
     * the images of a small source as often as it takes.
     *
     * @param balance what counts alike; {@link Balance#SOURCES} needs the source of every image
     * @return this builder
     */
    public Builder balance(Balance balance) {
      this.classWeights = Map.of();
      this.balance = Objects.requireNonNull(balance, "balance");
      return this;
    }

    /**
     * A penalty on what tells sources apart, for a head that is one linear layer on features:
     * {@code penalty / 2 * sum_u w_u' B w_u} is added to the loss, where B is the covariance
     * between sources of the mean features of a label, averaged over the labels that two sources or
     * more have. Adam's gradients along these directions are damped, so that a strong penalty does
     * not make its steps unstable. 0 by default.
     *
     * @param penalty at least 0; features of averaged maps have mean 0 and deviation 1
     * @return this builder
     */
    public Builder sourcePenalty(double penalty) {
      this.sourcePenalty = penalty;
      return this;
    }

    /**
     * Whether calibration and operating points are fitted to answers about sources that were left
     * out, and not to the validation images: each source of the training images in turn, by a head
     * that is fitted to the others. So a confidence holds for another hospital, where a head is
     * less sure than it thinks. For a head on a frozen base. Off by default.
     *
     * @param calibrates whether they are
     * @return this builder
     */
    public Builder calibratedOnSources(boolean calibrates) {
      this.calibratesOnSources = calibrates;
      return this;
    }

    /**
     * Which figure decides the best epoch; the validation loss by default.
     *
     * @param monitor the figure
     * @return this builder
     */
    public Builder monitor(Monitor monitor) {
      this.monitor = Optional.of(monitor);
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
     * @return the recipe
     * @throws IllegalArgumentException if a setting is out of range or two do not fit
     */
    public TrainingRecipe build() {
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
          !blankedCentres || architecture instanceof FrozenArchitecture,
          "Blanked centres",
          "a network with a frozen base",
          architecture.name());
      check(
          gradientClip.isEmpty() || gradientClip.getAsDouble() > 0,
          "Gradient clip",
          "above 0",
          gradientClip);
      check(featureCacheBytes >= 0, "Bytes of kept features", "at least 0", featureCacheBytes);
      check(
          sourcePenalty >= 0 && sourcePenalty < 1e9,
          "Source penalty",
          "at least 0 and below 1e9",
          sourcePenalty);
      check(
          (sourcePenalty == 0 && !calibratesOnSources) || isHeadAlone(),
          "Source penalty and calibration on sources",
          "a head on a base that is frozen as a whole",
          architecture.name());
      checkSolver();
      check(views >= 1 && views <= 1000, "Views", "from 1 to 1000", views);
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
              : architecture instanceof FrozenArchitecture
                  ? "none, as its ONNX file has them"
                  : "none, as it is trained from scratch",
          weights.map(Path::toString).orElse("none"));
      classWeights.forEach(
          (label, weight) ->
              check(weight > 0 && weight < 1e6, "Class weight of " + label, "above 0", weight));
      return new TrainingRecipe(copy());
    }

    private boolean isHeadAlone() {
      return architecture instanceof FrozenArchitecture frozen && frozen.unfrozen() == 0;
    }

    private void checkSolver() {
      if (solver instanceof Solver.Adam) {
        return;
      }
      check(
          isHeadAlone(),
          "Solver " + solver,
          "a head on a base that is frozen as a whole",
          architecture.name());
      check(
          weightDecay == 0 && gradientClip.isEmpty() && stepsPerEpoch.isEmpty(),
          "Weight decay, gradient clip and steps per epoch",
          "none, as " + solver + " takes no steps of its own",
          "one");
      check(
          !(solver instanceof Solver.Given)
              || (sourcePenalty == 0 && !calibratesOnSources && !blankedCentres),
          "A head that was fitted elsewhere",
          "no source penalty, calibration on sources or blanked centres, which need a fit here",
          "one");
      if (solver instanceof Solver.LinearSvm) {
        check(
            architecture instanceof FrozenArchitecture frozen
                && frozen.pooling() == Pooling.GLOBAL_AVERAGE,
            "Support vector machine",
            "a network with global average pooling",
            architecture.name() + " with flattened features");
        check(
            loss instanceof Loss.CrossEntropy && labelSmoothing == 0 && l2 == 0 && !blankedCentres,
            "Support vector machine",
            "its own loss and penalty, and images with a label",
            "focal loss, label smoothing, L2 or blanked centres");
      }
    }
  }
}
