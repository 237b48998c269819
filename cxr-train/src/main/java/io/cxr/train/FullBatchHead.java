package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.train.linear.FeatureRows;
import io.cxr.train.linear.FullBatch;
import io.cxr.train.linear.LinearSvm;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * A linear head that is fitted to all training images and their views at once: one epoch of one
 * step. The epoch's training figures are those of the fitted head for the images as they are.
 */
final class FullBatchHead extends LinearHead {
  private final TrainingPlan plan;
  private final FeatureSamples training;
  private final TrainingFigures figures;
  private int fits;

  /** LIBLINEAR's C, as given or chosen; NaN where there is no machine, or none yet. */
  private float cost = Float.NaN;

  FullBatchHead(TrainingPlan plan, FeatureSamples training, FeatureSamples validation) {
    super(plan, training, validation);
    this.plan = plan;
    this.training = training;
    this.figures = new TrainingFigures(plan.output());
  }

  @Override
  public int epochs() {
    return 1;
  }

  @Override
  public int steps() {
    return 1;
  }

  @Override
  public TrainingFigures figures() {
    return figures;
  }

  @Override
  public void startEpoch(int next) {
    figures.startEpoch();
  }

  @Override
  public boolean step() throws IOException {
    if (plan.recipe().solver() instanceof Solver.LinearSvm svm) {
      setWeights(machine(svm));
    } else {
      setWeights(regression());
    }
    fits++;
    boolean numbers = true;
    List<float[]> answers = activated(training);
    for (int i = 0; i < answers.size(); i++) {
      figures.add(answers.get(i), training.label(i));
      for (float each : answers.get(i)) {
        numbers &= !Float.isNaN(each);
      }
    }
    return numbers;
  }

  private float[] regression() throws IOException {
    Targets targets = new Targets(plan);
    int[] labels = labels();
    double l2 = plan.recipe().l2() > 0 ? plan.recipe().l2() : 1.0 / training.size();
    return new FullBatch(
            new Views(training),
            targets.of(labels),
            targets.weights(labels),
            targets.units(),
            loss(plan),
            l2)
        .minimize()
        .model()
        .toArray();
  }

  private float[] machine(Solver.LinearSvm svm) throws IOException {
    List<LabelledRadiograph> items = plan.data().training();
    List<String> groups =
        PatientGroups.of(items).stream()
            .flatMap(group -> Collections.nCopies(training.views() + 1, group).stream())
            .toList();
    LinearSvm.Fit fit =
        LinearSvm.fit(
            new Views(training),
            labels(),
            new Targets(plan).labelWeights(),
            groups,
            svm.cost(),
            plan.recipe().seed());
    cost = (float) fit.cost();
    return fit.model().toArray();
  }

  /** Of all views, image by image. */
  private int[] labels() {
    int views = training.allViews();
    int[] labels = new int[training.size() * views];
    for (int i = 0; i < labels.length; i++) {
      boolean blank = i % views > training.views();
      labels[i] = blank ? Targets.NO_LABEL : training.label(i / views);
    }
    return labels;
  }

  /** All views of all images, image by image. */
  private record Views(FeatureSamples samples) implements FeatureRows {
    @Override
    public int size() {
      return Math.multiplyExact(samples.size(), samples.allViews());
    }

    @Override
    public int width() {
      return samples.width();
    }

    @Override
    public void copy(int row, float[] into, int offset) throws IOException {
      samples.copy(row / samples.allViews(), row % samples.allViews(), into, offset);
    }
  }

  @Override
  public Map<String, String> chosen() {
    return Float.isNaN(cost) ? Map.of() : Map.of("svmCost", String.valueOf(cost));
  }

  @Override
  public float[] optimizer() {
    return Float.isNaN(cost) ? new float[0] : new float[] {cost};
  }

  @Override
  public int iterations() {
    return fits;
  }

  @Override
  public void restore(Checkpoint checkpoint) {
    setWeights(checkpoint.state().weights);
    float[] chosen = checkpoint.state().optimizer;
    cost = chosen.length == 0 ? Float.NaN : chosen[0];
    fits = checkpoint.iterations();
  }
}
