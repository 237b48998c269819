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
import org.jspecify.annotations.Nullable;

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

  /** From the first call of {@link #copies} on. */
  private @Nullable List<CopyPair> copies;

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

  /**
   * What the model of one fold says: all that its figures are made of, so that folds may be trained
   * on several machines.
   *
   * @param sources the sources that it was trained without
   * @param card with calibration, thresholds and gates, as fitted
   * @param validation uncalibrated probabilities of the validation films, a value a label; copied
   * @param asked the same of all films of the sources, in the order of the data set; copied
   * @param refusals why the gates refuse each of these; empty where they do not
   * @param views how its gates took films that were turned, mirrored or inverted, and laterals
   * @param strangers how they took pictures that are no frontal chest radiographs
   */
  public record Answers(
      SourceFold sources,
      ModelCard card,
      List<double[]> validation,
      List<double[]> asked,
      List<Optional<Reason>> refusals,
      Map<FilmView, Refusals> views,
      Refusals strangers) {
    /** Copies the lists. */
    public Answers {
      Objects.requireNonNull(sources, "sources");
      Objects.requireNonNull(card, "card");
      validation = validation.stream().map(double[]::clone).toList();
      asked = asked.stream().map(double[]::clone).toList();
      refusals = List.copyOf(refusals);
      views = Collections.unmodifiableMap(new TreeMap<>(views));
      Objects.requireNonNull(strangers, "strangers");
    }

    @Override
    public List<double[]> validation() {
      return validation.stream().map(double[]::clone).toList();
    }

    @Override
    public List<double[]> asked() {
      return asked.stream().map(double[]::clone).toList();
    }
  }

  /** How a fold parts the films. */
  private record Division(List<LabelledRadiograph> films, int shared, PatientSplit split) {}

  private Result run(List<SourceFold> folds, boolean gated, Consumer<Fold> done)
      throws IOException {
    SourceCounts counts = SourceCounts.of(folder);
    if (folds.isEmpty()) {
      throw new IllegalArgumentException("Folds: expected one or more, found none");
    }
    ImageFiles known = new ImageFiles();
    List<Fold> found = new ArrayList<>();
    ClassificationReport.Builder pooled = ClassificationReport.builder(folder.labels());
    for (SourceFold sources : folds) {
      Division division = division(sources);
      Fold fold = fold(division, answers(sources, division, gated, known), pooled);
      found.add(fold);
      done.accept(fold);
    }
    return new Result(counts, found, SourceSummary.of(found), pooled.build());
  }

  /**
   * Trains without the sources of one fold alone, and asks about them. The answers are those that
   * {@link #run} has for it, whatever machine trains it: nothing passes from one fold to another.
   *
   * @param sources the fold
   * @param gated whether a novelty gate is fitted, as {@link #runUngated} does not
   * @return its answers, for {@link #result}
   * @throws IOException if an image, the weights or the cache cannot be read
   * @throws IllegalArgumentException if a label is left in no other source
   */
  public Answers answers(SourceFold sources, boolean gated) throws IOException {
    return answers(sources, division(sources), gated, new ImageFiles());
  }

  /**
   * The figures of folds that were trained one by one.
   *
   * @param answers one of each fold, in the order of the folds
   * @param done hears each fold
   * @return what {@link #run} returns
   * @throws IOException if an image cannot be read
   * @throws IllegalArgumentException if there is none, or they are of other films
   */
  public Result result(List<Answers> answers, Consumer<Fold> done) throws IOException {
    SourceCounts counts = SourceCounts.of(folder);
    List<Fold> found = new ArrayList<>();
    ClassificationReport.Builder pooled = ClassificationReport.builder(folder.labels());
    for (Answers each : answers) {
      Division division = division(each.sources());
      if (each.asked.size() != division.films().size()
          || each.validation.size() != division.split().validation().size()) {
        throw new IllegalArgumentException(
            "Answers without "
                + each.sources().name()
                + ": expected one for each of "
                + division.films().size()
                + " films, found "
                + each.asked.size()
                + ". Train all folds on the same images with the same seed.");
      }
      Fold fold = fold(division, each, pooled);
      found.add(fold);
      done.accept(fold);
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException("Folds: expected one or more, found none");
    }
    return new Result(counts, found, SourceSummary.of(found), pooled.build());
  }

  /**
   * The films of the data set that are one and the same, which stay on one side of each fold.
   *
   * @return the pairs; searched for once, which decodes every film
   * @throws IOException if an image cannot be read
   */
  public List<CopyPair> copies() throws IOException {
    List<CopyPair> found = copies;
    if (found == null) {
      found = CopySearch.of(folder);
      copies = found;
    }
    return found;
  }

  /**
   * Takes what {@link #copies} found elsewhere, such as on another machine, so that nothing is
   * searched for here.
   *
   * @param found the pairs of the same data set
   */
  public void setCopies(List<CopyPair> found) {
    copies = List.copyOf(found);
  }

  private Division division(SourceFold sources) throws IOException {
    List<LabelledRadiograph> films = folder.items().stream().filter(sources::has).toList();
    Set<LabelledRadiograph> shared = shared(sources, films, copies());
    Set<LabelledRadiograph> without = new HashSet<>(films);
    without.addAll(shared);
    return new Division(
        films,
        shared.size(),
        PatientSplit.of(folder.without(without), validationFraction, recipe.seed()));
  }

  private TrainingData data(Division division) {
    return TrainingData.of(folder.name(), folder.labels(), division.split());
  }

  private Answers answers(SourceFold sources, Division division, boolean gated, ImageFiles known)
      throws IOException {
    Path scratch = Files.createTempDirectory("cxr-sources");
    try {
      TrainingPlan plan =
          TrainingPlan.builder(
                  recipe,
                  data(division).withLaterals(laterals).withFiles(known),
                  scratch.resolve("model.onnx"))
              .precision(precision)
              .build();
      SourceAnswers answers = SourceAnswers.of(plan, division.films(), gated, progress);
      Map<FilmView, Tally> views = new EnumMap<>(FilmView.class);
      Tally others = new Tally();
      if (gated) {
        show(plan, division.films(), views, others);
      }
      Map<FilmView, Refusals> refusals = new EnumMap<>(FilmView.class);
      views.forEach((view, tally) -> refusals.put(view, tally.refusals()));
      return new Answers(
          sources,
          answers.card(),
          answers.validation(),
          answers.asked(),
          answers.refusals(),
          refusals,
          others.refusals());
    } finally {
      try (var files = Files.list(scratch)) {
        for (Path file : files.collect(Collectors.toList())) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(scratch);
    }
  }

  /** Shows the gates what they should refuse. */
  private void show(
      TrainingPlan plan, List<LabelledRadiograph> films, Map<FilmView, Tally> views, Tally others)
      throws IOException {
    try (OnnxClassifier classifier =
        OnnxClassifier.builder(plan.model())
            .session(plan.recipe().session())
            .noveltyGate(false)
            .viewGate(false)
            .open()) {
      int step = (films.size() + CHANGED_AT_MOST - 1) / CHANGED_AT_MOST;
      for (int i = 0; i < films.size(); i += step) {
        Radiograph film = films.get(i).readNamed();
        for (FilmView view : CHANGED) {
          tally(views, view).add(classifier.classify(GeneratedViews.of(view, film)));
        }
      }
      for (LabelledRadiograph lateral : laterals) {
        tally(views, FilmView.LATERAL).add(classifier.classify(lateral.readNamed()));
      }
      for (Path stranger : strangers) {
        others.add(refusal(classifier, stranger));
      }
    }
  }

  /** Films of other sources with a patient or a copy in the fold. */
  private Set<LabelledRadiograph> shared(
      SourceFold sources, List<LabelledRadiograph> films, List<CopyPair> copies) {
    return SharedFilms.of(folder, sources, films, copies);
  }

  private Fold fold(Division division, Answers answers, ClassificationReport.Builder pooled) {
    SourceFold sources = answers.sources();
    List<LabelledRadiograph> films = division.films();
    ModelCard card = answers.card();
    List<double[]> calibrated = calibrated(card, answers.asked);
    ClassificationReport.Builder report = ClassificationReport.builder(folder.labels());
    Tally frontal = new Tally();
    for (int i = 0; i < films.size(); i++) {
      report.add(films.get(i).label(), calibrated.get(i));
      pooled.add(films.get(i).label(), calibrated.get(i));
      frontal.add(answers.refusals().get(i));
    }
    Map<FilmView, Refusals> views = new EnumMap<>(FilmView.class);
    views.put(FilmView.FRONTAL, frontal.refusals());
    views.putAll(answers.views());
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
    return new Fold(
        sources,
        division.split().training().size(),
        division.split().validation().size(),
        division.shared(),
        outside,
        bySource,
        inside(division, answers),
        report.build(),
        views,
        answers.strangers());
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
  private Figures inside(Division division, Answers answers) {
    List<LabelledRadiograph> films = division.split().validation();
    ModelCard card = answers.card();
    List<double[]> calibrated =
        card.calibration().isEmpty() || recipe.calibratesOnSources()
            ? calibrated(card, answers.validation)
            : CrossCalibration.of(card.output(), answers.validation, truth(films));
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
