package io.cxr.train;

import io.cxr.model.OutputActivation;
import io.cxr.model.Task;
import io.cxr.train.export.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * One training: how a network learns, from which images, which model file it becomes, and when it
 * stops and goes on. Immutable, but for who asks it to stop.
 */
public final class TrainingPlan {
  private final TrainingRecipe recipe;
  private final TrainingData data;
  private final ImageWeights imageWeights;
  private final ValueScale valueScale;
  private final Path model;
  private final String name;
  private final String version;
  private final Precision precision;
  private final Optional<Duration> timeLimit;
  private final BooleanSupplier stop;
  private final boolean resume;

  private TrainingPlan(Builder builder) {
    recipe = builder.recipe;
    data = builder.data;
    imageWeights = ImageWeights.of(recipe, data);
    valueScale =
        data.task().kind() == Task.Kind.MEASUREMENTS
            ? ValueScale.of(data.labels(), data.training())
            : ValueScale.NONE;
    model = builder.model;
    name = builder.name;
    version = builder.version;
    precision = builder.precision;
    timeLimit = builder.timeLimit;
    stop = builder.stop;
    resume = builder.resume;
  }

  /**
   * Starts a plan.
   *
   * @param recipe how the network learns
   * @param data what it learns from
   * @param model the model file to write
   * @return a builder
   */
  public static Builder builder(TrainingRecipe recipe, TrainingData data, Path model) {
    return new Builder(recipe, data, model);
  }

  TrainingRecipe recipe() {
    return recipe;
  }

  TrainingData data() {
    return data;
  }

  /** What the network gives for the labels. */
  OutputActivation output() {
    return output(recipe, data);
  }

  private static OutputActivation output(TrainingRecipe recipe, TrainingData data) {
    return switch (data.task().kind()) {
      case EXCLUSIVE_LABELS -> recipe.architecture().output(data.labels().size());
      case FINDINGS -> OutputActivation.SIGMOID;
      case MEASUREMENTS -> OutputActivation.IDENTITY;
    };
  }

  /** The scale of measurements in training. */
  ValueScale valueScale() {
    return valueScale;
  }

  /** The figure that decides which epoch is best: that of the recipe, or the task's usual one. */
  Monitor monitor() {
    return recipe
        .monitor()
        .orElse(
            data.task().kind() == Task.Kind.FINDINGS
                ? Monitor.VALIDATION_AUROC
                : Monitor.VALIDATION_LOSS);
  }

  /** How much each training image counts, as given or balanced. */
  ImageWeights imageWeights() {
    return imageWeights;
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

  Precision precision() {
    return precision;
  }

  Optional<Duration> timeLimit() {
    return timeLimit;
  }

  /** Whether somebody wants the training to end after this epoch. */
  boolean stopAsked() {
    return stop.getAsBoolean();
  }

  boolean resume() {
    return resume;
  }

  /** Collects a plan's settings; checked together by {@link #build()}. Not thread-safe. */
  public static final class Builder {
    private final TrainingRecipe recipe;
    private final TrainingData data;
    private final Path model;
    private String name;
    private String version = "1";
    private Precision precision = Precision.FP32;
    private Optional<Duration> timeLimit = Optional.empty();
    private BooleanSupplier stop = () -> false;
    private boolean resume;

    private Builder(TrainingRecipe recipe, TrainingData data, Path model) {
      this.recipe = Objects.requireNonNull(recipe, "recipe");
      this.data = Objects.requireNonNull(data, "data");
      this.model = Objects.requireNonNull(model, "model");
      this.name = model.getFileName().toString().replaceFirst("\\.[^.]*$", "");
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
     * How the model file stores weights; as 32-bit floats by default.
     *
     * @param precision {@link Precision#FP32} or {@link Precision#FP16}; the others take a file
     *     that is there
     * @return this builder
     */
    public Builder precision(Precision precision) {
      this.precision = Objects.requireNonNull(precision, "precision");
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
     * Ends the training after the epoch in which somebody asks for it, as a time limit does: the
     * model file has the best epoch, and the checkpoint stays, so that it can be resumed.
     *
     * @param asked asked after each epoch, on the training thread; true to end
     * @return this builder
     */
    public Builder stopWhen(BooleanSupplier asked) {
      this.stop = Objects.requireNonNull(asked, "asked");
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
     * Checks the settings, and whether recipe and data fit.
     *
     * @return the plan
     * @throws IllegalArgumentException if a setting is out of range or two do not fit
     */
    public TrainingPlan build() {
      TrainingRecipe.check(
          precision == Precision.FP32 || precision == Precision.FP16,
          "Precision",
          "FP32 or FP16; export the trained model for the others",
          precision);
      TrainingRecipe.check(
          timeLimit.isEmpty() || timeLimit.get().compareTo(Duration.ZERO) > 0,
          "Time limit",
          "above 0",
          timeLimit);
      OutputActivation output = output(recipe, data);
      TrainingRecipe.check(
          !(recipe.loss() instanceof Loss.Focal)
              || output == OutputActivation.SOFTMAX
              || output == OutputActivation.SIGMOID_OF_SECOND_LABEL,
          "Focal loss",
          "a softmax or one sigmoid",
          output);
      TrainingRecipe.check(
          !(recipe.solver() instanceof Solver.LinearSvm) || output == OutputActivation.SOFTMAX,
          "Support vector machine",
          "a softmax, of its calibrated logits",
          output);
      TrainingRecipe.check(
          !(recipe.solver() instanceof Solver.Given) || output != OutputActivation.IDENTITY,
          "A head that was fitted elsewhere",
          "labels or findings",
          data.task().kind());
      for (String label : recipe.classWeights().keySet()) {
        TrainingRecipe.check(
            data.labels().contains(label), "Class weight", "a label of " + data.labels(), label);
      }
      checkTask(output);
      if (recipe.sourcePenalty() > 0) {
        SourceMeans.checkShared(data);
      }
      return new TrainingPlan(this);
    }

    /** Refuses what needs labels that exclude each other, or findings, or measurements. */
    private void checkTask(OutputActivation output) {
      Task.Kind task = data.task().kind();
      boolean exclusive = task == Task.Kind.EXCLUSIVE_LABELS;
      TrainingRecipe.check(
          !(recipe.loss() instanceof Loss.Huber) || task == Task.Kind.MEASUREMENTS,
          "Huber loss",
          "measurements",
          task);
      TrainingRecipe.check(
          recipe.monitor().isEmpty()
              || task == Task.Kind.FINDINGS
              || recipe.monitor().get() != Monitor.VALIDATION_AUROC,
          "Monitor",
          "the loss or the accuracy; the area under the ROC curve is for findings",
          Monitor.VALIDATION_AUROC);
      TrainingRecipe.check(
          recipe.monitor().isEmpty()
              || task != Task.Kind.MEASUREMENTS
              || recipe.monitor().get() == Monitor.VALIDATION_LOSS,
          "Monitor of measurements",
          "the loss",
          recipe.monitor());
      TrainingRecipe.check(
          task != Task.Kind.MEASUREMENTS
              || (recipe.classWeights().isEmpty()
                  && recipe.balance() == Balance.NONE
                  && recipe.labelSmoothing() == 0),
          "Weights of classes, balance and smoothing",
          "none for measurements",
          output);
      TrainingRecipe.check(
          exclusive
              || (!recipe.blankedCentres()
                  && recipe.balance() != Balance.SOURCES
                  && recipe.sourcePenalty() == 0
                  && !recipe.calibratesOnSources()),
          "Blanked centres, and balance, penalty and calibration by source",
          "labels that exclude each other",
          task);
    }
  }
}
