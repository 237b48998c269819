package io.cxr.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Where a model's weights come from.
 *
 * @param data the data set's name, never a path
 * @param trainingImages how many images the weights were fitted to, a label
 * @param validationImages how many images the metrics were taken on, a label
 * @param patientsApart whether patients were known and kept on one side of the split
 * @param seed the seed of split, initial weights and order
 * @param epochs epochs that ran
 * @param bestEpoch the epoch whose weights these are, from 1
 * @param finished whether the training came to its end; false in the model that a training writes
 *     while it runs, and in that of a training whose time was over
 * @param settings further settings by name, such as optimizer and learning rate
 * @param software versions of what trained the model, by name
 */
public record TrainingProvenance(
    String data,
    Map<String, Integer> trainingImages,
    Map<String, Integer> validationImages,
    boolean patientsApart,
    long seed,
    int epochs,
    int bestEpoch,
    boolean finished,
    Map<String, String> settings,
    Map<String, String> software) {

  /** Checks the values. */
  public TrainingProvenance {
    Objects.requireNonNull(data, "data");
    trainingImages = copy(trainingImages, "trainingImages");
    validationImages = copy(validationImages, "validationImages");
    settings = copy(settings, "settings");
    software = copy(software, "software");
    if (data.indexOf('/') >= 0 || data.indexOf('\\') >= 0) {
      throw new IllegalArgumentException(
          "Training data: expected the name of a data set, found a path. Paths may name people.");
    }
    if (epochs < 0 || bestEpoch < 0 || bestEpoch > epochs) {
      throw new IllegalArgumentException(
          "Epochs: expected a best one of those that ran, found " + bestEpoch + " of " + epochs);
    }
  }

  private static <V> Map<String, V> copy(Map<String, V> map, String name) {
    Map<String, V> copy = new LinkedHashMap<>(map);
    for (V value : copy.values()) {
      Objects.requireNonNull(value, name);
    }
    return Collections.unmodifiableMap(copy);
  }
}
