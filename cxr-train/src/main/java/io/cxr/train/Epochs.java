package io.cxr.train;

import io.cxr.evaluation.RankedScores;
import io.cxr.model.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Trains from epoch to epoch, validates after each, knows the best, and stops early where the plan
 * says so. Not thread-safe.
 */
final class Epochs {
  private final TrainingPlan plan;
  private final TrainingRecipe recipe;
  private final LearningTask task;
  private final TrainingProgress progress;
  private final Listener listener;
  private final Learner learner;
  private final List<TrainingHistory.Epoch> history = new ArrayList<>();
  private int bestEpoch;
  private float[] bestWeights = {};
  private double stoppingFigure = Double.NaN;
  private int epochsWithoutGain;
  private boolean interrupted;

  /** The best epoch's answers for the validation images. */
  private List<double[]> bestProbabilities = List.of();

  /** Keeps what should outlast the training. */
  interface Listener {
    /** Another epoch is over. */
    void epochDone(Epochs epochs) throws IOException;

    /** No epoch follows. */
    void ended(Epochs epochs) throws IOException;

    /** An epoch ended half-way; what is learnt now is of no use, but the best epoch is. */
    void failed(Epochs epochs) throws IOException;

    /** Keeps nothing. */
    Listener NONE =
        new Listener() {
          @Override
          public void epochDone(Epochs epochs) {}

          @Override
          public void ended(Epochs epochs) {}

          @Override
          public void failed(Epochs epochs) {}
        };
  }

  /** Writes the network. */
  interface Writing {
    void write() throws IOException;
  }

  Epochs(TrainingPlan plan, LearningTask task, TrainingProgress progress, Listener listener) {
    this.plan = plan;
    this.recipe = plan.recipe();
    this.task = task;
    this.progress = progress;
    this.listener = listener;
    this.learner = task.learner(plan);
  }

  List<TrainingHistory.Epoch> history() {
    return List.copyOf(history);
  }

  int bestEpoch() {
    return bestEpoch;
  }

  /** Whether the plan's time was over, or a stop was asked for, before the training was over. */
  boolean interrupted() {
    return interrupted;
  }

  /** The network's answers for the validation images, as it is now. */
  List<double[]> probabilities() throws IOException {
    return learner.probabilities();
  }

  /** Of the best epoch of this run; empty where there was none yet. */
  List<double[]> bestProbabilities() {
    return bestProbabilities;
  }

  /** Writes the network as it was after the best epoch, and puts its weights back. */
  void writeBest(Writing writing) throws IOException {
    if (bestEpoch == history.size()) {
      writing.write();
      return;
    }
    float[] now = learner.weights();
    learner.setWeights(bestWeights);
    try {
      writing.write();
    } finally {
      learner.setWeights(now);
    }
  }

  void restoreBest() {
    if (bestEpoch != history.size()) {
      learner.setWeights(bestWeights);
    }
  }

  Checkpoint checkpoint(String fingerprint) {
    return new Checkpoint(
        fingerprint,
        learner.iterations(),
        history,
        bestEpoch,
        stoppingFigure,
        epochsWithoutGain,
        new Checkpoint.State(learner.weights(), learner.optimizer(), bestWeights));
  }

  void restore(Checkpoint checkpoint) {
    history.addAll(checkpoint.history());
    bestEpoch = checkpoint.bestEpoch();
    bestWeights = checkpoint.state().bestWeights;
    stoppingFigure = checkpoint.stoppingFigure();
    epochsWithoutGain = checkpoint.epochsWithoutGain();
    learner.restore(checkpoint);
  }

