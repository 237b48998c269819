package io.cxr.train.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtException;
import io.cxr.model.InputShape;
import io.cxr.model.ModelInput;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.FullDepth;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Normalization.Kind;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import io.cxr.model.Resampling;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.PhotometricInterpretation;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A graph's preprocessing gives the very bits of {@link StandardPreprocessor}. */
class PreprocessingGraphTest {
  private static final int[] DEPTHS = {8, 9, 10, 12, 14, 15, 16};

  /** How pictures look. */
  private enum Look {
    NOISE,
    SLOPE,
    UNIFORM,
    TWO_LEVELS
  }

  private static Radiograph picture(int rows, int columns, int bits, Look look, long seed) {
    Random random = new Random(seed);
    int most = (1 << bits) - 1;
    int base = random.nextInt(most + 1);
    int other = random.nextInt(most + 1);
    short[] pixels = new short[rows * columns];
    byte[] bytes = new byte[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      int level =
          switch (look) {
            case NOISE -> random.nextInt(most + 1);
            case SLOPE -> (int) ((long) most * (i / columns + i % columns) / (rows + columns));
            case UNIFORM -> base;
            case TWO_LEVELS -> random.nextBoolean() ? base : other;
          };
      pixels[i] = (short) level;
      bytes[i] = (byte) level;
    }
    return bits == 8
        ? Radiograph.ofGray8(rows, columns, bytes)
        : Radiograph.ofGray16(rows, columns, bits, pixels);
  }

  private static float[] expected(PreprocessingSpec specification, Radiograph radiograph) {
    StandardPreprocessor preprocessor = StandardPreprocessor.of(specification);
    FloatBuffer values = FloatBuffer.allocate(preprocessor.inputShape().elements());
    preprocessor.preprocess(radiograph, values);
    return values.array();
  }

  @Provide
  Arbitrary<PreprocessingSpec> specifications() {
    Arbitrary<PreprocessingStep> step =
        Arbitraries.oneOf(
            Arbitraries.doubles().between(0, 0.49).map(BorderCrop::new),
            Arbitraries.just(new CentreCrop()),
            Arbitraries.integers().between(0, 255).map(SquarePad::new),
            Arbitraries.just(new HistogramEqualization()),
            Combinators.combine(
                    Arbitraries.doubles().between(0.01, 60),
                    Arbitraries.integers().between(1, 9),
                    Arbitraries.integers().between(1, 9))
                .as(Clahe::new),
            Arbitraries.doubles().between(0.01, 6).map(GaussianBlur::new));
    Arbitrary<Resize> resize =
        Combinators.combine(
                Arbitraries.integers().between(1, 70),
                Arbitraries.integers().between(1, 70),
                Arbitraries.of(Resampling.class))
            .as(Resize::new);
    return Combinators.combine(
            chains(step, resize),
            Arbitraries.of(1, 3),
            Arbitraries.of(Kind.class),
            Arbitraries.of(InputShape.Layout.class),
            Arbitraries.of(true, false))
        .as(
            (onGray, channels, kind, layout, ownNumbers) -> {
              List<PreprocessingStep> steps = new ArrayList<>(onGray);
              steps.add(new ChannelReplication(channels));
              steps.add(
                  ownNumbers && channels == 3
                      ? new ChannelNormalization(
                          List.of(1.5, 200.0, -3.25), List.of(0.3, -7.0, 90.0))
                      : new Normalization(kind));
              return new PreprocessingSpec(steps, layout);
            });
  }

  /** Steps on gray pixels; of full depth, those that 16 bits can have. */
  private static Arbitrary<List<PreprocessingStep>> chains(
      Arbitrary<PreprocessingStep> step, Arbitrary<Resize> resize) {
    return Combinators.combine(
            step.list().ofMaxSize(2), resize, step.list().ofMaxSize(2), Arbitraries.of(true, false))
        .as(
            (before, size, after, deep) -> {
              List<PreprocessingStep> steps = new ArrayList<>(before);
              steps.add(size);
              steps.addAll(after);
              if (deep) {
                steps.removeIf(
                    each ->
                        each instanceof HistogramEqualization
                            || each instanceof Clahe
                            || each instanceof GaussianBlur);
                steps.add(0, new FullDepth());
              }
              return steps;
            });
  }

