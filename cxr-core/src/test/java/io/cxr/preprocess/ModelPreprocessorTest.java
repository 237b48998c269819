package io.cxr.preprocess;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.cxr.model.ModelInput;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingSpecTest;
import io.cxr.model.PreprocessingStep.Normalization.Kind;
import io.cxr.model.Resampling;
import io.cxr.radiograph.Radiograph;
import java.lang.management.ManagementFactory;
import java.nio.Buffer;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ModelPreprocessorTest {
  private static final PreprocessingSpec CAFFE =
      PreprocessingSpec.of(12, 10, Resampling.BILINEAR, 3, Kind.CAFFE_BGR_MEAN);
  private static final PreprocessingSpec SIGNED =
      PreprocessingSpec.of(12, 10, Resampling.BILINEAR, 1, Kind.SIGNED_UNIT_RANGE);
  private static final PreprocessingSpec LARGE =
      PreprocessingSpec.of(20, 21, Resampling.BILINEAR, 3, Kind.Z_SCORE);

  private static Radiograph noise(int rows, int columns) {
    byte[] pixels = new byte[rows * columns];
    new Random(3).nextBytes(pixels);
    return Radiograph.ofGray8(rows, columns, pixels);
  }

  private static ModelPreprocessor preprocessor(List<PreprocessingSpec> specifications) {
    List<ModelInput> inputs = new ArrayList<>();
    for (PreprocessingSpec specification : specifications) {
      inputs.add(new ModelInput("input" + inputs.size(), specification));
    }
    return ModelPreprocessor.of(inputs);
  }

  private static FloatBuffer floats(int count) {
    return ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  @Provide
  Arbitrary<List<PreprocessingSpec>> inputs() {
    // Some inputs again: those are computed once.
    return PreprocessingSpecTest.anySpec(24)
        .list()
        .ofMinSize(1)
        .ofMaxSize(3)
        .map(
            some -> {
              List<PreprocessingSpec> all = new ArrayList<>(some);
              all.addAll(some.subList(0, some.size() / 2 + 1));
              return all;
            });
  }

  @Property(tries = 60)
  void everyInputIsWhatItsOwnPreprocessorGives(
      @ForAll("inputs") List<PreprocessingSpec> inputs,
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(max = 63) int grayInputs) {
    Radiograph radiograph = noise(rows, 31);
    List<Buffer> destinations = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      int elements = inputs.get(i).inputShape().elements();
      boolean gray = (grayInputs >> i & 1) == 1;
      // At a place of its own within each buffer.
      destinations.add(
          gray
              ? ByteBuffer.allocateDirect(elements + 9).position(i + 1)
              : i % 2 == 0 ? floats(elements + 9).position(i + 1) : FloatBuffer.allocate(elements + 9).position(i + 1));
    }
    preprocessor(inputs).preprocess(radiograph, destinations);
    for (int i = 0; i < inputs.size(); i++) {
      StandardPreprocessor alone = StandardPreprocessor.of(inputs.get(i));
      int start = i + 1;
      if (destinations.get(i) instanceof ByteBuffer bytes) {
        byte[] found = new byte[bytes.position() - start];
        bytes.get(start, found);
        assertArrayEquals(alone.gray(radiograph), found);
      } else {
        FloatBuffer expected = FloatBuffer.allocate(alone.inputShape().elements());
        alone.preprocess(radiograph, expected);
        FloatBuffer buffer = (FloatBuffer) destinations.get(i);
        float[] found = new float[buffer.position() - start];
        buffer.get(start, found);
        assertArrayEquals(expected.array(), found);
        assertEquals(0, buffer.get(buffer.position()), "nothing behind the sample");
      }
    }
  }

  @Test
  void refusesBeforeItWrites() {
    ModelPreprocessor preprocessor = preprocessor(List.of(CAFFE, SIGNED));
    Radiograph radiograph = noise(30, 30);
    FloatBuffer first = FloatBuffer.allocate(360);
    for (List<Buffer> wrong :
        List.<List<Buffer>>of(
            List.of(first, FloatBuffer.allocate(119)),
            List.of(first, ByteBuffer.allocate(119)))) {
      assertThrows(
          BufferOverflowException.class, () -> preprocessor.preprocess(radiograph, wrong));
    }
    assertThrows(
        ReadOnlyBufferException.class,
        () ->
            preprocessor.preprocess(
                radiograph, List.of(first, FloatBuffer.allocate(120).asReadOnlyBuffer())));
    for (List<Buffer> wrong :
        List.<List<Buffer>>of(
            List.of(first), List.of(first, first, first), List.of(first, IntBuffer.allocate(120)))) {
      IllegalArgumentException error =
          assertThrows(
              IllegalArgumentException.class, () -> preprocessor.preprocess(radiograph, wrong));
      assertTrue(error.getMessage().contains("found"), error.getMessage());
    }
    assertArrayEquals(new float[360], first.array());
    assertEquals(0, first.position());
    assertThrows(IllegalArgumentException.class, () -> ModelPreprocessor.of(List.of()));
    PreprocessingSpec huge =
        PreprocessingSpec.of(50_000, 50_000, Resampling.NEAREST, 3, Kind.UNIT_RANGE);
    assertThrows(
        IllegalArgumentException.class, () -> preprocessor(List.of(SIGNED, huge)));
  }

  @Test
  void leavesNextToNoGarbage() {
    ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(memory.isThreadAllocatedMemorySupported(), "SKIPPED: allocation is not counted");
    ModelPreprocessor preprocessor = preprocessor(List.of(CAFFE, SIGNED, CAFFE, LARGE));
    Radiograph radiograph = noise(400, 400);
    List<FloatBuffer> destinations =
        List.of(floats(360), floats(120), floats(360), floats(3 * 20 * 21));
    int calls = 20;
    long before = 0;
    for (int i = 0; i < 3 + calls; i++) {
      if (i == 3) {
        before = memory.getCurrentThreadAllocatedBytes();
      }
      destinations.forEach(Buffer::clear);
      preprocessor.preprocess(radiograph, destinations);
    }
    long garbage = memory.getCurrentThreadAllocatedBytes() - before;
    assertTrue(garbage / calls < 5_000, garbage / calls + " bytes a call");
    float[] first = new float[360];
    float[] twin = new float[360];
    destinations.get(0).get(0, first);
    destinations.get(2).get(0, twin);
    assertArrayEquals(first, twin);
  }
}
