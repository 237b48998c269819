package io.cxr.train;

import io.cxr.model.OutputActivation;
import io.cxr.model.Task;
import java.util.List;

/** What a plan wants the units of the last layer to give for a label, and how much that counts. */
final class Targets {
  /** Of a sample that says nothing of a label. */
  static final int NO_LABEL = -1;

  private final int units;
  private final double smoothing;
  private final ImageWeights images;
  private final Task.Kind task;
  private final Truths truths;
  private final ValueScale scale;

  Targets(TrainingPlan plan) {
    List<String> labels = plan.data().labels();
    OutputActivation output = plan.output();
    this.units = output.units(labels.size());
    this.smoothing = plan.recipe().labelSmoothing();
    this.images = plan.imageWeights();
    this.task = plan.data().task().kind();
    this.truths = plan.data().truths();
    this.scale = plan.valueScale();
  }

  /** Units of the last layer. */
  int units() {
    return units;
  }

  /** Whether images count differently. */
  boolean weighted() {
    return !images.even();
  }

  /** One value a unit for each sample, {@code [sample, unit]}; NaN where it is unknown. */
  float[] of(int[] labels) {
    return task == Task.Kind.EXCLUSIVE_LABELS ? ofLabels(labels) : ofRows(labels);
  }

  private float[] ofRows(int[] codes) {
    float[] targets = new float[codes.length * units];
    for (int i = 0; i < codes.length; i++) {
      float[] row = truths.row(codes[i]);
      for (int unit = 0; unit < units; unit++) {
        targets[i * units + unit] =
            task == Task.Kind.FINDINGS
                ? (float) (row[unit] * (1 - smoothing) + smoothing / 2)
                : scale.scaled(unit, row[unit]);
      }
    }
    return targets;
  }

  private float[] ofLabels(int[] labels) {
    float[] targets = new float[labels.length * units];
    for (int i = 0; i < labels.length; i++) {
      // All labels are as likely where there is none.
      double smoothed = labels[i] == NO_LABEL ? 1 : smoothing;
      for (int unit = 0; unit < units; unit++) {
        boolean hit = units == 1 ? labels[i] == 1 : labels[i] == unit;
        targets[i * units + unit] =
            (float) ((hit ? 1 - smoothed : 0) + smoothed / Math.max(2, units));
      }
    }
    return targets;
  }

  /**
   * How much each sample counts.
   *
   * @param samples the training images
   * @param labels their labels, {@link #NO_LABEL} among them
   */
  float[] weights(int[] samples, int[] labels) {
    float[] each = new float[labels.length];
    for (int i = 0; i < labels.length; i++) {
      each[i] = labels[i] == NO_LABEL ? 1 : images.of(samples[i]);
    }
    return each;
  }
}
