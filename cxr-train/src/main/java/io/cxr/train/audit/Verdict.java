package io.cxr.train.audit;

import io.cxr.train.audit.Probe.Evidence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Says in plain words what an audit found. */
final class Verdict {
  /** More pairs of classes than this are counted only. */
  private static final int PAIRS_AT_MOST = 10;

  private Verdict() {}

  /** Sentences, the gravest first. */
  static List<String> of(ShortcutReport report) {
    List<String> sentences = new ArrayList<>();
    List<List<ProbeFigures>> ranked = new ArrayList<>(report.byPair());
    ranked.sort(Comparator.comparingInt(Verdict::grade));
    for (List<ProbeFigures> pair : ranked.subList(0, Math.min(PAIRS_AT_MOST, ranked.size()))) {
      sentences.add(sentence(pair));
    }
    if (ranked.size() > PAIRS_AT_MOST) {
      List<List<ProbeFigures>> rest = ranked.subList(PAIRS_AT_MOST, ranked.size());
      sentences.add(
          String.format(
              Locale.ROOT,
              "Of %d further pairs of classes, %d can be told apart without the lungs.",
              rest.size(),
              rest.stream().filter(pair -> grade(pair) <= 1).count()));
    }
    if (report.pairs().stream().anyMatch(ProbeFigures::isShortcut)) {
      sentences.add(
          "A model can be right on this data set without looking at the lungs: measure it on images"
              + " of another hospital before you believe its figures.");
    }
    report.confounding().ifPresent(found -> sentences.add(confoundingSentence(found)));
    report.copies().ifPresent(found -> sentences.addAll(copySentences(found)));
    report.model().ifPresent(figures -> sentences.addAll(modelSentences(figures)));
    if (report.withoutPatient() > 0) {
      sentences.add(
          String.format(
              Locale.ROOT,
              "%s no patient: if several are of one patient, these figures are too high.",
              report.withoutPatient() == 1
                  ? "1 image has"
                  : report.withoutPatient() + " images have"));
    }
    if (!report.unread().isEmpty()) {
      sentences.add(
          report.unread().size() == 1
              ? "1 image could not be read and was left out."
              : report.unread().size() + " images could not be read and were left out.");
    }
    return sentences;
  }

  /** 0 for two sources, 1 for a part, 2 for coarse probes only, 3 for nothing or not known. */
  private static int grade(List<ProbeFigures> pair) {
    if (pair.stream().anyMatch(f -> f.isShortcut() && f.separation() == Separation.STRONG)) {
      return 0;
    } else if (pair.stream().anyMatch(ProbeFigures::isShortcut)) {
      return 1;
    }
    return pair.stream()
            .anyMatch(f -> f.probe().evidence() == Evidence.COARSE && f.separation().tellsApart())
        ? 2
        : 3;
  }

  private static String sentence(List<ProbeFigures> pair) {
    String names = String.join(" and ", pair.get(0).labels());
    int grade = grade(pair);
    String what = describe(pair, grade == 2 ? Evidence.COARSE : Evidence.SHORTCUT, grade < 3);
    return switch (grade) {
      case 0 ->
          names + " differ by source: they can be told apart without the lungs, by " + what + ".";
      case 1 ->
          names
              + " can be told apart in part without the lungs, by "
              + what
              + ": by how their images were taken or stored, if not by source.";
      case 2 ->
          names
              + ": nothing outside the lungs tells them apart, but "
              + what
              + " do, which may be the disease itself or the source.";
      default ->
          pair.stream()
                  .filter(f -> f.probe().evidence() == Evidence.SHORTCUT)
                  .anyMatch(f -> f.separation() == Separation.UNDECIDED)
              ? "There are too few images to say whether "
                  + names
                  + " can be told apart without the lungs; so far: "
                  + what
                  + "."
              : names + " were not found to differ by source: " + what + ".";
    };
  }

  /** Probes with their figures, best first. */
  private static String describe(List<ProbeFigures> pair, Evidence evidence, boolean only) {
    return pair.stream()
        .filter(f -> f.probe().evidence() == evidence)
        .filter(f -> !only || f.separation().tellsApart())
        .sorted(Comparator.comparingDouble((ProbeFigures f) -> f.figures().auroc()).reversed())
        .map(f -> f.probe().title() + " (AUROC " + interval(f.figures()) + telling(f, only) + ")")
        .collect(Collectors.joining(", "));
  }

  private static String telling(ProbeFigures figures, boolean wanted) {
    return !wanted || figures.telling().isEmpty()
        ? ""
        : "; most telling: "
            + figures.telling().stream()
                .map(f -> String.format(Locale.ROOT, "%s %.2f", f.name(), f.auroc()))
                .collect(Collectors.joining(", "));
  }

