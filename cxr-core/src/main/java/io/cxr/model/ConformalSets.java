package io.cxr.model;

import io.cxr.dataset.Subset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Conformal label sets: in place of one label, all labels that an image may well have, so that in
 * each class the true label is among them with a known probability, whatever the distribution and
 * however bad the model. A bad model has large sets.
 *
 * <p>Split conformal prediction with a quantile for each class (Vovk, Gammerman and Shafer,
 * Algorithmic Learning in a Random World, 2005: Mondrian) of the score {@code 1 - p}, p being the
 * calibrated probability of the true label. Among sets of such coverage by class these are the
 * smallest if the probabilities are true (Sadinle, Lei and Wasserman, Journal of the American
 * Statistical Association 114, 2019); adaptive sets, which even out coverage over difficult images,
 * are larger and pay with few labels least.
 *
 * <p>Findings have a quantile each as well, of the images on which they are present: it tells which
 * findings cannot be ruled out.
 *
 * <p>The coverage holds for images that are exchangeable with those that the quantiles are of, such
 * as other patients of the same hospitals. <b>It does not hold in another hospital.</b>
 *
 * @param alpha how often a set may lack the true label, above 0 and below 1
 * @param subset the images that the quantiles are of
 * @param labels the quantile of each label, in the order of the card
 */
public record ConformalSets(double alpha, Subset subset, Map<String, Quantile> labels) {
  /**
   * When a label is in the set.
   *
   * @param least the least probability with which it is, from 0 to 1; 0 if there were too few
   *     patients for a quantile, so that it always is
   * @param patients how many patients the quantile is of: one image of each
   */
  public record Quantile(double least, int patients) {
    /** Checks the values. */
    public Quantile {
      if (!(least >= 0 && least <= 1) || patients < 0) {
        throw new IllegalArgumentException(
            "Label set: expected a probability from 0 to 1 and a number of patients, found "
                + least
                + " and "
                + patients);
      }
    }
  }

  /** Copies and checks the values. */
  public ConformalSets {
    Objects.requireNonNull(subset, "subset");
    labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    if (!(alpha > 0 && alpha < 1)) {
      throw new IllegalArgumentException(
          "Label sets: expected an alpha above 0 and below 1, found " + alpha);
    }
  }

  /**
   * The label set of one image, of exclusive labels. The most probable label is always in it, which
   * makes no set empty and none cover less.
   *
   * @param names the labels of the card, in its order
   * @param probabilities calibrated, one for each
   * @return one label or more, in the order of the card
   */
  public List<String> of(List<String> names, double[] probabilities) {
    int top = 0;
    for (int i = 1; i < probabilities.length; i++) {
      top = probabilities[i] > probabilities[top] ? i : top;
    }
    return set(names, probabilities, top);
  }

  /**
   * The findings that cannot be ruled out on one image: a finding that is present is among them
   * with the coverage.
   *
   * @param names the findings of the card, in its order
   * @param probabilities calibrated, one for each
   * @return any number of them, in the order of the card
   */
  public List<String> ofFindings(List<String> names, double[] probabilities) {
    return set(names, probabilities, -1);
  }

  /**
   * Whether a finding cannot be ruled out on an image.
   *
   * @param finding one of the card's
   * @param probability its calibrated probability
   * @return true as well if there is no quantile for it
   */
  public boolean mayBePresent(String finding, double probability) {
    Quantile quantile = labels.get(finding);
    return quantile == null || probability >= quantile.least();
  }

  private List<String> set(List<String> names, double[] probabilities, int always) {
    List<String> set = new ArrayList<>(names.size());
    for (int i = 0; i < probabilities.length; i++) {
      if (i == always || mayBePresent(names.get(i), probabilities[i])) {
        set.add(names.get(i));
      }
    }
    return Collections.unmodifiableList(set);
  }
}
