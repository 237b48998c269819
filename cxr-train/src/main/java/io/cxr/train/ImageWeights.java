package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How much each training image counts in the loss. Immutable. */
final class ImageWeights {
  /**
   * A source with fewer images of a label counts by the share of this that it has: else a handful
   * of films would be worth hundreds each, and be learnt by heart.
   */
  static final int FEWEST = 50;

  private final int[] labels;
  private final float[] weights;
  private final boolean even;

  /** By label, and where sources are balanced by source of a label. */
  private final Map<String, Double> named;

  /** How often an image is repeated, where repetition makes up for weights. */
  private final int[] repeats;

  private ImageWeights(
      int[] labels, float[] weights, boolean even, Map<String, Double> named, int[] repeats) {
    this.labels = labels;
    this.weights = weights;
    this.even = even;
    this.named = Collections.unmodifiableMap(named);
    this.repeats = repeats;
  }

  static ImageWeights of(TrainingRecipe recipe, TrainingData data) {
    List<LabelledRadiograph> items = data.training();
    int[] labels = data.labelsOf(items);
    if (data.task().kind() != Task.Kind.EXCLUSIVE_LABELS) {
      // Findings have weights of their own, in the loss.
      return ofAll(labels);
    }
    return recipe.balance() == Balance.SOURCES
        ? bySource(data, labels)
        : byLabel(recipe, data, labels);
  }

  private static ImageWeights ofAll(int[] labels) {
    float[] weights = new float[labels.length];
    int[] repeats = new int[labels.length];
    Arrays.fill(weights, 1);
    Arrays.fill(repeats, 1);
    return new ImageWeights(labels, weights, true, Map.of(), repeats);
  }

  private static ImageWeights byLabel(TrainingRecipe recipe, TrainingData data, int[] labels) {
    Map<String, Double> given = new LinkedHashMap<>(recipe.classWeights());
    if (recipe.balance() == Balance.LABELS) {
      given.putAll(Balance.ofLabels(data.countByLabel(data.training())));
    }
    float[] weights = new float[labels.length];
    int[] repeats = new int[labels.length];
    for (int i = 0; i < labels.length; i++) {
      weights[i] = given.getOrDefault(data.labels().get(labels[i]), 1.0).floatValue();
      repeats[i] = 1;
    }
    return new ImageWeights(labels, weights, given.isEmpty(), given, repeats);
  }

  private static ImageWeights bySource(TrainingData data, int[] labels) {
    List<LabelledRadiograph> items = data.training();
    List<Map<String, Integer>> counts = SourceMeans.countBySource(data);
    double[] shares = counts.stream().mapToDouble(ImageWeights::sumOfShares).toArray();
    float[] weights = new float[labels.length];
    int[] repeats = new int[labels.length];
    Map<String, Double> named = new LinkedHashMap<>();
    List<Map<String, Integer>> met = new ArrayList<>();
    counts.forEach(ofLabel -> met.add(new HashMap<>()));
    for (int i = 0; i < labels.length; i++) {
      Map<String, Integer> ofLabel = counts.get(labels[i]);
      String source = items.get(i).source().orElseThrow();
      int count = ofLabel.getOrDefault(source, 0);
      int most = Collections.max(ofLabel.values());
      double weight = labels.length / (counts.size() * shares[labels[i]] * Math.max(FEWEST, count));
      weights[i] = (float) weight;
      named.put(data.labels().get(labels[i]) + " of " + source, weight);
      int before = met.get(labels[i]).getOrDefault(source, 0);
      met.get(labels[i]).put(source, before + 1);
      repeats[i] = repeats(most, count, before);
    }
    return new ImageWeights(labels, weights, false, named, repeats);
  }

  /** A label's sources in units of one that counts in full. */
  private static double sumOfShares(Map<String, Integer> ofLabel) {
    double sum = 0;
    for (int count : ofLabel.values()) {
      sum += share(count);
    }
    return sum;
  }

  /** How much of a source counts that has so many images of a label. */
  private static double share(int count) {
    return Math.min(1, (double) count / FEWEST);
  }

  /**
   * How often the next image of a source is repeated.
   *
   * @param most images of the label that its largest source has
   * @param count images of it that this source has
   * @param before how many of these came already
   */
  private static int repeats(int most, int count, int before) {
    int wanted = Math.max(count, (int) Math.round(most * share(count)));
    return wanted / count + (before < wanted % count ? 1 : 0);
  }

  /** Whether all images count the same. */
  boolean even() {
    return even;
  }

  /** What was given or found, by label, or by label and source; empty where there is none. */
  Map<String, Double> named() {
    return named;
  }

  float of(int image) {
    return weights[image];
  }

  /**
   * Training images, each as often as it takes for all images of a label to count the same: a
   * source's images again and again, until it has as many as the label's largest.
   */
  int[] repeated() {
    int count = 0;
    for (int each : repeats) {
      count += each;
    }
    int[] images = new int[count];
    int next = 0;
    for (int i = 0; i < repeats.length; i++) {
      for (int times = 0; times < repeats[i]; times++) {
        images[next++] = i;
      }
    }
    return images;
  }

  /** How much each of the {@link #repeated} images of a label counts. */
  double[] ofRepeated(int labelCount) {
    double[] sums = new double[labelCount];
    int[] counts = new int[labelCount];
    for (int i = 0; i < labels.length; i++) {
      sums[labels[i]] += weights[i];
      counts[labels[i]] += repeats[i];
    }
    for (int label = 0; label < labelCount; label++) {
      sums[label] /= counts[label];
    }
    return sums;
  }
}
