package io.cxr.train;

import io.cxr.dataset.PatientSplit;
import io.cxr.preprocess.InputShape;
import io.cxr.preprocess.PreprocessingSpec;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
  private final Map<String, Double> classWeights;
  private final Monitor monitor;
  private final Optional<EarlyStopping> earlyStopping;
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
    classWeights = Collections.unmodifiableMap(new LinkedHashMap<>(b.classWeights));
    monitor = b.monitor;
    earlyStopping = b.earlyStopping;
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
    private Map<String, Double> classWeights = Map.of();
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
