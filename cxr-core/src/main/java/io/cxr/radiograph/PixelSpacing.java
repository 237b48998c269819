package io.cxr.radiograph;

/**
 * The distance between the centres of adjacent pixels (DICOM PS3.3 10.7.1.3).
 *
 * @param rowMillimetres between the centres of adjacent rows; above 0
 * @param columnMillimetres between the centres of adjacent columns; above 0
 */
public record PixelSpacing(double rowMillimetres, double columnMillimetres) {

  /** Checks the values. */
  public PixelSpacing {
    if (!(rowMillimetres > 0 && columnMillimetres > 0)
        || Double.isInfinite(rowMillimetres)
        || Double.isInfinite(columnMillimetres)) {
      throw new IllegalArgumentException(
          "Pixel spacing: expected two finite distances above 0 mm, found "
              + rowMillimetres
              + " and "
              + columnMillimetres);
    }
  }
}
