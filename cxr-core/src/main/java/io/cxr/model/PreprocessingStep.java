package io.cxr.model;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One preprocessing step. Steps before {@link Normalization} or {@link ChannelNormalization} work
 * on 8-bit gray pixels.
 */
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
    /** What the kernel's weights sum to. */
    private static final int ONE = 256;

    /** Checks the values. */
    public GaussianBlur {
      if (!(sigma > 0 && sigma <= 100)) {
        throw new IllegalArgumentException(
            "Gaussian blur: expected a sigma above 0 and at most 100 pixels, found " + sigma);
      }
    }

    /**
     * The kernel along either axis, {@code round(6 * sigma + 1) | 1} weights in 256ths, none below
     * 0. What rounding takes from one weight the next one gets back, from the end to the middle,
     * and the middle one takes the rest: so a constant image stays as it is.
     *
     * @return an odd number of weights with sum 256; the caller's own
     */
    public int[] kernel() {
      int size = (int) Math.rint(sigma * 6 + 1) | 1;
      int middle = size / 2;
      double[] exact = new double[size];
      double sum = 0;
      for (int i = 0; i < size; i++) {
        double distance = i - middle;
        exact[i] = Math.exp(-distance * distance / (2 * sigma * sigma));
        sum += exact[i];
      }
      int[] weights = new int[size];
      int given = 0;
      double carried = 0;
      for (int i = 0; i < middle; i++) {
        double wanted = exact[i] / sum * ONE + carried;
        weights[i] = (int) Math.rint(wanted);
        weights[size - 1 - i] = weights[i];
        carried = wanted - weights[i];
        given += 2 * weights[i];
      }
      weights[middle] = ONE - given;
      return weights;
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
    /** The highest gray level. */
    private static final double HIGHEST = 255;

    /** ImageNet's mean blue, green and red, as Keras {@code preprocess_input} has them. */
    private static final double[] CAFFE_BGR_MEANS = {103.939, 116.779, 123.68};

    /** ImageNet's mean red, green and blue, as Keras {@code preprocess_input} has them. */
    private static final double[] TORCH_MEANS = {0.485 * HIGHEST, 0.456 * HIGHEST, 0.406 * HIGHEST};

    private static final double[] TORCH_DEVIATIONS = {
      0.229 * HIGHEST, 0.224 * HIGHEST, 0.225 * HIGHEST
    };

    /** Checks the values. */
    public Normalization {
      Objects.requireNonNull(kind, "kind");
    }

    /**
     * The same as numbers for each channel.
     *
     * @param channels 1 or 3
     * @return the normalisation of as many channels; empty for {@link Kind#Z_SCORE}, which depends
     *     on the image
     */
    public Optional<ChannelNormalization> byChannel(int channels) {
      return switch (kind) {
        case UNIT_RANGE -> Optional.of(ChannelNormalization.alike(channels, 0, HIGHEST));
        case SIGNED_UNIT_RANGE ->
            Optional.of(ChannelNormalization.alike(channels, HIGHEST / 2, HIGHEST / 2));
        case CAFFE_BGR_MEAN ->
            Optional.of(
                ChannelNormalization.ofColors(channels, CAFFE_BGR_MEANS, new double[] {1, 1, 1}));
        case TORCH_MEAN_DEVIATION ->
            Optional.of(ChannelNormalization.ofColors(channels, TORCH_MEANS, TORCH_DEVIATIONS));
        case Z_SCORE -> Optional.empty();
      };
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
      Z_SCORE,
      /**
       * As Keras {@code preprocess_input} in TensorFlow mode: divided by 127.5, less 1, from -1 to
       * 1.
       */
      SIGNED_UNIT_RANGE,
      /**
       * As Keras {@code preprocess_input} in Torch mode: divided by 255, then in RGB order less the
       * ImageNet means 0.485, 0.456, 0.406 and divided by the deviations 0.229, 0.224, 0.225. With
       * one channel, the mean of the three each.
       */
      TORCH_MEAN_DEVIATION
    }
  }

  /**
   * Turns gray levels from 0 to 255 into {@code (level - mean) / deviation}, by numbers of each
   * channel's own: any scaling and shift that a network was trained with.
   *
   * @param means one gray level a channel; 1 or 3, finite
   * @param deviations what each channel is divided by; as many, not 0, finite. A negative one turns
   *     dark into bright
   */
  record ChannelNormalization(List<Double> means, List<Double> deviations)
      implements PreprocessingStep {
    /** Checks the values. */
    public ChannelNormalization {
      means = List.copyOf(means);
      deviations = List.copyOf(deviations);
      boolean fits = means.size() == deviations.size() && (means.size() == 1 || means.size() == 3);
      for (int channel = 0; fits && channel < means.size(); channel++) {
        // The network takes 32-bit numbers, which must be finite too.
        fits =
            Float.isFinite((float) ((0 - means.get(channel)) / deviations.get(channel)))
                && Float.isFinite((float) ((255 - means.get(channel)) / deviations.get(channel)))
                && Double.isFinite(deviations.get(channel));
      }
      if (!fits) {
        throw new IllegalArgumentException(
            "Channel normalization: expected 1 or 3 finite means, and as many finite deviations"
                + " other than 0 that leave values of 32 bits, found means "
                + means
                + ", deviations "
                + deviations);
      }
    }

    /** The same numbers for each channel. */
    private static ChannelNormalization alike(int channels, double mean, double deviation) {
      return new ChannelNormalization(
          Collections.nCopies(channels, mean), Collections.nCopies(channels, deviation));
    }

    /** The numbers of three channels, or for one channel their means. */
    private static ChannelNormalization ofColors(
        int channels, double[] means, double[] deviations) {
      return channels == 1
          ? new ChannelNormalization(List.of(mean(means)), List.of(mean(deviations)))
          : new ChannelNormalization(
              List.of(means[0], means[1], means[2]),
              List.of(deviations[0], deviations[1], deviations[2]));
    }

    private static double mean(double[] colors) {
      return (colors[0] + colors[1] + colors[2]) / colors.length;
    }

    /**
     * The number of channels.
     *
     * @return 1 or 3
     */
    public int channels() {
      return means.size();
    }

    /**
     * What a gray level becomes.
     *
     * @param channel from 0
     * @param level from 0 to 255
     * @return {@code (level - mean) / deviation}, rounded once
     */
    public float value(int channel, int level) {
      return (float) ((level - means.get(channel)) / deviations.get(channel));
    }
  }
}
