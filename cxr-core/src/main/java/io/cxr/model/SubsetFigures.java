package io.cxr.model;

import io.cxr.dataset.Subset;
import io.cxr.model.OperatingThreshold.Estimate;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Metrics of a model file on one subset of the images of its training.
 *
 * @param subset which images: of validation images the epoch, calibration, thresholds and label
 *     sets were chosen, so that figures on them flatter; of test images nothing was
 * @param images how many images there are by label
 * @param patients how many patients they are of; an image of an unknown patient counts as one
 * @param filesSha256 the SHA-256 of the lower-case SHA-256 of all files, sorted and joined by line
 *     feeds: whether other images are these can be seen from it, and nothing else
 * @param metrics by name, with 95 % confidence intervals by patient
 */
public record SubsetFigures(
    Subset subset,
    Map<String, Integer> images,
    int patients,
    String filesSha256,
    Map<String, Estimate> metrics) {

  /** Copies and checks the values. */
  public SubsetFigures {
    Objects.requireNonNull(subset, "subset");
    images = Collections.unmodifiableMap(new LinkedHashMap<>(images));
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    if (!filesSha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "Files of a subset: expected a SHA-256 in 64 lower-case hexadecimal digits, found "
              + filesSha256);
    }
  }
}
