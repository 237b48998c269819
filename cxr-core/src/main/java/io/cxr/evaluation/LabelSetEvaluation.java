package io.cxr.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What conformal label sets do on images with a prediction.
 *
 * @param promised the coverage that the sets are fitted to
 * @param coverage the share of images whose set has the true label
 * @param coverageOf the same by label; empty where no image with a prediction has it
 * @param single the share of images whose set is one label
 * @param size the mean number of labels in a set, from 1 to the number of labels
 * @param sizeOf the same by true label
 */
public record LabelSetEvaluation(
    double promised,
    Optional<Interval> coverage,
    Map<String, Optional<Interval>> coverageOf,
    Optional<Interval> single,
    Optional<Interval> size,
    Map<String, Optional<Interval>> sizeOf) {

  /** Copies the values. */
  public LabelSetEvaluation {
    coverageOf = Collections.unmodifiableMap(new LinkedHashMap<>(coverageOf));
    sizeOf = Collections.unmodifiableMap(new LinkedHashMap<>(sizeOf));
  }
}
