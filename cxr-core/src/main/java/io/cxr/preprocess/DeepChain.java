package io.cxr.preprocess;

import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.FullDepth;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import io.cxr.radiograph.Radiograph;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;

/**
 * All steps of a specification of {@link FullDepth}, on 16-bit gray. It takes memory for each call.
 * Immutable and thread-safe.
 */
final class DeepChain {
  private static final int WHITE = 0xffff;

  private final PreprocessingSpec specification;
  private final InputShape shape;
  private final Optional<ChannelNormalization> fixed;

  DeepChain(PreprocessingSpec specification) {
    this.specification = specification;
    this.shape = specification.inputShape();
    this.fixed = specification.channelNormalization();
  }

  /** A part of an image, or all of it: levels from 0 to 65535, row by row. */
  private static final class Deep {
    final int rows;
    final int columns;
    final char[] levels;

    Deep(int rows, int columns, char[] levels) {
      this.rows = rows;
      this.columns = columns;
      this.levels = levels;
    }

    Deep crop(int top, int left, int height, int width) {
      char[] cut = new char[height * width];
      for (int row = 0; row < height; row++) {
        System.arraycopy(levels, (top + row) * columns + left, cut, row * width, width);
      }
      return new Deep(height, width, cut);
    }
  }

  /** Writes one sample at the buffer's position and advances it. */
  void write(Radiograph radiograph, FloatBuffer destination) {
    Deep image = levels(radiograph);
    for (PreprocessingStep step : specification.steps()) {
      image = apply(step, image);
    }
    ChannelNormalization normalization = fixed.orElse(null);
    if (normalization == null) {
      normalization = own(image);
    }
    int size = image.levels.length;
    float[] values = new float[shape.elements()];
    boolean first = shape.layout() == InputShape.Layout.CHANNELS_FIRST;
    for (int channel = 0; channel < shape.channels(); channel++) {
      for (int i = 0; i < size; i++) {
        double level = (double) image.levels[i] / FullDepth.PER_LEVEL;
        values[first ? channel * size + i : i * shape.channels() + channel] =
            normalization.of(channel, level);
      }
    }
    destination.put(values);
  }

  private static Deep levels(Radiograph radiograph) {
    short[] gray = radiograph.toGray16();
    char[] levels = new char[gray.length];
    for (int i = 0; i < gray.length; i++) {
      levels[i] = (char) gray[i];
    }
    return new Deep(radiograph.rows(), radiograph.columns(), levels);
  }

  private static Deep apply(PreprocessingStep step, Deep image) {
    int rows = image.rows;
    int columns = image.columns;
    if (step instanceof BorderCrop crop) {
      int top = BorderCrop.margin(crop.fraction(), rows);
      int left = BorderCrop.margin(crop.fraction(), columns);
      return image.crop(top, left, rows - 2 * top, columns - 2 * left);
    } else if (step instanceof CentreCrop) {
      int side = Math.min(rows, columns);
      return image.crop(CentreCrop.first(rows, side), CentreCrop.first(columns, side), side, side);
    } else if (step instanceof SquarePad pad) {
      return padded(image, (char) (pad.level() * FullDepth.PER_LEVEL));
    } else if (step instanceof Resize resize) {
      char[] resized = new char[Math.multiplyExact(resize.rows(), resize.columns())];
      LevelArithmetic.resize(
          new LevelArithmetic.Levels(rows, columns, WHITE, i -> image.levels[i]),
          resize,
          (i, level) -> resized[i] = (char) level);
      return new Deep(resize.rows(), resize.columns(), resized);
    }
    return image;
  }

  private static Deep padded(Deep image, char level) {
    SquarePadder.requireRoom(image.rows, image.columns);
    int side = Math.max(image.rows, image.columns);
    int top = SquarePad.before(image.rows, side);
    int left = SquarePad.before(image.columns, side);
    char[] levels = new char[side * side];
    Arrays.fill(levels, level);
    for (int row = 0; row < image.rows; row++) {
      System.arraycopy(
          image.levels, row * image.columns, levels, (top + row) * side + left, image.columns);
    }
    return new Deep(side, side, levels);
  }

  /** By the image's own mean and deviation. */
  private ChannelNormalization own(Deep image) {
    long sum = 0;
    long squares = 0;
    for (char level : image.levels) {
      sum += level;
      squares += (long) level * level;
    }
    double size = image.levels.length;
    double mean = sum / size / FullDepth.PER_LEVEL;
    double perLevel = (double) FullDepth.PER_LEVEL * FullDepth.PER_LEVEL;
    double variance = Math.max(0, squares / size / perLevel - mean * mean);
    return new ChannelNormalization(
        Collections.nCopies(shape.channels(), mean),
        Collections.nCopies(shape.channels(), Math.max(1, Math.sqrt(variance))));
  }
}
