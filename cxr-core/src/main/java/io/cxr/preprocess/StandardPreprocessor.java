package io.cxr.preprocess;

import io.cxr.Preprocessor;
import io.cxr.preprocess.PreprocessingStep.BorderCrop;
import io.cxr.preprocess.PreprocessingStep.ChannelReplication;
import io.cxr.preprocess.PreprocessingStep.Clahe;
import io.cxr.preprocess.PreprocessingStep.GaussianBlur;
import io.cxr.preprocess.PreprocessingStep.HistogramEqualization;
import io.cxr.preprocess.PreprocessingStep.Normalization;
import io.cxr.preprocess.PreprocessingStep.Resize;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.nio.BufferOverflowException;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns a radiograph into a network's input by the steps of a {@link PreprocessingSpec}, on the
 * CPU: 8-bit gray pixels up to the replication of channels, then 32-bit floats. Thread-safe; it
 * keeps nothing between calls.
 *
 * <p>No radiograph is too small: each step takes an image of one pixel and leaves at least one.
 *
 * <p>The steps give what Pillow and OpenCV give; each {@link PreprocessingStep} says how closely.
 * One call needs a copy of the gray image and, for a resize of a megapixel, about 3 ms.
 */
public final class StandardPreprocessor implements Preprocessor {
  /** ImageNet's mean blue, green and red, as Keras {@code preprocess_input} has them. */
  private static final double[] CAFFE_BGR_MEANS = {103.939, 116.779, 123.68};

  private static final int LEVELS = 256;

  private final PreprocessingSpec specification;
  private final InputShape inputShape;
  private final Normalization.Kind normalization;
  private final List<GrayFilter> filters;

  private StandardPreprocessor(PreprocessingSpec specification) {
    this.specification = specification;
    this.inputShape = specification.inputShape();
    List<PreprocessingStep> steps = specification.steps();
    this.normalization = ((Normalization) steps.get(steps.size() - 1)).kind();
    List<GrayFilter> gray = new ArrayList<>();
    for (PreprocessingStep step : steps) {
      if (step instanceof BorderCrop crop) {
        gray.add(new FrameCropper(crop.fraction()));
      } else if (step instanceof HistogramEqualization) {
        gray.add(new HistogramEqualizer());
      } else if (step instanceof Clahe clahe) {
        gray.add(new ClaheEqualizer(clahe.clipLimit(), clahe.tileRows(), clahe.tileColumns()));
      } else if (step instanceof GaussianBlur blur) {
        gray.add(new GaussianFilter(blur.sigma()));
      } else if (step instanceof Resize resize) {
        gray.add(
            switch (resize.resampling()) {
              case NEAREST -> new NearestResampler(resize.rows(), resize.columns());
              case BILINEAR -> new BilinearResampler(resize.rows(), resize.columns());
            });
      } else if (!(step instanceof ChannelReplication || step instanceof Normalization)) {
        throw new IllegalArgumentException("Preprocessing: no code for step " + step);
      }
    }
    this.filters = List.copyOf(gray);
  }

