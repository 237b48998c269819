package io.cxr;

import io.cxr.model.Measurement;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Objects;

/**
 * A value that a model measured on a radiograph. Research use only.
 *
 * @param measurement what was measured, and its unit
 * @param value finite, in that unit; it may be outside the plausible range
 */
public record MeasuredValue(Measurement measurement, double value) {

  /** Checks the values. */
  public MeasuredValue {
    Objects.requireNonNull(measurement, "measurement");
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "Measurement " + measurement.name() + ": expected a finite value, found " + value);
    }
  }

  /**
   * What was measured.
   *
   * @return the measurement's name, as spelled in the model card
   */
  public String name() {
    return measurement.name();
  }

  /**
   * The unit.
   *
   * @return a UCUM unit
   */
  public String unit() {
    return measurement.unit();
  }

  /**
   * Whether the value is within the range that the model card calls plausible.
   *
   * @return true as well if the card has no range
   */
  public boolean isPlausible() {
    return measurement.isPlausible(value);
  }

  /**
   * The value with its unit, to four digits, such as {@code Width 12.34 mm}. The unit of a ratio,
   * {@code 1}, is left out.
   *
   * @return one line
   */
  public String format() {
    double magnitude = value == 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
    int decimals = (int) Math.max(0, Math.min(12, 3 - magnitude));
    String number =
        new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
    return name() + " " + number + (unit().equals("1") ? "" : " " + unit());
  }
}
