package io.cxr.commandline;

import static io.cxr.commandline.Output.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.cxr.Heatmap;
import io.cxr.Prediction;
import io.cxr.model.ModelInput;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.onnx.FeatureExtractor;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.Network;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.RandomKerasWeights;
import io.cxr.train.network.Shape;
import io.cxr.train.weights.KerasWeights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * InstaCovNet-19's own five networks, in the form that it has, from Keras files to one file that
 * explains what it says. The weights are random, the images few and phantoms: it is the mechanism
 * that is tested, not what the networks know.
 */
@Tag("slow")
class StackOfFiveTest {
  /** Sizes differ as the networks' own do, in groups of two, two and one, but are smaller. */
  private static final Map<String, Integer> MEMBERS = new LinkedHashMap<>();

  static {
    MEMBERS.put("resnet101", 96);
    MEMBERS.put("xception", 128);
    MEMBERS.put("inceptionv3", 128);
    MEMBERS.put("mobilenetv2", 96);
    MEMBERS.put("nasnet-mobile", 96);
  }

  @TempDir Path folder;

  /** A frozen base as it is alone. */
  private static final class Base {
    private final PreprocessingSpec preprocessing;
    private final byte[] graph;

    private Base(PreprocessingSpec preprocessing, byte[] graph) {
      this.preprocessing = preprocessing;
      this.graph = graph;
    }

    static Base of(String name, int size, Path weights) throws IOException {
      PretrainedArchitecture whole = PretrainedArchitecture.of(Network.named(name).orElseThrow());
      List<PreprocessingStep> steps = new ArrayList<>(whole.preprocessing().steps());
      steps.replaceAll(
          step ->
              step instanceof PreprocessingStep.Resize resize
                  ? new PreprocessingStep.Resize(size, size, resize.resampling())
                  : step);
      PreprocessingSpec sized = new PreprocessingSpec(steps, whole.preprocessing().layout());
      PretrainedArchitecture base = whole.withPreprocessing(sized).withPooling(Pooling.FLATTEN);
      return new Base(
          sized, base.base(base.weights(KerasWeights.read(weights))).features(Pooling.FLATTEN));
    }

    /** The last map, {@code [channel][row][column]}. */
    float[][][] map(Radiograph radiograph) {
      try (FeatureExtractor extractor = FeatureExtractor.open(graph, 2)) {
        FloatBuffer input = floats(extractor.inputShape().elements());
        StandardPreprocessor.of(preprocessing).preprocess(radiograph, input);
        FloatBuffer output = floats(extractor.featureCount());
        extractor.extract(input.flip(), 1, output);
        output.flip();
        float[][][] map =
            new float[extractor.featureChannels()][extractor.featureRows()]
                [extractor.featureColumns()];
        for (float[][] channel : map) {
          for (float[] row : channel) {
            output.get(row);
          }
        }
        return map;
      }
    }

    private static FloatBuffer floats(int count) {
      return ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }
  }

  private Path weights(String name, int size) {
    Path file = folder.resolve(name + ".h5");
    RandomKerasWeights.write(
        Network.named(name).orElseThrow().graph(Shape.map(3, size, size)), file, 7, 1);
    return file;
  }

