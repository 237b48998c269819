package io.cxr.train;

import io.cxr.Novelty;
import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.model.NoveltyGate;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.export.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Leave-one-source-out validation: for each source of a data set one training without it, whose
 * model file is then asked about every film of that source, through the classifier that users have.
 * It answers what a split within the sources cannot: how a model does in a hospital that it never
 * saw, and how many of its films the novelty gate refuses. Not thread-safe.
 */
public final class SourceValidation {
  /** Each film of a source is classified; so many of them are also turned and inverted. */
  private static final int CHANGED_AT_MOST = 100;

  private final ImageFolder folder;
  private final TrainingRecipe recipe;
  private final Precision precision;
  private final List<Path> strangers;
  private final double validationFraction;
  private final TrainingProgress progress;

  /**
   * How many pictures of a kind were shown, and how many the gate refused.
   *
   * @param shown at least 0
   * @param refused at most as many
   */
  public record Refusals(int shown, int refused) {}

  /**
   * What a model says of the source that it was trained without.
   *
   * @param source the source
   * @param report the figures of all its films, with the gate open
   * @param films frontal films of the source: those that the gate refused count as wrong
   * @param quarterTurned the same turned by 90 degrees
   * @param upsideDown the same turned by 180 degrees
   * @param inverted the same with black for white
   * @param strangers pictures that are no frontal chest radiographs, where given
   */
  public record Fold(
      String source,
      ClassificationReport report,
      Refusals films,
      Refusals quarterTurned,
      Refusals upsideDown,
      Refusals inverted,
      Refusals strangers) {}

  /**
   * What all models say.
   *
   * @param folds a fold a source, in the order in which the folder has them
   * @param pooled the figures of all films with the gates open, each answered by the model that
   *     never saw its source. Labels that one source alone has are measured here against films of
   *     other sources, and calibrations differ from model to model
   */
  public record Result(List<Fold> folds, ClassificationReport pooled) {
    /** Copies the list. */
    public Result {
      folds = List.copyOf(folds);
    }
  }

  /**
   * Prepares a validation.
   *
   * @param folder films with sources: two or more, and each label in two or more of them
   * @param recipe how each network learns; its seed chooses the splits, too
   * @param precision how the model files store weights
   * @param strangers image files that a gate should refuse; may be empty
   * @param validationFraction the share of the other sources' films that each training validates on
   * @param progress who hears how each training goes
   */
  public SourceValidation(
      ImageFolder folder,
      TrainingRecipe recipe,
      Precision precision,
      List<Path> strangers,
      double validationFraction,
      TrainingProgress progress) {
    this.folder = Objects.requireNonNull(folder, "folder");
    this.recipe = Objects.requireNonNull(recipe, "recipe");
    this.precision = Objects.requireNonNull(precision, "precision");
    this.strangers = List.copyOf(strangers);
    this.validationFraction = validationFraction;
    this.progress = Objects.requireNonNull(progress, "progress");
  }

