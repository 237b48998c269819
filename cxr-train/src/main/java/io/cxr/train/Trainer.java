package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.CardFigures;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.file.Sha256;
import io.cxr.model.ModelCard;
import io.cxr.model.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Trains one network by a plan and writes the best epoch's model while it goes on, at most every
 * ten seconds, so that a training that is interrupted or killed leaves a good model whole. Beside
 * it lies a checkpoint, from which the training can be resumed; it is deleted when the training has
 * ended by itself. Not thread-safe: one trainer, one thread.
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
    try (LearningTask task = LearningTask.of(plan, progress)) {
      return fit(task);
    }
  }

  TrainingResult fit(LearningTask task) throws IOException {
    Path checkpoint = Checkpoint.fileBeside(plan.model());
    String fingerprint = fingerprint(task);
    ModelFile file = new ModelFile(task, checkpoint, fingerprint);
    Epochs epochs = new Epochs(plan, task, progress, file);
    Optional<Checkpoint> before = checkpoint(fingerprint, checkpoint);
    if (before.isPresent()) {
      epochs.restore(before.get());
      file.resumed(before.get());
    }
    epochs.run();
    boolean keepsLast =
        plan.recipe().earlyStopping().map(rule -> !rule.restoreBest()).orElse(false);
    int epoch = keepsLast ? epochs.history().size() : epochs.bestEpoch();
    if (!keepsLast) {
      epochs.restoreBest();
    }
    boolean finished = !epochs.interrupted();
    Finishing fitted =
        Finishing.of(
            plan,
            task,
            TrainingCard.of(plan, task, epoch, finished, epochs.history(), Map.of()),
            progress);
    task.export(
        fitted.card(),
        fitted.novelty().map(NoveltyFit::statistic),
        fitted.views().map(ViewHeadFit::head),
        plan.model());
    boolean exclusive = plan.data().task().kind() == Task.Kind.EXCLUSIVE_LABELS;
    Optional<ClassificationReport> report =
        exclusive
            ? Optional.of(report(plan, task.validation(), fitted.answers()))
            : Optional.empty();
    TrainingHistory history = new TrainingHistory(epochs.history());
    history.writeBeside(plan.model());
    if (finished) {
      Files.deleteIfExists(checkpoint);
    }
    Optional<ClassificationReport> test = Optional.empty();
    if (exclusive && !plan.data().test().isEmpty()) {
      ClassificationReport.Builder tested = ClassificationReport.builder(plan.data().labels());
      for (int i = 0; i < fitted.testAnswers().size(); i++) {
        tested.add(plan.data().test().get(i).label(), fitted.testAnswers().get(i));
      }
      test = Optional.of(tested.build());
    }
    return new TrainingResult(plan.model(), fitted.card(), history, report, test, epoch);
  }

  /**
   * What is on disk while a training runs: the best model, the history and the checkpoint, all
   * after the first epoch, then at most every {@value #SECONDS} seconds, and when no epoch follows.
   * Epochs of a head take milliseconds, and writing a model far longer.
   */
  private final class ModelFile implements Epochs.Listener {
    private static final int SECONDS = 10;

    private final LearningTask task;
    private final Path checkpoint;
    private final String fingerprint;
    private int writtenEpochs;
    private int writtenBest;
    private long writtenAt;

    private ModelFile(LearningTask task, Path checkpoint, String fingerprint) {
      this.task = task;
      this.checkpoint = checkpoint;
      this.fingerprint = fingerprint;
    }

    /** The epochs that are on disk already. */
    void resumed(Checkpoint from) {
      writtenEpochs = from.history().size();
      writtenBest = from.bestEpoch();
      writtenAt = System.nanoTime();
    }

    @Override
    public void epochDone(Epochs epochs) throws IOException {
      if (writtenEpochs == 0 || System.nanoTime() - writtenAt >= SECONDS * 1_000_000_000L) {
        write(epochs);
      }
    }

    @Override
    public void ended(Epochs epochs) throws IOException {
      if (epochs.history().size() > writtenEpochs) {
        write(epochs);
      }
    }

    @Override
    public void failed(Epochs epochs) throws IOException {
      writeModel(epochs);
    }

    private void write(Epochs epochs) throws IOException {
      writeModel(epochs);
      epochs.checkpoint(fingerprint).write(checkpoint);
      writtenEpochs = epochs.history().size();
      writtenAt = System.nanoTime();
    }

    private Map<String, Double> metrics(List<double[]> answers) {
      List<LabelledRadiograph> validation = plan.data().validation();
      return switch (plan.data().task().kind()) {
        case EXCLUSIVE_LABELS ->
            CardFigures.metrics(plan.data().labels(), answers, plan.data().labelsOf(validation));
        case FINDINGS ->
            CardFigures.findingMetrics(
                new Task.Findings(plan.data().labels()), answers, Finishing.findings(validation));
        case MEASUREMENTS -> Map.of();
      };
    }

    private void writeModel(Epochs epochs) throws IOException {
      List<TrainingHistory.Epoch> history = epochs.history();
      if (epochs.bestEpoch() != writtenBest) {
        // The network's own answers: good enough for a model that stays only if training is killed.
        ModelCard card =
            TrainingCard.of(
                plan,
                task,
                epochs.bestEpoch(),
                false,
                history,
                metrics(epochs.bestProbabilities()));
        epochs.writeBest(() -> task.export(card, Optional.empty(), Optional.empty(), plan.model()));
        writtenBest = epochs.bestEpoch();
      }
      if (!history.isEmpty()) {
        new TrainingHistory(history).writeBeside(plan.model());
      }
    }
  }

  private Optional<Checkpoint> checkpoint(String fingerprint, Path file) throws IOException {
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
    } else if (!found.get().plan().equals(fingerprint)) {
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
        all.add(item.annotation() + " " + plan.data().files().hash(item));
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
