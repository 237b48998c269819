package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SourceCounts;
import io.cxr.dataset.SourceFold;
import io.cxr.evaluation.LabelPair;
import io.cxr.evaluation.LabelSetEvaluation;
import io.cxr.model.FilmView;
import io.cxr.model.ModelCard;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.SourceValidation.Fold;
import io.cxr.train.architecture.OnnxArchitecture;
import io.cxr.train.export.ForeignFile;
import io.cxr.train.export.Precision;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceValidationTest {
  @TempDir Path folder;

  private ImageFolder images(int sources) throws Exception {
    Path images = folder.resolve("images");
    BrightHalves.draw(images, 90);
    List<String> table = new ArrayList<>(List.of("file,label,patient,source"));
    int number = 0;
    ImageFolder plain = ImageFolder.open(images);
    for (LabelledRadiograph item : plain.items()) {
      String name = plain.nameOf(item);
      table.add(name + "," + item.label() + ",," + "hospital " + number++ % sources);
    }
    Path csv = folder.resolve("images.csv");
    Files.write(csv, table);
    return ImageFolder.builder(images).patients(csv).open();
  }

  private SourceValidation validation(ImageFolder images, List<Path> strangers) {
    return new SourceValidation(
        images,
        QuickRecipe.in(folder).epochs(3).seed(3).build(),
        Precision.FP32,
        List.of(),
        strangers,
        0.25,
        TrainingProgress.SILENT);
  }

  private SourceValidation.Result run(ImageFolder images, List<Path> strangers, Consumer<Fold> done)
      throws Exception {
    return validation(images, strangers).run(SourceCounts.of(images).paired(), done);
  }

  @Test
  void asksEachModelAboutTheSourceThatItNeverSaw() throws Exception {
    Path stranger = folder.resolve("stranger.png");
    ImageIO.write(
        new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_GRAY), "png", stranger.toFile());
    List<Fold> heard = new ArrayList<>();
    Path unreadable = Files.writeString(folder.resolve("unreadable.png"), "no picture");
    SourceValidation.Result result = run(images(3), List.of(stranger, unreadable), heard::add);
    assertEquals(heard, result.folds());
    assertEquals(
        List.of("hospital 0", "hospital 1", "hospital 2"),
        result.folds().stream().map(fold -> fold.sources().name()).toList());
    assertEquals(180, result.pooled().total());
    assertTrue(result.pooled().accuracy() >= 0.8, result.pooled().format());
    for (Fold fold : result.folds()) {
      assertEquals(60, fold.films().shown());
      assertEquals(60, fold.report().total());
      assertEquals(
          EnumSet.complementOf(EnumSet.of(FilmView.LATERAL)), fold.views().keySet(), "none given");
      fold.views().forEach((view, of) -> assertEquals(60, of.shown(), view.toString()));
      // One kind of pictures in all sources: the bound holds for the one left out, too.
      assertTrue(fold.films().refused() <= 4, fold.toString());
      assertEquals(2, fold.strangers().shown());
      assertTrue(
          fold.strangers().refused() >= 1, "what cannot be read is refused, and ends nothing");
      assertEquals(0, fold.shared());
      assertEquals(120, fold.training() + fold.validation());
      assertEquals(fold.validation(), fold.inside().evaluation().images());
      LabelPair pair = fold.outside().pairs().get(0);
      assertEquals("LEFT", pair.first());
      assertTrue(pair.auroc().value() > 0.8 && pair.auroc().low() <= pair.auroc().value());
      assertEquals(4, fold.outside().evaluation().byThreshold().size());
      LabelSetEvaluation sets = fold.outside().evaluation().labelSets().orElseThrow();
      assertEquals(0.9, sets.promised(), 1e-9);
      assertTrue(sets.coverage().orElseThrow().value() > 0.75, sets.toString());
      assertTrue(fold.inside().evaluation().labelSets().isEmpty(), "fitted to these films");
      assertEquals(
          60 - fold.films().refused(), fold.outside().evaluation().answered(), fold.toString());
    }
    SourceValidation.Summary error =
        result.summary().stream()
            .filter(row -> row.metric().equals("calibration error outside"))
            .findFirst()
            .orElseThrow();
    assertEquals(3, error.folds());
    assertTrue(error.worst() >= error.mean(), error.toString());
    assertTrue(
        result.summary().stream()
            .anyMatch(row -> row.metric().equals("label sets hold the label")));
    assertEquals(0, result.counts().cramersV(), 1e-9);
    try (var left = Files.list(folder)) {
      assertFalse(left.anyMatch(file -> file.toString().endsWith(".onnx")));
    }
  }

  /**
   * Pictures whose left upper corner is bright in one source and dark in another, as no picture of
   * the training is; each source has one class more than the other.
   */
  @Test
  void asksAboutPairsAndKeepsPatientsAndCopiesApart() throws Exception {
    Path root = folder.resolve("marked");
    List<String> table = new ArrayList<>(List.of("file,label,patient,source"));
    Random random = new Random(4);
    String[][] cells = {
      {"DARK", "a"}, {"DARK", "b"}, {"LIGHT", "b"}, {"LIGHT", "c"}, {"DARK", "d"}, {"LIGHT", "d"}
    };
    byte[] copied = new byte[0];
    for (String[] cell : cells) {
      for (int i = 0; i < 24; i++) {
        byte[] pixels = new byte[48 * 40];
        for (int p = 0; p < pixels.length; p++) {
          pixels[p] = (byte) ((cell[0].equals("DARK") ? 40 : 120) + random.nextInt(90));
        }
        String name = cell[0] + "/" + cell[1] + i + ".png";
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Radiograph.ofGray8(48, 40, pixels).writePng(file);
        if (cell[1].equals("a") && i == 0) {
          copied = Files.readAllBytes(file);
        }
        if (cell[0].equals("DARK") && cell[1].equals("b") && i == 0) {
          Files.write(file, copied);
        }
        String patient = cell[1] + i / 2;
        // One patient of a was also seen in d.
        boolean moved = cell[0].equals("DARK") && cell[1].equals("d") && i < 2;
        table.add(name + "," + cell[0] + "," + (moved ? "a3" : patient) + "," + cell[1]);
      }
    }
    Path csv = root.resolve("images.csv");
    Files.write(csv, table);
    ImageFolder images = ImageFolder.builder(root).sources(csv).open();
    SourceCounts counts = SourceCounts.of(images);
    assertEquals(List.of("b", "d", "a+c"), counts.paired().stream().map(SourceFold::name).toList());
    TrainingRecipe recipe =
        TrainingRecipe.builder(base())
            .featureCache(folder.resolve("cache"))
            .solver(new Solver.Lbfgs())
            .balance(Balance.SOURCES)
            .sourcePenalty(0.1)
            .calibratedOnSources(true)
            .build();
    int[] computed = new int[1];
    TrainingProgress counting =
        new TrainingProgress() {
          @Override
          public void imagePrepared(int done, int total) {
            computed[0]++;
          }
        };
    SourceValidation.Result result =
        new SourceValidation(images, recipe, Precision.FP32, List.of(), List.of(), 0.25, counting)
            .run(counts.named(List.of("a+c", "b")), fold -> {});
    Fold pair = result.folds().get(0);
    assertEquals(48, pair.outside().evaluation().images());
    assertEquals(3, pair.shared(), "two films of a patient, and a copy");
    assertEquals(96 - 3, pair.training() + pair.validation());
    assertEquals(List.of("a", "c"), List.copyOf(pair.bySource().keySet()));
    assertTrue(pair.outside().pairs().get(0).auroc().value() > 0.9, pair.outside().toString());
    assertTrue(pair.bySource().get("a").pairs().isEmpty(), "one class alone has no AUROC");
    assertEquals(1, result.folds().get(1).shared(), "the copy");
    // Each film's are asked for in one fold or the other; those of a copy are in the cache.
    assertEquals(6 * 24 - 1, computed[0], "features are computed once");
    SourceValidation.Result ungated =
        new SourceValidation(images, recipe, Precision.FP32, List.of(), List.of(), 0.25, counting)
            .runUngated(counts.named(List.of("b")), fold -> {});
    assertEquals(48, ungated.folds().get(0).outside().evaluation().answered());
    assertEquals(0, ungated.folds().get(0).views().size() - 1, "frontal films alone");
    assertEquals(
        result.folds().get(1).outside().pairsOfAll(),
        ungated.folds().get(0).outside().pairsOfAll());
    assertEquals(6 * 24 - 1, computed[0], "features are kept");
  }

  /** Brightness tells the label, and the other way round in the last of three sources. */
  private ImageFolder confounded() throws Exception {
    Path root = folder.resolve("confounded");
    List<String> table = new ArrayList<>(List.of("file,label,patient,source"));
    Random random = new Random(4);
    for (int source = 0; source < 3; source++) {
      for (String label : List.of("DARK", "LIGHT")) {
        for (int i = 0; i < 20; i++) {
          boolean bright = label.equals("LIGHT") == (source != 2);
          byte[] pixels = new byte[48 * 40];
          for (int p = 0; p < pixels.length; p++) {
            pixels[p] = (byte) ((bright ? 150 : 40) + random.nextInt(90));
          }
          String name = label + "/" + source + "-" + i + ".png";
          Files.createDirectories(root.resolve(label));
          Radiograph.ofGray8(48, 40, pixels).writePng(root.resolve(name));
          table.add(name + "," + label + ",," + source);
        }
      }
    }
    Path csv = root.resolve("images.csv");
    Files.write(csv, table);
    return ImageFolder.builder(root).sources(csv).open();
  }

  private OnnxArchitecture base() throws Exception {
    return OnnxArchitecture.of(
            ForeignFile.usual(14, "batch", 3, "h", "w").write(folder.resolve("base.onnx")),
            "/layer2/Relu_output_0")
        .withPreprocessing(
            PreprocessingSpec.of(48, 40, Resampling.BILINEAR, 3, Normalization.Kind.UNIT_RANGE));
  }

  @Test
  void answersFromKeptFeaturesAreThoseOfTheFile() throws Exception {
    ImageFolder images = confounded();
    SourceFold last = new SourceFold(List.of("2"));
    List<LabelledRadiograph> films = images.items().stream().filter(last::has).toList();
    ImageFolder others = images.without(Set.copyOf(films));
    TrainingPlan plan =
        TrainingPlan.builder(
                TrainingRecipe.builder(base())
                    .featureCache(folder.resolve("cache"))
                    .epochs(5)
                    .learningRate(0.05)
                    .build(),
                TrainingData.of(others, PatientSplit.of(others, 0.25, 1)),
                folder.resolve("model.onnx"))
            .build();
    SourceAnswers answers = SourceAnswers.of(plan, films, true, TrainingProgress.SILENT);
    try (OnnxClassifier classifier =
        OnnxClassifier.builder(plan.model()).noveltyGate(false).open()) {
      assertTrue(classifier.card().novelty().isPresent());
      for (int i = 0; i < films.size(); i++) {
        Prediction prediction = classifier.classify(films.get(i).read());
        double[] calibrated =
            answers.card().calibration().orElseThrow().calibrate(answers.asked().get(i));
        assertEquals(prediction.probability("LIGHT"), calibrated[1], 1e-4);
        assertEquals(
            prediction.novelty().orElseThrow().isRefused(),
            answers.refusals().get(i).isPresent(),
            "film " + i);
      }
    }
  }

  @Test
  void calibrationOnSourcesIsLessSure() throws Exception {
    ImageFolder images = confounded();
    double[] slopes = new double[2];
    for (int on = 0; on < 2; on++) {
      TrainingPlan plan =
          TrainingPlan.builder(
                  TrainingRecipe.builder(base())
                      .featureCache(folder.resolve("cache"))
                      .epochs(20)
                      .noEarlyStopping()
                      .learningRate(0.05)
                      .calibratedOnSources(on == 1)
                      .build(),
                  TrainingData.of(images, PatientSplit.of(images, 0.25, 1)),
                  folder.resolve("model.onnx"))
              .build();
      ModelCard card = new Trainer(plan, TrainingProgress.SILENT).train().card();
      List<double[]> sure =
          List.of(card.calibration().orElseThrow().calibrate(new double[] {0.05, 0.95}));
      slopes[on] = sure.get(0)[1];
      assertEquals(
          on == 1 ? "sources left out" : null,
          card.training().orElseThrow().settings().get("calibratedOn"));
      assertEquals(on == 1, card.metrics().containsKey("outOfSourceCalibratedError"));
      assertEquals(4, card.thresholds().size());
    }
    assertTrue(slopes[1] < slopes[0], slopes[1] + " beside " + slopes[0]);
  }

  @Test
  void refusesWhatHasNoSourcesToLeaveOut() throws Exception {
    ImageFolder one = images(1);
    assertThrows(IllegalArgumentException.class, () -> run(one, List.of(), fold -> {}));
    ImageFolder none = ImageFolder.open(folder.resolve("images"));
    IllegalArgumentException unnamed =
        assertThrows(IllegalArgumentException.class, () -> run(none, List.of(), fold -> {}));
    assertTrue(unnamed.getMessage().contains("source"), unnamed.getMessage());
  }
}
