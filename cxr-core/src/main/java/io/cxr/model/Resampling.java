package io.cxr.model;

/** The interpolation used to resize an image. */
public enum Resampling {
  /** Nearest pixel, as Keras {@code load_img} does by default and as Pillow defines it. */
  NEAREST,
  /** Bilinear with antialiasing when shrinking, equal to Pillow's {@code BILINEAR} bit for bit. */
  BILINEAR,
  /**
   * Cubic convolution (a = -0.5) with antialiasing when shrinking, equal to Pillow's {@code
   * BICUBIC} bit for bit: along the rows first, then down the columns, 8 bits in between, weights
   * with 22 bits after the point.
   */
  BICUBIC,
  /**
   * The mean of the area that a pixel covers, as OpenCV's {@code INTER_AREA} when it shrinks. Pixel
   * {@code i} of {@code to} covers {@code [i * from, (i + 1) * from)} of an axis on which each of
   * {@code from} source pixels is {@code to} long, so all weights are integers, and their products
   * by row and column sum to {@code fromRows * fromColumns}. The one division rounds to the
   * nearest, halves to even; where both axes are halved, halves up, as OpenCV does there. OpenCV
   * computes in 32-bit floats, so that a value very near a half may round to the other side.
   */
  AREA
}
