package io.cxr.train;

import io.cxr.Novelty;
import io.cxr.Prediction;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.architecture.FrozenArchitecture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model, and what it says of films that its training did not see. Where a head alone is learnt,
 * its answers come from the kept features of the frozen base, which all folds share: but for
 * rounding they are those of its file, without decoding the films for each fold again.
 *
 * @param card with calibration, thresholds and gate, as in the file that was written
 * @param validation uncalibrated probabilities for the plan's validation films
 * @param asked the same for the films that were asked about
 * @param refused which of these the gate refuses
 */
record SourceAnswers(
    ModelCard card, List<double[]> validation, List<double[]> asked, boolean[] refused) {
  private static final int BATCH = 16;

  /**
   * Trains, writes the model file, and asks.
   *
   * @param films which the plan's data does not have
   * @param gated whether they may be refused
   */
  static SourceAnswers of(
      TrainingPlan plan, List<LabelledRadiograph> films, boolean gated, TrainingProgress progress)
      throws IOException {
    boolean headAlone =
        plan.recipe().architecture() instanceof FrozenArchitecture frozen && frozen.unfrozen() == 0;
    return headAlone
        ? fromFeatures(plan, films, gated, progress)
        : fromFile(plan, films, gated, progress);
  }

  private static SourceAnswers fromFeatures(
      TrainingPlan plan, List<LabelledRadiograph> films, boolean gated, TrainingProgress progress)
      throws IOException {
    plan.data().split().warnings().forEach(progress::warning);
    FrozenBaseTask task = FrozenBaseTask.of(plan, films, progress);
    Epochs epochs = new Epochs(plan, task, progress, Epochs.Listener.NONE);
    epochs.run();
    boolean keepsLast =
        plan.recipe().earlyStopping().map(rule -> !rule.restoreBest()).orElse(false);
    if (!keepsLast) {
      epochs.restoreBest();
    }
    int epoch = keepsLast ? epochs.history().size() : epochs.bestEpoch();
    ModelCard plain =
        TrainingCard.of(plan, task.weightsHash(), epoch, true, epochs.history(), Map.of());
    List<double[]> validation = epochs.probabilities();
    Optional<NoveltyFit> novelty = gated ? NoveltyFit.of(plan, task, progress) : Optional.empty();
    ModelCard card =
        Finishing.figures(plan, task, plain, validation, progress)
            .in(plain)
            .novelty(novelty.map(NoveltyFit::gate).orElse(null))
            .build();
    task.export(card, novelty.map(NoveltyFit::statistic), plan.model());
    return new SourceAnswers(
        card, validation, task.askedProbabilities(), refused(plan, films, task, novelty));
  }

  private static boolean[] refused(
      TrainingPlan plan,
      List<LabelledRadiograph> films,
      FrozenBaseTask task,
      Optional<NoveltyFit> novelty)
      throws IOException {
    boolean[] refused = new boolean[films.size()];
    if (novelty.isEmpty()) {
      return refused;
    }
    double threshold = novelty.get().gate().threshold();
    if (task.featuresAreMeans(novelty.get().statistic())) {
      for (int i = 0; i < refused.length; i++) {
        refused[i] = !(novelty.get().statistic().score(task.askedFeatures(i)) <= threshold);
      }
      return refused;
    }
    try (OnnxClassifier classifier = open(plan)) {
      for (int i = 0; i < refused.length; i++) {
        refused[i] = !(classifier.novelty(films.get(i).readNamed()) <= threshold);
      }
    }
    return refused;
  }

  private static SourceAnswers fromFile(
      TrainingPlan plan, List<LabelledRadiograph> films, boolean gated, TrainingProgress progress)
      throws IOException {
    ModelCard card = new Trainer(plan, progress).train().card();
    try (OnnxClassifier classifier = open(plan)) {
      List<Prediction> answers = answers(classifier, films);
      boolean[] refused = new boolean[answers.size()];
      for (int i = 0; i < refused.length; i++) {
        refused[i] = gated && answers.get(i).novelty().map(Novelty::isRefused).orElse(false);
      }
      return new SourceAnswers(
          card,
          probabilities(card, answers(classifier, plan.data().validation())),
          probabilities(card, answers),
          refused);
    }
  }

  private static OnnxClassifier open(TrainingPlan plan) throws IOException {
    return OnnxClassifier.builder(plan.model()).noveltyGate(false).calibration(false).open();
  }

  private static List<double[]> probabilities(ModelCard card, List<Prediction> answers) {
    return answers.stream()
        .map(answer -> card.labels().stream().mapToDouble(answer::probability).toArray())
        .toList();
  }

  private static List<Prediction> answers(OnnxClassifier classifier, List<LabelledRadiograph> films)
      throws IOException {
    List<Prediction> answers = new ArrayList<>(films.size());
    for (int start = 0; start < films.size(); start += BATCH) {
      List<LabelledRadiograph> batch = films.subList(start, Math.min(films.size(), start + BATCH));
      answers.addAll(classifier.classify(ParallelImages.of(batch, LabelledRadiograph::readNamed)));
    }
    return answers;
  }
}
