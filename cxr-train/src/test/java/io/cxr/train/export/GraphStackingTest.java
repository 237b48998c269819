package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.images;
import static io.cxr.train.export.OnnxGraph.attribute;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.cxr.error.ModelFormatException;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.network.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;

/** The stack of networks beside its members, run one by one and combined here. */
class GraphStackingTest {
  @TempDir Path folder;

  private static byte[] cnn(long seed, int labels, OutputActivation output) throws Exception {
    return ExportFixtures.export(
        new LocalMaximaCnn().network(labels, seed, new NoOp()), card(3, 64, 64, labels, output));
  }

  private static byte[] residual() {
    return SmallResidualNetwork.model(Normalization.Kind.UNIT_RANGE, 0.5f);
  }

  private static float[][] weights(int units, int columns, long seed) {
    Random random = new Random(seed);
    float[][] weights = new float[units][columns];
    for (float[] row : weights) {
      for (int i = 0; i < columns; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
    return weights;
  }

  private static ModelCard stackCard(List<StackMember> members, OutputActivation output) {
    return card(3, 64, 64, 2, output).toBuilder().inputs(GraphStacking.inputs(members)).build();
  }

  private static List<StackMember> members(byte[]... models) {
    List<StackMember> members = new ArrayList<>();
    for (byte[] model : models) {
      members.add(StackMember.classifier(model, "Member " + (members.size() + 1)));
    }
    return members;
  }

  /** What a member gives, its maps before their ReLU among it. */
  private static Map<String, INDArray> alone(byte[] model, INDArray input) throws Exception {
    ModelGraph graph = ModelGraph.read(model, "Member");
    String raw = graph.makers().get("heatmap").getInput(0);
    try (OnnxModel run = new OnnxModel(graph.build(List.of(raw)).toByteArray())) {
      Map<String, INDArray> outputs = run.run(input);
      outputs.put("raw", outputs.get(raw));
      return outputs;
    }
  }

  /** Bilinear, pixel centres aligned, the border repeated. */
  private static double resized(INDArray maps, int image, int channel, int y, int x, int size) {
    int rows = (int) maps.size(2);
    int columns = (int) maps.size(3);
    double row = Math.max(0, Math.min(rows - 1, (y + 0.5) * rows / size - 0.5));
    double column = Math.max(0, Math.min(columns - 1, (x + 0.5) * columns / size - 0.5));
    int y0 = (int) row;
    int x0 = (int) column;
    int y1 = Math.min(rows - 1, y0 + 1);
    int x1 = Math.min(columns - 1, x0 + 1);
    double top =
        maps.getDouble(image, channel, y0, x0) * (1 - (column - x0))
            + maps.getDouble(image, channel, y0, x1) * (column - x0);
    double bottom =
        maps.getDouble(image, channel, y1, x0) * (1 - (column - x0))
            + maps.getDouble(image, channel, y1, x1) * (column - x0);
    return top * (1 - (row - y0)) + bottom * (row - y0);
  }

  /** One sigmoid unit at 64 x 64 pixels beside a softmax of two at 32 x 32, other maps, too. */
  private void givesWhatTheMembersGive(OutputActivation output) throws Exception {
    byte[] one = cnn(5, 2, OutputActivation.SIGMOID_OF_SECOND_LABEL);
    byte[] two = residual();
    List<StackMember> members = members(one, two);
    assertEquals(1, members.get(0).columns());
    assertEquals(2, members.get(1).columns());
    int units = output.units(2);
    float[][] w = weights(units, 3, 9);
    float[] b = {0.25f, -0.5f};
    float[] bias = units == 1 ? new float[] {0.25f} : b;
    byte[] stack = GraphStacking.of(members, w, bias, stackCard(members, output)).toByteArray();

    INDArray large = images(1, 2, 3, 64, 64);
    INDArray small = images(2, 2, 3, 32, 32);
    Map<String, INDArray> first = alone(one, large);
    Map<String, INDArray> second = alone(two, small);
    try (OnnxModel run = new OnnxModel(stack)) {
      Map<String, INDArray> outputs = run.run(Map.of("input", large, "input2", small));
      INDArray heatmap = outputs.get("heatmap");
      int size = (int) Math.max(first.get("raw").size(2), second.get("raw").size(2));
      assertArrayEquals(new long[] {2, 2, size, size}, heatmap.shape());
      assertFalse(first.get("raw").size(2) == second.get("raw").size(2), "maps of two sizes");
      for (int image = 0; image < 2; image++) {
        double[] logits = new double[units];
        for (int unit = 0; unit < units; unit++) {
          logits[unit] =
              bias[unit]
                  + w[unit][0] * first.get("logits").getDouble(image, 0)
                  + w[unit][1] * second.get("logits").getDouble(image, 0)
                  + w[unit][2] * second.get("logits").getDouble(image, 1);
          double expected = logits[unit];
          assertEquals(
              expected,
              outputs.get("logits").getDouble(image, unit),
              1e-6 * Math.max(1, Math.abs(expected)));
        }
        double last =
            units == 1 ? 1 / (1 + Math.exp(-logits[0])) : 1 / (1 + Math.exp(logits[0] - logits[1]));
        assertEquals(last, outputs.get("output").getDouble(image, units - 1), 1e-5);
        checkHeatmap(heatmap, image, w, first.get("raw"), second.get("raw"));
      }
    }
  }

  private static void checkHeatmap(
      INDArray heatmap, int image, float[][] w, INDArray first, INDArray second) {
    double maximum = heatmap.maxNumber().doubleValue();
    assertTrue(maximum > 0, "an empty map shows nothing: choose another seed");
    int size = (int) heatmap.size(2);
    for (int label = 0; label < 2; label++) {
      float[] row = w[w.length == 1 ? 0 : label];
      int sign = w.length == 1 && label == 0 ? -1 : 1;
      for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
          double expected =
              sign
                  * (row[0] * resized(first, image, 1, y, x, size)
                      + row[1] * resized(second, image, 0, y, x, size)
                      + row[2] * resized(second, image, 1, y, x, size));
          assertEquals(
              Math.max(0, expected), heatmap.getDouble(image, label, y, x), 1e-5 * maximum);
        }
      }
    }
  }

