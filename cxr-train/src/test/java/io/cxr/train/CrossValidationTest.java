package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.ImageFolder;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.train.architecture.LocalMaximaCnn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrossValidationTest {
  private static final int FOLDS = 3;

  @TempDir Path folder;

  @BeforeEach
  void drawImages() throws IOException {
    BrightHalves.draw(folder.resolve("images"), 12);
    StringBuilder csv = new StringBuilder("file,label,patient\n");
    for (String label : List.of("LEFT", "RIGHT")) {
      for (int i = 0; i < 12; i++) {
        csv.append(label + "/" + i + ".png," + label + "," + label + i / 2 + "\n");
      }
    }
    Files.writeString(folder.resolve("patients.csv"), csv);
  }

  private ImageFolder images(boolean patients) throws IOException {
    ImageFolder.Builder builder = ImageFolder.builder(folder.resolve("images"));
    return (patients ? builder.patients(folder.resolve("patients.csv")) : builder).open();
  }

  private CrossValidationReport run(ImageFolder images, long seed, List<ClassificationReport> seen)
      throws IOException {
    return new CrossValidation(
            images,
            QuickRecipe.in(folder).batchSize(8).seed(seed).epochs(4).build(),
            FOLDS,
            TrainingProgress.SILENT,
            seen::add)
        .run();
  }

  @Test
  void measuresEveryImageOnceAndWritesNoModel() throws IOException {
    List<ClassificationReport> seen = new ArrayList<>();
    CrossValidationReport report = run(images(true), 1, seen);
    assertEquals(FOLDS, seen.size());
    assertEquals(seen, report.reports());
    assertEquals(24, report.pooled().total());
    assertEquals(24, seen.stream().mapToInt(ClassificationReport::total).sum());
    assertTrue(report.patientsApart());
    assertFalse(Files.exists(Path.of("not-written.onnx")));

    CrossValidationReport.Figure accuracy = report.figures().get("accuracy");
    double[] each = seen.stream().mapToDouble(ClassificationReport::accuracy).toArray();
    double mean = (each[0] + each[1] + each[2]) / 3;
    double squares = 0;
    for (double one : each) {
      squares += (one - mean) * (one - mean);
    }
    assertEquals(mean, accuracy.mean(), 1e-12);
    assertEquals(Math.sqrt(squares / 2), accuracy.deviation(), 1e-12);
    assertEquals(report.pooled().accuracy(), accuracy.interval().value(), 1e-12);
    assertTrue(accuracy.interval().low() <= accuracy.interval().value());
    assertTrue(accuracy.interval().high() >= accuracy.interval().value());
    assertEquals(
        List.of("accuracy", "sensitivity", "specificity", "f1", "auroc"),
        List.copyOf(report.figures().keySet()));
    assertEquals(
        report.pooled().figures("LEFT").recall(),
        report.figures().get("sensitivity").interval().value(),
        1e-12);
    assertEquals(
        report.pooled().figures("LEFT").specificity(),
        report.figures().get("specificity").interval().value(),
        1e-12);
    String text = report.format();
    assertTrue(text.contains("Positive class: LEFT"), text);
    assertTrue(text.contains("patients kept apart") && text.contains("Research use only"), text);
  }

  /** Macro averages of sensitivity and specificity would be the same for two labels. */
  @Test
  void aMissedPositiveLowersSensitivityAlone() {
    ClassificationReport report =
        ClassificationReport.of(
            List.of("NORMAL", "COVID19"),
            List.of("COVID19", "COVID19", "NORMAL"),
            new double[][] {{0.9, 0.1}, {0.2, 0.8}, {0.9, 0.1}});
    assertEquals(0.5, CrossValidationReport.FIGURES.get("sensitivity").applyAsDouble(report));
    assertEquals(1, CrossValidationReport.FIGURES.get("specificity").applyAsDouble(report));
    assertEquals(2 / 3.0, CrossValidationReport.FIGURES.get("f1").applyAsDouble(report), 1e-12);
  }

  @Test
  void theSeedDecidesAndStrangersMayBeOnBothSides() throws IOException {
    CrossValidationReport first = run(images(false), 1, new ArrayList<>());
    assertFalse(first.patientsApart());
    assertEquals(first.figures(), run(images(false), 1, new ArrayList<>()).figures());
    assertTrue(first.format().contains("patients may be on both sides"));
  }

  @Test
  void refusesMoreFoldsThanPatients() throws IOException {
    ImageFolder images = images(true);
    CrossValidation tooMany =
        new CrossValidation(
            images,
            TrainingRecipe.builder(new LocalMaximaCnn()).build(),
            7,
            new TrainingProgress() {
              @Override
              public void imagePrepared(int done, int total) {
                throw new AssertionError("no training begins");
              }
            },
            fold -> {});
    assertThrows(IllegalArgumentException.class, tooMany::run);
  }
}
