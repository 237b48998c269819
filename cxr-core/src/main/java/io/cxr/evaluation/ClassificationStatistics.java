package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The main metrics of answers as figures that {@link Bootstrap} gives intervals for: those of
 * {@link ClassificationReport}.
 */
public final class ClassificationStatistics {
  private ClassificationStatistics() {}

  /**
   * The metrics.
   *
   * @param labels the labels, in the order of the answers
   * @param truth the index of each image's label
   * @param probabilities the answers, one value per label
   * @return {@code accuracy}, {@code sensitivity}, {@code specificity}, {@code f1} and {@code
   *     auroc}; of two labels, sensitivity, specificity and F1 are those of the {@linkplain
   *     PositiveClass#of positive class}, else means over the labels that images have and do not
   *     have
   */
  public static Map<String, Statistic> of(
      List<String> labels, int[] truth, List<double[]> probabilities) {
    List<boolean[]> with = new ArrayList<>();
    List<boolean[]> without = new ArrayList<>();
    List<boolean[]> given = new ArrayList<>();
    List<Integer> ranked = new ArrayList<>();
    int[] tops = probabilities.stream().mapToInt(ClassificationStatistics::top).toArray();
    boolean[] all = new boolean[truth.length];
    boolean[] right = new boolean[truth.length];
    for (int i = 0; i < truth.length; i++) {
      all[i] = true;
      right[i] = tops[i] == truth[i];
    }
    for (int label = 0; label < labels.size(); label++) {
      boolean[] has = new boolean[truth.length];
      boolean[] hasNot = new boolean[truth.length];
      boolean[] gets = new boolean[truth.length];
      int count = 0;
      for (int i = 0; i < truth.length; i++) {
        has[i] = truth[i] == label;
        hasNot[i] = !has[i];
        gets[i] = tops[i] == label;
        count += has[i] ? 1 : 0;
      }
      with.add(has);
      without.add(hasNot);
      given.add(gets);
      if (count > 0 && count < truth.length) {
        ranked.add(label);
      }
    }
    Optional<String> positive = PositiveClass.of(labels);
    List<Integer> counted =
        positive.isPresent() ? List.of(labels.indexOf(positive.get())) : List.copyOf(ranked);
    Map<String, Statistic> figures = new LinkedHashMap<>();
    figures.put("accuracy", new Proportion(all, right));
    figures.put(
        "sensitivity", mean(counted, label -> new Proportion(with.get(label), given.get(label))));
    figures.put(
        "specificity",
        mean(counted, label -> new Proportion(without.get(label), not(given.get(label)))));
    figures.put("f1", mean(counted, label -> new F1Score(with.get(label), given.get(label))));
    figures.put(
        "auroc",
        mean(
            ranked,
            label ->
                RankedScores.of(
                    with.get(label),
                    probabilities.stream().mapToDouble(each -> each[label]).toArray(),
                    all)));
    return Collections.unmodifiableMap(figures);
  }

  private static Statistic mean(List<Integer> labels, Function<Integer, Statistic> figure) {
    return switch (labels.size()) {
      case 0 -> Statistic.UNDEFINED;
      case 1 -> figure.apply(labels.get(0));
      default -> Statistic.mean(labels.stream().map(figure).toList());
    };
  }

  private static boolean[] not(boolean[] given) {
    boolean[] not = new boolean[given.length];
    IntStream.range(0, given.length).forEach(i -> not[i] = !given[i]);
    return not;
  }

  /** Of equals the first. */
  private static int top(double[] probabilities) {
    int top = 0;
    for (int i = 1; i < probabilities.length; i++) {
      top = probabilities[i] > probabilities[top] ? i : top;
    }
    return top;
  }
}
