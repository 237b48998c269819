package io.cxr.train.export;

import ai.onnxruntime.OrtException;
import io.cxr.error.ModelFormatException;
import io.cxr.train.network.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs another's network on an image of noise, as it is in its file and as it would be in ours, to
 * learn the shape of a value and to see that both give the same for each image of a batch.
 */
final class OnnxBaseTrial {
  private static final double TOLERANCE = 1e-3;

  private final String fileName;
  private final Shape images;
  private final boolean channelsLast;
  private final int batch;
  private final float[] image;

  /**
   * Prepares an image.
   *
   * @param fileName the file, for messages
   * @param images the shape of an image
   * @param channelsLast how the file takes it
   * @param batch how many images the file takes at once
   */
  OnnxBaseTrial(String fileName, Shape images, boolean channelsLast, int batch) {
    this.fileName = fileName;
    this.images = images;
    this.channelsLast = channelsLast;
    this.batch = batch;
    this.image = noise(1);
  }

  /**
   * A result: its axes, that of the batch first, none where it is not of 32-bit floats, and the
   * values of all images.
   */
  static final class Value {
    private final long[] sizes;
    private final float[] values;

    Value(long[] sizes, float[] values) {
      this.sizes = sizes;
      this.values = values;
    }

    long[] sizes() {
      return sizes;
    }

    float[] values() {
      return values;
    }

    /** One image of a batch. */
    private float[] of(int index) {
      int each = values.length / (int) sizes[0];
      return Arrays.copyOfRange(values, index * each, (index + 1) * each);
    }

    String describe() {
      long[] rest = Arrays.copyOfRange(sizes, 1, sizes.length);
      return Arrays.toString(rest).replace("[", "[N, ");
    }
  }

  private float[] noise(long seed) {
    return TensorRun.noise(images.elements(), seed);
  }

  /** What the file gives for the image, which fills its batch. */
  Map<String, Value> original(byte[] model, String input, List<String> outputs) {
    float[] one = channelsLast ? channelsLast(image) : image;
    float[] values = new float[batch * one.length];
    for (int i = 0; i < batch; i++) {
      System.arraycopy(one, 0, values, i * one.length, one.length);
    }
    long[] sizes =
        channelsLast
            ? new long[] {batch, images.rows(), images.columns(), images.channels()}
            : new long[] {batch, images.channels(), images.rows(), images.columns()};
    try {
      return run(model, input, values, sizes, outputs);
    } catch (OrtException e) {
      throw new ModelFormatException(
          fileName + ": expected a network that ONNX Runtime runs, found: " + e.getMessage(), e);
    }
  }

  /**
   * Compares what the file gives with what the features of a model of ours are.
   *
   * @throws ModelFormatException if they differ, for the image alone or in a batch
   */
  void compare(Value original, Operation.OnnxSubgraph base, byte[] features) {
    float[] two = Arrays.copyOf(image, 2 * image.length);
    System.arraycopy(noise(2), 0, two, image.length, image.length);
    long[] sizes = {2, images.channels(), images.rows(), images.columns()};
    Value found;
    try {
      found =
          Objects.requireNonNull(
              run(features, OnnxExporter.INPUT, two, sizes, List.of(OnnxExporter.FEATURES))
                  .get(OnnxExporter.FEATURES));
    } catch (OrtException e) {
      throw refusal("an error: " + e.getMessage(), e);
    }
    Shape shape = base.shape();
    long[] expected = {2, shape.channels(), shape.rows(), shape.columns()};
    if (!Arrays.equals(expected, found.sizes())) {
      throw refusal("features of shape " + Arrays.toString(found.sizes()), null);
    }
    float[] alone = original.of(0);
    if (base.value().channelsLast()) {
      alone = channelsFirst(alone, shape);
    }
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < alone.length; i++) {
      largest = Math.max(largest, Math.abs(alone[i]));
      double each = Math.abs(alone[i] - found.of(0)[i]);
      difference = each <= difference ? difference : each; // NaN goes on.
    }
    if (!(difference <= TOLERANCE * Math.max(largest, 1e-6))) {
      throw refusal("features that differ by " + difference + ", of up to " + largest, null);
    }
  }

  private ModelFormatException refusal(String found, @Nullable Exception cause) {
    String message =
        fileName
            + ": expected a network that gives the same for an image alone and in a batch of two,"
            + " found "
            + found
            + ". Export it with an open batch axis, for inference.";
    return cause == null
        ? new ModelFormatException(message)
        : new ModelFormatException(message, cause);
  }

  private static Map<String, Value> run(
      byte[] model, String input, float[] values, long[] sizes, List<String> outputs)
      throws OrtException {
    Map<String, Value> found = new LinkedHashMap<>();
    TensorRun.run(model, input, values, sizes, outputs)
        .forEach(
            (name, value) ->
                found.put(
                    name,
                    value.isOther()
                        ? new Value(new long[0], new float[0])
                        : new Value(value.sizes(), value.values())));
    return found;
  }

  private float[] channelsLast(float[] from) {
    int channels = images.channels();
    int positions = images.positions();
    float[] to = new float[from.length];
    for (int i = 0; i < from.length; i++) {
      to[i % positions * channels + i / positions] = from[i];
    }
    return to;
  }

  private static float[] channelsFirst(float[] from, Shape shape) {
    float[] to = new float[from.length];
    for (int i = 0; i < from.length; i++) {
      to[i % shape.channels() * shape.positions() + i / shape.channels()] = from[i];
    }
    return to;
  }
}
