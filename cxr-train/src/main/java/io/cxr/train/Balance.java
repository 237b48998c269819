package io.cxr.train;

import java.util.LinkedHashMap;
import java.util.Map;

/** Which images count alike in the training loss. */
public enum Balance {
  /** Each image, times the weight of its label where one is given. */
  NONE,
  /** Each label. */
  LABELS,
  /**
   * Each label, and within a label each source that has 50 images of it or more: {@code images /
   * (labels * sources of the label * images of the label in the source)}. Otherwise a label looks
   * like its largest source. A source with fewer counts by the share of 50 that it has, so that a
   * handful of images is not learnt by heart.
   */
  SOURCES;

  /**
   * How much an image of each label counts for all labels to count alike: {@code images / (labels *
   * images of the label)}, so that the mean weight of an image is 1.
   *
   * @param counts training images of each label, each 1 or more
   * @return weights in the order of the counts
   * @throws IllegalArgumentException if a label has no image
   */
  public static Map<String, Double> ofLabels(Map<String, Integer> counts) {
    int images = counts.values().stream().mapToInt(Integer::intValue).sum();
    Map<String, Double> weights = new LinkedHashMap<>();
    counts.forEach(
        (label, count) -> {
          if (count < 1) {
            throw new IllegalArgumentException(
                label
                    + ": expected a training image or more to balance labels, found "
                    + count
                    + ". Add images, or leave the label out.");
          }
          weights.put(label, (double) images / (counts.size() * count));
        });
    return weights;
  }
}