  /**
   * A preprocessor for these steps.
   *
   * @param specification the steps, as a model file carries them
   * @return the preprocessor
   * @throws IllegalArgumentException if one sample would have more than 2<sup>31</sup> - 1 values
   */
  public static StandardPreprocessor of(PreprocessingSpec specification) {
    InputShape shape = specification.inputShape();
    if ((double) shape.channels() * shape.rows() * shape.columns() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "Preprocessing: expected at most "
              + Integer.MAX_VALUE
              + " values a sample, found "
              + shape
              + "; resize to less");
    }
    return new StandardPreprocessor(specification);
  }

  @Override
  public PreprocessingSpec specification() {
    return specification;
  }

  @Override
  public InputShape inputShape() {
    return inputShape;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The floats are in the axis order of {@link InputShape#layout()}: {@code [channel, row,
   * column]} or {@code [row, column, channel]}.
   *
   * @throws ReadOnlyBufferException if the buffer cannot be written
   */
  @Override
  public void preprocess(Radiograph radiograph, FloatBuffer destination) {
    if (destination.isReadOnly()) {
      throw new ReadOnlyBufferException();
    }
    if (destination.remaining() < inputShape.elements()) {
      throw new BufferOverflowException();
    }
    write(gray(radiograph), destination);
  }

  /**
   * The radiograph as the network sees it, before its channels are replicated and normalised: what
   * is worth keeping of an image that is trained on many times.
   *
   * @param radiograph a frontal chest radiograph
   * @return {@code rows * columns} unsigned bytes of {@link #inputShape()}, row by row; the
   *     caller's own
   */
  public byte[] gray(Radiograph radiograph) {
    GrayImage image = new GrayImage(radiograph.rows(), radiograph.columns(), radiograph.toGray8());
    for (GrayFilter filter : filters) {
      image = filter.apply(image);
    }
    return image.pixels;
  }

  /**
   * Where the network's input lies in a radiograph: what the crops leave of it, so that a heatmap
   * can be laid over the right place. A crop after the resize is carried back to the radiograph's
   * pixels and rounded outwards.
   *
   * @param rows the radiograph's rows, at least 1
   * @param columns the radiograph's columns, at least 1
   * @return the region, in the radiograph's pixels
   */
  public PixelRegion sourceRegion(int rows, int columns) {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "Radiograph: expected at least 1 x 1 pixels, found " + rows + " x " + columns);
    }
    Span down = covered(rows, true);
    Span across = covered(columns, false);
    return new PixelRegion(down.first, across.first, down.length, across.length);
  }

  /** A stretch of one axis. */
  private record Span(int first, int length) {}

  private Span covered(int size, boolean down) {
    int first = 0;
    int length = size;
    int resized = size;
    int cut = 0;
    boolean afterResize = false;
    for (PreprocessingStep step : specification.steps()) {
      if (step instanceof Resize resize) {
        afterResize = true;
        resized = down ? resize.rows() : resize.columns();
      } else if (step instanceof BorderCrop crop && afterResize) {
        cut += FrameCropper.margin(crop.fraction(), resized - 2 * cut);
      } else if (step instanceof BorderCrop crop) {
        int margin = FrameCropper.margin(crop.fraction(), length);
        first += margin;
        length -= 2 * margin;
      }
    }
    if (cut == 0) {
      return new Span(first, length);
    }
    long start = (long) cut * length / resized;
    long end = ((long) (resized - cut) * length + resized - 1) / resized;
    return new Span((int) (first + start), (int) (end - start));
  }

  private void write(byte[] gray, FloatBuffer destination) {
    int channels = inputShape.channels();
    float[][] values = new float[channels][];
    for (int channel = 0; channel < channels; channel++) {
      values[channel] = values(gray, channel);
    }
    int columns = inputShape.columns();
    // A row at a time: bulk puts reach a direct buffer far faster than single ones.
    switch (inputShape.layout()) {
      case CHANNELS_FIRST -> {
        float[] line = new float[columns];
        for (float[] valueOf : values) {
          for (int start = 0; start < gray.length; start += columns) {
            for (int column = 0; column < columns; column++) {
              line[column] = valueOf[gray[start + column] & 0xff];
            }
            destination.put(line);
          }
        }
      }
      case CHANNELS_LAST -> {
        float[] line = new float[columns * channels];
        for (int start = 0; start < gray.length; start += columns) {
          int next = 0;
          for (int column = 0; column < columns; column++) {
            int level = gray[start + column] & 0xff;
            for (float[] valueOf : values) {
              line[next++] = valueOf[level];
            }
          }
          destination.put(line);
        }
      }
    }
  }

  /** What each gray level becomes in a channel. */
  private float[] values(byte[] gray, int channel) {
    return switch (normalization) {
      case UNIT_RANGE -> levels(0, 255);
      case CAFFE_BGR_MEAN -> levels(caffeMean(channel), 1);
      case Z_SCORE -> {
        long sum = 0;
        long squares = 0;
        for (byte pixel : gray) {
          int level = pixel & 0xff;
          sum += level;
          squares += (long) level * level;
        }
        double mean = (double) sum / gray.length;
        double variance = (double) squares / gray.length - mean * mean;
        yield levels(mean, Math.max(1, Math.sqrt(Math.max(0, variance))));
      }
    };
  }

  private double caffeMean(int channel) {
    return inputShape.channels() == CAFFE_BGR_MEANS.length
        ? CAFFE_BGR_MEANS[channel]
        : (CAFFE_BGR_MEANS[0] + CAFFE_BGR_MEANS[1] + CAFFE_BGR_MEANS[2]) / CAFFE_BGR_MEANS.length;
  }

  private static float[] levels(double subtracted, double divisor) {
    float[] values = new float[LEVELS];
    for (int level = 0; level < LEVELS; level++) {
      values[level] = (float) ((level - subtracted) / divisor);
    }
    return values;
  }
}
