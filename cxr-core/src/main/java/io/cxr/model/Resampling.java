package io.cxr.model;

/** The interpolation used to resize an image. */
public enum Resampling {
  /** Nearest pixel, as Keras {@code load_img} does by default and as Pillow defines it. */
  NEAREST,
  /** Bilinear with antialiasing when shrinking, equal to Pillow's {@code BILINEAR} bit for bit. */
  BILINEAR
}
