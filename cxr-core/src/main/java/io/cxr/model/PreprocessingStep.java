package io.cxr.model;

import java.util.Objects;

/** One preprocessing step. Steps before {@link Normalization} work on 8-bit gray pixels. */
public sealed interface PreprocessingStep {

  /**
   * Crops all four borders, where laterality markers and burned-in text are.
   *
   * @param fraction share of the rows cut at top and bottom, and of the columns cut at left and
   *     right, each {@code floor(fraction * size)} pixels; at least 0 and below 0.5
   */
  record BorderCrop(double fraction) implements PreprocessingStep {
    /** Checks the values. */
    public BorderCrop {
      if (!(fraction >= 0 && fraction < 0.5)) {
        throw new IllegalArgumentException(
            "Border crop: expected a fraction of at least 0 and below 0.5, found " + fraction);
      }
    }

    /**
     * How many pixels go at either end of an axis.
     *
     * @param fraction share of the axis
     * @param size pixels along the axis
     * @return {@code floor(fraction * size)}
     */
    public static int margin(double fraction, int size) {
      return (int) Math.floor(fraction * size);
    }
  }

  /** Global histogram equalisation, equal to OpenCV's {@code equalizeHist} within one level. */
  record HistogramEqualization() implements PreprocessingStep {}

  /**
   * Contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994), equal to
   * OpenCV's {@code createCLAHE} within one level.
   *
   * @param clipLimit how many times the mean a histogram bin may hold; above 0
   * @param tileRows tiles down, 1 to 256
   * @param tileColumns tiles across, 1 to 256
   */
  record Clahe(double clipLimit, int tileRows, int tileColumns) implements PreprocessingStep {
    /** Checks the values. */
    public Clahe {
      // The upper bound keeps a damaged model file from asking for a table of gigabytes.
      if (!(clipLimit > 0)
          || tileRows < 1
          || tileRows > 256
          || tileColumns < 1
          || tileColumns > 256) {
        throw new IllegalArgumentException(
            "CLAHE: expected a clip limit above 0 and 1 to 256 tiles an axis, found "
                + clipLimit
                + ", "
                + tileRows
                + " x "
                + tileColumns);
      }
    }
  }

  /**
   * Gaussian blur, equal to OpenCV's {@code GaussianBlur} with a kernel size of zero (chosen from
   * sigma) within one level.
   *
   * @param sigma standard deviation in pixels; above 0
   */
  record GaussianBlur(double sigma) implements PreprocessingStep {
    /** Checks the values. */
    public GaussianBlur {
      if (!(sigma > 0 && sigma <= 100)) {
        throw new IllegalArgumentException(
            "Gaussian blur: expected a sigma above 0 and at most 100 pixels, found " + sigma);
      }
    }
  }

  /**
   * Resizes the image to the network's input size, without keeping its aspect ratio.
   *
   * @param rows the number of rows afterwards, at least 1
   * @param columns the number of columns afterwards, at least 1
   * @param resampling the interpolation
   */
  record Resize(int rows, int columns, Resampling resampling) implements PreprocessingStep {
    /** Checks the values. */
    public Resize {
      Objects.requireNonNull(resampling, "resampling");
      if (rows < 1 || columns < 1) {
        throw new IllegalArgumentException(
            "Resize: expected at least 1 x 1, found " + rows + " x " + columns);
      }
    }
  }

  /**
   * Repeats the gray image in every channel.
   *
   * @param channels 1 or 3
   */
  record ChannelReplication(int channels) implements PreprocessingStep {
    /** Checks the values. */
    public ChannelReplication {
      if (channels != 1 && channels != 3) {
        throw new IllegalArgumentException(
            "Channel replication: expected 1 or 3 channels, found " + channels);
      }
    }
  }

  /**
   * Turns gray levels from 0 to 255 into the values that the network was trained on.
   *
   * @param kind how
   */
  record Normalization(Kind kind) implements PreprocessingStep {
    /** Checks the values. */
    public Normalization {
      Objects.requireNonNull(kind, "kind");
    }

    /** A way to normalise. */
    public enum Kind {
      /** Divided by 255: from 0 to 1. */
      UNIT_RANGE,
      /**
       * As Keras {@code preprocess_input} in Caffe mode: channels in BGR order, less the ImageNet
       * means 103.939, 116.779, 123.68. With one channel, less the mean of the three.
       */
      CAFFE_BGR_MEAN,
      /** Less the image's own mean, divided by its own standard deviation (at least 1). */
      Z_SCORE
    }
  }
}