  @Test
  void aSoftmaxStackGivesWhatItsMembersGive() throws Exception {
    givesWhatTheMembersGive(OutputActivation.SOFTMAX);
  }

  @Test
  void aStackWithOneUnitGivesWhatItsMembersGive() throws Exception {
    givesWhatTheMembersGive(OutputActivation.SIGMOID_OF_SECOND_LABEL);
  }

  @Test
  void membersOfOneSizeShareAnInputAndWhatIsTheSame() throws Exception {
    byte[] one = cnn(5, 2, OutputActivation.SIGMOID_OF_SECOND_LABEL);
    List<StackMember> twins = members(one, one);
    ModelCard card = stackCard(twins, OutputActivation.SOFTMAX);
    float[][] w = {{-1, -1}, {1, 1}};
    byte[] stack = GraphStacking.of(twins, w, new float[2], card).toByteArray();
    assertEquals(1, GraphStacking.inputs(twins).size());
    assertTrue(stack.length < 1.05 * one.length, stack.length + " bytes of " + one.length);
    assertArrayEquals(
        stack, GraphStacking.of(members(one, one), w, new float[2], card).toByteArray());

    List<StackMember> others = members(one, cnn(6, 2, OutputActivation.SIGMOID_OF_SECOND_LABEL));
    byte[] both = GraphStacking.of(others, w, new float[2], card).toByteArray();
    assertTrue(both.length > 1.9 * one.length && both.length < 2.1 * one.length);
    List<String> names =
        ModelProto.parseFrom(both).getGraph().getNodeList().stream()
            .map(node -> node.getOutput(0))
            .toList();
    assertTrue(names.stream().anyMatch(name -> name.startsWith("member2/")), names.toString());
    assertFalse(names.contains("member1/output"), "what nothing needs is left out");
  }

  @Test
  void opensAsAClassifierAndTakesHalfTheRoomWithHalfTheBits() throws Exception {
    List<StackMember> members =
        members(cnn(5, 2, OutputActivation.SIGMOID_OF_SECOND_LABEL), residual());
    assertEquals(2, GraphStacking.inputs(members).size());
    Path file = folder.resolve("stack.onnx");
    GraphStacking.of(
            members,
            weights(2, 3, 4),
            new float[] {0.1f, 0},
            stackCard(members, OutputActivation.SOFTMAX))
        .write(file);
    Path half = folder.resolve("half.onnx");
    ModelExport.of(file).precision(Precision.FP16).write(half);
    assertTrue(Files.size(half) < 0.55 * Files.size(file));
    byte[] pixels = new byte[90 * 80];
    new Random(3).nextBytes(pixels);
    Radiograph radiograph = Radiograph.ofGray8(90, 80, pixels);
    try (OnnxClassifier whole = OnnxClassifier.open(file);
        OnnxClassifier small = OnnxClassifier.open(half)) {
      assertTrue(whole.canExplain() && small.canExplain());
      assertEquals(
          whole.classify(radiograph).probability("LABEL1"),
          small.classify(radiograph).probability("LABEL1"),
          5e-3);
    }
  }

