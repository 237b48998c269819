package io.cxr.train.audit;

import io.cxr.evaluation.Interval;
import java.util.List;
import java.util.Objects;

/**
 * Whether the source of a film can be told from a model's features, by a linear probe that is
 * cross-validated with patients kept apart.
 *
 * @param sources the sources, two or more
 * @param images how many films were told
 * @param balancedAccuracy the mean over sources of the share of films told right, with a 95 %
 *     interval by bootstrap over patients
 * @param chance 1 by the number of sources
 * @param byLabel the balanced accuracy of telling the source from the true class alone: what
 *     features that know the class and nothing else give
 */
public record SourceFigures(
    List<String> sources, int images, Interval balancedAccuracy, double chance, double byLabel) {

  /** Checks the values. */
  public SourceFigures {
    sources = List.copyOf(sources);
    Objects.requireNonNull(balancedAccuracy, "balancedAccuracy");
  }

  /**
   * Whether the features hold the source beyond what the class says of it.
   *
   * @return true if the interval begins above {@link #byLabel()}
   */
  public boolean tellsSource() {
    return balancedAccuracy.low() > Math.max(chance, byLabel);
  }
}
