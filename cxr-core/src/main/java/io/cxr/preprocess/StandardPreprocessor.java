package io.cxr.preprocess;

import io.cxr.Preprocessor;
import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Optional;

/**
 * Turns a radiograph into a network's input by the steps of a {@link PreprocessingSpec}, on the
 * CPU: 8-bit gray pixels up to the replication of channels, then 32-bit floats. Thread-safe.
 *
 * <p>Between calls it keeps memory to work in, so that a call leaves next to no garbage: at most 32
 * MiB for each processor; what an image larger than that needed is let go.
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

  /** All steps, where they keep all bits. */
  private final Optional<DeepChain> deep;

  private final WorkspacePool workspaces = new WorkspacePool();

  private StandardPreprocessor(PreprocessingSpec specification) {
    this.specification = specification;
    this.inputShape = specification.inputShape();
    this.gray = new GrayChain(specification);
    this.channels = new ChannelWriter(specification);
    this.deep =
        specification.fullDepth() ? Optional.of(new DeepChain(specification)) : Optional.empty();
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
    if (deep.isPresent()) {
      deep.get().write(radiograph, destination);
      return;
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
   * is worth keeping of an image that is trained on many times. Of steps that keep all bits, what
   * they would give in 8 bits.
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
   * pixels and rounded outwards. What a pad added is no part of it ({@link #visiblePart}).
   *
   * @param rows the radiograph's rows, at least 1
   * @param columns the radiograph's columns, at least 1
   * @return the region, in the radiograph's pixels
   */
  public PixelRegion sourceRegion(int rows, int columns) {
    View view = view(rows, columns);
    int top = view.down.first(rows);
    int left = view.across.first(columns);
    return new PixelRegion(top, left, view.down.last(rows) - top, view.across.last(columns) - left);
  }

  /**
   * Which part of the network's input shows the radiograph: all of it, unless a step pads.
   *
   * @param rows the radiograph's rows, at least 1
   * @param columns the radiograph's columns, at least 1
   * @return the part, from 0 to 1 of each axis of the input
   */
  public VisiblePart visiblePart(int rows, int columns) {
    View view = view(rows, columns);
    return new VisiblePart(
        view.down.visibleStart(),
        view.across.visibleStart(),
        view.down.visibleEnd(rows),
        view.across.visibleEnd(columns));
  }

  /**
   * A part of an input, each edge from 0 to 1 of the axis.
   *
   * @param top where it begins down the rows
   * @param left where it begins along a row
   * @param bottom where it ends
   * @param right where it ends
   */
  public record VisiblePart(double top, double left, double bottom, double right) {
    /**
     * Whether it is all of the input.
     *
     * @return whether no edge lies inside
     */
    public boolean isAll() {
      return top == 0 && left == 0 && bottom == 1 && right == 1;
    }
  }

  /** Where both axes of the image at hand lie in the radiograph. */
  private static final class View {
    final Axis down;
    final Axis across;

    View(int rows, int columns) {
      this.down = new Axis(rows);
      this.across = new Axis(columns);
    }

    void toSquare(int side) {
      boolean pads = side > Math.min(down.size, across.size);
      for (Axis axis : new Axis[] {down, across}) {
        int before = pads ? -SquarePad.before(axis.size, side) : CentreCrop.first(axis.size, side);
        axis.cut(before, before + side);
      }
    }
  }

  /** One axis of the image at hand. */
  private static final class Axis {
    /** Rounding moves an edge by less. */
    private static final double NEAR = 1e-9;

    int size;
    double start;
    double end;

    Axis(int size) {
      this.size = size;
      this.end = size;
    }

    /** Leaves the pixels from one to before another; beyond the image, pixels are added. */
    void cut(int from, int to) {
      double pixel = (end - start) / size;
      double before = start;
      start = before + from * pixel;
      end = to == size ? end : before + to * pixel;
      size = to - from;
    }

    /** At least one pixel is seen, or said to be: crops after a pad may leave the pad alone. */
    int first(int whole) {
      return (int) Math.max(0, Math.min(whole - 1, Math.floor(start + NEAR)));
    }

    int last(int whole) {
      return (int) Math.max(first(whole) + 1, Math.min(whole, Math.ceil(end - NEAR)));
    }

    double visibleStart() {
      return start < -NEAR ? Math.min(1, -start / (end - start)) : 0;
    }

    double visibleEnd(int whole) {
      return end > whole + NEAR ? Math.max(0, (whole - start) / (end - start)) : 1;
    }
  }

  private View view(int rows, int columns) {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "Radiograph: expected at least 1 x 1 pixels, found " + rows + " x " + columns);
    }
    View view = new View(rows, columns);
    for (PreprocessingStep step : specification.steps()) {
      if (step instanceof Resize resize) {
        view.down.size = resize.rows();
        view.across.size = resize.columns();
      } else if (step instanceof BorderCrop crop) {
        for (Axis axis : new Axis[] {view.down, view.across}) {
          int margin = BorderCrop.margin(crop.fraction(), axis.size);
          axis.cut(margin, axis.size - margin);
        }
      } else if (step instanceof CentreCrop) {
        view.toSquare(Math.min(view.down.size, view.across.size));
      } else if (step instanceof SquarePad) {
        view.toSquare(Math.max(view.down.size, view.across.size));
      }
    }
    return view;
  }
}