  @Test
  void noveltyIsThatOfTheMemberWhichFindsAnImageMostForeign() throws Exception {
    List<StackMember> members =
        members(
            cnn(5, 2, OutputActivation.SIGMOID_OF_SECOND_LABEL),
            cnn(6, 2, OutputActivation.SIGMOID_OF_SECOND_LABEL));
    INDArray films = images(7, 12, 3, 64, 64);
    List<NoveltyStatistic> statistics = new ArrayList<>();
    List<float[][]> means = new ArrayList<>();
    for (StackMember member : members) {
      float[][] rows = new float[12][];
      try (OnnxModel run = new OnnxModel(member.lastMapMeans().orElseThrow())) {
        INDArray values = run.run(films).get("features");
        for (int i = 0; i < rows.length; i++) {
          rows[i] = values.slice(i).dup('c').data().asFloat();
        }
      }
      means.add(rows);
      statistics.add(NoveltyStatistic.fit(rows));
    }
    double[] bounds = new double[2];
    for (int m = 0; m < 2; m++) {
      for (float[] row : means.get(m)) {
        bounds[m] += statistics.get(m).score(row) / 12;
      }
    }
    StackNoveltyStatistic joint = new StackNoveltyStatistic(statistics, bounds);
    ModelCard plain = stackCard(members, OutputActivation.SOFTMAX);
    ModelCard gated =
        plain.toBuilder().novelty(new NoveltyGate(joint.description(), 3, 0.98, 0.95)).build();
    GraphStacking stack = GraphStacking.of(members, weights(2, 2, 4), new float[2], gated);
    assertThrows(IllegalArgumentException.class, stack::toByteArray, "a gate without statistic");
    GraphStacking strange =
        GraphStacking.of(members, weights(2, 2, 4), new float[2], gated)
            .novelty(new StackNoveltyStatistic(statistics.subList(0, 1), new double[] {1}));
    assertThrows(IllegalArgumentException.class, strange::toByteArray, "of one member");
    int first = 0;
    try (OnnxModel run = new OnnxModel(stack.novelty(joint).toByteArray())) {
      INDArray novelty = run.run(films).get("novelty");
      assertArrayEquals(new long[] {12, 1}, novelty.shape());
      for (int i = 0; i < 12; i++) {
        double one = statistics.get(0).score(means.get(0)[i]) / bounds[0];
        double two = statistics.get(1).score(means.get(1)[i]) / bounds[1];
        double expected = Math.max(one, two);
        first += one > two ? 1 : 0;
        assertEquals(expected, joint.score(List.of(means.get(0)[i], means.get(1)[i])), 1e-9);
        assertEquals(expected, novelty.getDouble(i, 0), 1e-3 * expected);
      }
    }
    assertTrue(first > 0 && first < 12, "each member decides somewhere: " + first);
  }

  @Test
  void columnsAreTheLogitsOfTheFile() throws Exception {
    byte[] model = residual();
    INDArray films = images(2, 3, 3, 32, 32);
    INDArray logits = alone(model, films).get("logits");
    try (OnnxModel run = new OnnxModel(members(model).get(0).columnsGraph())) {
      INDArray columns = run.run(films).get("features");
      assertArrayEquals(new long[] {3, 2, 1, 1}, columns.shape());
      ExportFixtures.assertClose(logits, columns.reshape(3, 2), 1e-6);
    }
  }

  /** A base without head: a convolution with ReLU of 8 or 4 channels on 16 x 16 or 8 x 8. */
  private static byte[] base(int size, int channels, int stride, long seed) {
    Random random = new Random(seed);
    float[] kernels = new float[channels * 3 * 9];
    for (int i = 0; i < kernels.length; i++) {
      kernels[i] = (float) random.nextGaussian();
    }
    OnnxGraph graph = new OnnxGraph(Precision.FP32);
    graph.input("input", Shape.map(3, size, size));
    String w = graph.constant("conv/W", kernels, channels, 3, 3, 3);
    String map =
        graph.node(
            "Conv",
            "conv",
            List.of("input", w),
            attribute("strides", stride, stride),
            attribute("pads", 1, 1, 1, 1));
    graph.node("Relu", "features", List.of(map));
    graph.output("features", channels, size / stride, size / stride);
    return OnnxExporter.model(graph).build().toByteArray();
  }

