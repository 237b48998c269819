package io.cxr.train;

import io.cxr.dataset.ExclusiveLabel;
import io.cxr.dataset.FindingStates;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.dataset.Subset;
import io.cxr.evaluation.CardFigures;
import io.cxr.evaluation.SubsetEvaluation;
import io.cxr.model.Calibration;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.SubsetFigures;
import io.cxr.model.Task;
import io.cxr.onnx.SessionSettings;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.train.augmentation.Augmentation;
import io.cxr.train.export.AdoptedNetwork;
import io.cxr.train.export.FileAnswers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Fits to films what the card of an adopted network may claim: calibration, operating points and
 * label sets, to the answers that the file gives through the classifier that its users have; and
 * the novelty gate, to the means of its last map's channels. The films should be like those that
 * the model will see, and none that the network was trained on.
 */
public final class AdoptedFit {
  private AdoptedFit() {}

  /**
   * What was fitted.
   *
   * @param card the card of the file
   * @param notes what could not be fitted, in sentences
   */
  public record Result(ModelCard card, List<String> notes) {
    /** Copies the notes. */
    public Result {
      notes = List.copyOf(notes);
    }
  }

  /**
   * Fits, and writes the file anew with what was found.
   *
   * @param model a file that {@code io.cxr.train.export.ModelAdoption} wrote; replaced in one step
   * @param images films with the card's labels or findings, of which some may be unknown. Of films
   *     by class, where the card has findings, each has the one that its folder is named by, and
   *     none of the others; films of a folder {@code NO_FINDING}, {@code No Finding} or {@code
   *     NORMAL} have none
   * @param seed the seed of resamples
   * @param session where and how the file runs
   * @return what was fitted
   * @throws IOException if a file cannot be read or written
   * @throws IllegalArgumentException if the images do not fit the card's labels, or the card
   *     measures values, which have nothing to fit
   */
  public static Result fit(Path model, ImageSet images, long seed, SessionSettings session)
      throws IOException {
    AdoptedNetwork network = AdoptedNetwork.read(model);
    ModelCard plain =
        network.card().toBuilder()
            .calibration(null)
            .thresholds(List.of())
            .conformal(null)
            .novelty(null)
            .build();
    List<OperatingThreshold> published = network.card().thresholds();
    boolean done = published.stream().anyMatch(each -> each.aim() != Aim.PUBLISHED);
    if (done || !plain.equals(network.card().toBuilder().thresholds(List.of()).build())) {
      throw new IllegalArgumentException(
          "Fit: expected a network to which nothing was fitted yet, found one with calibration,"
              + " thresholds or a gate. Adopt the original file again.");
    }
    List<LabelledRadiograph> films = images.items();
    List<String> notes = new ArrayList<>();
    Optional<NoveltyFit> novelty = novelty(network, plain, films, seed, session, notes);
    List<double[]> answers = FileAnswers.of(model, films, session);
    List<String> hashes = new ArrayList<>();
    ImageFiles files = new ImageFiles();
    for (LabelledRadiograph film : films) {
      hashes.add(files.hash(film));
    }
    ModelCard found = fitted(plain, films, answers, hashes, seed);
    List<OperatingThreshold> points = new ArrayList<>(published(found, published, notes));
    points.addAll(found.thresholds());
    ModelCard card =
        found.toBuilder()
            .thresholds(points)
            .novelty(novelty.map(NoveltyFit::gate).orElse(null))
            .build();
    network.write(model, card, novelty.map(NoveltyFit::statistic));
    return new Result(card, notes);
  }

  /** Published thresholds are on the network's own probabilities: calibrated, they are others. */
  private static List<OperatingThreshold> published(
      ModelCard card, List<OperatingThreshold> published, List<String> notes) {
    if (published.isEmpty() || card.calibration().isEmpty()) {
      return published;
    }
    if (!(card.calibration().get() instanceof Calibration.PlattPerFinding calibration)) {
      notes.add(
          "The published thresholds are left out: the calibration of exclusive labels depends on"
              + " all probabilities.");
      return List.of();
    }
    List<OperatingThreshold> moved = new ArrayList<>();
    for (OperatingThreshold each : published) {
      double[] probabilities = new double[card.labels().size()];
      int index = card.labels().indexOf(each.label());
      probabilities[index] = each.threshold();
      moved.add(
          OperatingThreshold.published(each.label(), calibration.calibrate(probabilities)[index]));
    }
    return moved;
  }