  void run() throws IOException {
    try {
      runEpochs();
    } catch (IOException | RuntimeException e) {
      try {
        listener.failed(this);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    listener.ended(this);
  }

  private void runEpochs() throws IOException {
    long start = System.nanoTime();
    while (history.size() < learner.epochs() && !stopsEarly() && !interrupted) {
      epoch(history.size() + 1);
      boolean outOfTime =
          plan.timeLimit().isPresent()
              && System.nanoTime() - start >= plan.timeLimit().get().toNanos();
      interrupted =
          (outOfTime || plan.stopAsked()) && history.size() < learner.epochs() && !stopsEarly();
    }
  }

  private boolean stopsEarly() {
    return recipe.earlyStopping().isPresent()
        && epochsWithoutGain >= recipe.earlyStopping().get().patience();
  }

  private void epoch(int epoch) throws IOException {
    long start = System.nanoTime();
    TrainingFigures figures = learner.figures();
    learner.startEpoch(epoch);
    for (int step = 1; step <= learner.steps(); step++) {
      if (!learner.step()) {
        throw diverged(epoch, step);
      }
      progress.stepDone(
          epoch, learner.epochs(), step, learner.steps(), figures.loss(), figures.accuracy());
    }
    List<double[]> probabilities = probabilities();
    TrainingHistory.Epoch row = row(epoch, figures, task.validation(), probabilities, start);
    if (Double.isNaN(row.validationLoss())) {
      throw diverged(epoch, learner.steps());
    }
    history.add(row);

    double figure = plan.monitor().of(row);
    boolean better =
        bestEpoch == 0
            || plan.monitor().gain(figure, plan.monitor().of(history.get(bestEpoch - 1))) > 0;
    if (better) {
      bestEpoch = epoch;
      bestWeights = learner.weights();
      bestProbabilities = probabilities;
    }
    if (recipe.earlyStopping().isPresent()) {
      double gain = plan.monitor().gain(figure, stoppingFigure);
      if (Double.isNaN(stoppingFigure) || gain > recipe.earlyStopping().get().minimumDelta()) {
        stoppingFigure = figure;
        epochsWithoutGain = 0;
      } else {
        epochsWithoutGain++;
      }
    }
    listener.epochDone(this);
    progress.epochDone(row, learner.epochs(), better);
  }

  private TrainingDivergedException diverged(int epoch, int step) {
    return new TrainingDivergedException(
        "Training loss: expected a number, found none in step "
            + step
            + " of epoch "
            + epoch
            + ". Lower the learning rate, now "
            + recipe.learningRate()
            + (recipe.gradientClip().isPresent() ? ". " : ", or clip the gradient. ")
            + (bestEpoch == 0
                ? "No model was written."
                : "The best model so far, of epoch "
                    + bestEpoch
                    + ", is in "
                    + plan.model()
                    + "."));
  }

  private TrainingHistory.Epoch row(
      int epoch,
      TrainingFigures training,
      Samples validation,
      List<double[]> probabilities,
      long start) {
    TrainingFigures figures = new TrainingFigures(plan);
    for (int i = 0; i < probabilities.size(); i++) {
      figures.add(probabilities.get(i), validation.label(i));
    }
    return new TrainingHistory.Epoch(
        epoch,
        training.loss(),
        training.accuracy(),
        figures.loss(),
        figures.accuracy(),
        auroc(validation, probabilities),
        (System.nanoTime() - start) / 1e9);
  }

  /** The mean over the findings; NaN of other tasks, and once a network has diverged. */
  private double auroc(Samples validation, List<double[]> probabilities) {
    if (plan.data().task().kind() != Task.Kind.FINDINGS
        || probabilities.stream().anyMatch(each -> Double.isNaN(each[0]))) {
      return Double.NaN;
    }
    int count = probabilities.size();
    double sum = 0;
    int findings = plan.data().labels().size();
    for (int finding = 0; finding < findings; finding++) {
      boolean[] present = new boolean[count];
      boolean[] known = new boolean[count];
      double[] scores = new double[count];
      for (int i = 0; i < count; i++) {
        float state = plan.data().truths().row(validation.label(i))[finding];
        known[i] = !Float.isNaN(state);
        present[i] = state > 0;
        scores[i] = probabilities.get(i)[finding];
      }
      int[] once = new int[count];
      Arrays.fill(once, 1);
      RankedScores.Pairs pairs = RankedScores.of(present, scores, known).pairs(once);
      sum += pairs.twiceInOrder() / (2.0 * pairs.all());
    }
    return sum / findings;
  }
}
