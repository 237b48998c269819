package io.cxr.onnx;

import ai.onnxruntime.OnnxTensor;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.error.InferenceException;
import io.cxr.error.ModelFormatException;
import io.cxr.model.InputShape;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * A network's frozen base: it computes from preprocessed radiographs the feature maps on which a
 * classification head is trained. It has no labels and no model card.
 *
 * <p>The graph has one input {@code input} {@code [batch, channel, row, column]} and an output
 * {@code features} {@code [batch, channel, row, column]}, both 32-bit floats. The batch axis must
 * be dynamic.
 *
 * <p>Thread-safe, as long as two calls do not share a buffer. The code that opens an extractor must
 * close it.
 */
public final class FeatureExtractor implements AutoCloseable {
  private static final String INPUT = "input";
  private static final String FEATURES = "features";

  private final NativeSession session;
  private final InputShape inputShape;
  private final long[] featureShape;
  private final int featureCount;

  /** As many as there are, whatever the device: batches of one length follow one another. */
  private final BatchSizes sizes = new BatchSizes(false, Integer.MAX_VALUE);

  private final CallsInFlight calls = new CallsInFlight("This feature extractor");

  private FeatureExtractor(NativeSession session) {
    this.session = session;
    this.inputShape = checkedInput(session);
    this.featureShape = checkedFeatures(session, inputShape);
    this.featureCount =
        Math.toIntExact(Arrays.stream(featureShape).skip(1).reduce(1, Math::multiplyExact));
  }

  /**
   * Opens a frozen base on the CPU.
   *
   * @param file an ONNX file
   * @param threads the number of threads that share the work of one layer, at least 1
   * @return the extractor; the caller closes it
   * @throws IOException if the file is missing, a directory or unreadable
   * @throws ModelFormatException if it is not an ONNX model or has other inputs and outputs
   */
  public static FeatureExtractor open(Path file, int threads) throws IOException {
    return open(file, SessionSettings.cpu(threads));
  }

  /**
   * Opens a frozen base from memory on the CPU.
   *
   * @param model the bytes of an ONNX file; not kept
   * @param threads the number of threads that share the work of one layer, at least 1
   * @return the extractor; the caller closes it
   * @throws ModelFormatException if it is not an ONNX model or has other inputs and outputs
   */
  public static FeatureExtractor open(byte[] model, int threads) {
    return open(model, SessionSettings.cpu(threads));
  }

  /**
   * Opens a frozen base.
   *
   * @param file an ONNX file
   * @param settings where and how it runs
   * @return the extractor; the caller closes it
   * @throws IOException if the file is missing, a directory or unreadable
   * @throws ModelFormatException if it is not an ONNX model or has other inputs and outputs
   * @throws DeviceUnavailableException if the device or one of its libraries is missing
   */
  public static FeatureExtractor open(Path file, SessionSettings settings) throws IOException {
    byte[] model = NativeSession.read(file);
    return settings.open(chosen -> open(model, "Frozen base " + file, chosen));
  }

  /**
   * Opens a frozen base from memory.
   *
   * @param model the bytes of an ONNX file; not kept
   * @param settings where and how it runs
   * @return the extractor; the caller closes it
   * @throws ModelFormatException if it is not an ONNX model or has other inputs and outputs
   * @throws DeviceUnavailableException if the device or one of its libraries is missing
   */
  public static FeatureExtractor open(byte[] model, SessionSettings settings) {
    return settings.open(chosen -> open(model, "Frozen base", chosen));
  }

