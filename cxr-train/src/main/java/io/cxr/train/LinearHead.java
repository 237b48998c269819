package io.cxr.train;

import io.cxr.model.OutputActivation;
import io.cxr.train.linear.DirectionPenalty;
import io.cxr.train.linear.LinearModel;
import io.cxr.train.loss.LogitLoss;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A head that is one linear layer on features, in plain Java: its arithmetic takes far less time
 * than Deeplearning4j's call of each of its steps. What is learnt is {@link #model()}. Results do
 * not depend on the number of threads.
 */
abstract sealed class LinearHead implements Learner permits AdamHead, FullBatchHead {
  private static final int BATCH = 64;

  private final TrainingPlan plan;
  private final OutputActivation output;
  private final FeatureSamples training;
  private final FeatureSamples validation;
  private final LinearModel model;

  /** From the first call of {@link #penalty} on. */
  private @Nullable DirectionPenalty penalty;

  LinearHead(TrainingPlan plan, FeatureSamples training, FeatureSamples validation) {
    this.plan = plan;
    this.output = plan.output();
    this.training = training;
    this.validation = validation;
    this.model = new LinearModel(training.width(), output.units(plan.data().labels().size()));
  }

  /** The head that a plan asks for. */
  static LinearHead of(TrainingPlan plan, FeatureSamples training, FeatureSamples validation) {
    return plan.recipe().solver() instanceof Solver.Adam
        ? new AdamHead(plan, training, validation)
        : new FullBatchHead(plan, training, validation);
  }

  /** From features, of one scale where the samples are, to logits; changed by each step. */
  final LinearModel model() {
    return model;
  }

  /** What the plan's source penalty is on, where it has one. */
  final Optional<DirectionPenalty> penalty() throws IOException {
    if (penalty == null && plan.recipe().sourcePenalty() > 0) {
      penalty = SourceMeans.penalty(plan, training);
    }
    return Optional.ofNullable(penalty);
  }

  /** The loss of one sample that a plan wants small. */
  static LogitLoss loss(TrainingPlan plan) {
    if (plan.recipe().loss() instanceof Loss.Focal focal) {
      return new LogitLoss.Focal(focal.gamma());
    }
    return switch (plan.output()) {
      case SIGMOID -> {
        FindingWeights weights = FindingWeights.of(plan.recipe(), plan.data());
        yield new LogitLoss.MaskedBinaryCrossEntropy(weights.present(), weights.absent());
      }
      case IDENTITY ->
          new LogitLoss.MaskedHuber(
              plan.recipe().loss() instanceof Loss.Huber huber
                  ? huber.delta()
                  : Double.POSITIVE_INFINITY);
      case SOFTMAX -> new LogitLoss.SoftmaxCrossEntropy();
      case SIGMOID_PER_LABEL -> new LogitLoss.NormalizedSigmoidCrossEntropy();
      // Without focus it is the binary cross-entropy.
      case SIGMOID_OF_SECOND_LABEL -> new LogitLoss.Focal(0);
    };
  }

  /** What the last layer's activation makes of the logits of one sample. */
  final float[] activated(double[] logits, int sample) {
    double[] own = new double[model.units()];
    System.arraycopy(logits, sample * own.length, own, 0, own.length);
    double[] activated = new double[own.length];
    if (output == OutputActivation.SOFTMAX) {
      LogitLoss.softmax(own, activated);
    } else if (output == OutputActivation.IDENTITY) {
      activated = own;
    } else {
      for (int unit = 0; unit < own.length; unit++) {
        activated[unit] = 1 / (1 + Math.exp(-own[unit]));
      }
    }
    float[] values = new float[own.length];
    for (int unit = 0; unit < own.length; unit++) {
      values[unit] = (float) activated[unit];
    }
    return values;
  }

  @Override
  public final List<double[]> probabilities() throws IOException {
    return probabilities(validation);
  }

  /** One probability a label for each of some samples as they are. */
  final List<double[]> probabilities(FeatureSamples samples) throws IOException {
    List<double[]> probabilities = new ArrayList<>(samples.size());
    for (float[] each : activated(samples)) {
      probabilities.add(TrainingFigures.probabilities(output, each));
    }
    return probabilities;
  }

  /** The answers for samples as they are. */
  final List<float[]> activated(FeatureSamples samples) throws IOException {
    List<float[]> answers = new ArrayList<>(samples.size());
    float[] rows = new float[BATCH * samples.width()];
    double[] logits = new double[BATCH * model.units()];
    for (int start = 0; start < samples.size(); start += BATCH) {
      int count = Math.min(BATCH, samples.size() - start);
      for (int i = 0; i < count; i++) {
        samples.copy(start + i, 0, rows, i * samples.width());
      }
      model.logits(rows, count, logits);
      for (int i = 0; i < count; i++) {
        answers.add(activated(logits, i));
      }
    }
    return answers;
  }

  /** {@code [unit, feature]}, then a bias a unit. */
  @Override
  public final float[] weights() {
    return model.toArray();
  }

  @Override
  public final void setWeights(float[] weights) {
    model.assign(weights);
  }
}
