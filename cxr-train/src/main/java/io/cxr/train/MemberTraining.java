package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.train.export.StackMember;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
 */
record MemberTraining(StackMember member, ModelCard card, int epoch, boolean mapIsFrozen) {

  /**
   * Trains on the training images; early stopping and the choice of the epoch see the validation
   * images.
   *
   * @param scratch a folder for a file on the way
   */
  static MemberTraining of(
      TrainingRecipe recipe, TrainingData data, Path scratch, TrainingProgress progress)
      throws IOException {
    Path file = scratch.resolve("member.onnx");
    TrainingPlan plan = TrainingPlan.builder(recipe, data, file).build();
    LearningTask task = LearningTask.of(plan, progress);
    Epochs epochs = new Epochs(plan, task, progress, Epochs.Listener.NONE);
    epochs.run();
    boolean keepsLast = recipe.earlyStopping().map(rule -> !rule.restoreBest()).orElse(false);
    if (!keepsLast) {
      epochs.restoreBest();
    }
    int epoch = keepsLast ? epochs.history().size() : epochs.bestEpoch();
    ModelCard card = TrainingCard.of(plan, task, epoch, true, epochs.history(), Map.of());
    try {
      task.export(card, Optional.empty(), file);
      byte[] bytes = Files.readAllBytes(file);
      String origin = "Member " + recipe.architecture().name();
      return new MemberTraining(
          StackMember.classifier(bytes, origin), card, epoch, task.lastMapIsFrozen());
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /**
   * Trains on all images for as many epochs as were best where there were images to validate on.
   */
  static MemberTraining onAll(
      TrainingRecipe recipe,
      int epochs,
      String name,
      List<String> labels,
      List<LabelledRadiograph> items,
      boolean patientsApart,
      ImageFiles files,
      Path scratch,
      TrainingProgress progress)
      throws IOException {
    // The figures of these say nothing, and nothing is decided by them.
    Map<String, LabelledRadiograph> oneOfEach = new LinkedHashMap<>();
    items.forEach(item -> oneOfEach.putIfAbsent(item.label(), item));
    PatientSplit split =
        new PatientSplit(items, new ArrayList<>(oneOfEach.values()), patientsApart, List.of());
    TrainingRecipe longEnough =
        recipe.toBuilder()
            .epochs(epochs)
            .earlyStopping(new EarlyStopping(0, epochs, false))
            .build();
    return of(longEnough, TrainingData.of(name, labels, split).withFiles(files), scratch, progress);
  }

  /** What the network itself says, from its logits. */
  double[] probabilities(float[] logits) {
    return probabilities(card.output(), logits);
  }

  static double[] probabilities(OutputActivation output, float[] logits) {
    float[] activated = new float[logits.length];
    if (output == OutputActivation.SOFTMAX) {
      double greatest = Double.NEGATIVE_INFINITY;
      for (float logit : logits) {
        greatest = Math.max(greatest, logit);
      }
      double sum = 0;
      for (float logit : logits) {
        sum += Math.exp(logit - greatest);
      }
      for (int i = 0; i < logits.length; i++) {
        activated[i] = (float) (Math.exp(logits[i] - greatest) / sum);
      }
    } else {
      for (int i = 0; i < logits.length; i++) {
        activated[i] = (float) (1 / (1 + Math.exp(-logits[i])));
      }
    }
    return output.probabilities(activated);
  }
}