  @Provide
  Arbitrary<Radiograph> radiographs() {
    Arbitrary<int[]> sizes =
        Arbitraries.oneOf(
            Arbitraries.just(new int[] {1, 1}),
            Arbitraries.integers().between(1, 120).array(int[].class).ofSize(2),
            Arbitraries.integers().between(1, 900).map(rows -> new int[] {rows, 1 + rows % 4}),
            Arbitraries.integers().between(1, 900).map(columns -> new int[] {2, columns}));
    return Combinators.combine(
            sizes,
            Arbitraries.integers().between(0, DEPTHS.length - 1).map(i -> DEPTHS[i]),
            Arbitraries.of(Look.class),
            Arbitraries.longs(),
            Arbitraries.of(PhotometricInterpretation.class))
        .as(
            (size, bits, look, seed, meaning) ->
                picture(size[0], size[1], bits, look, seed).withPhotometricInterpretation(meaning));
  }

  @Provide
  Arbitrary<List<Radiograph>> pictures() {
    return radiographs().list().ofSize(6);
  }

  /** As a caller of another runtime does it: from the highest value. */
  private static Radiograph uninverted(Radiograph radiograph) {
    if (radiograph.photometricInterpretation() != PhotometricInterpretation.MONOCHROME1) {
      return radiograph;
    }
    int most = (1 << radiograph.bitsStored()) - 1;
    short[] pixels = new short[radiograph.rows() * radiograph.columns()];
    byte[] bytes = new byte[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      int row = i / radiograph.columns();
      pixels[i] = (short) (most - radiograph.pixel(row, i % radiograph.columns()));
      bytes[i] = (byte) pixels[i];
    }
    return radiograph.bitsStored() == 8
        ? Radiograph.ofGray8(radiograph.rows(), radiograph.columns(), bytes)
        : Radiograph.ofGray16(
            radiograph.rows(), radiograph.columns(), radiograph.bitsStored(), pixels);
  }

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void isEqualBitForBit(
      @ForAll("specifications") PreprocessingSpec specification,
      @ForAll("pictures") List<Radiograph> radiographs)
      throws OrtException {
    StandardPreprocessor preprocessor = StandardPreprocessor.of(specification);
    // Opening a graph takes longer than running it.
    for (boolean deep : new boolean[] {false, true}) {
      try (PreprocessingRun graph = PreprocessingRun.of(specification, deep)) {
        for (Radiograph radiograph : radiographs) {
          if (radiograph.bitsStored() > 8 == deep) {
            Radiograph bright = uninverted(radiograph);
            assertArrayEquals(
                expected(specification, radiograph), graph.run(bright), radiograph::toString);
            PixelRegion region = preprocessor.sourceRegion(radiograph.rows(), radiograph.columns());
            assertArrayEquals(
                new long[] {region.row(), region.column(), region.rows(), region.columns()},
                graph.region(bright),
                radiograph::toString);
            StandardPreprocessor.VisiblePart part =
                preprocessor.visiblePart(radiograph.rows(), radiograph.columns());
            assertArrayEquals(
                new float[] {
                  (float) part.top(),
                  (float) part.left(),
                  (float) part.bottom(),
                  (float) part.right()
                },
                graph.visible(bright),
                radiograph::toString);
          }
        }
      }
    }
  }

  /** One graph, pictures of any size: nothing of one run stays for the next. */
  @Test
  void takesPicturesOfAnySize() throws OrtException {
    PreprocessingSpec specification =
        new PreprocessingSpec(
            List.of(
                new BorderCrop(0.1),
                new Resize(224, 224, Resampling.BILINEAR),
                new HistogramEqualization(),
                new GaussianBlur(1.5),
                new ChannelReplication(3),
                new Normalization(Kind.CAFFE_BGR_MEAN)),
            InputShape.Layout.CHANNELS_FIRST);
    int[][] sizes = {{1, 1}, {1, 2000}, {2000, 1}, {224, 224}, {223, 512}, {1024, 903}, {5, 7}};
    try (PreprocessingRun graph = PreprocessingRun.of(specification, false)) {
      for (int[] size : sizes) {
        Radiograph picture = picture(size[0], size[1], 8, Look.NOISE, size[0]);
        assertArrayEquals(
            expected(specification, picture), graph.run(picture), () -> size[0] + " x " + size[1]);
      }
    }
  }

