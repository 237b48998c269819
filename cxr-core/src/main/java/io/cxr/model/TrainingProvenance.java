package io.cxr.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * How a model's weights were trained.
 *
 * @param data the data set's name, never a path
 * @param trainingImages the number of training images by label
 * @param validationImages the number of validation images by label
 * @param patientsApart whether all patients were known and none has images in both subsets
 * @param seed the seed of the split, of initial weights and of the order of images
 * @param epochs how many epochs were run
 * @param bestEpoch the epoch of these weights, from 1
 * @param finished whether training ran to its end; false in the intermediate models of a running
 *     training, and after a time limit
 * @param settings further settings by name, such as optimizer and learning rate
 * @param software versions of the training software, by name
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
