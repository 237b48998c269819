package io.cxr.dicom.image;

import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ImagePixel;
import io.cxr.dicom.Leniencies;
import io.cxr.dicom.Leniency;
import io.cxr.dicom.LenientValues;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The modality values of a monochrome image, such as Hounsfield units or optical densities: after
 * the Modality LUT or rescale (DICOM PS3.3 C.11.1) and before any window. Immutable and
 * thread-safe. Takes two bytes per pixel and eight per possible pixel value.
 *
 * <p>Neither Photometric Interpretation nor Presentation LUT Shape changes them: if the smallest
 * value is displayed as white, it is still the smallest.
 */
public final class ModalityValues {
  private final int rows;
  private final int columns;
  private final short[] patterns;
  private final double[] values;
  private final Optional<String> type;
  private final List<Leniency> leniencies;

  private ModalityValues(
      ImagePixel image,
      short[] patterns,
      double[] values,
      Optional<String> type,
      List<Leniency> leniencies) {
    this.rows = image.rows();
    this.columns = image.columns();
    this.patterns = patterns;
    this.values = values;
    this.type = type;
    this.leniencies = leniencies;
  }

  static ModalityValues of(
      Cells cells, ImagePixel image, ModalityTransform transform, Leniencies leniencies) {
    if (transform.isUnreadable()) {
      throw DicomRefusal.damaged(
          "numbers in "
              + LenientValues.named(DicomTag.RESCALE_SLOPE)
              + " and "
              + LenientValues.named(DicomTag.RESCALE_INTERCEPT),
          "others, so that the values are in unknown units");
    }
    double[] values = transform.values();
    short[] patterns = new short[image.pixels()];
    Cells.Row row = cells.newRow();
    for (int y = 0; y < image.rows(); y++) {
      cells.row(y, row);
      for (int x = 0; x < image.columns(); x++) {
        patterns[y * image.columns() + x] = (short) transform.pattern(row.samples[x]);
      }
    }
    return new ModalityValues(image, patterns, values, transform.type(), leniencies.toList());
  }

  /**
   * The number of rows.
   *
   * @return at least 1
   */
  public int rows() {
    return rows;
  }

  /**
   * The number of columns.
   *
   * @return at least 1
   */
  public int columns() {
    return columns;
  }

  /**
   * The value of one pixel.
   *
   * @param row from 0 at the top
   * @param column from 0 at the left
   * @return the value in units of {@link #type()}
   * @throws IndexOutOfBoundsException if there is no such pixel
   */
  public double value(int row, int column) {
    int at = Objects.checkIndex(row, rows) * columns + Objects.checkIndex(column, columns);
    return values[patterns[at] & 0xffff];
  }

  /**
   * All values.
   *
   * @return {@code rows * columns} values, row by row, rounded to 24 bits; the caller's own copy
   */
  public float[] toFloats() {
    float[] all = new float[patterns.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) values[patterns[i] & 0xffff];
    }
    return all;
  }

  /**
   * The type of the values: Rescale Type (0028,1054), or Modality LUT Type (0028,3004) if there is
   * a table. Defined terms of PS3.3 C.11.1.1.2: {@code OD} is thousandths of optical density,
   * {@code HU} Hounsfield units, {@code US} unspecified.
   *
   * @return the term as stated in the file; empty if it states none, which is allowed for
   *     radiographs
   */
  public Optional<String> type() {
    return type;
  }

  /**
   * The deviations from the standard that were tolerated.
   *
   * @return in the order in which they were found
   */
  public List<Leniency> leniencies() {
    return leniencies;
  }

  /** Contains no pixel values. */
  @Override
  public String toString() {
    return "ModalityValues[" + rows + " x " + columns + type.map(", "::concat).orElse("") + "]";
  }
}
