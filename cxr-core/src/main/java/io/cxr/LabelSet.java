package io.cxr;

import java.util.List;

/**
 * The labels that a radiograph may well have, by the {@linkplain io.cxr.model.ConformalSets
 * conformal label sets} of a model's card: among other patients of the hospitals that it was
 * trained on, the true label is among them with at least the coverage, in each class. In another
 * hospital there is no such promise. Research use only.
 *
 * @param labels in the order of the card; at least one if they are exclusive, and of findings those
 *     that cannot be ruled out
 * @param coverage how often a set has the true label, above 0 and below 1
 */
public record LabelSet(List<String> labels, double coverage) {
  /** Copies and checks the values. */
  public LabelSet {
    labels = List.copyOf(labels);
    if (!(coverage > 0 && coverage < 1)) {
      throw new IllegalArgumentException(
          "Label set: expected a coverage above 0 and below 1, found " + coverage);
    }
  }
}