  private static FeatureExtractor open(byte[] model, String origin, SessionSettings settings) {
    NativeSession session = NativeSession.open(model, origin, settings);
    try {
      FeatureExtractor extractor = new FeatureExtractor(session);
      session.requireOnDevice(Map.of(INPUT, sizesOfOne(extractor.inputShape)));
      return extractor;
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static long[] sizesOfOne(InputShape input) {
    return new long[] {1, input.channels(), input.rows(), input.columns()};
  }

  private static InputShape checkedInput(NativeSession session) {
    long[] shape = session.inputShape(INPUT);
    if (!session.inputNames().equals(Set.of(INPUT))
        || shape.length != 4
        || shape[0] != NativeSession.OPEN_AXIS
        || (shape[1] != 1 && shape[1] != 3)
        || shape[2] < 1
        || shape[3] < 1) {
      throw new ModelFormatException(
          session.origin()
              + ": expected one input 'input' of shape [batch, 1 or 3 channels, rows, columns] with"
              + " an open batch axis, found "
              + session.inputNames()
              + " of shape "
              + Arrays.toString(shape)
              + ". Export the frozen base again.");
    }
    return new InputShape(
        Math.toIntExact(shape[1]),
        Math.toIntExact(shape[2]),
        Math.toIntExact(shape[3]),
        InputShape.Layout.CHANNELS_FIRST);
  }

  private static long[] checkedFeatures(NativeSession session, InputShape input) {
    long[] declared = session.outputShape(FEATURES);
    long[] shape = declared;
    if (Arrays.stream(declared).skip(1).anyMatch(size -> size == NativeSession.OPEN_AXIS)) {
      shape =
          session.measureOutputs(Map.of(INPUT, sizesOfOne(input))).getOrDefault(FEATURES, declared);
    }
    if (shape.length != 4 || declared[0] != NativeSession.OPEN_AXIS) {
      throw new ModelFormatException(
          session.origin()
              + ": expected an output 'features' of shape [batch, channels, rows, columns] with an"
              + " open batch axis, found shape "
              + Arrays.toString(declared)
              + ". Export the frozen base again.");
    }
    return shape;
  }

  /**
   * The shape of one sample of the input.
   *
   * @return channels, rows and columns, channels first
   */
  public InputShape inputShape() {
    return inputShape;
  }

  /**
   * The number of channels of the feature maps.
   *
   * @return at least 1
   */
  public int featureChannels() {
    return Math.toIntExact(featureShape[1]);
  }

  /**
   * The number of rows of the feature maps.
   *
   * @return at least 1
   */
  public int featureRows() {
    return Math.toIntExact(featureShape[2]);
  }

  /**
   * The number of columns of the feature maps.
   *
   * @return at least 1
   */
  public int featureColumns() {
    return Math.toIntExact(featureShape[3]);
  }

  /**
   * The number of feature values of one sample.
   *
   * @return channels times rows times columns of the feature maps
   */
  public int featureCount() {
    return featureCount;
  }

  /**
   * Computes features. Reads {@code count} samples from the position of {@code inputs}, writes
   * {@code count} times {@link #featureCount()} values {@code [channel, row, column]} at the
   * position of {@code features}, and advances both positions. Nothing is copied.
   *
   * @param inputs preprocessed samples; direct, in native byte order
   * @param count the number of samples, at least 1; all in one native run, or in smaller ones where
   *     that fails, as a card's memory ends
   * @param features where the features go; direct, in native byte order
   * @throws IllegalArgumentException if a buffer is too small, read-only or not of that kind
   * @throws IllegalStateException if this extractor is closed
   * @throws InferenceException if the native run fails
   */
  public void extract(FloatBuffer inputs, int count, FloatBuffer features) {
    if (count < 1) {
      throw new IllegalArgumentException("Samples: expected at least 1, found " + count);
    }
    int inputValues = requireBuffer("Inputs", inputs, count, inputShape.elements());
    int featureValues = requireBuffer("Features", features, count, featureCount);
    if (features.isReadOnly()) {
      throw new IllegalArgumentException("Features: expected a writable buffer, found a read-only");
    }
    calls.call(
        () -> {
          Map<Integer, InferenceException> failures =
              sizes.run(
                  count, sizes.of(count), count, (from, some) -> run(inputs, features, from, some));
          if (!failures.isEmpty()) {
            throw failures.values().iterator().next();
          }
          inputs.position(inputs.position() + inputValues);
          features.position(features.position() + featureValues);
          return null;
        });
  }

  private void run(FloatBuffer inputs, FloatBuffer features, int from, int count) {
    int elements = inputShape.elements();
    long[] inShape = {count, inputShape.channels(), inputShape.rows(), inputShape.columns()};
    long[] outShape = featureShape.clone();
    outShape[0] = count;
    try (OnnxTensor in =
            session.tensor(
                inputs.slice(inputs.position() + from * elements, count * elements), inShape);
        OnnxTensor out =
            session.tensor(
                features.slice(features.position() + from * featureCount, count * featureCount),
                outShape)) {
      session.run(Map.of(INPUT, in), Map.of(FEATURES, out));
    }
  }

  private static int requireBuffer(String what, FloatBuffer buffer, int count, int each) {
    long values = (long) count * each;
    if (!buffer.isDirect() || buffer.order() != ByteOrder.nativeOrder()) {
      throw new IllegalArgumentException(
          what + ": expected a direct buffer in native byte order, found " + buffer);
    }
    if (buffer.remaining() < values) {
      throw new IllegalArgumentException(
          what
              + ": expected room for "
              + count
              + " samples of "
              + each
              + " values, found "
              + buffer.remaining()
              + " values");
    }
    return (int) values;
  }

  @Override
  public String toString() {
    return "FeatureExtractor["
        + session.origin()
        + ", "
        + inputShape
        + " to "
        + featureCount
        + " values]";
  }

  /** Waits for calls in flight, then frees the model. Idempotent. */
  @Override
  public void close() {
    calls.close(session::close);
  }
}
