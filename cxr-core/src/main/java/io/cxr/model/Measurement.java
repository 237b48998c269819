package io.cxr.model;

import java.util.Objects;

/**
 * Something that a model measures on a radiograph: its name, its unit, and which values are
 * plausible.
 *
 * @param name such as {@code Severity}; not blank
 * @param unit a unit of the Unified Code for Units of Measure (UCUM), in its case-sensitive form,
 *     such as {@code mm}, {@code %}, {@code 1} for a ratio or {@code {score}} for a score; 1 to 64
 *     ASCII characters without spaces. Whether UCUM knows it is not looked up
 * @param least the least plausible value; negative infinity if there is none
 * @param greatest the greatest plausible value, above the least; infinity if there is none
 */
public record Measurement(String name, String unit, double least, double greatest) {
  private static final int LONGEST_UNIT = 64;

  /** Checks the values. */
  public Measurement {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(unit, "unit");
    boolean ascii = !unit.isEmpty() && unit.length() <= LONGEST_UNIT;
    for (int i = 0; i < unit.length(); i++) {
      ascii &= unit.charAt(i) > ' ' && unit.charAt(i) < 0x7f;
    }
    if (name.isBlank() || !ascii) {
      throw new IllegalArgumentException(
          "Measurement: expected a name and a UCUM unit such as mm, %, 1 or {score}, found '"
              + name
              + "' and '"
              + unit
              + "'");
    }
    if (!(least < greatest)) {
      throw new IllegalArgumentException(
          "Measurement "
              + name
              + ": expected a least plausible value below the greatest, found "
              + least
              + " and "
              + greatest);
    }
  }

  /**
   * A measurement any value of which is plausible.
   *
   * @param name such as {@code Severity}; not blank
   * @param unit a UCUM unit
   */
  public Measurement(String name, String unit) {
    this(name, unit, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  /**
   * Whether a value is within the plausible ones.
   *
   * @param value a measured value, in this unit
   * @return whether it is a number from the least to the greatest
   */
  public boolean isPlausible(double value) {
    return value >= least && value <= greatest && Double.isFinite(value);
  }
}
