package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.CardFigures;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.file.Sha256;
import io.cxr.model.ModelCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Trains one network by a plan and writes the best epoch's model as soon as it is known, so that a
 * training that is interrupted or killed leaves its best model whole. Beside it lies a checkpoint,
 * from which the training can be resumed; it is deleted when the training has ended by itself. Not
 * thread-safe: one trainer, one thread.
 */
public final class Trainer {
  private final TrainingPlan plan;
  private final TrainingProgress progress;

  /**
   * Prepares a training.
   *
   * @param plan what to train and how
   * @param progress who hears how it goes
   */
  public Trainer(TrainingPlan plan, TrainingProgress progress) {
    this.plan = Objects.requireNonNull(plan, "plan");
    this.progress = Objects.requireNonNull(progress, "progress");
  }

  /**
   * Trains to the end: reads the images, computes the features of a frozen base or takes them from
   * the cache, fits the weights, and writes model and history.
   *
   * @return the written model and its figures
   * @throws IOException if an image, the weights, the cache or the checkpoint cannot be read, or
   *     the model cannot be written
   * @throws io.cxr.error.UnsupportedRadiographException if an image is damaged; the message names
   *     it
   * @throws IllegalArgumentException if the checkpoint to resume from is of another plan
   * @throws TrainingDivergedException if the loss is no longer a number
   */
  public TrainingResult train() throws IOException {
    plan.data().split().warnings().forEach(progress::warning);
    // Before an hour of training, not after it.
    Files.createDirectories(plan.model().toAbsolutePath().resolveSibling("."));
    if (Files.isDirectory(plan.model())) {
      throw new IOException(plan.model() + ": expected a model file to write, found a folder");
    }
    return fit(LearningTask.of(plan, progress));
  }

  TrainingResult fit(LearningTask task) throws IOException {
    Path checkpoint = Checkpoint.fileBeside(plan.model());
    ModelFile file = new ModelFile(task, checkpoint);
    Epochs epochs = new Epochs(plan, task, progress, file);
    Optional<Checkpoint> before = checkpoint(task, checkpoint);
    if (before.isPresent()) {
      epochs.restore(before.get());
    }
    epochs.run();
    boolean keepsLast =
        plan.recipe().earlyStopping().map(rule -> !rule.restoreBest()).orElse(false);
    int epoch = keepsLast ? epochs.history().size() : epochs.bestEpoch();
    if (!keepsLast) {
      epochs.restoreBest();
    }
    boolean finished = !epochs.outOfTime();
    Finishing fitted =
        Finishing.of(
            plan,
            task,
            TrainingCard.of(plan, task.weightsHash(), epoch, finished, epochs.history(), Map.of()),
            progress);
    task.export(fitted.card(), fitted.novelty().map(NoveltyFit::statistic), plan.model());
    ClassificationReport report = report(plan, task.validation(), fitted.answers());
    TrainingHistory history = new TrainingHistory(epochs.history());
    history.writeBeside(plan.model());
    if (finished) {
      Files.deleteIfExists(checkpoint);
    }
    return new TrainingResult(plan.model(), fitted.card(), history, report, epoch);
  }

  /** What is on disk while a training runs. */
  private final class ModelFile implements Epochs.Listener {
    private final LearningTask task;
    private final Path checkpoint;
    private final String fingerprint;

    private ModelFile(LearningTask task, Path checkpoint) throws IOException {
      this.task = task;
      this.checkpoint = checkpoint;
      this.fingerprint = fingerprint(task);
    }

    @Override
    public void bestSoFar(List<TrainingHistory.Epoch> history, List<double[]> probabilities)
        throws IOException {
      int[] truth = plan.data().labelsOf(plan.data().validation());
      int epoch = history.size();
      // The network's own answers: good enough for a model that stays only if training is killed.
      ModelCard card =
          TrainingCard.of(
              plan,
              task.weightsHash(),
              epoch,
              false,
              history,
              CardFigures.metrics(plan.data().labels(), probabilities, truth));
      task.export(card, Optional.empty(), plan.model());
    }

    @Override
    public void epochDone(Epochs epochs) throws IOException {
      new TrainingHistory(epochs.history()).writeBeside(plan.model());
      epochs.checkpoint(fingerprint).write(checkpoint);
    }
  }

  private Optional<Checkpoint> checkpoint(LearningTask task, Path file) throws IOException {
    if (!plan.resume()) {
      if (Files.exists(file)) {
        progress.warning(
            file
                + " is the checkpoint of a training that did not end. This training starts anew"
                + " and replaces it.");
      }
      return Optional.empty();
    }
    Optional<Checkpoint> found = Checkpoint.read(file);
    if (found.isEmpty()) {
      progress.warning("No checkpoint " + file + " to resume from: training starts anew.");
    } else if (!found.get().plan().equals(fingerprint(task))) {
      throw new IllegalArgumentException(
          file
              + ": expected the checkpoint of a training with the same images, settings and seed,"
              + " found one of another training. Give the same settings, or train without"
              + " resuming.");
    }
    return found;
  }

  /** Stands for all that decides the weights. */
  private String fingerprint(LearningTask task) throws IOException {
    List<String> all = new ArrayList<>();
    all.add(TrainingCard.settings(plan).toString());
    all.add(plan.data().labels().toString());
    all.add(plan.recipe().preprocessing().toString());
    all.add(plan.recipe().earlyStopping().toString());
    all.add(task.weightsHash().toString());
    all.add(String.valueOf(plan.recipe().seed()));
    if (!(plan.recipe().schedule() instanceof LearningRateSchedule.Constant)) {
      // Else more epochs may be asked for when resuming.
      all.add(String.valueOf(plan.recipe().epochs()));
    }
    for (List<LabelledRadiograph> side :
        List.of(plan.data().training(), plan.data().validation())) {
      for (LabelledRadiograph item : side) {
        all.add(item.label() + " " + item.contentHash());
      }
    }
    return Sha256.hex(String.join("\n", all));
  }

  static ClassificationReport report(
      TrainingPlan plan, Samples validation, List<double[]> probabilities) {
    ClassificationReport.Builder report = ClassificationReport.builder(plan.data().labels());
    for (int i = 0; i < probabilities.size(); i++) {
      report.add(plan.data().labels().get(validation.label(i)), probabilities.get(i));
    }
    return report.build();
  }
}
