package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The largest difference of a metric between two subgroups.
 *
 * @param metric {@code sensitivity} or {@code auroc}
 * @param label the label that it is of
 * @param better the group with the higher figure
 * @param worse the group with the lower one
 * @param difference the higher less the lower, with the interval of a difference of two independent
 *     figures (Newcombe, Statistics in Medicine 17, 1998, method 10; for an AUROC Zou and Donner,
 *     Statistics in Medicine 27, 2008). The largest of many differences is large by chance, too:
 *     the interval is that of a pair named beforehand
 * @param pairs among how many pairs of groups and labels it is the largest
 */
public record SubgroupGap(
    String metric, String label, String better, String worse, Interval difference, int pairs) {
  /** A group with fewer films of a kind says too little to name a gap by. */
  public static final int FEWEST = 20;

  private record Figure(String group, Interval interval) {}

  /**
   * The largest gaps, of sensitivity and of AUROC, between groups that have {@value #FEWEST} films
   * with an answer of the label or more, and for the AUROC as many without it.
   *
   * @param groups the evaluation of each group, all of the same labels
   * @return none to two gaps
   */
  public static List<SubgroupGap> largest(Map<String, Evaluation> groups) {
    List<SubgroupGap> gaps = new ArrayList<>();
    largest("sensitivity", groups, LabelEvaluation::sensitivity, 0).ifPresent(gaps::add);
    largest("auroc", groups, LabelEvaluation::auroc, FEWEST).ifPresent(gaps::add);
    return gaps;
  }

  private static Optional<SubgroupGap> largest(
      String metric,
      Map<String, Evaluation> groups,
      Function<LabelEvaluation, Optional<Interval>> figure,
      int others) {
    List<SubgroupGap> all = new ArrayList<>();
    List<String> labels =
        groups.values().stream().findFirst().map(Evaluation::labels).orElse(List.of());
    for (String label : labels) {
      List<Figure> figures = new ArrayList<>();
      groups.forEach(
          (name, group) -> {
            LabelEvaluation of = group.label(label);
            if (of.answered() >= FEWEST && group.answered() - of.answered() >= others) {
              figure.apply(of).ifPresent(known -> figures.add(new Figure(name, known)));
            }
          });
      figures.sort(Comparator.comparingDouble(of -> of.interval().value()));
      for (int worse = 0; worse < figures.size(); worse++) {
        for (int better = worse + 1; better < figures.size(); better++) {
          all.add(
              new SubgroupGap(
                  metric,
                  label,
                  figures.get(better).group(),
                  figures.get(worse).group(),
                  ScoreIntervals.difference(
                      figures.get(better).interval(), figures.get(worse).interval()),
                  0));
        }
      }
    }
    return all.stream()
        .max(Comparator.comparingDouble(gap -> gap.difference().value()))
        .map(
            gap ->
                new SubgroupGap(
                    metric, gap.label(), gap.better(), gap.worse(), gap.difference(), all.size()));
  }
}
