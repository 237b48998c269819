package io.cxr.preprocess;

import io.cxr.Preprocessor;
import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Turns a radiograph into a network's input by the steps of a {@link PreprocessingSpec}, on the
 * CPU: 8-bit gray pixels up to the replication of channels, then 32-bit floats. Thread-safe.
 *
 * <p>Between calls it keeps memory to work in, so that a call leaves next to no garbage: at most
 * {@value #MOST_KEPT_MIB} MiB for each processor; what an image larger than that needed is let go.
 *
 * <p>No radiograph is too small: each step takes an image of one pixel and leaves at least one.
 *
 * <p>The steps give what Pillow and OpenCV give; each {@link PreprocessingStep} says how closely.
 * One call needs a copy of the gray image and, for a resize of a megapixel, about 1 ms; half of
 * that where the JVM was started with {@code --add-modules jdk.incubator.vector}.
 */
public final class StandardPreprocessor implements Preprocessor {
  private static final int LEVELS = 256;

  private static final int MOST_KEPT_MIB = 32;

  private final PreprocessingSpec specification;
  private final InputShape inputShape;
  private final List<GrayFilter> filters;

  /** What each gray level becomes in each channel; none where that depends on the image. */
  private final List<float[]> fixedValues;

  /** Workspaces that no call is using. */
  private final BlockingQueue<Workspace> idle =
      new ArrayBlockingQueue<>(Runtime.getRuntime().availableProcessors());

  private StandardPreprocessor(PreprocessingSpec specification) {
    this.specification = specification;
    this.inputShape = specification.inputShape();
    List<PreprocessingStep> steps = specification.steps();
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
      } else if (!(step instanceof ChannelReplication
          || step instanceof Normalization
          || step instanceof ChannelNormalization)) {
        throw new IllegalArgumentException("Preprocessing: no code for step " + step);
      }
    }
    this.filters = List.copyOf(gray);
    this.fixedValues = specification.channelNormalization().map(StandardPreprocessor::fixedValues).orElse(List.of());
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
    Workspace workspace = lease();
    write(filtered(radiograph, workspace), workspace, destination);
    giveBack(workspace);
  }

  /**
   * Writes the bytes of {@link #gray} at the buffer's position and advances it by as many: the
   * input of a model that takes {@code uint8}, shape {@code [1, rows, columns]}, and replicates and
   * normalises by itself.
   *
   * @param radiograph a frontal chest radiograph
   * @param destination a buffer with room for {@code rows * columns} bytes; a direct one is fastest
   * @throws BufferOverflowException if there is no room; nothing is written then
   * @throws ReadOnlyBufferException if the buffer cannot be written
   */
  public void preprocessGray(Radiograph radiograph, ByteBuffer destination) {
    if (destination.isReadOnly()) {
      throw new ReadOnlyBufferException();
    }
    if (destination.remaining() < inputShape.rows() * inputShape.columns()) {
      throw new BufferOverflowException();
    }
    Workspace workspace = lease();
    GrayImage image = filtered(radiograph, workspace);
    destination.put(image.pixels, 0, image.size());
    giveBack(workspace);
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
    Workspace workspace = lease();
    byte[] gray = filtered(radiograph, workspace).toArray();
    giveBack(workspace);
    return gray;
  }

  /** The image lives in the workspace. */
  private GrayImage filtered(Radiograph radiograph, Workspace workspace) {
    int rows = radiograph.rows();
    int columns = radiograph.columns();
    byte[] pixels = workspace.pixels(rows * columns);
    radiograph.toGray8(pixels, 0);
    GrayImage image = new GrayImage(rows, columns, pixels);
    for (GrayFilter filter : filters) {
      image = filter.apply(image, workspace);
    }
    return image;
  }

  private Workspace lease() {
    Workspace workspace = idle.poll();
    return workspace == null ? new Workspace() : workspace;
  }

  /** Not called after a failure: what failed may have been too large to keep. */
  private void giveBack(Workspace workspace) {
    if (workspace.heldBytes() <= (long) MOST_KEPT_MIB << 20) {
      // If as many wait already, this one is garbage.
      idle.offer(workspace);
    }
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
        cut += BorderCrop.margin(crop.fraction(), resized - 2 * cut);
      } else if (step instanceof BorderCrop crop) {
        int margin = BorderCrop.margin(crop.fraction(), length);
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

  private void write(GrayImage image, Workspace workspace, FloatBuffer destination) {
    int channels = inputShape.channels();
    List<float[]> values = fixedValues.isEmpty() ? ownValues(image, channels) : fixedValues;
    int columns = image.columns;
    int size = image.size();
    byte[] gray = image.pixels;
    int position = destination.position();
    // A row at a time: bulk puts reach a direct buffer far faster than single ones.
    switch (inputShape.layout()) {
      case CHANNELS_FIRST -> {
        float[] line = workspace.floats(columns);
        for (int start = 0; start < size; start += columns) {
          for (int channel = 0; channel < channels; channel++) {
            float[] valueOf = values.get(channel);
            if (channel == 0 || valueOf != values.get(channel - 1)) {
              for (int column = 0; column < columns; column++) {
                line[column] = valueOf[gray[start + column] & 0xff];
              }
            }
            destination.put(position + channel * size + start, line, 0, columns);
          }
        }
      }
      case CHANNELS_LAST -> {
        float[] line = workspace.floats(columns * channels);
        for (int start = 0; start < size; start += columns) {
          for (int channel = 0; channel < channels; channel++) {
            float[] valueOf = values.get(channel);
            int next = channel;
            for (int column = 0; column < columns; column++) {
              line[next] = valueOf[gray[start + column] & 0xff];
              next += channels;
            }
          }
          destination.put(position + start * channels, line, 0, columns * channels);
        }
      }
    }
    destination.position(position + size * channels);
  }

  /** By channel, what each gray level becomes; channels that are alike share an array. */
  private static List<float[]> fixedValues(ChannelNormalization normalization) {
    List<float[]> values = new ArrayList<>();
    for (int channel = 0; channel < normalization.channels(); channel++) {
      float[] levels = new float[LEVELS];
      for (int level = 0; level < LEVELS; level++) {
        levels[level] = normalization.value(channel, level);
      }
      boolean same = channel > 0 && Arrays.equals(levels, values.get(channel - 1));
      values.add(same ? values.get(channel - 1) : levels);
    }
    return List.copyOf(values);
  }

  /** By channel, what each gray level becomes by the image's own mean and deviation. */
  private static List<float[]> ownValues(GrayImage image, int channels) {
    long sum = 0;
    long squares = 0;
    int size = image.size();
    for (int i = 0; i < size; i++) {
      int level = image.pixels[i] & 0xff;
      sum += level;
      squares += (long) level * level;
    }
    double mean = (double) sum / size;
    double variance = (double) squares / size - mean * mean;
    return Collections.nCopies(
        channels, levels(mean, Math.max(1, Math.sqrt(Math.max(0, variance)))));
  }

  private static float[] levels(double subtracted, double divisor) {
    float[] values = new float[LEVELS];
    for (int level = 0; level < LEVELS; level++) {
      values[level] = (float) ((level - subtracted) / divisor);
    }
    return values;
  }
}
