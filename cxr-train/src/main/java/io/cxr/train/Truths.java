package io.cxr.train;

import io.cxr.dataset.Annotation;
import io.cxr.dataset.ExclusiveLabel;
import io.cxr.dataset.FindingStates;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.MeasuredValues;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is true of the images of a training, as numbers. Each image has a code, which samples and
 * batches carry: the index of its label, or that of a row of values, one a finding or measurement,
 * which equal images share. Thread-safe.
 */
final class Truths {
  private final List<String> labels;
  private final Map<Annotation, Integer> codes = new HashMap<>();
  private final List<float[]> rows = new ArrayList<>();

  Truths(List<String> labels) {
    this.labels = labels;
  }

  /** The code of each image, at least 0. */
  synchronized int[] codes(List<LabelledRadiograph> items) {
    int[] codes = new int[items.size()];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = code(items.get(i).annotation());
    }
    return codes;
  }

  private int code(Annotation annotation) {
    if (annotation instanceof ExclusiveLabel exclusive) {
      return labels.indexOf(exclusive.label());
    }
    Integer known = codes.get(annotation);
    if (known == null) {
      known = rows.size();
      codes.put(annotation, known);
      rows.add(row(annotation));
    }
    return known;
  }

  private float[] row(Annotation annotation) {
    float[] row = new float[labels.size()];
    for (int i = 0; i < row.length; i++) {
      if (annotation instanceof FindingStates states) {
        row[i] =
            switch (states.state(i)) {
              case PRESENT -> 1;
              case ABSENT -> 0;
              case UNKNOWN -> Float.NaN;
            };
      } else if (annotation instanceof MeasuredValues values) {
        row[i] = (float) values.value(i).orElse(Double.NaN);
      }
    }
    return row;
  }

  /**
   * The values that a code stands for where labels do not exclude each other: 1 for a finding that
   * is present and 0 for one that is absent, or a measured value; NaN where it is unknown. Not to
   * be written to.
   */
  synchronized float[] row(int code) {
    return rows.get(code);
  }
}