  private static PreprocessingSpec spec(int size) {
    return PreprocessingSpec.of(size, size, Resampling.BILINEAR, 3, Normalization.Kind.UNIT_RANGE);
  }

  @Test
  void frozenBasesShareOneHead() throws Exception {
    byte[] one = base(32, 8, 2, 1);
    byte[] two = base(16, 4, 2, 2);
    List<StackMember> members =
        List.of(
            StackMember.features(one, spec(32), "Base one"),
            StackMember.features(two, spec(16), "Base two"));
    float[][] w = weights(2, 12, 3);
    float[] b = {0.5f, -0.5f};
    byte[] stack =
        GraphStacking.of(members, w, b, stackCard(members, OutputActivation.SOFTMAX)).toByteArray();
    INDArray large = images(1, 2, 3, 32, 32);
    INDArray small = images(2, 2, 3, 16, 16);
    INDArray first;
    INDArray second;
    try (OnnxModel run = new OnnxModel(one)) {
      first = run.run(large).get("features");
    }
    try (OnnxModel run = new OnnxModel(two)) {
      second = run.run(small).get("features");
    }
    try (OnnxModel run = new OnnxModel(stack)) {
      Map<String, INDArray> outputs = run.run(Map.of("input", large, "input2", small));
      INDArray heatmap = outputs.get("heatmap");
      double maximum = heatmap.maxNumber().doubleValue();
      assertTrue(maximum > 0);
      for (int image = 0; image < 2; image++) {
        for (int label = 0; label < 2; label++) {
          double logit = b[label];
          for (int c = 0; c < 12; c++) {
            INDArray map = c < 8 ? first : second;
            logit +=
                w[label][c] * map.slice(image).slice(c < 8 ? c : c - 8).meanNumber().doubleValue();
          }
          assertEquals(
              logit,
              outputs.get("logits").getDouble(image, label),
              1e-6 * Math.max(1, Math.abs(logit)));
          for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
              double expected = 0;
              for (int c = 0; c < 12; c++) {
                expected +=
                    c < 8
                        ? w[label][c] / 256 * first.getDouble(image, c, y, x)
                        : w[label][c] / 64 * resized(second, image, c - 8, y, x, 16);
              }
              assertEquals(
                  Math.max(0, expected), heatmap.getDouble(image, label, y, x), 1e-5 * maximum);
            }
          }
        }
      }
    }
  }

  @Test
  void aStackOfMembersThatCropDifferentlyHasNoHeatmap() {
    List<PreprocessingStep> steps = new ArrayList<>(spec(32).steps());
    steps.add(0, new PreprocessingStep.BorderCrop(0.1));
    List<StackMember> members =
        List.of(
            StackMember.features(base(32, 8, 2, 1), spec(32), "Base one"),
            StackMember.features(
                base(32, 8, 2, 2), new PreprocessingSpec(steps, spec(32).layout()), "Base two"));
    byte[] stack =
        GraphStacking.of(
                members,
                weights(2, 16, 3),
                new float[2],
                stackCard(members, OutputActivation.SOFTMAX))
            .toByteArray();
    assertFalse(ModelGraph.read(stack, "Stack").outputs().contains("heatmap"));
  }

  @Test
  void refusesWhatDoesNotFit() throws Exception {
    List<StackMember> members = members(residual());
    ModelCard card = stackCard(members, OutputActivation.SOFTMAX);
    assertThrows(
        IllegalArgumentException.class,
        () -> GraphStacking.of(members, weights(2, 3, 1), new float[2], card));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            GraphStacking.of(
                members,
                weights(2, 2, 1),
                new float[2],
                card(3, 64, 64, 2, OutputActivation.SOFTMAX)));
    String message =
        assertThrows(
                ModelFormatException.class,
                () -> StackMember.classifier(base(32, 8, 2, 1), "Member 1"))
            .getMessage();
    assertTrue(message.contains("Member 1") && message.contains("card"), message);
  }
}
