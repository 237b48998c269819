package io.cxr.train.audit;

import io.cxr.Prediction;
import io.cxr.model.ShortcutFinding;
import io.cxr.train.audit.Probe.Evidence;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a {@link ShortcutAudit} found: whether the classes of a data set can be told apart by what
 * is not anatomy. It names files, never patients. Research use only.
 *
 * @param dataset the data set's name
 * @param images how many images of each class were read
 * @param patients how many patients they are of; an image without one counts as a patient
 * @param withoutPatient how many images have no patient
 * @param folds how many parts the probes were cross-validated in
 * @param seed what chose the parts
 * @param unread the images that could not be read
 * @param overall what each probe found among all classes, for three classes or more; else empty
 * @param pairs what each probe found between each two classes, probe by probe
 * @param copies the copies found; empty if none were looked for
 * @param model what a model does with the images; empty if none was asked
 */
public record ShortcutReport(
    String dataset,
    Map<String, Integer> images,
    int patients,
    int withoutPatient,
    int folds,
    long seed,
    List<UnreadImage> unread,
    List<ProbeFigures> overall,
    List<ProbeFigures> pairs,
    Optional<List<CopyPair>> copies,
    Optional<ModelFigures> model) {
  private static final int NAMED_AT_MOST = 20;
  private static final int PAIRS_AT_MOST = 10;
  private static final int WIDTH = 100;

  /** Checks the values. */
  public ShortcutReport {
    Objects.requireNonNull(dataset, "dataset");
    images = Collections.unmodifiableMap(new LinkedHashMap<>(images));
    unread = List.copyOf(unread);
    overall = List.copyOf(overall);
    pairs = List.copyOf(pairs);
    copies = copies.map(List::copyOf);
    Objects.requireNonNull(model, "model");
  }

  /**
   * Whether a shortcut was found: a probe that sees no lung tells two classes apart, or the model
   * still does with the lungs blanked. A coarse probe alone is not enough, since a disease can
   * change the brightness of the lungs at large; neither are copies.
   *
   * @return true if there is a shortcut
   */
  public boolean found() {
    return pairs.stream().anyMatch(ShortcutReport::isShortcut)
        || model.filter(ModelFigures::readsShortcut).isPresent();
  }

  private static boolean isShortcut(ProbeFigures figures) {
    return figures.probe().evidence() == Evidence.SHORTCUT && figures.separation().tellsApart();
  }

  /**
   * What one probe found between two classes.
   *
   * @param probe the probe
   * @param first a class
   * @param second another class, in any order
   * @return the figures
   * @throws IllegalArgumentException if there is no such pair
   */
  public ProbeFigures pair(Probe probe, String first, String second) {
    return pairs.stream()
        .filter(
            figures ->
                figures.probe() == probe
                    && !first.equals(second)
                    && figures.labels().containsAll(List.of(first, second)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Pair: expected two of the classes "
                        + images.keySet()
                        + ", found "
                        + first
                        + " and "
                        + second));
  }

  /**
   * The finding in plain words: a sentence on each two classes, with figures, then what follows
   * from it, then copies and the model. For a model card, a log or a reader in a hurry.
   *
   * @return a paragraph
   */
  public String verdict() {
    return String.join(" ", sentences());
  }

  /**
   * The finding for a model card: the verdict and {@link #figures()}.
   *
   * @return the finding
   */
  public ShortcutFinding finding() {
    return new ShortcutFinding(found(), verdict(), figures());
  }

  /** The verdict's sentences. */
  List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    List<List<ProbeFigures>> ranked = new ArrayList<>(byPair());
    ranked.sort(Comparator.comparingInt(ShortcutReport::grade));
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
    if (pairs.stream().anyMatch(ShortcutReport::isShortcut)) {
      sentences.add(
          "A model can be right on this data set without looking at the lungs: measure it on images"
              + " of another hospital before you believe its figures.");
    }
    copies.ifPresent(found -> sentences.addAll(copySentences(found)));
    model.ifPresent(figures -> sentences.addAll(modelSentences(figures)));
    if (withoutPatient > 0) {
      sentences.add(
          String.format(
              Locale.ROOT,
              "%s no patient: if several are of one patient, these figures are too high.",
              withoutPatient == 1 ? "1 image has" : withoutPatient + " images have"));
    }
    if (!unread.isEmpty()) {
      sentences.add(
          unread.size() == 1
              ? "1 image could not be read and was left out."
              : unread.size() + " images could not be read and were left out.");
    }
    return sentences;
  }

  /** 0 for two sources, 1 for a part, 2 for coarse probes only, 3 for nothing or not known. */
  private static int grade(List<ProbeFigures> pair) {
    if (pair.stream().anyMatch(f -> isShortcut(f) && f.separation() == Separation.STRONG)) {
      return 0;
    } else if (pair.stream().anyMatch(ShortcutReport::isShortcut)) {
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
                        "With each image in the gray scale and shading of an image of another class,"
                            + " its AUROC is %.2f.",
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
    if (model.refused() > 0) {
      sentences.add("It refused " + model.refused() + " whole images.");
    }
    return sentences;
  }

  /**
   * All figures by name, for a model card: {@code audit.borders.auroc}, with {@code .low} and
   * {@code .high} for its interval; for three classes or more that is the mean over classes, and
   * {@code audit.borders.auroc.COVID19-NORMAL} is that of two. {@code audit.found} is 1 or 0.
   *
   * @return finite figures, in a fixed order
   */
  public Map<String, Double> figures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("audit.found", found() ? 1.0 : 0.0);
    for (ProbeFigures probe : overall.isEmpty() ? pairs : overall) {
      String name = "audit." + probe.probe().key();
      figures.put(name + ".auroc", probe.figures().auroc());
      figures.put(name + ".low", probe.figures().low());
      figures.put(name + ".high", probe.figures().high());
    }
    if (!overall.isEmpty()) {
      for (ProbeFigures probe : pairs) {
        figures.put(
            "audit." + probe.probe().key() + ".auroc." + String.join("-", probe.labels()),
            probe.figures().auroc());
      }
    }
    copies.ifPresent(
        found -> {
          figures.put("audit.copies.exact", (double) count(found, CopyPair.Kind.EXACT));
          figures.put("audit.copies.near", (double) count(found, CopyPair.Kind.NEAR));
        });
    model.ifPresent(
        found -> {
          found.whole().ifPresent(f -> figures.put("audit.model.auroc", f.auroc()));
          found.blanked().ifPresent(f -> figures.put("audit.model.blanked.auroc", f.auroc()));
          found.exchanged().ifPresent(f -> figures.put("audit.model.exchanged.auroc", f.auroc()));
          found.heatOutside().ifPresent(share -> figures.put("audit.model.heat_outside", share));
        });
    return Collections.unmodifiableMap(figures);
  }

  private static long count(List<CopyPair> copies, CopyPair.Kind kind) {
    return copies.stream().filter(pair -> pair.kind() == kind).count();
  }

  /** The figures of each two classes together. */
  List<List<ProbeFigures>> byPair() {
    Map<List<String>, List<ProbeFigures>> byPair = new LinkedHashMap<>();
    for (ProbeFigures figures : pairs) {
      byPair.computeIfAbsent(figures.labels(), labels -> new ArrayList<>()).add(figures);
    }
    return List.copyOf(byPair.values());
  }

  /**
   * The report as one JSON object with everything in it.
   *
   * @return indented JSON
   */
  public String toJson() {
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsString(toMap());
  }

  private Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("dataset", dataset);
    map.put("found", found());
    map.put("verdict", verdict());
    map.put("images", images);
    map.put("patients", patients);
    map.put("imagesWithoutPatient", withoutPatient);
    map.put("folds", folds);
    map.put("seed", seed);
    if (!overall.isEmpty()) {
      map.put("overall", overall.stream().map(ShortcutReport::probe).toList());
    }
    map.put("pairs", pairs.stream().map(ShortcutReport::probe).toList());
    copies.ifPresent(found -> map.put("copies", found.stream().map(ShortcutReport::copy).toList()));
    model.ifPresent(found -> map.put("model", model(found)));
    map.put(
        "unread",
        unread.stream()
            .map(image -> Map.of("file", image.file(), "reason", image.reason()))
            .toList());
    map.put("figures", figures());
    map.put("notice", Prediction.NOTICE);
    return map;
  }

  private static Map<String, Object> probe(ProbeFigures figures) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("probe", figures.probe().key());
    map.put("evidence", figures.probe().evidence().name().toLowerCase(Locale.ROOT));
    map.put("classes", figures.labels());
    map.put("separation", figures.separation().name().toLowerCase(Locale.ROOT));
    map.putAll(discrimination(figures.figures()));
    if (!figures.telling().isEmpty()) {
      Map<String, Double> telling = new LinkedHashMap<>();
      figures.telling().forEach(feature -> telling.put(feature.name(), feature.auroc()));
      map.put("telling", telling);
    }
    return map;
  }

  private static Map<String, Object> discrimination(Discrimination figures) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("n", figures.images());
    map.put("auroc", figures.auroc());
    map.put("aurocInterval", List.of(figures.low(), figures.high()));
    map.put("aurocByChance", 0.5);
    map.put("accuracy", figures.accuracy());
    map.put("accuracyByChance", figures.chanceAccuracy());
    map.put("balancedAccuracy", figures.balancedAccuracy());
    map.put("balancedAccuracyByChance", figures.chanceBalancedAccuracy());
    return map;
  }

  private static Map<String, Object> copy(CopyPair pair) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("kind", pair.kind().name().toLowerCase(Locale.ROOT));
    map.put("first", pair.first());
    map.put("second", pair.second());
    map.put("distance", pair.distance());
    map.put("acrossPatients", pair.acrossPatients());
    map.put("acrossClasses", pair.acrossLabels());
    map.put("acrossSplit", pair.acrossParts());
    return map;
  }

  private static Map<String, Object> model(ModelFigures figures) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", figures.model().name());
    map.put("version", figures.model().version());
    map.put("sha256", figures.model().sha256());
    map.put("readsShortcut", figures.readsShortcut());
    map.put("refused", figures.refused());
    figures.whole().ifPresent(found -> map.put("whole", discrimination(found)));
    map.put("blankedRefused", figures.blankedRefused());
    figures.blanked().ifPresent(found -> map.put("blanked", discrimination(found)));
    figures.exchanged().ifPresent(found -> map.put("exchanged", discrimination(found)));
    map.put("heatmaps", figures.heatmaps());
    map.put("emptyHeatmaps", figures.emptyHeatmaps());
    figures.heatOutside().ifPresent(share -> map.put("heatOutside", share));
    map.put("areaOutside", ModelFigures.AREA_OUTSIDE);
    return map;
  }

  /**
   * The report as one HTML page that needs no other file and no network: bars in CSS, no images of
   * anybody.
   *
   * @return well-formed HTML
   */
  public String toHtml() {
    return ReportPage.of(this);
  }

  /**
   * The report for a terminal: the verdict, then a table a pair of classes.
   *
   * @return lines of at most 110 characters but for long file names
   */
  public String format() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "Shortcut audit of %s: %s; %d patients, %d folds, seed %d%n%n",
            dataset,
            counts(),
            patients,
            folds,
            seed));
    text.append(found() ? "SHORTCUT FOUND." : "NO SHORTCUT FOUND.").append('\n');
    sentences().forEach(sentence -> wrap(text, sentence));
    text.append('\n');
    if (!overall.isEmpty()) {
      table(text, "All classes", overall);
    }
    byPair().forEach(pair -> table(text, String.join(" and ", pair.get(0).labels()), pair));
    model.ifPresent(figures -> modelTable(text, figures));
    copies
        .filter(found -> !found.isEmpty())
        .ifPresent(
            found -> {
              text.append("Copies\n");
              found.stream()
                  .limit(NAMED_AT_MOST)
                  .forEach(pair -> text.append("  ").append(line(pair)).append('\n'));
              more(text, found.size());
            });
    if (!unread.isEmpty()) {
      text.append("Left out, since unreadable\n");
      unread.stream()
          .limit(NAMED_AT_MOST)
          .forEach(
              image ->
                  text.append("  ")
                      .append(image.file())
                      .append(": ")
                      .append(image.reason())
                      .append('\n'));
      more(text, unread.size());
    }
    return text.append(Prediction.NOTICE).toString();
  }

  String counts() {
    return images.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  /** A pair of copies in words. */
  static String line(CopyPair pair) {
    return (pair.kind() == CopyPair.Kind.EXACT ? "same bytes:   " : "same picture: ")
        + pair.first()
        + " = "
        + pair.second()
        + (pair.acrossPatients() ? ", across patients" : "")
        + (pair.acrossLabels() ? ", across classes" : "")
        + (pair.acrossParts() ? ", across the split" : "");
  }

  private static void more(StringBuilder text, int count) {
    if (count > NAMED_AT_MOST) {
      text.append("  and ").append(count - NAMED_AT_MOST).append(" more\n");
    }
    text.append('\n');
  }

  private static void table(StringBuilder text, String title, List<ProbeFigures> figures) {
    header(text, title);
    for (ProbeFigures probe : figures) {
      row(text, probe.probe().title(), probe.figures(), probe.separation().words());
    }
    text.append('\n');
  }

  private static void header(StringBuilder text, String title) {
    text.append(
        String.format(
            Locale.ROOT,
            "%-30s %6s %15s %18s %18s%n",
            title,
            "AUROC",
            "95 % interval",
            "accuracy (chance)",
            "balanced (chance)"));
  }

  private static void row(StringBuilder text, String name, Discrimination figures, String words) {
    text.append(
        String.format(
            Locale.ROOT,
            "  %-28s %6.3f  %5.3f to %5.3f      %.3f (%.3f)      %.3f (%.3f)  %s%n",
            name,
            figures.auroc(),
            figures.low(),
            figures.high(),
            figures.accuracy(),
            figures.chanceAccuracy(),
            figures.balancedAccuracy(),
            figures.chanceBalancedAccuracy(),
            words));
  }

  private static void modelTable(StringBuilder text, ModelFigures model) {
    header(text, "Model " + model.model().name());
    model.whole().ifPresent(figures -> row(text, "whole images", figures, ""));
    model
        .blanked()
        .ifPresent(figures -> row(text, "centre blanked", figures, model.separation().words()));
    model.exchanged().ifPresent(figures -> row(text, "looks exchanged", figures, ""));
    text.append('\n');
  }

  private static void wrap(StringBuilder text, String sentence) {
    StringBuilder line = new StringBuilder("-");
    for (String word : sentence.split(" ", -1)) {
      if (line.length() + 1 + word.length() > WIDTH) {
        text.append(line).append('\n');
        line.setLength(0);
        line.append(' ');
      }
      line.append(' ').append(word);
    }
    text.append(line).append('\n');
  }
}
