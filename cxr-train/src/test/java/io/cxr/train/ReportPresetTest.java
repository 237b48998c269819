package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.OutputActivation;
import io.cxr.train.architecture.PretrainedArchitecture;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReportPresetTest {

  private static TrainingRecipe recipe(ReportPreset preset) {
    TrainingRecipe.Builder recipe = preset.recipe();
    if (preset.architecture() instanceof PretrainedArchitecture) {
      recipe.weights(Path.of("weights.h5"));
    }
    return recipe.build();
  }

  /** The settings as the report's table has them. */
  @ParameterizedTest
  @CsvSource({
    "report-vgg16, 30, 10, 32, 0.001, 1e-7, VALIDATION_ACCURACY, 0.01, 3, SOFTMAX",
    "report-resnet50, 30, 10, 32, 0.001, 1e-7, VALIDATION_ACCURACY, 0.01, 3, SIGMOID_PER_LABEL",
    "report-cnn, 100, 108, 16, 0.001, 1e-7, VALIDATION_LOSS, 0.001, 3, SIGMOID_OF_SECOND_LABEL",
    "report-local-maxima-cnn, 10, 8, 32, 0.003, 0.1, VALIDATION_LOSS, , , SIGMOID_OF_SECOND_LABEL"
  })
  void aRecipeHasTheReportsSettings(
      String name,
      int epochs,
      int steps,
      int batch,
      double rate,
      double epsilon,
      Monitor monitor,
      Double delta,
      Integer patience,
      OutputActivation head) {
    ReportPreset preset = ReportPreset.named(name);
    assertEquals(name, preset.presetName());
    TrainingRecipe recipe = recipe(preset);
    assertEquals(epochs, recipe.epochs());
    assertEquals(OptionalInt.of(steps), recipe.stepsPerEpoch());
    assertEquals(batch, recipe.batchSize());
    assertEquals(rate, recipe.learningRate());
    assertEquals(epsilon, recipe.adamEpsilon());
    assertEquals(Optional.of(monitor), recipe.monitor());
    assertEquals(preset.augmentation(), recipe.augmentation());
    assertEquals(head, recipe.architecture().output(2));
    EarlyStopping stopping = recipe.earlyStopping().orElseThrow();
    if (patience == null) {
      assertTrue(!stopping.restoreBest() && stopping.patience() > 1_000_000, "runs to the end");
    } else {
      assertEquals(new EarlyStopping(delta, patience, true), stopping);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theReportCountedTheParametersThatOurNetworksHave(ReportPreset preset) {
    ReportedTraining reported = preset.reported();
    assertEquals(reported.parameters(), preset.architecture().summary(2).parameters());
    assertEquals(reported.trainableParameters(), preset.architecture().summary(2).trainable());
  }

  @Test
  void theReportsHistoriesEndWithItsFigures() {
    for (ReportPreset preset :
        List.of(ReportPreset.VGG16, ReportPreset.RESNET50, ReportPreset.LOCAL_MAXIMA_CNN)) {
      ReportedTraining reported = preset.reported();
      assertEquals(reported.epochs(), reported.validation().size());
      var last = reported.validation().get(reported.validation().size() - 1);
      assertEquals(reported.validationAccuracy(), last.accuracy());
      assertEquals(reported.validationLoss(), last.loss().orElseThrow());
    }
    assertEquals(16, ReportPreset.CNN.reported().validation().size());
    assertEquals(19, ReportPreset.CNN.reported().epochs());
  }

  @Test
  void anUnknownNameIsToldTheKnownOnes() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> ReportPreset.named("resnet50"))
            .getMessage();
    assertTrue(message.contains("report-resnet50") && message.contains("'resnet50'"), message);
  }
}
