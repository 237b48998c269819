package io.cxr.train;

import io.cxr.Prediction;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.architecture.FrozenArchitecture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
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
 * @param refusals why the gates refuse each of these; empty where they do not
 */
record SourceAnswers(
    ModelCard card,
    List<double[]> validation,
    List<double[]> asked,
    List<Optional<Reason>> refusals) {
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
    // A view head needs more of the maps than a head's features keep.
    boolean headAlone =
        plan.recipe().architecture() instanceof FrozenArchitecture frozen
            && frozen.unfrozen() == 0
            && !plan.recipe().viewHead();
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
    ModelCard plain = TrainingCard.of(plan, task, epoch, true, epochs.history(), Map.of());
    List<double[]> validation = epochs.probabilities();
    Optional<NoveltyFit> novelty = gated ? NoveltyFit.of(plan, task, progress) : Optional.empty();
    ModelCard card =
        Finishing.figures(plan, task, plain, validation, progress)
            .in(plain)
            .novelty(novelty.map(NoveltyFit::gate).orElse(null))
            .build();
    task.export(card, novelty.map(NoveltyFit::statistic), Optional.empty(), plan.model());
    return new SourceAnswers(
        card, validation, task.askedProbabilities(), refusals(plan, films, task, novelty));
  }

  private static List<Optional<Reason>> refusals(
      TrainingPlan plan,
      List<LabelledRadiograph> films,
      FrozenBaseTask task,
      Optional<NoveltyFit> novelty)
      throws IOException {
    if (novelty.isEmpty()) {
      return Collections.nCopies(films.size(), Optional.empty());
    }
    List<Optional<Reason>> refusals = new ArrayList<>(films.size());
    double threshold = novelty.get().gate().threshold();
    if (task.featuresAreMeans(novelty.get().statistic())) {
      for (int i = 0; i < films.size(); i++) {
        refusals.add(refusal(novelty.get().statistic().score(task.askedFeatures(i)), threshold));
      }
      return refusals;
    }
    try (OnnxClassifier classifier = open(plan)) {
      for (LabelledRadiograph film : films) {
        refusals.add(refusal(classifier.novelty(film.readNamed()), threshold));
      }
    }
    return refusals;
  }

  /** A score that is no number is refused. */
  private static Optional<Reason> refusal(double score, double threshold) {
    return score <= threshold ? Optional.empty() : Optional.of(Reason.NOT_A_CHEST_RADIOGRAPH);
  }

  private static SourceAnswers fromFile(
      TrainingPlan plan, List<LabelledRadiograph> films, boolean gated, TrainingProgress progress)
      throws IOException {
    ModelCard card = new Trainer(plan, progress).train().card();
    try (OnnxClassifier classifier = open(plan)) {
      List<Prediction> answers = answers(classifier, films);
      return new SourceAnswers(
          card,
          probabilities(card, answers(classifier, plan.data().validation())),
          probabilities(card, answers),
          answers.stream()
              .map(answer -> gated ? answer.refusal() : Optional.<Reason>empty())
              .toList());
    }
  }

  private static OnnxClassifier open(TrainingPlan plan) throws IOException {
    return OnnxClassifier.builder(plan.model())
        .session(plan.recipe().session())
        .noveltyGate(false)
        .viewGate(false)
        .calibration(false)
        .open();
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