  private static ModelCard fitted(
      ModelCard plain,
      List<LabelledRadiograph> films,
      List<double[]> answers,
      List<String> hashes,
      long seed) {
    List<String> groups = PatientGroups.of(films);
    Task task = plain.task();
    if (task instanceof Task.Findings findings) {
      List<FindingStates> truth = films.stream().map(film -> states(findings, film)).toList();
      ModelCard card =
          CardFigures.ofFindings(findings, answers, truth, groups, seed).in(plain).build();
      SubsetFigures figures =
          SubsetEvaluation.ofFindings(
              Subset.VALIDATION,
              card,
              findings,
              truth,
              films.stream().map(LabelledRadiograph::patient).toList(),
              calibrated(card, answers),
              hashes,
              seed);
      return card.toBuilder().figures(List.of(figures)).build();
    } else if (task instanceof Task.ExclusiveLabels) {
      int[] truth = films.stream().mapToInt(film -> index(plain, film)).toArray();
      ModelCard card =
          CardFigures.fit(plain.labels(), plain.output(), answers, truth, groups, seed)
              .in(plain)
              .build();
      SubsetFigures figures =
          SubsetEvaluation.of(
              Subset.VALIDATION, card, films, calibrated(card, answers), hashes, seed);
      return card.toBuilder().figures(List.of(figures)).build();
    }
    throw new IllegalArgumentException(
        "Fit: expected labels or findings, found measurements, which have no probabilities to fit."
            + " Leave --fit-on out.");
  }

  private static int index(ModelCard card, LabelledRadiograph film) {
    if (!(film.annotation() instanceof ExclusiveLabel)) {
      throw new IllegalArgumentException(
          "Fit: expected films with one label each, found a table of findings or values.");
    }
    int index = card.labels().indexOf(film.label());
    if (index < 0) {
      throw new IllegalArgumentException(
          "Fit: expected films in folders named "
              + card.labels()
              + ", found "
              + film.label()
              + ". Name the folders as the labels.");
    }
    return index;
  }

  private static FindingStates states(Task.Findings findings, LabelledRadiograph film) {
    if (film.annotation() instanceof FindingStates states) {
      List<String> labels = findings.labels();
      if (!states.findings().containsAll(labels)) {
        throw new IllegalArgumentException(
            "Fit: expected a table with the findings "
                + labels
                + ", found "
                + states.findings()
                + ". Name its columns as the labels, or the labels as its findings.");
      }
      List<LabelState> ofCard = labels.stream().map(states::state).toList();
      return FindingStates.of(labels, ofCard);
    }
    String label = film.label();
    boolean none =
        label.equalsIgnoreCase("NO_FINDING")
            || label.equalsIgnoreCase("No Finding")
            || label.equalsIgnoreCase("NORMAL");
    if (!none && !findings.labels().contains(label)) {
      throw new IllegalArgumentException(
          "Fit: expected films in folders named by one of "
              + findings.labels()
              + " or NO_FINDING, found "
              + label
              + ".");
    }
    return FindingStates.ofPresent(
        findings.labels(), none && !findings.labels().contains(label) ? List.of() : List.of(label));
  }

  private static List<double[]> calibrated(ModelCard card, List<double[]> answers) {
    return card.calibration()
        .map(calibration -> answers.stream().map(calibration::calibrate).toList())
        .orElse(answers);
  }

  private static Optional<NoveltyFit> novelty(
      AdoptedNetwork network,
      ModelCard card,
      List<LabelledRadiograph> all,
      long seed,
      SessionSettings session,
      List<String> notes)
      throws IOException {
    String without = "The model has no novelty gate, and answers pictures of any kind: ";
    if (all.size() < NoveltyFit.ENOUGH) {
      notes.add(
          without
              + "expected at least "
              + NoveltyFit.ENOUGH
              + " films to fit one to, found "
              + all.size()
              + ".");
      return Optional.empty();
    }
    Optional<byte[]> graph = network.lastMapMeans();
    if (graph.isEmpty()) {
      notes.add(
          without
              + "expected a network with a last map below its logits, an open batch axis, channels"
              + " first and operator set 13 or later.");
      return Optional.empty();
    }
    List<LabelledRadiograph> films = NoveltyFit.films(all, seed);
    PreprocessingSpec preprocessing = card.preprocessing();
    StandardPreprocessor preprocessor = StandardPreprocessor.of(preprocessing);
    ImageFiles files = new ImageFiles();
    float[][] plain = new float[films.size()][];
    float[][] changed = new float[films.size()][];
    try (GrayFeatures features = new GrayFeatures(graph.get(), preprocessing, session)) {
      for (int i = 0; i < films.size(); i++) {
        ImageFiles.Opened file = files.open(films.get(i));
        List<float[]> both =
            features.of(
                List.of(
                    preprocessor.gray(file.radiograph()),
                    NoveltyFit.look(
                        file.radiograph(),
                        preprocessor,
                        Augmentation.seed(seed, file.hash() + "-looks", 1))));
        plain[i] = both.get(0);
        changed[i] = both.get(1);
      }
    }
    return Optional.of(NoveltyFit.fit(films, plain, changed));
  }
}
