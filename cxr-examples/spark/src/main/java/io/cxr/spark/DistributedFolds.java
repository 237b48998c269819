package io.cxr.spark;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.SourceFold;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.model.FilmView;
import io.cxr.model.ModelCard;
import io.cxr.train.CrossValidation;
import io.cxr.train.SourceValidation;
import io.cxr.train.SourceValidation.Refusals;
import io.cxr.train.TrainingProgress;
import io.cxr.train.audit.CopyPair;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Folds that are trained a task each. A task has the code, the options and the images that one
 * machine has, and sends back the answers of its network; all figures are made of the answers, on
 * the driver, by the code of one machine.
 */
final class DistributedFolds {
  private DistributedFolds() {}

  /** The images of a task: those that are listed there but for some. */
  private static ImageSet images(SparkCrossValidateCommand command, Set<String> without)
      throws IOException {
    ImageSet all = command.listed();
    Set<LabelledRadiograph> unwanted =
        all.items().stream()
            .filter(item -> without.contains(all.nameOf(item)))
            .collect(Collectors.toSet());
    return unwanted.isEmpty() ? all : all.without(unwanted);
  }

  /** The answers of a fold, to be sent. */
  private static final class FoldAnswers implements Serializable {
    private static final long serialVersionUID = 1;

    private final int number;
    private final double[][] probabilities;

    FoldAnswers(CrossValidation.Fold fold) {
      this.number = fold.number();
      this.probabilities = fold.probabilities().toArray(double[][]::new);
    }

    CrossValidation.Fold fold() {
      return new CrossValidation.Fold(number, List.of(probabilities));
    }
  }

  private static final class FoldTask implements Function<Integer, FoldAnswers> {
    private static final long serialVersionUID = 1;

    private final TaskArguments arguments;
    private final HashSet<String> without;

    FoldTask(TaskArguments arguments, Set<String> without) {
      this.arguments = arguments;
      this.without = new HashSet<>(without);
    }

    @Override
    public FoldAnswers call(Integer number) throws IOException {
      SparkCrossValidateCommand command = arguments.parse(new SparkCrossValidateCommand());
      return new FoldAnswers(
          command.fold(images(command, without), TrainingProgress.SILENT, number));
    }
  }

  /**
   * Trains every fold.
   *
   * @param without names of images that are left out
   */
  static List<CrossValidation.Fold> folds(
      JavaSparkContext context, TaskArguments arguments, int folds, Set<String> without) {
    List<Integer> numbers = IntStream.range(0, folds).boxed().toList();
    return context
        .parallelize(numbers, folds)
        .map(new FoldTask(arguments, without))
        .collect()
        .stream()
        .map(FoldAnswers::fold)
        .toList();
  }

  /** How many pictures were shown, and refused for which reason, to be sent. */
  private static final class Shown implements Serializable {
    private static final long serialVersionUID = 1;

    private final int shown;
    private final TreeMap<Reason, Integer> reasons;

    Shown(Refusals refusals) {
      this.shown = refusals.shown();
      this.reasons = new TreeMap<>(refusals.reasons());
    }

    Refusals refusals() {
      return new Refusals(shown, reasons);
    }
  }

  /** The answers of a fold of sources, to be sent. */
  private static final class SourceAnswers implements Serializable {
    private static final long serialVersionUID = 1;

    private final ArrayList<String> sources;
    private final String card;
    private final double[][] validation;
    private final double[][] asked;

    /** Null where the gates accept a film. */
    private final ArrayList<@Nullable Reason> refusals = new ArrayList<>();

    private final TreeMap<FilmView, Shown> views = new TreeMap<>();
    private final Shown strangers;

    SourceAnswers(SourceValidation.Answers answers) {
      this.sources = new ArrayList<>(answers.sources().sources());
      this.card = answers.card().toJson();
      this.validation = answers.validation().toArray(double[][]::new);
      this.asked = answers.asked().toArray(double[][]::new);
      answers.refusals().forEach(refusal -> refusals.add(refusal.orElse(null)));
      answers.views().forEach((view, of) -> views.put(view, new Shown(of)));
      this.strangers = new Shown(answers.strangers());
    }

    SourceValidation.Answers answers() {
      Map<FilmView, Refusals> shown = new EnumMap<>(FilmView.class);
      views.forEach((view, of) -> shown.put(view, of.refusals()));
      List<Optional<Reason>> optional = new ArrayList<>();
      refusals.forEach(reason -> optional.add(Optional.ofNullable(reason)));
      return new SourceValidation.Answers(
          new SourceFold(sources),
          ModelCard.fromJson(card),
          List.of(validation),
          List.of(asked),
          optional,
          shown,
          strangers.refusals());
    }
  }

  /** A pair of copies, to be sent. */
  private record Copy(
      String first,
      String second,
      CopyPair.Kind kind,
      int distance,
      boolean acrossPatients,
      boolean acrossLabels,
      boolean acrossParts)
      implements Serializable {
    static Copy of(CopyPair pair) {
      return new Copy(
          pair.first(),
          pair.second(),
          pair.kind(),
          pair.distance(),
          pair.acrossPatients(),
          pair.acrossLabels(),
          pair.acrossParts());
    }

    CopyPair pair() {
      return new CopyPair(first, second, kind, distance, acrossPatients, acrossLabels, acrossParts);
    }
  }

  private static final class SourceTask implements Function<String[], SourceAnswers> {
    private static final long serialVersionUID = 1;

    private final TaskArguments arguments;
    private final HashSet<String> without;
    private final ArrayList<Copy> copies = new ArrayList<>();
    private final boolean gated;

    SourceTask(TaskArguments arguments, Set<String> without, List<CopyPair> copies, boolean gated) {
      this.arguments = arguments;
      this.without = new HashSet<>(without);
      copies.forEach(pair -> this.copies.add(Copy.of(pair)));
      this.gated = gated;
    }

    @Override
    public SourceAnswers call(String[] sources) throws IOException {
      SparkCrossValidateCommand command = arguments.parse(new SparkCrossValidateCommand());
      return new SourceAnswers(
          command.answers(
              images(command, without),
              TrainingProgress.SILENT,
              copies.stream().map(Copy::pair).toList(),
              new SourceFold(List.of(sources)),
              gated));
    }
  }

  /**
   * Trains without each fold of sources.
   *
   * @param without names of images that are left out
   * @param copies films that are one and the same
   * @param gated whether a novelty gate is fitted
   */
  static List<SourceValidation.Answers> answers(
      JavaSparkContext context,
      TaskArguments arguments,
      List<SourceFold> folds,
      Set<String> without,
      List<CopyPair> copies,
      boolean gated) {
    List<String[]> sources =
        folds.stream().map(fold -> fold.sources().toArray(String[]::new)).toList();
    return context
        .parallelize(sources, sources.size())
        .map(new SourceTask(arguments, without, copies, gated))
        .collect()
        .stream()
        .map(SourceAnswers::answers)
        .toList();
  }
}
