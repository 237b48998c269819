package io.cxr.train;

import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelledRadiograph;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How much a training image counts in the loss of each finding, where it has it and where it has it
 * not. Immutable.
 */
final class FindingWeights {
  private final double[] present;
  private final double[] absent;
  private final Map<String, Double> named;

  private FindingWeights(double[] present, double[] absent, Map<String, Double> named) {
    this.present = present;
    this.absent = absent;
    this.named = named;
  }

  /**
   * The weights of a plan. Balanced, images with a finding weigh as much together as those without
   * it, and as much as before: {@code known / (2 * count)} each. Otherwise 1, but for what a recipe
   * gives images with a finding.
   */
  static FindingWeights of(TrainingRecipe recipe, TrainingData data) {
    List<String> findings = data.labels();
    double[] present = new double[findings.size()];
    double[] absent = new double[findings.size()];
    Map<String, Double> named = new LinkedHashMap<>();
    for (int finding = 0; finding < present.length; finding++) {
      String name = findings.get(finding);
      double given = recipe.classWeights().getOrDefault(name, 1.0);
      double with = count(data.training(), finding, LabelState.PRESENT);
      double without = count(data.training(), finding, LabelState.ABSENT);
      boolean balanced = recipe.balance() == Balance.LABELS;
      present[finding] = given * (balanced ? (with + without) / (2 * with) : 1);
      absent[finding] = balanced ? (with + without) / (2 * without) : 1;
      if (present[finding] != 1 || absent[finding] != 1) {
        named.put(name, present[finding]);
        named.put("no " + name, absent[finding]);
      }
    }
    return new FindingWeights(present, absent, named);
  }

  static long count(List<LabelledRadiograph> items, int finding, LabelState state) {
    return items.stream().filter(item -> item.findings().state(finding) == state).count();
  }

  double[] present() {
    return present.clone();
  }

  double[] absent() {
    return absent.clone();
  }

  /** The weights that are not 1, by finding, for the card. */
  Map<String, Double> named() {
    return named;
  }
}
