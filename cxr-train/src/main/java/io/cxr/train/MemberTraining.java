package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.ModelCard;
import io.cxr.onnx.SessionSettings;
import io.cxr.train.export.StackMember;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network trained to be a member of a stack: without calibration, thresholds and gate of its own.
 *
 * @param member the network
 * @param card what it says of itself
 * @param epoch the epoch of its weights
 * @param mapIsFrozen whether its last map is a frozen base's
 * @param scale what its logits mean
 */
record MemberTraining(
    StackMember member, ModelCard card, int epoch, boolean mapIsFrozen, MemberScale scale) {

  /**
   * Trains on the training images; early stopping, the choice of the epoch and the scale of the
   * logits see the validation images.
   *
   * @param scratch a folder for a file on the way
   */
  static MemberTraining of(
      TrainingRecipe recipe, TrainingData data, Path scratch, TrainingProgress progress)
      throws IOException {
    Path file = scratch.resolve("member.onnx");
    TrainingPlan plan = TrainingPlan.builder(recipe, data, file).build();
    try (LearningTask task = LearningTask.of(plan, progress)) {
      Epochs epochs = new Epochs(plan, task, progress, Epochs.Listener.NONE);
      epochs.run();
      boolean keepsLast = recipe.earlyStopping().map(rule -> !rule.restoreBest()).orElse(false);
      if (!keepsLast) {
        epochs.restoreBest();
      }
      int epoch = keepsLast ? epochs.history().size() : epochs.bestEpoch();
      ModelCard card = TrainingCard.of(plan, task, epoch, true, epochs.history(), Map.of());
      task.export(card, Optional.empty(), Optional.empty(), file);
      byte[] bytes = Files.readAllBytes(file);
      return measured(bytes, card, epoch, task.lastMapIsFrozen(), data, recipe.session());
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** Of a model file: asks it about the validation images, which tell the scale of its logits. */
  static MemberTraining measured(
      byte[] model,
      ModelCard card,
      int epoch,
      boolean mapIsFrozen,
      TrainingData data,
      SessionSettings session)
      throws IOException {
    StackMember member = StackMember.classifier(model, "Member " + card.architecture());
    List<LabelledRadiograph> apart = data.validation();
    MemberScale scale =
        MemberScale.fit(
            card.output(),
            GraphValues.of(member.columnsGraph(), member.preprocessing(), apart, session),
            data.labelsOf(apart),
            card.labels().size());
    return new MemberTraining(member, card, epoch, mapIsFrozen, scale);
  }
}
