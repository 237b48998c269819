package io.cxr.train.audit;

import io.cxr.Prediction;
import io.cxr.evaluation.Interval;
import java.util.List;
import java.util.Locale;

/** Writes a report as one HTML page, which is well-formed XML too. */
final class ReportPage {
  private static final int NAMED_AT_MOST = 200;

  private static final String STYLE =
      """
      body { font: 16px/1.5 system-ui, sans-serif; color: #1d2430; background: #fff;
        max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.6rem; margin-bottom: 0; }
      h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; }
      .notice { font-weight: 600; }
      .verdict { border-left: .4rem solid #3b7d4f; background: #f2f7f3; padding: .6rem 1rem; }
      .verdict.found { border-color: #b3402a; background: #fbf1ee; }
      .verdict strong { display: block; }
      .verdict p { margin: .3rem 0; }
      table { border-collapse: collapse; width: 100%; font-size: .9rem; }
      th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #dde1e7;
        vertical-align: middle; }
      td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
      .bar { position: relative; width: 13rem; height: .9rem; background: #eef0f4; }
      .bar span { position: absolute; top: 0; bottom: 0; }
      .bar .value { left: 0; background: #8fa3bd; }
      .bar .shortcut.tells { background: #b3402a; }
      .bar .coarse.tells { background: #d39a3c; }
      .bar .interval { top: .35rem; bottom: .35rem; background: #1d2430; }
      .bar .chance { left: 50%; width: 1px; background: #1d2430; }
      .small { color: #5a6372; font-size: .85rem; }
      """;

  private final StringBuilder page = new StringBuilder();

  private ReportPage() {}

  static String of(ShortcutReport report) {
    return new ReportPage().write(report);
  }

  private String write(ShortcutReport report) {
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    element("title", "Shortcut audit of " + report.dataset());
    page.append("<style>\n").append(STYLE).append("</style>\n</head>\n<body>\n");
    element("h1", "Shortcut audit of " + report.dataset());
    page.append("<p>")
        .append(
            escaped(
                String.format(
                    Locale.ROOT,
                    "%s; %d patients; %d folds, patients kept apart; seed %d.",
                    report.counts(),
                    report.patients(),
                    report.folds(),
                    report.seed())))
        .append(" <span class=\"notice\">")
        .append(escaped(Prediction.NOTICE))
        .append("</span></p>\n<div class=\"verdict")
        .append(report.found() ? " found" : "")
        .append("\">\n");
    element("strong", report.found() ? "A shortcut was found." : "No shortcut was found.");
    Verdict.of(report).forEach(sentence -> element("p", sentence));
    page.append("</div>\n");
    legend();
    if (!report.overall().isEmpty()) {
      table("All classes", report.overall());
    }
    report.byPair().forEach(pair -> table(String.join(" and ", pair.get(0).labels()), pair));
    report.confounding().ifPresent(this::sources);
    report.model().ifPresent(this::model);
    report.copies().ifPresent(this::copies);
    if (!report.unread().isEmpty()) {
      element("h2", "Left out, since unreadable");
      list(report.unread().stream().map(image -> image.file() + ": " + image.reason()).toList());
    }
    return page.append("</body>\n</html>\n").toString();
  }

  private void legend() {
    page.append("<p class=\"small\">")
        .append(
            escaped(
                "Each probe is a logistic regression on so little of an image that a disease is"
                    + " hard to see in it. AUROC is the chance that it ranks an image of one class"
                    + " above one of the other: 0.5 (the thin line) is guessing, 1 is never wrong."
                    + " The black bar is the 95 % interval by bootstrap over patients. Red: told"
                    + " apart by what shows no lung, a shortcut. Amber: told apart by what a"
                    + " disease could change too. Gray: not told apart, or shown for comparison."
                    + " Bars begin at 0."))
        .append("</p>\n");
  }

  private void table(String title, List<ProbeFigures> figures) {
    element("h2", title);
    head("Probe");
    for (ProbeFigures probe : figures) {
      String kind =
          probe.probe().evidence().name().toLowerCase(Locale.ROOT)
              + (probe.separation().tellsApart() ? " tells" : "");
      StringBuilder name = new StringBuilder(probe.probe().title());
      if (!probe.telling().isEmpty()) {
        name.append(" (alone:");
        for (ProbeFigures.Feature feature : probe.telling()) {
          name.append(String.format(Locale.ROOT, " %s %.2f;", feature.name(), feature.auroc()));
        }
        name.setCharAt(name.length() - 1, ')');
      }
      row(name.toString(), kind, probe.figures(), probe.separation().words());
    }
    page.append("</tbody>\n</table>\n");
  }

  private void head(String first) {
    page.append("<table>\n<thead><tr>");
    for (String title :
        List.of(first, "", "AUROC", "Accuracy (chance)", "Balanced (chance)", "In words")) {
      element("th", title);
    }
    page.append("</tr></thead>\n<tbody>\n");
  }

