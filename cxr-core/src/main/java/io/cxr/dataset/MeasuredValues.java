package io.cxr.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What was measured on an image, such as a severity score: a number for each of some measurements,
 * or nothing where it is unknown. Immutable and thread-safe.
 */
public final class MeasuredValues implements Annotation {
  private final List<String> names;
  private final double[] values;

  private MeasuredValues(List<String> names, double[] values) {
    this.names = names;
    this.values = values;
  }

  /**
   * Values of one image.
   *
   * @param names the measurements, distinct; share one unmodifiable list among images
   * @param values as many, in the same order; NaN where a value is unknown; copied
   * @return the values
   * @throws IllegalArgumentException if there are not as many values as names, or one is infinite
   */
  public static MeasuredValues of(List<String> names, double... values) {
    if (names.size() != values.length) {
      throw new IllegalArgumentException(
          "Measurements: expected a value for each of " + names + ", found " + values.length);
    }
    for (double value : values) {
      if (Double.isInfinite(value)) {
        throw new IllegalArgumentException(
            "Measurements: expected finite values of " + names + ", found " + value);
      }
    }
    return new MeasuredValues(List.copyOf(names), values.clone());
  }

  /**
   * The names of the measurements.
   *
   * @return in the order of the model card; unmodifiable
   */
  public List<String> names() {
    return names;
  }

  /**
   * One value.
   *
   * @param index its place among {@link #names}, from 0
   * @return the value, or empty where it is unknown
   */
  public OptionalDouble value(int index) {
    double value = values[index];
    return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MeasuredValues that
        && names.equals(that.names)
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * names.hashCode() + Arrays.hashCode(values);
  }

  /** As in {@code MeasuredValues[Severity 3.0, Age unknown]}. */
  @Override
  public String toString() {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      texts.add(names.get(i) + " " + (Double.isNaN(values[i]) ? "unknown" : values[i]));
    }
    return "MeasuredValues[" + String.join(", ", texts) + "]";
  }
}
