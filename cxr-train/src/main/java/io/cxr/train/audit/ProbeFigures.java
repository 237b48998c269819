package io.cxr.train.audit;

import java.util.List;
import java.util.Objects;

/**
 * What one probe found between two classes, or among all of them.
 *
 * @param probe what was looked at
 * @param labels the classes
 * @param figures how well they were told apart, cross-validated with patients kept apart
 * @param separation the same in plain words
 * @param telling the single features that tell most, best first; for file properties and two
 *     classes only
 */
public record ProbeFigures(
    Probe probe,
    List<String> labels,
    Discrimination figures,
    Separation separation,
    List<Feature> telling) {

  /** Checks the values. */
  public ProbeFigures {
    Objects.requireNonNull(probe, "probe");
    labels = List.copyOf(labels);
    Objects.requireNonNull(figures, "figures");
    Objects.requireNonNull(separation, "separation");
    telling = List.copyOf(telling);
  }

  /**
   * A single feature and how well it tells two classes apart without any fit.
   *
   * @param name such as {@code bytes a pixel}
   * @param auroc its area under the ROC curve, whichever class it is higher for: 0.5 to 1
   */
  public record Feature(String name, double auroc) {

    /** Checks the values. */
    public Feature {
      Objects.requireNonNull(name, "name");
    }
  }

  /** Whether it tells the classes apart without seeing a lung. */
  boolean isShortcut() {
    return probe.evidence() == Probe.Evidence.SHORTCUT && separation.tellsApart();
  }
}
