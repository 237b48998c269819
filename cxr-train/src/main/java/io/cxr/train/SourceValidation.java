package io.cxr.train;

import io.cxr.Prediction;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SourceCounts;
import io.cxr.dataset.SourceFold;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.evaluation.CrossCalibration;
import io.cxr.evaluation.Evaluation;
import io.cxr.evaluation.EvaluationBuilder;
import io.cxr.evaluation.LabelPair;
import io.cxr.model.FilmView;
import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.audit.CopyPair;
import io.cxr.train.audit.CopySearch;
import io.cxr.train.export.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Leave-one-source-out validation: for each fold of sources of a data set one training without
 * them, whose model is then asked about every film of these sources: through the classifier that
 * users have, or where a head alone is learnt by the features of its frozen base, which are
 * computed once for all folds. It answers what a split within the sources cannot: how a model does
 * in a hospital that it never saw, and how many of its films the gates refuse.
 *
 * <p>No patient and no film is on both sides: training films of a patient of the fold, and copies
 * of a film of the fold ({@link CopySearch}), are left out of its training. Thresholds and
 * calibration are chosen within the training. Not thread-safe.
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

  private final ImageSet folder;
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
   * What a model says of films, with 95 % intervals that resample patients.
   *
   * @param evaluation all metrics; a film that a gate refuses has no prediction
   * @param pairs how well each two labels are told apart on the films with a prediction
   * @param pairsOfAll the same with the gate open
   */
  public record Figures(Evaluation evaluation, List<LabelPair> pairs, List<LabelPair> pairsOfAll) {
    /** Copies the lists. */
    public Figures {
      Objects.requireNonNull(evaluation, "evaluation");
      pairs = List.copyOf(pairs);
      pairsOfAll = List.copyOf(pairsOfAll);
    }
  }

  /**
   * What a model says of the sources that it was trained without.
   *
   * @param sources the sources
   * @param training how many films it was trained on
   * @param validation how many films chose its epoch, calibration and thresholds
   * @param shared how many films of other sources were left out of both, because their patient or a
   *     copy of them is in the fold
   * @param outside all films of the sources
   * @param bySource the films of each of the sources, in their order
   * @param inside the validation films, with the gate open: each calibrated by a fit to the others,
   *     unless the recipe calibrates on sources left out
   * @param report the figures of all films of the sources, with the gate open
   * @param views its films in each view that can be made of them, of which the frontal one is all
   *     of them as they are; and, as lateral ones, all that were given, whatever their source: the
   *     training knows those of other patients, too, so that these are optimistic
   * @param strangers pictures that are no frontal chest radiographs, where given
   */
  public record Fold(
      SourceFold sources,
      int training,
      int validation,
      int shared,
      Figures outside,
      Map<String, Figures> bySource,
      Figures inside,
      ClassificationReport report,
      Map<FilmView, Refusals> views,
      Refusals strangers) {
    /** Copies the maps. */
    public Fold {
      bySource = Collections.unmodifiableMap(new LinkedHashMap<>(bySource));
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
   * A metric over the folds that have it.
   *
   * @param metric its name
   * @param folds how many folds have it
   * @param mean its mean, each fold counting the same
   * @param worst its least value; its greatest where it is an error
   * @param worstFold the fold with that value
   */
  public record Summary(String metric, int folds, double mean, double worst, String worstFold) {}

  /**
   * What all models say.
   *
   * @param counts films by source and label, and how far a source tells the label
   * @param folds the folds, in the order in which they were asked for
   * @param summary the mean and the worst value of each metric
   * @param pooled the figures of all films with the gates open, each answered by models that never
   *     saw its source, once a fold. Labels that one source alone has are measured here against
   *     films of other sources, and calibrations differ from model to model
   */
  public record Result(
      SourceCounts counts, List<Fold> folds, List<Summary> summary, ClassificationReport pooled) {
    /** Copies the lists. */
    public Result {
      folds = List.copyOf(folds);
      summary = List.copyOf(summary);
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
      ImageSet folder,
      TrainingRecipe recipe,
      Precision precision,
      List<LabelledRadiograph> laterals,
      List<Path> strangers,
      double validationFraction,
      TrainingProgress progress) {
    folder.requireLabels("Sources left out");
    this.folder = Objects.requireNonNull(folder, "folder");
    this.recipe = Objects.requireNonNull(recipe, "recipe");
    this.precision = Objects.requireNonNull(precision, "precision");
    this.laterals = List.copyOf(laterals);
    this.strangers = List.copyOf(strangers);
    this.validationFraction = validationFraction;
    this.progress = Objects.requireNonNull(progress, "progress");
  }

  /**
   * Trains without each fold's sources in turn, and asks about them.
   *
   * @param folds the folds, such as {@link SourceCounts#paired} finds
   * @param done hears each fold as soon as it is known
   * @return what was found
   * @throws IOException if an image, the weights or the cache cannot be read
   * @throws IllegalArgumentException if a film has no source, or a label is left in none
   */
  public Result run(List<SourceFold> folds, Consumer<Fold> done) throws IOException {
    return run(folds, true, done);
  }

  /**
   * The same without a novelty gate, which takes most of the time where features are kept: to
   * compare recipes. Nothing is refused, and no film is turned or inverted.
   *
   * @param folds the folds
   * @param done hears each fold as soon as it is known
   * @return what was found
   * @throws IOException if an image, the weights or the cache cannot be read
   * @throws IllegalArgumentException if a film has no source, or a label is left in none
   */
  public Result runUngated(List<SourceFold> folds, Consumer<Fold> done) throws IOException {
    return run(folds, false, done);
  }

  private Result run(List<SourceFold> folds, boolean gated, Consumer<Fold> done)
      throws IOException {
    SourceCounts counts = SourceCounts.of(folder);
    if (folds.isEmpty()) {
      throw new IllegalArgumentException("Folds: expected one or more, found none");
    }
    List<CopyPair> copies = CopySearch.of(folder);
    ImageFiles known = new ImageFiles();
    List<Fold> found = new ArrayList<>();
    ClassificationReport.Builder pooled = ClassificationReport.builder(folder.labels());
    Path scratch = Files.createTempDirectory("cxr-sources");
    Path model = scratch.resolve("model.onnx");
    try {
      for (SourceFold sources : folds) {
        List<LabelledRadiograph> films = folder.items().stream().filter(sources::has).toList();
        Set<LabelledRadiograph> shared = shared(sources, films, copies);
        Set<LabelledRadiograph> without = new HashSet<>(films);
        without.addAll(shared);
        PatientSplit split =
            PatientSplit.of(folder.without(without), validationFraction, recipe.seed());
        TrainingPlan plan =
            TrainingPlan.builder(
                    recipe,
                    TrainingData.of(folder.name(), folder.labels(), split)
                        .withLaterals(laterals)
                        .withFiles(known),
                    model)
                .precision(precision)
                .build();
        SourceAnswers answers = SourceAnswers.of(plan, films, gated, progress);
        Fold fold = fold(sources, films, plan, answers, gated, shared.size(), pooled);
        found.add(fold);
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
    return new Result(counts, found, SourceSummary.of(found), pooled.build());
  }

  /** Films of other sources with a patient or a copy in the fold. */
  private Set<LabelledRadiograph> shared(
      SourceFold sources, List<LabelledRadiograph> films, List<CopyPair> copies) {
    Set<String> patients =
        films.stream().flatMap(film -> film.patient().stream()).collect(Collectors.toSet());
    Set<String> own = films.stream().map(folder::nameOf).collect(Collectors.toSet());
    Set<String> copied = new HashSet<>();
    for (CopyPair pair : copies) {
      if (own.contains(pair.first()) != own.contains(pair.second())) {
        copied.add(own.contains(pair.first()) ? pair.second() : pair.first());
      }
    }
    return folder.items().stream()
        .filter(item -> !sources.has(item))
        .filter(
            item ->
                item.patient().map(patients::contains).orElse(false)
                    || copied.contains(folder.nameOf(item)))
        .collect(Collectors.toSet());
  }

  private Fold fold(
      SourceFold sources,
      List<LabelledRadiograph> films,
      TrainingPlan plan,
      SourceAnswers answers,
      boolean gated,
      int shared,
      ClassificationReport.Builder pooled)
      throws IOException {
    ModelCard card = answers.card();
    List<double[]> calibrated = calibrated(card, answers.asked());
    ClassificationReport.Builder report = ClassificationReport.builder(folder.labels());
    Map<FilmView, Tally> views = new EnumMap<>(FilmView.class);
    for (int i = 0; i < films.size(); i++) {
      report.add(films.get(i).label(), calibrated.get(i));
      pooled.add(films.get(i).label(), calibrated.get(i));
      tally(views, FilmView.FRONTAL).add(answers.refusals().get(i));
    }
    Tally others = new Tally();
    try (OnnxClassifier classifier =
        OnnxClassifier.builder(plan.model())
            .session(plan.recipe().session())
            .noveltyGate(false)
            .viewGate(false)
            .open()) {
      int step = (films.size() + CHANGED_AT_MOST - 1) / CHANGED_AT_MOST;
      for (int i = 0; gated && i < films.size(); i += step) {
        Radiograph film = films.get(i).readNamed();
        for (FilmView view : CHANGED) {
          tally(views, view).add(classifier.classify(GeneratedViews.of(view, film)));
        }
      }
      for (LabelledRadiograph lateral : gated ? laterals : List.<LabelledRadiograph>of()) {
        tally(views, FilmView.LATERAL).add(classifier.classify(lateral.readNamed()));
      }
      for (Path stranger : gated ? strangers : List.<Path>of()) {
        others.add(refusal(classifier, stranger));
      }
    }
    int[] all = IntStream.range(0, films.size()).toArray();
    Figures outside = figures(all, films, calibrated, answers.refusals(), card);
    Map<String, Figures> bySource = new LinkedHashMap<>();
    for (String source : sources.sources()) {
      int[] own =
          IntStream.of(all)
              .filter(i -> films.get(i).source().orElseThrow().equals(source))
              .toArray();
      bySource.put(
          source,
          own.length == all.length
              ? outside
              : figures(own, films, calibrated, answers.refusals(), card));
    }
    Map<FilmView, Refusals> refusals = new EnumMap<>(FilmView.class);
    views.forEach((view, tally) -> refusals.put(view, tally.refusals()));
    return new Fold(
        sources,
        plan.data().training().size(),
        plan.data().validation().size(),
        shared,
        outside,
        bySource,
        inside(plan, answers),
        report.build(),
        refusals,
        others.refusals());
  }

  /** A picture that cannot be read is refused, too, and ends nothing. */
  private static Optional<Reason> refusal(OnnxClassifier classifier, Path stranger)
      throws IOException {
    try {
      return classifier.classify(Radiograph.read(stranger)).refusal();
    } catch (UnsupportedRadiographException unread) {
      return Optional.of(unread.reason());
    }
  }

  private static List<double[]> calibrated(ModelCard card, List<double[]> probabilities) {
    return card.calibration()
        .map(fitted -> probabilities.stream().map(fitted::calibrate).toList())
        .orElse(probabilities);
  }

  /** The validation films, by a calibration that was not fitted to them. */
  private Figures inside(TrainingPlan plan, SourceAnswers answers) {
    List<LabelledRadiograph> films = plan.data().validation();
    ModelCard card = answers.card();
    List<double[]> calibrated =
        card.calibration().isEmpty() || recipe.calibratesOnSources()
            ? calibrated(card, answers.validation())
            : CrossCalibration.of(card.output(), answers.validation(), truth(films));
    int[] all = IntStream.range(0, films.size()).toArray();
    return figures(
        all,
        films,
        calibrated,
        Collections.nCopies(films.size(), Optional.empty()),
        // Label sets were fitted to these films: what they hold of them says nothing.
        card.toBuilder().conformal(null).build());
  }

  private Figures figures(
      int[] which,
      List<LabelledRadiograph> films,
      List<double[]> probabilities,
      List<Optional<Reason>> refusals,
      ModelCard card) {
    EvaluationBuilder evaluation =
        Evaluation.builder(folder.labels()).thresholds(card.thresholds()).seed(recipe.seed());
    card.conformal().ifPresent(evaluation::conformal);
    for (int i : which) {
      LabelledRadiograph film = films.get(i);
      String name = folder.nameOf(film);
      if (refusals.get(i).isPresent()) {
        evaluation.refused(name, film.patient(), film.label(), refusals.get(i).get().name());
      } else {
        evaluation.answered(name, film.patient(), film.label(), probabilities.get(i));
      }
    }
    int[] answered = IntStream.of(which).filter(i -> refusals.get(i).isEmpty()).toArray();
    return new Figures(
        evaluation.build(),
        pairs(answered, films, probabilities),
        pairs(which, films, probabilities));
  }

  private List<LabelPair> pairs(
      int[] which, List<LabelledRadiograph> films, List<double[]> probabilities) {
    List<LabelledRadiograph> chosen = IntStream.of(which).mapToObj(films::get).toList();
    return LabelPair.of(
        folder.labels(),
        IntStream.of(which).mapToObj(probabilities::get).toList(),
        truth(chosen),
        PatientGroups.of(chosen),
        recipe.seed());
  }

  private int[] truth(List<LabelledRadiograph> films) {
    return films.stream().mapToInt(film -> folder.labels().indexOf(film.label())).toArray();
  }

  private static Tally tally(Map<FilmView, Tally> views, FilmView view) {
    return views.computeIfAbsent(view, any -> new Tally());
  }

  private static final class Tally {
    private final Map<Reason, Integer> reasons = new EnumMap<>(Reason.class);
    private int shown;

    void add(Prediction prediction) {
      add(prediction.refusal());
    }

    void add(Optional<Reason> refusal) {
      shown++;
      refusal.ifPresent(reason -> reasons.merge(reason, 1, Integer::sum));
    }

    Refusals refusals() {
      return new Refusals(shown, reasons);
    }
  }
}