  private static String interval(Discrimination figures) {
    return String.format(
        Locale.ROOT,
        "%.2f, 95 %% interval %.2f to %.2f",
        figures.auroc(),
        figures.low(),
        figures.high());
  }

  private static String confoundingSentence(SourceConfounding confounding) {
    List<String> incomplete = confounding.incompleteSources();
    return String.format(
        Locale.ROOT,
        "The source alone explains %.0f %% of the class (entropy) over %d sources%s.",
        100 * confounding.shareExplained(),
        confounding.images().size(),
        incomplete.isEmpty()
            ? ", each of which has every class"
            : "; lacking a class: " + String.join(", ", incomplete));
  }

  private static List<String> copySentences(List<CopyPair> copies) {
    if (copies.isEmpty()) {
      return List.of("No image is a copy of another.");
    }
    List<String> sentences = new ArrayList<>();
    for (CopyPair.Kind kind : CopyPair.Kind.values()) {
      List<CopyPair> of = copies.stream().filter(pair -> pair.kind() == kind).toList();
      if (!of.isEmpty()) {
        sentences.add(
            String.format(
                Locale.ROOT,
                "%s %s (across patients %d, across classes %d, across a given split %d): %s%s.",
                of.size() == 1 ? "One pair of images has" : of.size() + " pairs of images have",
                kind == CopyPair.Kind.EXACT ? "the same bytes" : "nearly the same picture",
                of.stream().filter(CopyPair::acrossPatients).count(),
                of.stream().filter(CopyPair::acrossLabels).count(),
                of.stream().filter(CopyPair::acrossParts).count(),
                of.stream()
                    .limit(3)
                    .map(pair -> pair.first() + " = " + pair.second())
                    .collect(Collectors.joining(", ")),
                of.size() > 3 ? ", and " + (of.size() - 3) + " more" : ""));
      }
    }
    return sentences;
  }

  private static String sourceSentence(SourceFigures source) {
    return String.format(
        Locale.ROOT,
        "From its features, the source is told with a balanced accuracy of %.2f (95 %% interval"
            + " %.2f to %.2f; chance %.2f, from the class alone %.2f): %s.",
        source.balancedAccuracy().value(),
        source.balancedAccuracy().low(),
        source.balancedAccuracy().high(),
        source.chance(),
        source.byLabel(),
        source.tellsSource()
            ? "they hold the source"
            : "they were not found to hold more of it than the class does");
  }

  private static List<String> modelSentences(ModelFigures model) {
    List<String> sentences = new ArrayList<>();
    String name = "The model " + model.model().name();
    if (model.blanked().isEmpty()) {
      sentences.add(
          name
              + " refused "
              + model.blankedRefused()
              + " images with a blanked centre and so cannot be led by their borders.");
    } else {
      Discrimination blanked = model.blanked().get();
      String figures =
          String.format(
              Locale.ROOT,
              " with the centre of the images blanked (AUROC %s%s)",
              interval(blanked),
              model
                  .whole()
                  .map(whole -> String.format(Locale.ROOT, "; whole images %.2f", whole.auroc()))
                  .orElse(""));
      sentences.add(
          model.readsShortcut()
              ? name
                  + " still tells the classes apart"
                  + figures
                  + ": it reads the source, not only the lungs."
              : model.separation() == Separation.UNDECIDED
                  ? name + " was shown too few images to say what it does" + figures + "."
                  : name + " loses the classes" + figures + ".");
    }
    model
        .exchanged()
        .ifPresent(
            exchanged ->
                sentences.add(
                    String.format(
                        Locale.ROOT,
                        "With each image in the gray scale and shading of an image of another"
                            + " class, its AUROC is %.2f.",
                        exchanged.auroc())));
    model
        .heatOutside()
        .ifPresent(
            share ->
                sentences.add(
                    String.format(
                        Locale.ROOT,
                        "Outside the central 80 %% of rows and columns lies %.0f %% of its heatmaps"
                            + " (an even map has %.0f %%).",
                        100 * share,
                        100 * ModelFigures.AREA_OUTSIDE)));
    for (LungHeat heat : model.lungHeat()) {
      sentences.add(
          String.format(
              Locale.ROOT,
              "In the lungs lies %.0f %% of its heatmaps of %s (95 %% interval %.0f to %.0f %%, %d"
                  + " films); the lungs are %.0f %% of the picture.",
              100 * heat.share().value(),
              heat.label(),
              100 * heat.share().low(),
              100 * heat.share().high(),
              heat.films(),
              100 * heat.area()));
    }
    model.source().ifPresent(source -> sentences.add(sourceSentence(source)));
    if (model.refused() > 0) {
      sentences.add("It refused " + model.refused() + " whole images.");
    }
    return sentences;
  }
}
