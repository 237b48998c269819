package io.cxr.train.audit;

import io.cxr.model.ShortcutFinding;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a {@link ShortcutAudit} found: whether the classes of a data set can be told apart by what
 * is not anatomy. It names files, never patients. Research use only.
 *
 * @param dataset the data set's name
 * @param images how many images of each class, or with each finding, were read
 * @param patients how many patients they are of; an image without one counts as a patient
 * @param withoutPatient how many images have no patient
 * @param folds how many parts the probes were cross-validated in
 * @param seed what chose the parts
 * @param unread the images that could not be read
 * @param overall what each probe found among all classes, for three classes or more; else empty
 * @param pairs what each probe found between each two classes, probe by probe; or between the films
 *     with each finding and those without, of those of which it is known
 * @param confounding how much the source says of the class; empty without two sources or more
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
    Optional<SourceConfounding> confounding,
    Optional<List<CopyPair>> copies,
    Optional<ModelFigures> model) {

  /** Checks the values. */
  public ShortcutReport {
    Objects.requireNonNull(dataset, "dataset");
    images = Collections.unmodifiableMap(new LinkedHashMap<>(images));
    unread = List.copyOf(unread);
    overall = List.copyOf(overall);
    pairs = List.copyOf(pairs);
    Objects.requireNonNull(confounding, "confounding");
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
    return pairs.stream().anyMatch(ProbeFigures::isShortcut)
        || model.filter(ModelFigures::readsShortcut).isPresent();
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
    return String.join(" ", Verdict.of(this));
  }

  /**
   * The finding for a model card: the verdict and {@link #figures()}.
   *
   * @return the finding
   */
  public ShortcutFinding finding() {
    return new ShortcutFinding(found(), verdict(), figures());
  }

  /**
   * All figures by name, for a model card: {@code audit.borders.auroc}, with {@code .low} and
   * {@code .high} for its interval; for three classes or more that is the mean over classes, and
   * {@code audit.borders.auroc.COVID19-NORMAL} is that of two, and {@code
   * audit.borders.auroc.Mass-no Mass} that of a finding. {@code audit.found} is 1 or 0.
   *
   * @return finite figures, in a fixed order
   */
  public Map<String, Double> figures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("audit.found", found() ? 1.0 : 0.0);
    boolean several = byPair().size() > 1;
    for (ProbeFigures probe : several ? overall : pairs) {
      String name = "audit." + probe.probe().key();
      figures.put(name + ".auroc", probe.figures().auroc());
      figures.put(name + ".low", probe.figures().low());
      figures.put(name + ".high", probe.figures().high());
    }
    if (several) {
      for (ProbeFigures probe : pairs) {
        figures.put(
            "audit." + probe.probe().key() + ".auroc." + String.join("-", probe.labels()),
            probe.figures().auroc());
      }
    }
    confounding.ifPresent(
        found -> figures.put("audit.sources.share_explained", found.shareExplained()));
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
          for (LungHeat heat : found.lungHeat()) {
            String name = "audit.model.lung_heat." + heat.label();
            figures.put(name, heat.share().value());
            figures.put(name + ".area", heat.area());
          }
          found
              .source()
              .ifPresent(
                  source ->
                      figures.put(
                          "audit.model.source.balanced_accuracy",
                          source.balancedAccuracy().value()));
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
    return ReportJson.of(this);
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
    return ReportText.of(this);
  }

  String counts() {
    return images.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }
}
