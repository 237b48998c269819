package io.cxr.train;

import io.cxr.train.linear.AdamSteps;
import io.cxr.train.linear.DirectionPenalty;
import java.io.IOException;
import java.util.Optional;

/** A linear head that Adam fits batch by batch, with the same steps as {@link GradientDescent}. */
final class AdamHead extends LinearHead {
  private final TrainingRecipe recipe;
  private final FeatureSamples training;
  private final Targets targets;
  private final TrainingFigures figures;
  private final SampleOrder order;
  private final AdamSteps adam;
  private final int steps;
  private final float[] rows;
  private double rate = Double.NaN;
  private int epoch;

  AdamHead(TrainingPlan plan, FeatureSamples training, FeatureSamples validation) {
    super(plan, training, validation);
    this.recipe = plan.recipe();
    this.training = training;
    this.targets = new Targets(plan);
    this.figures = new TrainingFigures(plan.output());
    this.order = new SampleOrder(training.size(), recipe.seed());
    this.adam =
        new AdamSteps(
            model(),
            loss(plan),
            new AdamSteps.Settings(
                recipe.adamEpsilon(), recipe.l2(), recipe.weightDecay(), recipe.gradientClip()));
    this.steps = recipe.steps(training.size());
    this.rows =
        new float
            [Math.multiplyExact(Math.min(recipe.batchSize(), training.size()), training.width())];
  }

  @Override
  public int epochs() {
    return recipe.epochs();
  }

  @Override
  public int steps() {
    return steps;
  }

  @Override
  public TrainingFigures figures() {
    return figures;
  }

  @Override
  public void startEpoch(int next) {
    epoch = next;
    figures.startEpoch();
    rate = recipe.schedule().rate(recipe.learningRate(), epoch, recipe.epochs());
  }

  @Override
  public boolean step() throws IOException {
    int[] batch = order.next(recipe.batchSize());
    int[] labels = new int[batch.length];
    for (int i = 0; i < batch.length; i++) {
      labels[i] = training.isBlank(batch[i], epoch) ? Targets.NO_LABEL : training.label(batch[i]);
      training.copy(batch[i], training.view(batch[i], epoch), rows, i * training.width());
    }
    float[] wanted = targets.of(labels);
    float[] weights = targets.weights(batch, labels);
    Optional<DirectionPenalty> penalty = penalty();
    double[] logits =
        penalty.isPresent()
            ? adam.step(rows, batch.length, wanted, weights, rate, penalty.get())
            : adam.step(rows, batch.length, wanted, weights, rate);
    boolean numbers = true;
    for (int i = 0; i < batch.length; i++) {
      float[] activated = activated(logits, i);
      figures.add(activated, labels[i]);
      for (float each : activated) {
        numbers &= !Float.isNaN(each);
      }
    }
    return numbers;
  }

  @Override
  public float[] optimizer() {
    return adam.state();
  }

  @Override
  public int iterations() {
    return adam.steps();
  }

  @Override
  public void restore(Checkpoint checkpoint) {
    for (int i = 0; i < checkpoint.history().size() * steps; i++) {
      order.next(recipe.batchSize());
    }
    setWeights(checkpoint.state().weights);
    adam.restore(checkpoint.state().optimizer, checkpoint.iterations());
  }
}
