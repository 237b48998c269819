package io.cxr.train.augmentation;

import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.Resampling;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Changes of an image at the network's size, as Keras {@code ImageDataGenerator} makes them: one
 * affine transform of rotation, shear and zoom about the image's centre, in this order of the
 * matrix product, with bilinear interpolation and {@code fill_mode='nearest'}; then the flip. A
 * Gaussian blur follows, which Keras does not have.
 *
 * <p>The centre is {@code (size - 1) / 2}, as in Keras since 2.9; Keras-Preprocessing 1.1.2 had it
 * one pixel further to the lower right. Gray levels are rounded to 8 bits; against SciPy's {@code
 * ndimage.affine_transform} of order 1 they are at most one level off.
 *
 * @param rotationDegrees the angle
 * @param shearDegrees the shear angle, in degrees as Keras means {@code shear_range}: a {@code
 *     shear_range} of 0.2 is a fifth of a degree
 * @param zoom the zoom, above 0, drawn for rows and columns each; above 1 shows more than the image
 * @param horizontalFlip whether every other image is mirrored
 * @param blurSigma the greatest standard deviation of the blur in pixels, drawn from 0; 0 for none
 */
public record KerasTransforms(
    Range rotationDegrees,
    Range shearDegrees,
    Range zoom,
    boolean horizontalFlip,
    double blurSigma) {

  /** Changes nothing. */
  public static final KerasTransforms NONE =
      new KerasTransforms(Range.around0(0), Range.around0(0), Range.around1(0), false, 0);

  private static final double LEAST_BLUR = 0.1;

  /** Checks the values. */
  public KerasTransforms {
    Objects.requireNonNull(rotationDegrees, "rotationDegrees");
    Objects.requireNonNull(shearDegrees, "shearDegrees");
    if (!(zoom.from() > 0)) {
      throw new IllegalArgumentException("Zoom: expected above 0, found " + zoom);
    }
    if (Math.max(Math.abs(shearDegrees.from()), Math.abs(shearDegrees.to())) >= 90) {
      throw new IllegalArgumentException(
          "Shear: expected an angle below 90 degrees, found " + shearDegrees);
    }
    if (!(blurSigma >= 0 && blurSigma <= 20)) {
      throw new IllegalArgumentException("Blur: expected a sigma from 0 to 20, found " + blurSigma);
    }
  }

  byte[] apply(byte[] gray, int rows, int columns, SplittableRandom random) {
    double theta = Math.toRadians(rotationDegrees.draw(random));
    double shear = Math.toRadians(shearDegrees.draw(random));
    double zoomRows = zoom.draw(random);
    double zoomColumns = zoom.draw(random);
    boolean flip = random.nextDouble() < 0.5 && horizontalFlip;
    double sigma = blurSigma * random.nextDouble();
    byte[] changed = affine(gray, rows, columns, theta, shear, zoomRows, zoomColumns);
    if (flip) {
      changed = flipped(changed, rows, columns);
    }
    return sigma < LEAST_BLUR ? changed : blurred(changed, rows, columns, sigma);
  }

  /**
   * The affine transform with given values. An output pixel (row, column) shows the input at {@code
   * M (row, column) + offset} with {@code M = rotation shear zoom}.
   *
   * @param theta radians
   * @param shear radians
   */
  static byte[] affine(
      byte[] gray,
      int rows,
      int columns,
      double theta,
      double shear,
      double zoomRows,
      double zoomColumns) {
    if (theta == 0 && shear == 0 && zoomRows == 1 && zoomColumns == 1) {
      return gray.clone();
    }
    double cos = Math.cos(theta);
    double sin = Math.sin(theta);
    // rotation = (cos, -sin; sin, cos), shear = (1, -sin s; 0, cos s), zoom = diagonal.
    double m00 = cos * zoomRows;
    double m01 = (-cos * Math.sin(shear) - sin * Math.cos(shear)) * zoomColumns;
    double m10 = sin * zoomRows;
    double m11 = (-sin * Math.sin(shear) + cos * Math.cos(shear)) * zoomColumns;
    double centreRow = (rows - 1) / 2.0;
    double centreColumn = (columns - 1) / 2.0;
    double offsetRow = centreRow - m00 * centreRow - m01 * centreColumn;
    double offsetColumn = centreColumn - m10 * centreRow - m11 * centreColumn;
    byte[] changed = new byte[gray.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        double y = clamp(m00 * row + m01 * column + offsetRow, rows - 1);
        double x = clamp(m10 * row + m11 * column + offsetColumn, columns - 1);
        int top = (int) y;
        int left = (int) x;
        int below = Math.min(top + 1, rows - 1) * columns;
        int right = Math.min(left + 1, columns - 1);
        double down = y - top;
        double across = x - left;
        double upper =
            (gray[top * columns + left] & 0xff) * (1 - across)
                + (gray[top * columns + right] & 0xff) * across;
        double lower =
            (gray[below + left] & 0xff) * (1 - across) + (gray[below + right] & 0xff) * across;
        changed[row * columns + column] = (byte) (upper * (1 - down) + lower * down + 0.5);
      }
    }
    return changed;
  }

  private static double clamp(double value, int greatest) {
    return value < 0 ? 0 : Math.min(value, greatest);
  }

  static byte[] flipped(byte[] gray, int rows, int columns) {
    byte[] flipped = new byte[gray.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        flipped[row * columns + column] = gray[row * columns + columns - 1 - column];
      }
    }
    return flipped;
  }

  static byte[] blurred(byte[] gray, int rows, int columns, double sigma) {
    return StandardPreprocessor.of(
            new PreprocessingSpec(
                List.of(
                    new Resize(rows, columns, Resampling.NEAREST),
                    new GaussianBlur(sigma),
                    new ChannelReplication(1),
                    new Normalization(Normalization.Kind.UNIT_RANGE)),
                InputShape.Layout.CHANNELS_FIRST))
        .gray(Radiograph.ofGray8(rows, columns, gray));
  }
}
