package io.cxr.preprocess;

import io.cxr.Preprocessor;
import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;

/**
 * Turns a radiograph into a network's input by the steps of a {@link PreprocessingSpec}, on the
 * CPU: 8-bit gray pixels up to the replication of channels, then 32-bit floats. Thread-safe.
 *
 * <p>Between calls it keeps memory to work in, so that a call leaves next to no garbage: at most
 * 32 MiB for each processor; what an image larger than that needed is let go.
 *
 * <p>No radiograph is too small: each step takes an image of one pixel and leaves at least one.
 *
 * <p>The steps give what Pillow and OpenCV give; each {@link PreprocessingStep} says how closely.
 * One call needs a copy of the gray image and, for a resize of a megapixel, about 1 ms; half of
 * that where the JVM was started with {@code --add-modules jdk.incubator.vector}.
 */
public final class StandardPreprocessor implements Preprocessor {
  private final PreprocessingSpec specification;
  private final InputShape inputShape;
  private final GrayChain gray;
  private final ChannelWriter channels;
  private final WorkspacePool workspaces = new WorkspacePool();

  private StandardPreprocessor(PreprocessingSpec specification) {
    this.specification = specification;
    this.inputShape = specification.inputShape();
    this.gray = new GrayChain(specification);
    this.channels = new ChannelWriter(specification);
  }

  /**
   * A preprocessor for these steps.
   *
   * @param specification the steps, as a model file carries them
   * @return the preprocessor
   * @throws IllegalArgumentException if one sample would have more than 2<sup>31</sup> - 1 values
   */
  public static StandardPreprocessor of(PreprocessingSpec specification) {
    requireSize(specification);
    return new StandardPreprocessor(specification);
  }

  /** Refuses a sample that no buffer can hold. */
  static void requireSize(PreprocessingSpec specification) {
    InputShape shape = specification.inputShape();
    if ((double) shape.channels() * shape.rows() * shape.columns() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "Preprocessing: expected at most "
              + Integer.MAX_VALUE
              + " values a sample, found "
              + shape
              + "; resize to less");
    }
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
    Workspace workspace = workspaces.lease();
    channels.write(gray.apply(radiograph, workspace), workspace, destination);
    workspaces.giveBack(workspace);
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
    Workspace workspace = workspaces.lease();
    GrayImage image = gray.apply(radiograph, workspace);
    destination.put(image.pixels, 0, image.size());
    workspaces.giveBack(workspace);
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
    Workspace workspace = workspaces.lease();
    byte[] pixels = gray.apply(radiograph, workspace).toArray();
    workspaces.giveBack(workspace);
    return pixels;
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
}