  /**
   * Trains without each source in turn, and asks about it.
   *
   * @param done hears each fold as soon as it is known
   * @return what was found
   * @throws IOException if an image, the weights or the cache cannot be read
   * @throws IllegalArgumentException if a film has no source, or a label is in one source only
   */
  public Result run(Consumer<Fold> done) throws IOException {
    Map<String, Set<LabelledRadiograph>> bySource = new LinkedHashMap<>();
    for (LabelledRadiograph item : folder.items()) {
      String source =
          item.source()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "Sources: expected one for every image, found none for "
                              + folder.nameOf(item)
                              + ". Give a table with the columns file,label,patient,source."));
      bySource.computeIfAbsent(source, name -> new LinkedHashSet<>()).add(item);
    }
    if (bySource.size() < 2) {
      throw new IllegalArgumentException(
          "Sources: expected two or more to leave one out, found " + bySource.keySet());
    }
    ImageFiles known = new ImageFiles();
    List<Fold> folds = new ArrayList<>();
    ClassificationReport.Builder pooled = ClassificationReport.builder(folder.labels());
    Path scratch = Files.createTempDirectory("cxr-sources");
    Path model = scratch.resolve("model.onnx");
    try {
      for (Map.Entry<String, Set<LabelledRadiograph>> source : bySource.entrySet()) {
        ImageFolder others = folder.without(source.getValue());
        PatientSplit split = PatientSplit.of(others, validationFraction, recipe.seed());
        TrainingPlan plan =
            TrainingPlan.builder(
                    recipe,
                    TrainingData.of(folder.name(), folder.labels(), split).withFiles(known),
                    model)
                .precision(precision)
                .build();
        new Trainer(plan, progress).train();
        Fold fold = fold(source.getKey(), List.copyOf(source.getValue()), model, pooled);
        folds.add(fold);
        done.accept(fold);
      }
    } finally {
      try (var files = Files.list(scratch)) {
        for (Path file : files.collect(Collectors.toList())) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(scratch);
    }
    return new Result(folds, pooled.build());
  }

  private Fold fold(
      String source,
      List<LabelledRadiograph> films,
      Path model,
      ClassificationReport.Builder pooled)
      throws IOException {
    try (OnnxClassifier classifier = OnnxClassifier.builder(model).noveltyGate(false).open()) {
      Gate gate = new Gate(classifier, classifier.card().novelty());
      ClassificationReport.Builder report = ClassificationReport.builder(folder.labels());
      int step = (films.size() + CHANGED_AT_MOST - 1) / CHANGED_AT_MOST;
      Tally straight = new Tally();
      Tally quarter = new Tally();
      Tally half = new Tally();
      Tally inverted = new Tally();
      for (int i = 0; i < films.size(); i++) {
        Radiograph film = films.get(i).readNamed();
        Prediction prediction = classifier.classify(film);
        report.add(films.get(i).label(), prediction);
        pooled.add(films.get(i).label(), prediction);
        straight.add(prediction.novelty().map(Novelty::isRefused).orElse(false));
        if (i % step == 0) {
          quarter.add(gate.refuses(quarterTurned(film)));
          half.add(gate.refuses(upsideDown(film)));
          inverted.add(gate.refuses(inverted(film)));
        }
      }
      Tally others = new Tally();
      for (Path stranger : strangers) {
        others.add(gate.refuses(Radiograph.read(stranger)));
      }
      return new Fold(
          source,
          report.build(),
          straight.refusals(),
          quarter.refusals(),
          half.refusals(),
          inverted.refusals(),
          others.refusals());
    }
  }

  private record Gate(OnnxClassifier classifier, Optional<NoveltyGate> novelty) {
    boolean refuses(Radiograph radiograph) {
      return novelty.isPresent() && !(classifier.novelty(radiograph) <= novelty.get().threshold());
    }
  }

  private static final class Tally {
    private int shown;
    private int refused;

    void add(boolean refusal) {
      shown++;
      refused += refusal ? 1 : 0;
    }

    Refusals refusals() {
      return new Refusals(shown, refused);
    }
  }

  /** Clockwise. */
  static Radiograph quarterTurned(Radiograph film) {
    int rows = film.rows();
    int columns = film.columns();
    byte[] gray = film.toGray8();
    byte[] turned = new byte[gray.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        turned[column * rows + rows - 1 - row] = gray[row * columns + column];
      }
    }
    return Radiograph.ofGray8(/* rows= */ columns, /* columns= */ rows, turned);
  }

  static Radiograph upsideDown(Radiograph film) {
    byte[] gray = film.toGray8();
    byte[] turned = new byte[gray.length];
    for (int i = 0; i < gray.length; i++) {
      turned[gray.length - 1 - i] = gray[i];
    }
    return Radiograph.ofGray8(film.rows(), film.columns(), turned);
  }

  static Radiograph inverted(Radiograph film) {
    byte[] gray = film.toGray8();
    for (int i = 0; i < gray.length; i++) {
      gray[i] = (byte) ~gray[i];
    }
    return Radiograph.ofGray8(film.rows(), film.columns(), gray);
  }
}
