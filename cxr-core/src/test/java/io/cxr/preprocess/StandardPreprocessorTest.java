package io.cxr.preprocess;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.cxr.golden.NpyFile;
import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingSpecTest;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Normalization.Kind;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import io.cxr.model.Resampling;
import io.cxr.radiograph.PhotometricInterpretation;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StandardPreprocessorTest {

  private static NpyFile golden(String name, String stage) throws IOException {
    Path file =
        Path.of(
            System.getProperty("cxr.shared", "../shared"), "golden", name + "." + stage + ".npy");
    assumeTrue(
        Files.isRegularFile(file),
        "Skipped: no " + file + "; set the system property cxr.shared to the shared folder");
    return NpyFile.read(file);
  }

  private static Radiograph goldenRadiograph(String name) throws IOException {
    NpyFile gray = golden(name, "gray");
    return Radiograph.ofGray8(gray.shape()[0], gray.shape()[1], gray.bytes());
  }

  private static StandardPreprocessor preprocessor(
      InputShape.Layout layout, PreprocessingStep... steps) {
    return StandardPreprocessor.of(new PreprocessingSpec(List.of(steps), layout));
  }

  private static float[] tensor(StandardPreprocessor preprocessor, Radiograph radiograph) {
    FloatBuffer buffer = FloatBuffer.allocate(preprocessor.inputShape().elements());
    preprocessor.preprocess(radiograph, buffer);
    assertEquals(0, buffer.remaining());
    return buffer.array();
  }

  /** A radiograph of smooth shapes with noise, from a seed. */
  private static Radiograph radiograph(int rows, int columns, long seed) {
    Random random = new Random(seed);
    double slope = random.nextDouble() * 4;
    byte[] pixels = new byte[rows * columns];
    for (int i = 0; i < pixels.length; i++) {
      int row = i / columns;
      int column = i % columns;
      double wave = Math.sin(column * 0.1 + slope) + Math.cos(row * 0.07);
      pixels[i] = (byte) Math.max(0, Math.min(255, 128 + 50 * wave + 8 * random.nextGaussian()));
    }
    return Radiograph.ofGray8(rows, columns, pixels);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "covid19-0014",
        "covid19-0020",
        "covid19-0063",
        "covid19-0069",
        "normal-0251",
        "normal-0391",
        "pneumonia-0047"
      })
  void equalsPillowAndKerasOnRealRadiographs(String name) throws IOException {
    Radiograph radiograph = goldenRadiograph(name);
    PreprocessingStep bilinear = new Resize(224, 224, Resampling.BILINEAR);
    PreprocessingStep[] resnet50 = {
      bilinear, new ChannelReplication(3), new Normalization(Kind.CAFFE_BGR_MEAN)
    };
    StandardPreprocessor nearest =
        StandardPreprocessor.of(
            PreprocessingSpec.of(224, 224, Resampling.NEAREST, 1, Kind.UNIT_RANGE));
    StandardPreprocessor last = preprocessor(InputShape.Layout.CHANNELS_LAST, resnet50);
    StandardPreprocessor first = preprocessor(InputShape.Layout.CHANNELS_FIRST, resnet50);

    assertArrayEquals(golden(name, "gray_nearest224").bytes(), nearest.gray(radiograph));
    assertArrayEquals(golden(name, "gray_bilinear224").bytes(), last.gray(radiograph));
    float[] channelsLast = tensor(last, radiograph);
    assertArrayEquals(golden(name, "resnet50_input").floats(), channelsLast, 1e-4f);
    float[] channelsFirst = tensor(first, radiograph);
    for (int pixel = 0; pixel < 224 * 224; pixel++) {
      for (int channel = 0; channel < 3; channel++) {
        assertEquals(channelsLast[pixel * 3 + channel], channelsFirst[channel * 224 * 224 + pixel]);
      }
    }
  }

  @Test
  void unitRangeAndCaffeMeansByHand() {
    Radiograph radiograph = Radiograph.ofGray8(1, 3, new byte[] {0, 51, (byte) 255});
    Resize same = new Resize(1, 3, Resampling.BILINEAR);
    assertArrayEquals(
        new float[] {0, 0.2f, 1},
        tensor(
            preprocessor(
                InputShape.Layout.CHANNELS_FIRST,
                same,
                new ChannelReplication(1),
                new Normalization(Kind.UNIT_RANGE)),
            radiograph),
        1e-7f);
    assertArrayEquals(
        new float[] {
          -103.939f, -116.779f, -123.68f, -52.939f, -65.779f, -72.68f, 151.061f, 138.221f, 131.32f
        },
        tensor(
            preprocessor(
                InputShape.Layout.CHANNELS_LAST,
                same,
                new ChannelReplication(3),
                new Normalization(Kind.CAFFE_BGR_MEAN)),
            radiograph),
        1e-5f);
    assertArrayEquals(
        new float[] {-114.79933f, -63.79933f, 140.20067f},
        tensor(
            preprocessor(
                InputShape.Layout.CHANNELS_FIRST,
                same,
                new ChannelReplication(1),
                new Normalization(Kind.CAFFE_BGR_MEAN)),
            radiograph),
        1e-5f);
  }

  /** Keras' formulas in 64 bits, rounded once: {@code imagenet_utils.preprocess_input}. */
  @Test
  void kerasModesToOneUnitInTheLastPlace() {
    byte[] levels = new byte[256];
    for (int level = 0; level < levels.length; level++) {
      levels[level] = (byte) level;
    }
    Radiograph radiograph = Radiograph.ofGray8(16, 16, levels);
    double[] means = {0.485, 0.456, 0.406};
    double[] deviations = {0.229, 0.224, 0.225};
    for (InputShape.Layout layout : InputShape.Layout.values()) {
      float[] signed = normalized(radiograph, layout, 3, new Normalization(Kind.SIGNED_UNIT_RANGE));
      float[] torch =
          normalized(radiograph, layout, 3, new Normalization(Kind.TORCH_MEAN_DEVIATION));
      float[] own =
          normalized(
              radiograph,
              layout,
              3,
              new ChannelNormalization(List.of(10.0, -20.5, 300.0), List.of(3.0, -0.7, 1e4)));
      for (int level = 0; level < 256; level++) {
        for (int channel = 0; channel < 3; channel++) {
          int at =
              layout == InputShape.Layout.CHANNELS_FIRST
                  ? channel * 256 + level
                  : level * 3 + channel;
          assertUlp(level / 127.5 - 1, signed[at]);
          assertUlp((level / 255.0 - means[channel]) / deviations[channel], torch[at]);
        }
        int step = layout == InputShape.Layout.CHANNELS_FIRST ? 256 : 1;
        int first = layout == InputShape.Layout.CHANNELS_FIRST ? level : level * 3;
        assertUlp((level - 10) / 3.0, own[first]);
        assertUlp((level + 20.5) / -0.7, own[first + step]);
        assertUlp((level - 300) / 1e4, own[first + 2 * step]);
      }
      float[] gray =
          normalized(radiograph, layout, 1, new Normalization(Kind.TORCH_MEAN_DEVIATION));
      float[] oneSigned =
          normalized(radiograph, layout, 1, new Normalization(Kind.SIGNED_UNIT_RANGE));
      for (int level = 0; level < 256; level++) {
        // The means of the three channels: 0.449 and 0.226.
        assertUlp((level / 255.0 - 1.347 / 3) / 0.226, gray[level]);
        assertUlp(level / 127.5 - 1, oneSigned[level]);
      }
    }
    // By hand: 0, 124 and 255 in red.
    float[] torch =
        normalized(
            Radiograph.ofGray8(1, 3, new byte[] {0, 124, (byte) 255}),
            InputShape.Layout.CHANNELS_FIRST,
            3,
            new Normalization(Kind.TORCH_MEAN_DEVIATION));
    assertArrayEquals(
        new float[] {-2.117904f, 0.005565545f, 2.2489083f}, Arrays.copyOf(torch, 3), 1e-6f);
  }

  private static float[] normalized(
      Radiograph radiograph, InputShape.Layout layout, int channels, PreprocessingStep last) {
    return tensor(
        preprocessor(
            layout,
            new Resize(radiograph.rows(), radiograph.columns(), Resampling.NEAREST),
            new ChannelReplication(channels),
            last),
        radiograph);
  }

  private static void assertUlp(double expected, float found) {
    // The formula's own rounding, where it subtracts numbers that are nearly equal.
    assertEquals(expected, found, Math.ulp((float) expected) + 1e-13, "" + expected);
  }

  @Test
  void zScoreByHand() {
    StandardPreprocessor zScore =
        StandardPreprocessor.of(PreprocessingSpec.of(2, 2, Resampling.NEAREST, 1, Kind.Z_SCORE));
    // Mean 25, population standard deviation sqrt(125).
    assertArrayEquals(
        new float[] {-1.3416408f, -0.4472136f, 0.4472136f, 1.3416408f},
        tensor(zScore, Radiograph.ofGray8(2, 2, new byte[] {10, 20, 30, 40})),
        1e-6f);
    // A deviation below one level counts as one: noise is not blown up, and nothing divides by 0.
    assertArrayEquals(
        new float[] {-0.5f, 0.5f, -0.5f, 0.5f},
        tensor(zScore, Radiograph.ofGray8(2, 2, new byte[] {7, 8, 7, 8})));
    assertArrayEquals(
        new float[4], tensor(zScore, Radiograph.ofGray8(2, 2, new byte[] {9, 9, 9, 9})));
  }

  @Test
  void stepsRunInTheOrderOfTheSpecification() {
    Radiograph radiograph = radiograph(61, 47, 5);
    PreprocessingStep crop = new BorderCrop(0.12);
    PreprocessingStep equalize = new HistogramEqualization();
    PreprocessingStep clahe = new Clahe(2, 4, 4);
    PreprocessingStep blur = new GaussianBlur(1.5);
    PreprocessingStep resize = new Resize(32, 24, Resampling.BILINEAR);
    StandardPreprocessor chain =
        preprocessor(
            InputShape.Layout.CHANNELS_FIRST,
            crop,
            equalize,
            clahe,
            resize,
            blur,
            new ChannelReplication(1),
            new Normalization(Kind.UNIT_RANGE));
    Workspace workspace = new Workspace();
    GrayImage image = new GrayImage(61, 47, radiograph.toGray8());
    for (GrayFilter filter :
        List.of(
            new FrameCropper(0.12),
            new HistogramEqualizer(),
            new ClaheEqualizer(2, 4, 4),
            new BilinearResampler(32, 24),
            new GaussianFilter(1.5))) {
      image = filter.apply(image, workspace);
    }
    assertArrayEquals(image.toArray(), chain.gray(radiograph));
    StandardPreprocessor otherOrder =
        preprocessor(
            InputShape.Layout.CHANNELS_FIRST,
            resize,
            blur,
            equalize,
            clahe,
            new ChannelReplication(1),
            new Normalization(Kind.UNIT_RANGE));
    assertTrue(!Arrays.equals(chain.gray(radiograph), otherOrder.gray(radiograph)));
  }

  @Test
  void aRadiographStaysAsItIs() {
    Radiograph radiograph = radiograph(30, 30, 2);
    Radiograph copy = Radiograph.ofGray8(30, 30, radiograph.toGray8());
    preprocessor(
            InputShape.Layout.CHANNELS_FIRST,
            new HistogramEqualization(),
            new Clahe(2, 3, 3),
            new Resize(30, 30, Resampling.NEAREST),
            new ChannelReplication(1),
            new Normalization(Kind.UNIT_RANGE))
        .gray(radiograph);
    assertEquals(copy, radiograph);
  }

  @ParameterizedTest
  @EnumSource(InputShape.Layout.class)
  void writesAtThePositionOfAnyBuffer(InputShape.Layout layout) {
    StandardPreprocessor preprocessor =
        preprocessor(
            layout,
            new Resize(8, 6, Resampling.BILINEAR),
            new ChannelReplication(3),
            new Normalization(Kind.CAFFE_BGR_MEAN));
    Radiograph radiograph = radiograph(20, 25, 3);
    float[] expected = tensor(preprocessor, radiograph);
    int elements = preprocessor.inputShape().elements();
    assertEquals(144, elements);
    for (FloatBuffer buffer :
        List.of(
            FloatBuffer.allocate(200),
            ByteBuffer.allocateDirect(800).order(ByteOrder.nativeOrder()).asFloatBuffer(),
            ByteBuffer.allocateDirect(800).order(ByteOrder.BIG_ENDIAN).asFloatBuffer(),
            ByteBuffer.allocate(800).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer(),
            FloatBuffer.wrap(new float[220], 9, 211).slice())) {
      for (int i = 0; i < buffer.capacity(); i++) {
        buffer.put(i, 4711);
      }
      buffer.position(17).limit(17 + elements);
      preprocessor.preprocess(radiograph, buffer);
      assertEquals(17 + elements, buffer.position());
      assertEquals(17 + elements, buffer.limit());
      buffer.clear();
      float[] all = new float[buffer.capacity()];
      buffer.get(all);
      assertArrayEquals(expected, Arrays.copyOfRange(all, 17, 17 + elements));
      for (int i = 0; i < all.length; i++) {
        if (i < 17 || i >= 17 + elements) {
          assertEquals(4711, all[i]);
        }
      }
    }
  }

  @Test
  void aBufferWithoutRoomIsLeftAsItWas() {
    StandardPreprocessor preprocessor =
        StandardPreprocessor.of(
            PreprocessingSpec.of(4, 4, Resampling.NEAREST, 3, Kind.CAFFE_BGR_MEAN));
    Radiograph radiograph = radiograph(9, 9, 4);
    FloatBuffer buffer = FloatBuffer.allocate(50).position(3);
    assertThrows(BufferOverflowException.class, () -> preprocessor.preprocess(radiograph, buffer));
    assertEquals(3, buffer.position());
    assertArrayEquals(new float[50], buffer.array());
    FloatBuffer readOnly = FloatBuffer.allocate(50).asReadOnlyBuffer();
    assertThrows(
        ReadOnlyBufferException.class, () -> preprocessor.preprocess(radiograph, readOnly));
    assertEquals(0, readOnly.position());
  }

  @Property(tries = 60)
  void theGrayInputIsTheGrayImage(
      @ForAll("specs") PreprocessingSpec spec, @ForAll("radiographs") Radiograph radiograph) {
    StandardPreprocessor preprocessor = StandardPreprocessor.of(spec);
    byte[] expected = preprocessor.gray(radiograph);
    for (ByteBuffer buffer :
        List.of(
            ByteBuffer.allocateDirect(expected.length + 30),
            ByteBuffer.allocate(expected.length + 40).position(9).slice())) {
      for (int i = 0; i < buffer.capacity(); i++) {
        buffer.put(i, (byte) 47);
      }
      buffer.position(17).limit(17 + expected.length);
      preprocessor.preprocessGray(radiograph, buffer);
      assertEquals(17 + expected.length, buffer.position());
      assertEquals(17 + expected.length, buffer.limit());
      buffer.clear();
      byte[] all = new byte[buffer.capacity()];
      buffer.get(all);
      assertArrayEquals(expected, Arrays.copyOfRange(all, 17, 17 + expected.length));
      for (int i = 0; i < all.length; i++) {
        if (i < 17 || i >= 17 + expected.length) {
          assertEquals(47, all[i]);
        }
      }
    }
  }

  @Test
  void aGrayBufferWithoutRoomIsLeftAsItWas() {
    StandardPreprocessor preprocessor =
        StandardPreprocessor.of(
            PreprocessingSpec.of(4, 4, Resampling.NEAREST, 3, Kind.CAFFE_BGR_MEAN));
    Radiograph radiograph = radiograph(9, 9, 4);
    ByteBuffer buffer = ByteBuffer.allocate(18).position(3);
    assertThrows(
        BufferOverflowException.class, () -> preprocessor.preprocessGray(radiograph, buffer));
    assertEquals(3, buffer.position());
    assertArrayEquals(new byte[18], buffer.array());
    ByteBuffer readOnly = ByteBuffer.allocate(50).asReadOnlyBuffer();
    assertThrows(
        ReadOnlyBufferException.class, () -> preprocessor.preprocessGray(radiograph, readOnly));
    assertEquals(0, readOnly.position());
  }

  /** The recipe of the model that comes with the library, on a film of the usual size. */
  @Test
  void aCallLeavesNextToNoGarbage() {
    StandardPreprocessor preprocessor =
        preprocessor(
            InputShape.Layout.CHANNELS_FIRST,
            new BorderCrop(0.1),
            new Resize(224, 224, Resampling.BILINEAR),
            new HistogramEqualization(),
            new GaussianBlur(1.5),
            new ChannelReplication(3),
            new Normalization(Kind.CAFFE_BGR_MEAN));
    Radiograph radiograph = radiograph(1024, 1024, 6);
    FloatBuffer floats =
        ByteBuffer.allocateDirect(4 * preprocessor.inputShape().elements())
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    ByteBuffer bytes = ByteBuffer.allocateDirect(224 * 224);
    ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(memory.isThreadAllocatedMemorySupported(), "Skipped: allocation is not counted");
    int calls = 20;
    long before = 0;
    for (int i = 0; i < 3 + calls; i++) {
      if (i == 3) {
        before = memory.getCurrentThreadAllocatedBytes();
      }
      preprocessor.preprocess(radiograph, floats.clear());
      preprocessor.preprocessGray(radiograph, bytes.clear());
    }
    long garbage = memory.getCurrentThreadAllocatedBytes() - before;
    assertTrue(garbage / calls < 2 * 5_000, garbage / calls + " bytes for two calls");
  }

  /** What was left in memory by another image must not shine through. */
  @Property(tries = 60)
  void aCallDoesNotSeeTheOneBefore(
      @ForAll("specs") PreprocessingSpec spec,
      @ForAll("radiographs") Radiograph earlier,
      @ForAll("radiographs") Radiograph radiograph) {
    StandardPreprocessor used = StandardPreprocessor.of(spec);
    byte[] kept = used.gray(earlier);
    byte[] copy = kept.clone();
    byte[] gray = used.gray(radiograph);
    assertArrayEquals(StandardPreprocessor.of(spec).gray(radiograph), gray);
    assertArrayEquals(copy, kept);
    assertArrayEquals(tensor(StandardPreprocessor.of(spec), radiograph), tensor(used, radiograph));
  }

  @Test
  void anInputOfMoreThanTwoBillionValuesIsRefused() {
    PreprocessingSpec huge =
        PreprocessingSpec.of(50_000, 50_000, Resampling.NEAREST, 3, Kind.UNIT_RANGE);
    assertThrows(IllegalArgumentException.class, () -> StandardPreprocessor.of(huge));
  }

  @Test
  void theSourceRegionIsWhatTheCropsLeave() {
    ChannelReplication replication = new ChannelReplication(1);
    Normalization normalization = new Normalization(Kind.UNIT_RANGE);
    Resize resize = new Resize(20, 10, Resampling.BILINEAR);
    assertEquals(
        new PixelRegion(0, 0, 333, 777),
        preprocessor(InputShape.Layout.CHANNELS_FIRST, resize, replication, normalization)
            .sourceRegion(333, 777));
    // floor(0.12 * 1000) = 120 rows and floor(0.12 * 517) = 62 columns, then 10 % of the rest.
    assertEquals(
        new PixelRegion(120 + 76, 62 + 39, 760 - 152, 393 - 78),
        preprocessor(
                InputShape.Layout.CHANNELS_FIRST,
                new BorderCrop(0.12),
                new GaussianBlur(1),
                new BorderCrop(0.1),
                resize,
                replication,
                normalization)
            .sourceRegion(1000, 517));
    // 4 of 20 resized rows are 20 of 100; 2 of 10 resized columns are 10.6 of 53, rounded outwards.
    assertEquals(
        new PixelRegion(10 + 20, 5 + 10, 60, 33),
        preprocessor(
                InputShape.Layout.CHANNELS_FIRST,
                new BorderCrop(0.085),
                resize,
                new BorderCrop(0.2),
                replication,
                normalization)
            .sourceRegion(120, 63));
    StandardPreprocessor plain =
        preprocessor(InputShape.Layout.CHANNELS_FIRST, resize, replication, normalization);
    assertThrows(IllegalArgumentException.class, () -> plain.sourceRegion(0, 5));
  }

  @Property(tries = 200)
  void theSourceRegionLiesInTheRadiograph(
      @ForAll("specs") PreprocessingSpec spec,
      @ForAll @IntRange(min = 1, max = 20_000) int rows,
      @ForAll @IntRange(min = 1, max = 20_000) int columns) {
    PixelRegion region = StandardPreprocessor.of(spec).sourceRegion(rows, columns);
    assertTrue(region.row() + region.rows() <= rows, region + " of " + rows);
    assertTrue(region.column() + region.columns() <= columns, region + " of " + columns);
    if (spec.steps().stream()
        .anyMatch(step -> step instanceof CentreCrop || step instanceof SquarePad)) {
      return; // Of an odd rest, one side has a pixel more, which a resize may make several.
    }
    // What is cut at one side is cut at the other.
    assertEquals(region.row(), rows - region.row() - region.rows());
    assertEquals(region.column(), columns - region.column() - region.columns());
  }

  @Test
  void theSourceRegionIsWhereThePixelsComeFrom() {
    // Each pixel says its place; without interpolation the crop's first and last can be read off.
    int rows = 15;
    int columns = 17;
    byte[] pixels = new byte[rows * columns];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) i;
    }
    StandardPreprocessor preprocessor =
        preprocessor(
            InputShape.Layout.CHANNELS_FIRST,
            new BorderCrop(0.2),
            new BorderCrop(0.15),
            new Resize(7, 9, Resampling.NEAREST),
            new ChannelReplication(1),
            new Normalization(Kind.UNIT_RANGE));
    PixelRegion region = preprocessor.sourceRegion(rows, columns);
    assertEquals(new PixelRegion(4, 4, 7, 9), region);
    byte[] gray = preprocessor.gray(Radiograph.ofGray8(rows, columns, pixels));
    assertEquals(pixels[4 * columns + 4], gray[0]);
    assertEquals(pixels[10 * columns + 12], gray[gray.length - 1]);
  }

  @Provide
  Arbitrary<PreprocessingSpec> specs() {
    return PreprocessingSpecTest.anySpec(40);
  }

  @Provide
  Arbitrary<Radiograph> radiographs() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 60),
            Arbitraries.integers().between(1, 60),
            Arbitraries.longs())
        .as(StandardPreprocessorTest::radiograph);
  }

  @Property(tries = 100)
  void monochrome1IsInvertedMonochrome2(
      @ForAll("specs") PreprocessingSpec spec, @ForAll("radiographs") Radiograph radiograph) {
    byte[] inverted = radiograph.toGray8();
    for (int i = 0; i < inverted.length; i++) {
      inverted[i] = (byte) (255 - (inverted[i] & 0xff));
    }
    Radiograph negative =
        Radiograph.ofGray8(radiograph.rows(), radiograph.columns(), inverted)
            .withPhotometricInterpretation(PhotometricInterpretation.MONOCHROME1);
    StandardPreprocessor preprocessor = StandardPreprocessor.of(spec);
    assertArrayEquals(tensor(preprocessor, radiograph), tensor(preprocessor, negative));
  }

  @Property(tries = 100)
  void valuesAreFiniteAndOfTheInputsShape(
      @ForAll("specs") PreprocessingSpec spec, @ForAll("radiographs") Radiograph radiograph) {
    StandardPreprocessor preprocessor = StandardPreprocessor.of(spec);
    InputShape shape = preprocessor.inputShape();
    assertEquals(spec, preprocessor.specification());
    assertEquals(shape.rows() * shape.columns(), preprocessor.gray(radiograph).length);
    for (float value : tensor(preprocessor, radiograph)) {
      assertTrue(value >= -256 && value <= 256);
    }
  }

  @Property(tries = 100)
  void aConstantImageStaysConstantThroughCropBlurAndResize(
      @ForAll byte level,
      @ForAll @IntRange(min = 1, max = 70) int rows,
      @ForAll @IntRange(min = 1, max = 70) int columns,
      @ForAll Resampling resampling,
      @ForAll @IntRange(min = 1, max = 120) int sigmaTenths) {
    byte[] pixels = new byte[rows * columns];
    Arrays.fill(pixels, level);
    byte[] expected = new byte[23 * 31];
    Arrays.fill(expected, level);
    StandardPreprocessor preprocessor =
        preprocessor(
            InputShape.Layout.CHANNELS_FIRST,
            new BorderCrop(0.1),
            new HistogramEqualization(),
            new GaussianBlur(sigmaTenths / 10.0),
            new Resize(23, 31, resampling),
            new ChannelReplication(1),
            new Normalization(Kind.UNIT_RANGE));
    assertArrayEquals(expected, preprocessor.gray(Radiograph.ofGray8(rows, columns, pixels)));
  }

  @Property(tries = 100)
  void aResizeToItsOwnSizeChangesNothing(
      @ForAll("radiographs") Radiograph radiograph, @ForAll Resampling resampling) {
    StandardPreprocessor preprocessor =
        StandardPreprocessor.of(
            PreprocessingSpec.of(
                radiograph.rows(), radiograph.columns(), resampling, 1, Kind.UNIT_RANGE));
    assertArrayEquals(radiograph.toGray8(), preprocessor.gray(radiograph));
  }

  /** Cubic convolution overshoots at edges, in Pillow as well. */
  @Provide
  Arbitrary<Resampling> ofWeightsAboveZero() {
    return Arbitraries.of(Resampling.NEAREST, Resampling.BILINEAR, Resampling.AREA);
  }

  @Property(tries = 200)
  void aResizeInventsNoBrighterOrDarkerPixel(
      @ForAll("radiographs") Radiograph radiograph,
      @ForAll("ofWeightsAboveZero") Resampling resampling,
      @ForAll @IntRange(min = 1, max = 80) int rows,
      @ForAll @IntRange(min = 1, max = 80) int columns) {
    int darkest = 255;
    int brightest = 0;
    for (byte pixel : radiograph.toGray8()) {
      darkest = Math.min(darkest, pixel & 0xff);
      brightest = Math.max(brightest, pixel & 0xff);
    }
    StandardPreprocessor preprocessor =
        StandardPreprocessor.of(
            PreprocessingSpec.of(rows, columns, resampling, 1, Kind.UNIT_RANGE));
    for (byte pixel : preprocessor.gray(radiograph)) {
      assertTrue((pixel & 0xff) >= darkest && (pixel & 0xff) <= brightest);
    }
  }

  @Property(tries = 100)
  void replicatedChannelsAreEqual(
      @ForAll("radiographs") Radiograph radiograph, @ForAll InputShape.Layout layout) {
    Resize resize = new Resize(9, 11, Resampling.BILINEAR);
    Normalization normalization = new Normalization(Kind.Z_SCORE);
    float[] one =
        tensor(preprocessor(layout, resize, new ChannelReplication(1), normalization), radiograph);
    float[] three =
        tensor(preprocessor(layout, resize, new ChannelReplication(3), normalization), radiograph);
    for (int i = 0; i < three.length; i++) {
      int pixel = layout == InputShape.Layout.CHANNELS_LAST ? i / 3 : i % one.length;
      assertEquals(one[pixel], three[i]);
    }
  }

  @Test
  void manyThreadsShareOnePreprocessor() throws Exception {
    StandardPreprocessor preprocessor =
        preprocessor(
            InputShape.Layout.CHANNELS_FIRST,
            new BorderCrop(0.05),
            new Clahe(2, 8, 8),
            new GaussianBlur(1.5),
            new Resize(32, 32, Resampling.BILINEAR),
            new ChannelReplication(3),
            new Normalization(Kind.Z_SCORE));
    List<Radiograph> radiographs = new ArrayList<>();
    List<float[]> expected = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      radiographs.add(radiograph(40 + i * 7, 200 - i * 5, i));
      expected.add(tensor(preprocessor, radiographs.get(i)));
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 240; i++) {
      order.add(i % 24);
    }
    Collections.shuffle(order, new Random(1));
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<float[]>> results = new ArrayList<>();
      for (int index : order) {
        results.add(threads.submit(() -> tensor(preprocessor, radiographs.get(index))));
      }
      for (int i = 0; i < order.size(); i++) {
        assertArrayEquals(expected.get(order.get(i)), results.get(i).get());
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
