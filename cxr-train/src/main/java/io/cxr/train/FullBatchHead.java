package io.cxr.train;

import io.cxr.dataset.PatientGroups;
import io.cxr.train.linear.DirectionPenalty;
import io.cxr.train.linear.FeatureRows;
import io.cxr.train.linear.FullBatch;
import io.cxr.train.linear.LinearSvm;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

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
    this.figures = new TrainingFigures(plan);
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
    } else if (plan.recipe().solver() instanceof Solver.Given given) {
      setWeights(given.head().toArray());
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
    Views views = Views.of(training, IntStream.range(0, training.size()).toArray(), true);
    int[] labels = views.labels();
    double l2 = plan.recipe().l2() > 0 ? plan.recipe().l2() : 1.0 / training.size();
    FullBatch batch =
        new FullBatch(
            views,
            targets.of(labels),
            targets.weights(views.images(), labels),
            targets.units(),
            loss(plan),
            l2);
    Optional<DirectionPenalty> penalty = penalty();
    FullBatch.Fit fit = penalty.isPresent() ? batch.minimize(penalty.get()) : batch.minimize();
    return fit.model().toArray();
  }

  private float[] machine(Solver.LinearSvm svm) throws IOException {
    List<String> groups = PatientGroups.of(plan.data().training());
    Views views = Views.of(training, plan.imageWeights().repeated(), false);
    int[] labels = views.labels();
    double[] weights = plan.imageWeights().ofRepeated(plan.data().labels().size());
    List<String> rowGroups = Arrays.stream(views.images()).mapToObj(groups::get).toList();
    long seed = plan.recipe().seed();
    Optional<DirectionPenalty> penalty = penalty();
    LinearSvm.Fit fit =
        penalty.isPresent()
            ? LinearSvm.fit(views, labels, weights, rowGroups, svm.cost(), penalty.get(), seed)
            : LinearSvm.fit(views, labels, weights, rowGroups, svm.cost(), seed);
    cost = (float) fit.cost();
    return fit.model().toArray();
  }

  /** So many views of each of some images, image by image; an image may be there more than once. */
  private static final class Views implements FeatureRows {
    private final FeatureSamples samples;
    private final int[] order;
    private final int perImage;

    private Views(FeatureSamples samples, int[] order, int perImage) {
      this.samples = samples;
      this.order = order;
      this.perImage = perImage;
    }

    /** The blanked ones only where they are asked for. */
    static Views of(FeatureSamples samples, int[] order, boolean blanked) {
      return new Views(samples, order, blanked ? samples.allViews() : samples.views() + 1);
    }

    @Override
    public int size() {
      return Math.multiplyExact(order.length, perImage);
    }

    @Override
    public int width() {
      return samples.width();
    }

    @Override
    public void copy(int row, float[] into, int offset) throws IOException {
      samples.copy(order[row / perImage], row % perImage, into, offset);
    }

    /** The image of each row. */
    int[] images() {
      return IntStream.range(0, size()).map(row -> order[row / perImage]).toArray();
    }

    /** The label of each row; the blanked ones have none. */
    int[] labels() {
      return IntStream.range(0, size())
          .map(
              row ->
                  row % perImage > samples.views()
                      ? Targets.NO_LABEL
                      : samples.label(order[row / perImage]))
          .toArray();
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
