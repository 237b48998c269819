package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.FindingStates;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelTable;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.SourceFold;
import io.cxr.evaluation.FindingEvaluation;
import io.cxr.evaluation.Interval;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.RandomKerasWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folds of real trainings on films with several findings, some of them unknown. */
class FindingsCrossValidationTest {
  @TempDir Path folder;
  private final List<FindingsCrossValidationReport.Fold> heard = new ArrayList<>();

  @BeforeEach
  void draw() throws IOException {
    DrawnFindings.draw(folder, 120);
    // Two sources; the first patient has been in both.
    Path table = folder.resolve(DrawnFindings.CELLS);
    List<String> rows = Files.readAllLines(table);
    for (int i = 0; i < rows.size(); i++) {
      String source = i == 0 ? "source" : i == 1 || (i - 1) / 2 % 2 == 1 ? "north" : "west";
      rows.set(i, rows.get(i) + "," + source);
    }
    Files.write(table, rows);
  }

  private LabelTable images() throws IOException {
    return LabelTable.builder(folder.resolve(DrawnFindings.CELLS))
        .findings(DrawnFindings.NAMES)
        .open();
  }

  private TrainingRecipe recipe() throws IOException {
    PretrainedArchitecture base =
        PretrainedArchitecture.vgg16()
            .withLastLayer("block2_pool")
            .withPooling(Pooling.FLATTEN)
            .withPreprocessing(
                PreprocessingSpec.of(
                    32, 32, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN));
    Path weights = folder.resolve("vgg16.h5");
    RandomKerasWeights.write(base.layers(), weights, 1, 0.5);
    return TrainingRecipe.builder(base)
        .weights(weights)
        .featureCache(folder.resolve("cache"))
        .batchSize(16)
        .learningRate(3e-3)
        .epochs(12)
        .noEarlyStopping()
        .build();
  }

  private FindingsCrossValidation validation(LabelTable images) throws IOException {
    return new FindingsCrossValidation(images, recipe(), TrainingProgress.SILENT, heard::add);
  }

  @Test
  void everyFilmIsJudgedOnceOnWhatIsKnownOfIt() throws IOException {
    LabelTable images = images();
    FindingsCrossValidationReport report = validation(images).run(3);
    assertEquals(report.folds(), heard);
    assertEquals(3, report.folds().size());
    assertEquals(images.items().size(), report.pooled().images());
    assertFalse(report.calibrated());
    assertTrue(report.patientsApart());
    for (String finding : DrawnFindings.NAMES) {
      FindingEvaluation pooled = report.pooled().finding(finding);
      for (LabelState state : LabelState.values()) {
        int expected =
            (int)
                images.items().stream()
                    .map(LabelledRadiograph::findings)
                    .filter((FindingStates each) -> each.state(finding) == state)
                    .count();
        int found =
            switch (state) {
              case PRESENT -> pooled.present();
              case ABSENT -> pooled.absent();
              case UNKNOWN -> pooled.unknown();
            };
        assertEquals(expected, found, finding + " " + state);
        // Patients stay together, so folds are even to a few films.
        int least = expected / 6;
        for (FindingsCrossValidationReport.Fold fold : report.folds()) {
          FindingEvaluation one = fold.evaluation().finding(finding);
          int there = state == LabelState.PRESENT ? one.present() : one.absent();
          assertTrue(state == LabelState.UNKNOWN || there >= least, finding + " " + there);
        }
      }
      Interval area = pooled.auroc().orElseThrow();
      assertTrue(area.value() > 0.8 && area.low() > 0.5, finding + " " + area);
      assertTrue(pooled.auprc().orElseThrow().value() > 0.5, finding);
      double mean = report.auroc(finding).orElseThrow().mean();
      assertEquals(area.value(), mean, 0.15, finding);
    }
    assertTrue(report.auroc().orElseThrow().deviation() < 0.2);
  }

  /** Films of one patient in two sources: those of the other one are not trained on. */
  @Test
  void sourcesAreLeftOutInTurn() throws IOException {
    LabelTable images = images();
    List<String> sources =
        images.items().stream().map(item -> item.source().orElseThrow()).distinct().toList();
    List<SourceFold> folds =
        sources.stream().map(source -> new SourceFold(List.of(source))).toList();
    FindingsCrossValidationReport report = validation(images).runWithoutSources(folds);
    assertEquals(
        sources, report.folds().stream().map(FindingsCrossValidationReport.Fold::name).toList());
    assertTrue(report.calibrated());
    assertEquals(images.items().size(), report.pooled().images());
    for (FindingsCrossValidationReport.Fold fold : report.folds()) {
      long films =
          images.items().stream()
              .filter(item -> item.source().orElseThrow().equals(fold.name()))
              .count();
      assertEquals(films, fold.evaluation().images());
    }
    for (String finding : DrawnFindings.NAMES) {
      assertTrue(report.pooled().finding(finding).auroc().orElseThrow().value() > 0.7, finding);
    }
    SourceFold first = folds.get(0);
    List<LabelledRadiograph> films = images.items().stream().filter(first::has).toList();
    Set<String> patients = new HashSet<>();
    films.forEach(film -> film.patient().ifPresent(patients::add));
    Set<LabelledRadiograph> shared = SharedFilms.of(images, first, films, List.of());
    for (LabelledRadiograph item : images.items()) {
      assertEquals(
          !first.has(item) && patients.contains(item.patient().orElse("")), shared.contains(item));
    }
  }

  @Test
  void otherAnnotationsAndSourcesWithoutFilmsAreRefused() throws IOException {
    LabelTable images = images();
    FindingsCrossValidation validation = validation(images);
    assertThrows(IllegalArgumentException.class, () -> validation.runWithoutSources(List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> validation.runWithoutSources(List.of(new SourceFold(List.of("nowhere")))));
    Path classes = folder.resolve("classes");
    for (String label : List.of("A", "B")) {
      Files.createDirectories(classes.resolve(label));
      Path film = images.items().get(0).file();
      Files.copy(film, classes.resolve(label).resolve("film.png"));
    }
    ImageFolder labels = ImageFolder.open(classes);
    TrainingRecipe recipe = recipe();
    assertThrows(
        IllegalArgumentException.class,
        () -> new FindingsCrossValidation(labels, recipe, TrainingProgress.SILENT, fold -> {}));
  }
}