  /** Every 16-bit value of every depth, and white above the highest. */
  @Test
  void scalesEveryValueOfEveryDepth() throws OrtException {
    PreprocessingSpec shallow =
        PreprocessingSpec.of(256, 256, Resampling.NEAREST, 1, Kind.UNIT_RANGE);
    List<PreprocessingStep> steps = new ArrayList<>(shallow.steps());
    steps.add(0, new FullDepth());
    scalesEveryValue(shallow);
    scalesEveryValue(new PreprocessingSpec(steps, shallow.layout()));
  }

  private static void scalesEveryValue(PreprocessingSpec specification) throws OrtException {
    try (PreprocessingRun graph = PreprocessingRun.of(specification, true)) {
      for (int bits = 9; bits <= 16; bits++) {
        short[] pixels = new short[1 << 16];
        for (int i = 0; i < pixels.length; i++) {
          pixels[i] = (short) (i & (1 << bits) - 1);
        }
        Radiograph all = Radiograph.ofGray16(256, 256, bits, pixels);
        assertArrayEquals(expected(specification, all), graph.run(all), bits + " bits");
      }
    }
  }

  /** A colour of a picture is computed in 32 bits, whatever blocks a processor's loops come in. */
  @Test
  void sharesWhatInputsHaveInCommon() throws OrtException {
    Resize small = new Resize(32, 40, Resampling.BILINEAR);
    List<ModelInput> inputs =
        List.of(
            input("input", small, new GaussianBlur(1), new Normalization(Kind.CAFFE_BGR_MEAN)),
            input("input2", small, new GaussianBlur(1), new Normalization(Kind.Z_SCORE)),
            input("input3", small, new HistogramEqualization(), new Normalization(Kind.UNIT_RANGE)),
            input("input4", small, new GaussianBlur(1), new Normalization(Kind.CAFFE_BGR_MEAN)));
    Radiograph picture = picture(300, 200, 8, Look.NOISE, 3);
    try (PreprocessingRun graph = new PreprocessingRun(inputs, false)) {
      Map<String, float[]> found = graph.all(picture);
      for (ModelInput input : inputs) {
        assertArrayEquals(
            expected(input.preprocessing(), picture), found.get(input.name()), input.name());
      }
      assertEquals(2, graph.operators().get("Conv"), "one blur along rows and one along columns");
      assertEquals(1, graph.operators().get("ScatterElements"), "one histogram");
      assertFalse(graph.operators().containsKey("Resize"), "ONNX's own is not exact");
    }
  }

  private static ModelInput input(String name, PreprocessingStep... gray) {
    List<PreprocessingStep> steps = new ArrayList<>(List.of(gray));
    steps.add(steps.size() - 1, new ChannelReplication(3));
    return new ModelInput(name, new PreprocessingSpec(steps, InputShape.Layout.CHANNELS_FIRST));
  }

  /** The films at hand, as they were published and as the set has them. */
  @Test
  @Tag("slow")
  void isEqualOnRealRadiographs() throws IOException, OrtException {
    Path data = Path.of(System.getProperty("cxr.shared", "../shared"), "data");
    assumeTrue(Files.isDirectory(data), "SKIPPED: no " + data + "; set -Dcxr.shared");
    List<Path> films = new ArrayList<>();
    for (String set : List.of("originals", "chest-xray-900")) {
      try (Stream<Path> files = Files.walk(data.resolve(set))) {
        files
            .filter(file -> file.toString().matches(".*\\.(png|jpe?g)"))
            .sorted()
            .forEach(films::add);
      }
    }
    assertTrue(films.size() > 900, films.size() + " films");
    ModelInput shipped =
        input(
            "input",
            new Resize(224, 224, Resampling.BILINEAR),
            new GaussianBlur(1.5),
            new Normalization(Kind.SIGNED_UNIT_RANGE));
    ModelInput cropped =
        input(
            "input2",
            new BorderCrop(0.1),
            new Clahe(2, 8, 8),
            new Resize(150, 130, Resampling.BILINEAR),
            new HistogramEqualization(),
            new Normalization(Kind.Z_SCORE));
    try (PreprocessingRun graph = new PreprocessingRun(List.of(shipped, cropped), false)) {
      for (Path film : films) {
        Radiograph radiograph = Radiograph.read(film);
        Map<String, float[]> found = graph.all(radiograph);
        for (ModelInput input : List.of(shipped, cropped)) {
          assertArrayEquals(
              expected(input.preprocessing(), radiograph),
              found.get(input.name()),
              film.getFileName() + " " + input.name());
        }
      }
    }
  }
}
