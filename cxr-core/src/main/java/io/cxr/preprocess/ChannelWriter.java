package io.cxr.preprocess;

import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The last two steps of a specification: repeats a gray image in every channel and normalises it.
 * Immutable and thread-safe.
 */
final class ChannelWriter {
  private static final int LEVELS = 256;

  private final InputShape shape;

  /** What each gray level becomes in each channel; none where that depends on the image. */
  private final List<float[]> fixedValues;

  ChannelWriter(PreprocessingSpec specification) {
    this.shape = specification.inputShape();
    this.fixedValues =
        specification.channelNormalization().map(ChannelWriter::fixedValues).orElse(List.of());
  }

  /**
   * Writes one sample at the buffer's position and advances it.
   *
   * @param image of the shape's rows and columns
   * @param workspace memory to work in; the image may live there
   */
  void write(GrayImage image, Workspace workspace, FloatBuffer destination) {
    int channels = shape.channels();
    List<float[]> values = fixedValues.isEmpty() ? ownValues(image, channels) : fixedValues;
    int columns = image.columns;
    int size = image.size();
    byte[] gray = image.pixels;
    int position = destination.position();
    // A row at a time: bulk puts reach a direct buffer far faster than single ones.
    switch (shape.layout()) {
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
