package io.cxr.evaluation;

import java.util.List;

/**
 * The plain mean of figures, such as the balanced accuracy; not defined where one of them is not.
 *
 * @param parts the figures
 */
record MeanStatistic(List<Statistic> parts) implements Statistic {
  MeanStatistic {
    parts = List.copyOf(parts);
  }

  @Override
  public double of(int[] times) {
    double sum = 0;
    for (Statistic part : parts) {
      sum += part.of(times);
    }
    return sum / parts.size();
  }

  @Override
  public List<boolean[]> observations() {
    return parts.stream().flatMap(part -> part.observations().stream()).toList();
  }

  @Override
  public boolean risesInResamples() {
    return parts.stream().allMatch(Statistic::risesInResamples);
  }
}