  @Test
  void learnsExplainsAndShrinksAsOneFile() throws IOException {
    Path phantoms = folder.resolve("phantoms");
    SyntheticChestPhantom.writeFolder(phantoms, 12, 1);
    List<String> members = new ArrayList<>();
    List<Base> bases = new ArrayList<>();
    for (Map.Entry<String, Integer> member : MEMBERS.entrySet()) {
      Path file = weights(member.getKey(), member.getValue());
      members.add(member.getKey() + ":weights=" + file + ":size=" + member.getValue());
      bases.add(Base.of(member.getKey(), member.getValue(), file));
    }
    Path stack = folder.resolve("stack.onnx");
    Output trained =
        run(
            "stack",
            "--form",
            "features",
            "--data",
            phantoms,
            "--patients",
            phantoms.resolve("patients.csv"),
            "--members",
            String.join(",", members),
            "--folds",
            2,
            "--test",
            0.3,
            "--cache",
            folder.resolve("cache"),
            "--out",
            stack);
    assertEquals(0, trained.exitCode(), trained.err());
    for (String name : MEMBERS.keySet()) {
      assertTrue(trained.out().contains(name), trained.out());
    }

    Radiograph radiograph = SyntheticChestPhantom.draw(true, 99);
    Prediction whole;
    try (OnnxClassifier classifier = OnnxClassifier.open(stack)) {
      Set<PreprocessingSpec> distinct = new LinkedHashSet<>();
      bases.forEach(base -> distinct.add(base.preprocessing));
      assertEquals(3, distinct.size(), "two networks of 128, two of 96 and one of other colours");
      assertEquals(
          List.copyOf(distinct),
          classifier.card().inputs().stream().map(ModelInput::preprocessing).toList());
      whole = classifier.classify(radiograph);
      Map<String, float[][]> expected = heatmaps(stack, bases, radiograph);
      for (String label : classifier.card().labels()) {
        check(expected.get(label), classifier.explain(radiograph, label).heatmap());
      }
    }

    Path half = folder.resolve("half.onnx");
    Output exported = run("export", stack, "--precision", "fp16", "--out", half);
    assertEquals(0, exported.exitCode(), exported.err());
    assertTrue(
        Files.size(half) < 0.55 * Files.size(stack), Files.size(half) + " " + Files.size(stack));
    try (OnnxClassifier classifier = OnnxClassifier.open(half)) {
      assertTrue(classifier.canExplain());
      // Generated weights give nearly the same features for every phantom, and the layer magnifies
      // the differences together with the rounding: probabilities may well be apart.
      Prediction rounded = classifier.classify(radiograph);
      assertEquals(whole.probabilities().size(), rounded.probabilities().size());
      assertTrue(Double.isFinite(rounded.top().probability()));
    }
  }

  /** By label, the members' maps, each weighed by the file's layer, on the largest of them. */
  private static Map<String, float[][]> heatmaps(
      Path stack, List<Base> bases, Radiograph radiograph) throws IOException {
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(stack));
    TensorProto matrix =
        model.getGraph().getInitializerList().stream()
            .filter(tensor -> tensor.getName().equals("stack/W"))
            .findFirst()
            .orElseThrow();
    FloatBuffer weights =
        matrix.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    int width = Math.toIntExact(matrix.getDims(1));
    List<float[][][]> maps = new ArrayList<>();
    int size = 0;
    for (Base base : bases) {
      maps.add(base.map(radiograph));
      size = Math.max(size, maps.get(maps.size() - 1)[0].length);
    }
    Map<String, float[][]> heatmaps = new LinkedHashMap<>();
    List<String> labels = List.of(SyntheticChestPhantom.CLEAR, SyntheticChestPhantom.OPACITY);
    for (int label = 0; label < 2; label++) {
      double[][] sum = new double[size][size];
      int column = label * width;
      for (float[][][] map : maps) {
        int positions = map[0].length * map[0][0].length;
        for (float[][] channel : map) {
          float weight = weights.get(column++) / positions;
          for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
              sum[y][x] += weight * resized(channel, y, x, size);
            }
          }
        }
      }
      float[][] positive = new float[size][size];
      for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
          positive[y][x] = (float) Math.max(0, sum[y][x]);
        }
      }
      heatmaps.put(labels.get(label), positive);
    }
    return heatmaps;
  }

  /** Bilinear, pixel centres aligned, the border repeated. */
  private static double resized(float[][] map, int y, int x, int size) {
    double row = Math.max(0, Math.min(map.length - 1, (y + 0.5) * map.length / size - 0.5));
    double column = Math.max(0, Math.min(map.length - 1, (x + 0.5) * map.length / size - 0.5));
    int y0 = (int) row;
    int x0 = (int) column;
    int y1 = Math.min(map.length - 1, y0 + 1);
    int x1 = Math.min(map.length - 1, x0 + 1);
    double top = map[y0][x0] * (1 - (column - x0)) + map[y0][x1] * (column - x0);
    double bottom = map[y1][x0] * (1 - (column - x0)) + map[y1][x1] * (column - x0);
    return top * (1 - (row - y0)) + bottom * (row - y0);
  }

  private static void check(float[][] expected, Heatmap heatmap) {
    assertEquals(expected.length, heatmap.rows());
    double greatest = 1e-6;
    for (float[] row : expected) {
      for (float value : row) {
        greatest = Math.max(greatest, value);
      }
    }
    for (int y = 0; y < expected.length; y++) {
      for (int x = 0; x < expected.length; x++) {
        // A heatmap's greatest value is 1.
        assertEquals(expected[y][x] / greatest, heatmap.value(y, x), 1e-3, y + ", " + x);
      }
    }
  }
}
