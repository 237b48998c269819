package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.List;

/**
 * One figure less another of the same samples, such as those of two models.
 *
 * @param first the figure
 * @param second what is taken off it
 */
record DifferenceStatistic(Statistic first, Statistic second) implements Statistic {
  @Override
  public double of(int[] times) {
    return first.of(times) - second.of(times);
  }

  @Override
  public List<boolean[]> observations() {
    List<boolean[]> both = new ArrayList<>(first.observations());
    both.addAll(second.observations());
    return both;
  }
}
