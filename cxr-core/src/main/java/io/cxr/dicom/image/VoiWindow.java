package io.cxr.dicom.image;

/**
 * A window: the range of values that is displayed from black to white (DICOM PS3.3 C.11.2.1.2).
 *
 * @param center its center, in units after the Modality LUT
 * @param width its width; at least 1 for {@link Function#LINEAR}, else above 0
 * @param function how values within the range are mapped to gray
 */
public record VoiWindow(double center, double width, Function function) {
  /** VOI LUT Function. */
  public enum Function {
    /** Between center - 0.5 and width - 1, the default (C.11.2.1.2.1). */
    LINEAR,
    /** A straight line over the width (C.11.2.1.3.2). */
    LINEAR_EXACT,
    /** A logistic curve, which never clips (C.11.2.1.3.1). */
    SIGMOID
  }

  /** Checks the values. */
  public VoiWindow {
    if (!isValid(center, width, function)) {
      throw new IllegalArgumentException(
          "Window: expected a finite center and a width of at least 1 (above 0 if not LINEAR), found "
              + center
              + " and "
              + width);
    }
  }

  public static boolean isValid(double center, double width, Function function) {
    return Double.isFinite(center)
        && Double.isFinite(width)
        && (function == Function.LINEAR ? width >= 1 : width > 0);
  }

  /**
   * The gray level of a value.
   *
   * @param value a value after the Modality LUT
   * @return from 0, black, to 1, white
   */
  public double apply(double value) {
    return switch (function) {
      case LINEAR -> {
        double low = center - 0.5 - (width - 1) / 2;
        double high = center - 0.5 + (width - 1) / 2;
        yield value <= low ? 0 : value > high ? 1 : (value - (center - 0.5)) / (width - 1) + 0.5;
      }
      case LINEAR_EXACT ->
          value <= center - width / 2
              ? 0
              : value > center + width / 2 ? 1 : (value - center) / width + 0.5;
      case SIGMOID -> 1 / (1 + Math.exp(-4 * (value - center) / width));
    };
  }
}
