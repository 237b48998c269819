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
  private final AdamSteps adam;
  private final MiniBatches batches;
  private final float[] rows;

  AdamHead(TrainingPlan plan, FeatureSamples training, FeatureSamples validation) {
    super(plan, training, validation);
    this.recipe = plan.recipe();
    this.training = training;
    this.targets = new Targets(plan);
    this.figures = new TrainingFigures(plan);
    this.batches = new MiniBatches(recipe, training);
    this.adam =
        new AdamSteps(
            model(),
            loss(plan),
            new AdamSteps.Settings(
                recipe.adamEpsilon(), recipe.l2(), recipe.weightDecay(), recipe.gradientClip()));
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
    return batches.steps();
  }

  @Override
  public TrainingFigures figures() {
    return figures;
  }

  @Override
  public void startEpoch(int next) {
    batches.startEpoch(next);
    figures.startEpoch();
  }

  @Override
  public boolean step() throws IOException {
    int[] batch = batches.next();
    int[] labels = batches.labels(batch);
    for (int i = 0; i < batch.length; i++) {
      int view = training.view(batch[i], batches.epoch());
      training.copy(batch[i], view, rows, i * training.width());
    }
    float[] wanted = targets.of(labels);
    float[] weights = targets.weights(batch, labels);
    Optional<DirectionPenalty> penalty = penalty();
    double[] logits =
        penalty.isPresent()
            ? adam.step(rows, batch.length, wanted, weights, batches.rate(), penalty.get())
            : adam.step(rows, batch.length, wanted, weights, batches.rate());
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
    batches.skip(checkpoint.history().size());
    setWeights(checkpoint.state().weights);
    adam.restore(checkpoint.state().optimizer, checkpoint.iterations());
  }
}
