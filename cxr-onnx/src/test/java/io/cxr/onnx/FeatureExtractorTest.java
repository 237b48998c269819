package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.error.ModelFormatException;
import io.cxr.model.InputShape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The frozen base of a small network. */
class FeatureExtractorTest {
  private static final SmallNetwork NETWORK = SmallNetwork.softmax();
  private static final int INPUT = NETWORK.shape().elements();
  private static final int FEATURES =
      SmallNetwork.FEATURES * NETWORK.mapRows() * NETWORK.mapColumns();

  @TempDir Path folder;

  private static FloatBuffer noise(int samples) {
    FloatBuffer buffer = NativeSession.directFloats(samples * INPUT);
    Random random = new Random(samples);
    for (int i = 0; i < buffer.capacity(); i++) {
      buffer.put(i, random.nextFloat());
    }
    return buffer;
  }

  private static void assertFeatures(FloatBuffer inputs, FloatBuffer features, int sample) {
    float[] input = new float[INPUT];
    inputs.get(sample * INPUT, input);
    double[] expected = NETWORK.features(input);
    for (int i = 0; i < FEATURES; i++) {
      assertEquals(expected[i], features.get(sample * FEATURES + i), 1e-5);
    }
  }

  @Test
  void featuresAreThoseComputedByHandAndThePositionsAdvance() throws Exception {
    try (FeatureExtractor extractor =
        FeatureExtractor.open(SmallNetwork.write(folder, NETWORK.base()), 2)) {
      assertEquals(NETWORK.shape(), extractor.inputShape());
      assertEquals(FEATURES, extractor.featureCount());
      assertEquals(SmallNetwork.FEATURES, extractor.featureChannels());
      assertEquals(NETWORK.mapRows(), extractor.featureRows());
      assertEquals(NETWORK.mapColumns(), extractor.featureColumns());
      FloatBuffer inputs = noise(10);
      FloatBuffer features = NativeSession.directFloats(10 * FEATURES);
      extractor.extract(inputs, 7, features);
      assertEquals(7 * INPUT, inputs.position());
      assertEquals(7 * FEATURES, features.position());
      extractor.extract(inputs, 3, features);
      assertEquals(0, features.remaining());
      for (int sample = 0; sample < 10; sample++) {
        assertFeatures(inputs, features, sample);
      }
    }
  }

  @Test
  void manyThreadsMayExtractWithTheirOwnBuffers() {
    try (FeatureExtractor extractor = FeatureExtractor.open(NETWORK.base(), 1)) {
      IntStream.range(1, 200)
          .parallel()
          .forEach(
              samples -> {
                FloatBuffer inputs = noise(samples % 9 + 1);
                FloatBuffer features = NativeSession.directFloats((samples % 9 + 1) * FEATURES);
                extractor.extract(inputs, samples % 9 + 1, features);
                assertFeatures(inputs, features, samples % 9);
              });
    }
  }

  @Test
  void buffersThatCannotBeUsedAreRefused() {
    try (FeatureExtractor extractor = FeatureExtractor.open(NETWORK.base(), 1)) {
      FloatBuffer inputs = noise(2);
      FloatBuffer features = NativeSession.directFloats(2 * FEATURES);
      // ByteBuffer.allocateDirect is big-endian, and this machine is not.
      FloatBuffer swapped = ByteBuffer.allocateDirect(8 * INPUT).asFloatBuffer();
      FloatBuffer heap = FloatBuffer.allocate(2 * INPUT);
      for (FloatBuffer wrong : List.of(swapped, heap)) {
        assertThrows(IllegalArgumentException.class, () -> extractor.extract(wrong, 2, features));
        assertThrows(IllegalArgumentException.class, () -> extractor.extract(inputs, 1, wrong));
      }
      assertThrows(IllegalArgumentException.class, () -> extractor.extract(inputs, 3, features));
      assertThrows(IllegalArgumentException.class, () -> extractor.extract(inputs, 0, features));
      assertThrows(
          IllegalArgumentException.class,
          () -> extractor.extract(inputs, 2, NativeSession.directFloats(2 * FEATURES - 1)));
      assertThrows(
          IllegalArgumentException.class,
          () -> extractor.extract(inputs, 2, features.asReadOnlyBuffer()));
      assertEquals(0, inputs.position());
      assertEquals(0, features.position());
    }
  }

  @Test
  void otherGraphsAreRefused() {
    ModelFormatException noFeatures =
        assertThrows(
            ModelFormatException.class, () -> FeatureExtractor.open(NETWORK.onnx(), 1).close());
    assertTrue(String.valueOf(noFeatures.getMessage()).contains("'features'"));
    byte[] flat =
        new OnnxModelBuilder()
            .input("input", "batch", 3, 8, 10)
            .node("Flatten", List.of("input"), "features")
            .output("features", "batch", 240)
            .build();
    assertThrows(ModelFormatException.class, () -> FeatureExtractor.open(flat, 1).close());
    byte[] fixed =
        new OnnxModelBuilder()
            .input("input", 2, 3, 8, 10)
            .node("Relu", List.of("input"), "features")
            .output("features", 2, 3, 8, 10)
            .build();
    assertThrows(ModelFormatException.class, () -> FeatureExtractor.open(fixed, 1).close());
    assertThrows(ModelFormatException.class, () -> FeatureExtractor.open(new byte[9], 1).close());
    assertThrows(
        IllegalArgumentException.class, () -> FeatureExtractor.open(NETWORK.base(), 0).close());
  }

  @Test
  void sizesThatTheGraphLeavesOpenAreMeasured() {
    byte[] model =
        new OnnxModelBuilder()
            .input("input", "batch", 3, 8, 10)
            .node(
                "MaxPool",
                List.of("input"),
                "features",
                OnnxModelBuilder.ints("kernel_shape", 3, 3))
            .output("features", "batch", "c", "h", "w")
            .build();
    try (FeatureExtractor extractor = FeatureExtractor.open(model, 1)) {
      assertEquals(3 * 6 * 8, extractor.featureCount());
      assertEquals(
          new InputShape(3, 8, 10, InputShape.Layout.CHANNELS_FIRST), extractor.inputShape());
    }
  }

  @Test
  void aClosedExtractorRefuses() {
    FeatureExtractor extractor = FeatureExtractor.open(NETWORK.base(), 1);
    extractor.close();
    extractor.close();
    assertThrows(
        IllegalStateException.class,
        () -> extractor.extract(noise(1), 1, NativeSession.directFloats(FEATURES)));
  }
}
