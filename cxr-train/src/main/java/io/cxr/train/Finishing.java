package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.evaluation.CardFigures;
import io.cxr.model.ModelCard;
import io.cxr.train.export.FileAnswers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What is fitted once the weights are final: calibration, operating thresholds and metrics, to the
 * answers that the exported file gives for the validation images through the classifier that its
 * users have, and the novelty gate. Where a recipe calibrates on sources, calibration and
 * thresholds are fitted to {@link OutOfSource} instead. A network's own answers differ from its
 * file's in the last digits, and more on one processor than on another.
 *
 * @param card the card with all of it
 * @param novelty the statistic behind the gate, for the graph
 * @param answers the file's answers for the validation images, without calibration
 */
record Finishing(ModelCard card, Optional<NoveltyFit> novelty, List<double[]> answers) {
  /**
   * Exports the network as it is now beside its place, asks the file, and fits.
   *
   * @param card of the network without anything that is fitted here
   */
  static Finishing of(
      TrainingPlan plan, LearningTask task, ModelCard card, TrainingProgress progress)
      throws IOException {
    Optional<NoveltyFit> novelty = NoveltyFit.of(plan, task, progress);
    List<LabelledRadiograph> validation = plan.data().validation();
    Path whole = plan.model().toAbsolutePath();
    Path draft =
        whole.resolveSibling("." + whole.getFileName() + "." + UUID.randomUUID() + ".draft");
    List<double[]> answers;
    try {
      task.export(card, Optional.empty(), draft);
      answers = FileAnswers.of(draft, validation);
    } finally {
      Files.deleteIfExists(draft);
    }
    ModelCard fitted =
        figures(plan, task, card, answers, progress)
            .in(card)
            .novelty(novelty.map(NoveltyFit::gate).orElse(null))
            .shortcuts(plan.data().shortcuts().orElse(null))
            .build();
    return new Finishing(fitted, novelty, answers);
  }

  /** Fits calibration and operating points, as the plan says, and measures. */
  static CardFigures figures(
      TrainingPlan plan,
      LearningTask task,
      ModelCard card,
      List<double[]> answers,
      TrainingProgress progress)
      throws IOException {
    if (plan.recipe().calibratesOnSources()) {
      int epochs = card.training().orElseThrow().bestEpoch();
      return task.outOfSource(plan, epochs, progress).figures(plan, answers);
    }
    List<LabelledRadiograph> validation = plan.data().validation();
    return CardFigures.fit(
        plan.data().labels(),
        plan.output(),
        answers,
        plan.data().labelsOf(validation),
        PatientGroups.of(validation),
        plan.recipe().seed());
  }
}
