package io.cxr.train.audit;

import io.cxr.Prediction;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes a report for a terminal. */
final class ReportText {
  private static final int NAMED_AT_MOST = 20;
  private static final int WIDTH = 100;

  private ReportText() {}

  static String of(ShortcutReport report) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "Shortcut audit of %s: %s; %d patients, %d folds, seed %d%n%n",
            report.dataset(),
            report.counts(),
            report.patients(),
            report.folds(),
            report.seed()));
    text.append(report.found() ? "SHORTCUT FOUND." : "NO SHORTCUT FOUND.").append('\n');
    Verdict.of(report).forEach(sentence -> wrap(text, sentence));
    text.append('\n');
    if (!report.overall().isEmpty()) {
      table(text, "All classes", report.overall());
    }
    report.byPair().forEach(pair -> table(text, String.join(" and ", pair.get(0).labels()), pair));
    report.confounding().ifPresent(found -> sourceTable(text, found));
    report.model().ifPresent(figures -> modelTable(text, figures));
    report
        .copies()
        .filter(found -> !found.isEmpty())
        .ifPresent(
            found -> {
              text.append("Copies\n");
              found.stream()
                  .limit(NAMED_AT_MOST)
                  .forEach(pair -> text.append("  ").append(pair.words()).append('\n'));
              more(text, found.size());
            });
    if (!report.unread().isEmpty()) {
      text.append("Left out, since unreadable\n");
      report.unread().stream()
          .limit(NAMED_AT_MOST)
          .forEach(
              image ->
                  text.append("  ")
                      .append(image.file())
                      .append(": ")
                      .append(image.reason())
                      .append('\n'));
      more(text, report.unread().size());
    }
    return text.append(Prediction.NOTICE).toString();
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

  private static void sourceTable(StringBuilder text, SourceConfounding confounding) {
    text.append("Films by source and class\n");
    confounding
        .images()
        .forEach(
            (source, counts) ->
                text.append("  ")
                    .append(source)
                    .append(": ")
                    .append(
                        counts.entrySet().stream()
                            .map(count -> count.getKey() + " " + count.getValue())
                            .collect(Collectors.joining(", ")))
                    .append('\n'));
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
