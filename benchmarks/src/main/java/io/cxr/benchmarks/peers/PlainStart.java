package io.cxr.benchmarks.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;

/**
 * A process that does what a program without this library would: ONNX Runtime as its jar ships it,
 * the JDK's image codec, the nearest pixels.
 */
public final class PlainStart {
  private static final int SIZE = 224;
  private static final float[] MEANS = {103.939f, 116.779f, 123.68f};

  private PlainStart() {}

  /**
   * Prints the prediction.
   *
   * @param arguments model, gray PNG
   * @throws IOException if a file cannot be read
   * @throws OrtException if the model cannot be run
   */
  public static void main(String[] arguments) throws IOException, OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(arguments[0])) {
      Raster raster = ImageIO.read(Path.of(arguments[1]).toFile()).getRaster();
      FloatBuffer input =
          ByteBuffer.allocateDirect(Float.BYTES * MEANS.length * SIZE * SIZE)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      for (float mean : MEANS) {
        for (int row = 0; row < SIZE; row++) {
          for (int column = 0; column < SIZE; column++) {
            int x = (2 * column + 1) * raster.getWidth() / (2 * SIZE);
            int y = (2 * row + 1) * raster.getHeight() / (2 * SIZE);
            input.put(raster.getSample(x, y, 0) - mean);
          }
        }
      }
      try (OnnxTensor tensor =
              OnnxTensor.createTensor(
                  environment, input.flip(), new long[] {1, MEANS.length, SIZE, SIZE});
          OrtSession.Result result = session.run(Map.of("input", tensor), Set.of("output"))) {
        System.out.println(Arrays.deepToString((float[][]) result.get(0).getValue()));
      }
    }
  }
}
