package io.cxr.onnx;

import ai.onnxruntime.OnnxTensor;
import io.cxr.LungFields;
import io.cxr.error.InferenceException;
import io.cxr.error.ModelFormatException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.InputShape;
import io.cxr.model.LungCard;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * Finds the lungs on frontal chest radiographs with a segmentation network on ONNX Runtime, on the
 * CPU. Research use only.
 *
 * <pre>{@code
 * try (LungFinder finder = LungFinder.openDefault()) {
 *   LungFields lungs = finder.find(Radiograph.read(file));
 *   System.out.println(lungs.share());
 * }
 * }</pre>
 *
 * <p>The graph has one input {@code input} {@code [batch, 1, row, column]} and an output {@code
 * lungs} {@code [batch, 1, row, column]} of probabilities, both 32-bit floats; its metadata holds a
 * {@link LungCard}. {@code cxr train-lungs} writes such files.
 *
 * <p>On anything but a frontal chest radiograph it gives an answer, too, which means nothing.
 * Thread-safe. The code that opens a finder must close it.
 */
public final class LungFinder implements AutoCloseable {
  private static final String BUILT_IN = "lungs.onnx";
  private static final String BUILT_IN_ORIGIN = "The lung model of this library";
  private static final String INPUT = "input";
  private static final String LUNGS = "lungs";

  private final NativeSession session;
  private final LungCard card;
  private final StandardPreprocessor preprocessor;
  private final int rows;
  private final int columns;
  private final CallsInFlight calls = new CallsInFlight("This lung finder");

  private LungFinder(NativeSession session) {
    this.session = session;
    this.card = card(session);
    this.preprocessor = StandardPreprocessor.of(card.preprocessing());
    long[] input = session.inputShape(INPUT);
    long[] output = session.outputShape(LUNGS);
    InputShape expected = preprocessor.inputShape();
    boolean fits =
        session.inputNames().equals(Set.of(INPUT))
            && Arrays.equals(
                input, new long[] {NativeSession.OPEN_AXIS, 1, expected.rows(), expected.columns()})
            && output.length == 4
            && output[0] == NativeSession.OPEN_AXIS
            && output[1] == 1
            && output[2] > 0
            && output[3] > 0;
    if (!fits) {
      throw new ModelFormatException(
          session.origin()
              + ": expected one input 'input' of the card's size "
              + expected
              + " and an output 'lungs' of shape [batch, 1, rows, columns], found "
              + session.inputNames()
              + " of shape "
              + Arrays.toString(input)
              + " and "
              + Arrays.toString(output)
              + ". Train the model again with cxr train-lungs.");
    }
    this.rows = Math.toIntExact(output[2]);
    this.columns = Math.toIntExact(output[3]);
  }

  private static LungCard card(NativeSession session) {
    String json =
        session
            .metadata(LungCard.METADATA_KEY)
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        session.origin()
                            + ": expected a model that finds lungs, with a card in the metadata"
                            + " entry '"
                            + LungCard.METADATA_KEY
                            + "', found none. Give a file that cxr train-lungs wrote."));
    try {
      return LungCard.fromJson(json);
    } catch (ModelFormatException e) {
      throw new ModelFormatException(session.origin() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens a model file, with one thread per processor.
   *
   * @param file an ONNX file with a {@link LungCard}
   * @return the finder; the caller closes it
   * @throws IOException if the file is missing, a directory or unreadable
   * @throws ModelFormatException if it is not an ONNX model that finds lungs
   */
  public static LungFinder open(Path file) throws IOException {
    return open(file, SessionSettings.defaults());
  }

  /**
   * Opens a model file.
   *
   * @param file an ONNX file with a {@link LungCard}
   * @param settings where and how it runs
   * @return the finder; the caller closes it
   * @throws IOException if the file is missing, a directory or unreadable
   * @throws ModelFormatException if it is not an ONNX model that finds lungs
   * @throws io.cxr.error.DeviceUnavailableException if the device is missing
   */
  public static LungFinder open(Path file, SessionSettings settings) throws IOException {
    byte[] model = NativeSession.read(file);
    return settings.open(chosen -> open(model, "Lung model " + file, chosen));
  }

  /**
   * Opens the lung model that ships with this library, with one thread per processor.
   *
   * @return the finder; the caller closes it
   * @throws IllegalStateException if this build of the library contains no lung model
   */
  public static LungFinder openDefault() {
    return openDefault(SessionSettings.defaults());
  }

  /**
   * Opens the lung model that ships with this library.
   *
   * @param settings where and how it runs
   * @return the finder; the caller closes it
   * @throws IllegalStateException if this build of the library contains no lung model
   * @throws io.cxr.error.DeviceUnavailableException if the device is missing
   */
  public static LungFinder openDefault(SessionSettings settings) {
    try (InputStream in = LungFinder.class.getResourceAsStream(BUILT_IN)) {
      if (in == null) {
        throw new IllegalStateException(
            BUILT_IN_ORIGIN
                + ": expected the resource "
                + BUILT_IN
                + " in this library, found none. Open a model file instead.");
      }
      byte[] model = in.readAllBytes();
      return settings.open(chosen -> open(model, BUILT_IN_ORIGIN, chosen));
    } catch (IOException e) {
      throw new IllegalStateException(BUILT_IN_ORIGIN + " cannot be read from the library", e);
    }
  }

  private static LungFinder open(byte[] model, String origin, SessionSettings settings) {
    NativeSession session = NativeSession.open(model, origin, settings);
    try {
      LungFinder finder = new LungFinder(session);
      InputShape input = finder.preprocessor.inputShape();
      session.requireOnDevice(
          Map.of("input", new long[] {1, input.channels(), input.rows(), input.columns()}));
      return finder;
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /**
   * What the model says of itself.
   *
   * @return the card
   */
  public LungCard card() {
    return card;
  }

  /**
   * Finds the lungs of one radiograph.
   *
   * @param radiograph a frontal chest radiograph
   * @return where the lungs are, the two largest parts without holes; empty fields if there is no
   *     sign of any
   * @throws UnsupportedRadiographException if it is too small
   * @throws InferenceException if the native run fails
   * @throws IllegalStateException if this finder is closed
   */
  public LungFields find(Radiograph radiograph) {
    FloatBuffer input = NativeSession.directFloats(preprocessor.inputShape().elements());
    preprocessor.preprocess(radiograph, input);
    input.flip();
    float[] probabilities =
        calls.call(
            () -> {
              FloatBuffer found = NativeSession.directFloats(rows * columns);
              InputShape shape = preprocessor.inputShape();
              try (OnnxTensor in = session.tensor(input, 1, 1, shape.rows(), shape.columns());
                  OnnxTensor out = session.tensor(found, 1, 1, rows, columns)) {
                session.run(Map.of(INPUT, in), Map.of(LUNGS, out));
              }
              float[] values = new float[rows * columns];
              found.rewind().get(values);
              return values;
            });
    return LungFields.ofProbabilities(rows, columns, probabilities);
  }

  @Override
  public String toString() {
    return "LungFinder[" + session.origin() + "]";
  }

  /** Waits for calls in flight, then frees the model. Idempotent. */
  @Override
  public void close() {
    calls.close(session::close);
  }
}