  private void row(String name, String kind, Discrimination figures, String words) {
    page.append("<tr>");
    element("td", name);
    page.append(
        String.format(
            Locale.ROOT,
            "<td><div class=\"bar\"><span class=\"value %s\" style=\"width: %.1f%%\"></span>"
                + "<span class=\"interval\" style=\"left: %.1f%%; width: %.1f%%\"></span>"
                + "<span class=\"chance\"></span></div></td>",
            kind,
            100 * figures.auroc(),
            100 * figures.low(),
            Math.max(0.5, 100 * (figures.high() - figures.low()))));
    number(
        String.format(
            Locale.ROOT, "%.3f (%.3f to %.3f)", figures.auroc(), figures.low(), figures.high()));
    number(String.format(Locale.ROOT, "%.3f (%.3f)", figures.accuracy(), figures.chanceAccuracy()));
    number(
        String.format(
            Locale.ROOT,
            "%.3f (%.3f)",
            figures.balancedAccuracy(),
            figures.chanceBalancedAccuracy()));
    element("td", words);
    page.append("</tr>\n");
  }

  private void number(String text) {
    page.append("<td class=\"number\">").append(escaped(text)).append("</td>");
  }

  private void model(ModelFigures model) {
    element("h2", "Model " + model.model().name());
    head("Images");
    model.whole().ifPresent(figures -> row("whole", "reference", figures, ""));
    model
        .blanked()
        .ifPresent(
            figures ->
                row(
                    "centre blanked",
                    "shortcut" + (model.readsShortcut() ? " tells" : ""),
                    figures,
                    model.separation().words()));
    model
        .exchanged()
        .ifPresent(figures -> row("looks exchanged", "gray scale and shading", figures, ""));
    page.append("</tbody>\n</table>\n");
    element(
        "p",
        String.format(
            Locale.ROOT,
            "Refused: %d whole images, %d blanked ones.%s",
            model.refused(),
            model.blankedRefused(),
            model
                .heatOutside()
                .map(
                    share ->
                        String.format(
                            Locale.ROOT,
                            " Heatmap energy outside the central 80 %% of rows and columns: %.1f %%"
                                + " over %d heatmaps (an even map: %.0f %%); %d maps were empty.",
                            100 * share,
                            model.heatmaps(),
                            100 * ModelFigures.AREA_OUTSIDE,
                            model.emptyHeatmaps()))
                .orElse("")));
    if (!model.lungHeat().isEmpty()) {
      lungHeat(model.lungHeat());
    }
    model
        .source()
        .ifPresent(
            source ->
                element(
                    "p",
                    String.format(
                        Locale.ROOT,
                        "Source told from the features: balanced accuracy %s on %d films of %s;"
                            + " chance %.3f, from the class alone %.3f.",
                        interval(source.balancedAccuracy()),
                        source.images(),
                        String.join(", ", source.sources()),
                        source.chance(),
                        source.byLabel())));
  }

  private void sources(SourceConfounding confounding) {
    element("h2", "Sources");
    element(
        "p",
        String.format(
            Locale.ROOT,
            "Of the class, the source alone explains %.0f %% (of its entropy).",
            100 * confounding.shareExplained()));
    page.append("<table>\n<thead><tr>");
    List<String> labels = List.copyOf(confounding.images().values().iterator().next().keySet());
    element("th", "Source");
    labels.forEach(label -> element("th", label));
    page.append("</tr></thead>\n<tbody>\n");
    confounding
        .images()
        .forEach(
            (source, counts) -> {
              page.append("<tr>");
              element("td", source);
              labels.forEach(label -> number(String.valueOf(counts.getOrDefault(label, 0))));
              page.append("</tr>\n");
            });
    page.append("</tbody>\n</table>\n");
  }

  private void lungHeat(List<LungHeat> heats) {
    page.append("<table>\n<thead><tr>");
    List.of("Heatmaps of", "Films", "Share in the lungs", "Lungs' share of the picture", "Gain")
        .forEach(title -> element("th", title));
    page.append("</tr></thead>\n<tbody>\n");
    for (LungHeat heat : heats) {
      page.append("<tr>");
      element("td", heat.label());
      number(String.valueOf(heat.films()));
      number(interval(heat.share()));
      number(String.format(Locale.ROOT, "%.3f", heat.area()));
      number(interval(heat.gain()));
      page.append("</tr>\n");
    }
    page.append("</tbody>\n</table>\n");
  }

  private static String interval(Interval interval) {
    return String.format(
        Locale.ROOT, "%.3f (%.3f to %.3f)", interval.value(), interval.low(), interval.high());
  }

  private void copies(List<CopyPair> copies) {
    element("h2", "Copies");
    if (copies.isEmpty()) {
      element("p", "No image is a copy of another.");
    } else {
      list(copies.stream().map(CopyPair::words).toList());
    }
  }

  private void list(List<String> lines) {
    page.append("<ul>\n");
    lines.stream().limit(NAMED_AT_MOST).forEach(line -> element("li", line));
    if (lines.size() > NAMED_AT_MOST) {
      element("li", "and " + (lines.size() - NAMED_AT_MOST) + " more");
    }
    page.append("</ul>\n");
  }

  private void element(String name, String text) {
    page.append('<').append(name).append('>').append(escaped(text));
    page.append("</").append(name).append(">\n");
  }

  /** Text as XML takes it: file names and class names may hold anything. */
  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                default ->
                    // Control characters and halves of pairs are no characters of XML 1.0.
                    escaped.appendCodePoint(
                        (c < 0x20 && c != '\n' && c != '\t')
                                || (c >= 0xd800 && c < 0xe000)
                                || c == 0xfffe
                                || c == 0xffff
                            ? 0xfffd
                            : c);
              }
            });
    return escaped.toString();
  }
}
