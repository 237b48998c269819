package io.cxr.train;

import io.cxr.dataset.FindingStates;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.dataset.Subset;
import io.cxr.evaluation.CardFigures;
import io.cxr.evaluation.SubsetEvaluation;
import io.cxr.model.ModelCard;
import io.cxr.model.SubsetFigures;
import io.cxr.model.Task;
import io.cxr.train.export.FileAnswers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What is fitted once the weights are final: calibration, operating thresholds and metrics, to the
 * answers that the exported file gives for the validation images through the classifier that its
 * users have, and the novelty and view gates. Where a recipe calibrates on sources, calibration and
 * thresholds are fitted to {@link OutOfSource} instead. A network's own answers differ from its
 * file's in the last digits, and more on one processor than on another.
 *
 * @param card the card with all of it
 * @param novelty the statistic behind the gate, for the graph
 * @param views the head behind the view gate, for the graph
 * @param answers the file's answers for the validation images, without calibration
 * @param testAnswers the file's answers for the test images, calibrated; nothing is fitted to them
 */
record Finishing(
    ModelCard card,
    Optional<NoveltyFit> novelty,
    Optional<ViewHeadFit> views,
    List<double[]> answers,
    List<double[]> testAnswers) {
  /**
   * Exports the network as it is now beside its place, asks the file, and fits.
   *
   * @param card of the network without anything that is fitted here
   */
  static Finishing of(
      TrainingPlan plan, LearningTask task, ModelCard card, TrainingProgress progress)
      throws IOException {
    Optional<NoveltyFit> novelty = NoveltyFit.of(plan, task, progress);
    Optional<ViewHeadFit> views = ViewHeadFit.of(plan, task, progress);
    List<LabelledRadiograph> validation = plan.data().validation();
    Path whole = plan.model().toAbsolutePath();
    Path draft =
        whole.resolveSibling("." + whole.getFileName() + "." + UUID.randomUUID() + ".draft");
    List<LabelledRadiograph> test = plan.data().test();
    List<double[]> answers;
    List<double[]> testAnswers;
    try {
      task.export(card, Optional.empty(), Optional.empty(), draft);
      answers = FileAnswers.of(draft, validation, plan.recipe().session());
      testAnswers = FileAnswers.of(draft, test, plan.recipe().session());
    } finally {
      Files.deleteIfExists(draft);
    }
    ModelCard fitted =
        figures(plan, task, card, answers, progress)
            .in(card)
            .novelty(novelty.map(NoveltyFit::gate).orElse(null))
            .views(views.map(ViewHeadFit::gate).orElse(null))
            .shortcuts(plan.data().shortcuts().orElse(null))
            .build();
    List<double[]> tested = calibrated(fitted, testAnswers);
    List<SubsetFigures> figures = new ArrayList<>();
    figures.add(figures(Subset.VALIDATION, plan, fitted, validation, calibrated(fitted, answers)));
    if (!test.isEmpty()) {
      figures.add(figures(Subset.TEST, plan, fitted, test, tested));
    }
    return new Finishing(
        fitted.toBuilder().figures(figures).build(), novelty, views, answers, tested);
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
    List<String> groups = PatientGroups.of(validation);
    long seed = plan.recipe().seed();
    if (card.task() instanceof Task.Findings findings) {
      return CardFigures.ofFindings(findings, answers, findings(validation), groups, seed);
    } else if (card.task() instanceof Task.Measurements) {
      // Nothing is fitted to values; their figures are those of the subset.
      return new CardFigures(Map.of(), Optional.empty(), List.of(), Optional.empty());
    }
    return CardFigures.fit(
        plan.data().labels(),
        plan.output(),
        answers,
        plan.data().labelsOf(validation),
        groups,
        seed);
  }

  static List<FindingStates> findings(List<LabelledRadiograph> items) {
    return items.stream().map(LabelledRadiograph::findings).toList();
  }

  static List<double[]> calibrated(ModelCard card, List<double[]> answers) {
    return card.calibration()
        .map(calibration -> answers.stream().map(calibration::calibrate).toList())
        .orElse(answers);
  }

  private static SubsetFigures figures(
      Subset subset,
      TrainingPlan plan,
      ModelCard card,
      List<LabelledRadiograph> items,
      List<double[]> calibrated)
      throws IOException {
    List<String> hashes = new ArrayList<>();
    for (LabelledRadiograph item : items) {
      hashes.add(plan.data().files().hash(item));
    }
    long seed = plan.recipe().seed();
    if (card.task() instanceof Task.Findings findings) {
      return SubsetEvaluation.ofFindings(
          subset,
          card,
          findings,
          findings(items),
          items.stream().map(LabelledRadiograph::patient).toList(),
          calibrated,
          hashes,
          seed);
    } else if (card.task() instanceof Task.Measurements measurements) {
      return SubsetEvaluation.ofMeasurements(subset, measurements, items, calibrated, hashes, seed);
    }
    return SubsetEvaluation.of(subset, card, items, calibrated, hashes, seed);
  }
}
