package io.cxr.train;

import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.model.FilmView;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.export.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Leave-one-source-out validation: for each source of a data set one training without it, whose
 * model file is then asked about every film of that source, through the classifier that users have.
 * It answers what a split within the sources cannot: how a model does in a hospital that it never
 * saw, and how many of its films the gates refuse. Not thread-safe.
 */
public final class SourceValidation {
  /** Each film of a source is classified; so many of them are also turned and inverted. */
  private static final int CHANGED_AT_MOST = 100;

  /** The views that can be made of an upright frontal film. */
  private static final List<FilmView> CHANGED =
      List.of(
          FilmView.ROTATED_CLOCKWISE,
          FilmView.ROTATED_ANTICLOCKWISE,
          FilmView.UPSIDE_DOWN,
          FilmView.MIRRORED,
          FilmView.INVERTED);

  private final ImageFolder folder;
  private final TrainingRecipe recipe;
  private final Precision precision;
  private final List<LabelledRadiograph> laterals;
  private final List<Path> strangers;
  private final double validationFraction;
  private final TrainingProgress progress;

  /**
   * How many pictures of a kind were shown, and how many the gates refused.
   *
   * @param shown at least 0
   * @param reasons how many were refused for which reason; copied
   */
  public record Refusals(int shown, Map<Reason, Integer> reasons) {
    /** Copies the map. */
    public Refusals {
      reasons = Collections.unmodifiableMap(new TreeMap<>(reasons));
    }

    /**
     * How many were refused for any reason.
     *
     * @return at most as many as were shown
     */
    public int refused() {
      return reasons.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  /**
   * What a model says of the source that it was trained without.
   *
   * @param source the source
   * @param report the figures of all its films, with the gate open
   * @param views its films in each view that can be made of them, of which the frontal one is all
   *     of them as they are; and, as lateral ones, all that were given, whatever their source: the
   *     training knows those of other patients, too, so that these are optimistic
   * @param strangers pictures that are no frontal chest radiographs, where given
   */
  public record Fold(
      String source,
      ClassificationReport report,
      Map<FilmView, Refusals> views,
      Refusals strangers) {
    /** Copies the map. */
    public Fold {
      views = Collections.unmodifiableMap(new EnumMap<>(views));
    }

    /**
     * The frontal films as they are.
     *
     * @return how many there are, and how many of them are refused
     */
    public Refusals films() {
      return Objects.requireNonNull(views.get(FilmView.FRONTAL));
    }
  }

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
   * @param laterals lateral radiographs for the view head, and to be refused; may be empty
   * @param strangers image files that a gate should refuse; may be empty
   * @param validationFraction the share of the other sources' films that each training validates on
   * @param progress who hears how each training goes
   */
  public SourceValidation(
      ImageFolder folder,
      TrainingRecipe recipe,
      Precision precision,
      List<LabelledRadiograph> laterals,
      List<Path> strangers,
      double validationFraction,
      TrainingProgress progress) {
    this.folder = Objects.requireNonNull(folder, "folder");
    this.recipe = Objects.requireNonNull(recipe, "recipe");
    this.precision = Objects.requireNonNull(precision, "precision");
    this.laterals = List.copyOf(laterals);
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
                    TrainingData.of(folder.name(), folder.labels(), split)
                        .withLaterals(laterals)
                        .withFiles(known),
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
    try (OnnxClassifier classifier = OnnxClassifier.builder(model).noveltyGate(false).viewGate(false).open()) {
      ClassificationReport.Builder report = ClassificationReport.builder(folder.labels());
      int step = (films.size() + CHANGED_AT_MOST - 1) / CHANGED_AT_MOST;
      Map<FilmView, Tally> views = new EnumMap<>(FilmView.class);
      for (int i = 0; i < films.size(); i++) {
        Radiograph film = films.get(i).readNamed();
        Prediction prediction = classifier.classify(film);
        report.add(films.get(i).label(), prediction);
        pooled.add(films.get(i).label(), prediction);
        tally(views, FilmView.FRONTAL).add(prediction);
        if (i % step == 0) {
          for (FilmView view : CHANGED) {
            tally(views, view).add(classifier.classify(GeneratedViews.of(view, film)));
          }
        }
      }
      for (LabelledRadiograph lateral : laterals) {
        tally(views, FilmView.LATERAL).add(classifier.classify(lateral.readNamed()));
      }
      Tally others = new Tally();
      for (Path stranger : strangers) {
        others.add(classifier.classify(Radiograph.read(stranger)));
      }
      Map<FilmView, Refusals> refusals = new EnumMap<>(FilmView.class);
      views.forEach((view, tally) -> refusals.put(view, tally.refusals()));
      return new Fold(source, report.build(), refusals, others.refusals());
    }
  }

  private static Tally tally(Map<FilmView, Tally> views, FilmView view) {
    return views.computeIfAbsent(view, any -> new Tally());
  }

  private static final class Tally {
    private final Map<Reason, Integer> reasons = new EnumMap<>(Reason.class);
    private int shown;

    void add(Prediction prediction) {
      shown++;
      prediction.refusal().ifPresent(reason -> reasons.merge(reason, 1, Integer::sum));
    }

    Refusals refusals() {
      return new Refusals(shown, reasons);
    }
  }
}
