package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.assertClose;
import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.export;
import static io.cxr.train.export.ExportFixtures.images;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.OutputActivation;
import io.cxr.train.network.Network;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.Shape;
import io.cxr.train.weights.NetworkWeights;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/** A head on maps of two scales: the heatmap of the file is the Grad-CAM of automatic gradients. */
class ScalesTest {
  private static final List<String> LAYERS = List.of("conv_pw_3_relu", "conv_pw_6_relu");
  private static final int LABELS = 3;

  private final NetworkGraph network =
      Network.named("mobilenet").orElseThrow().graph(Shape.map(3, 96, 64)).upTo(LAYERS.get(1));
  private final NetworkWeights weights = NetworkWeights.random(network, 5, 1);
  private final INDArray images = images(3, 2, 3, 96, 64);

  private INDArray map(String layer) throws Exception {
    FrozenBase base = FrozenBase.of(network, weights, List.of(layer));
    try (OnnxModel onnx = new OnnxModel(base.features(Pooling.FLATTEN))) {
      return Objects.requireNonNull(onnx.run(images).get("features"));
    }
  }

  /** Rows to rows: linear, at the middles of pixels, constant beyond the outermost. */
  private static INDArray interpolation(long from, long to) {
    float[][] matrix = new float[(int) to][(int) from];
    for (int i = 0; i < to; i++) {
      double at = Math.max(0, Math.min(from - 1, (i + 0.5) * from / to - 0.5));
      int below = (int) at;
      matrix[i][below] += (float) (1 - (at - below));
      matrix[i][(int) Math.min(below + 1, from - 1)] += (float) (at - below);
    }
    return Nd4j.createFromArray(matrix);
  }

  private static INDArray resized(INDArray map, long rows, long columns) {
    INDArray result = Nd4j.create(DataType.FLOAT, map.size(0), map.size(1), rows, columns);
    INDArray down = interpolation(map.size(2), rows);
    INDArray across = interpolation(map.size(3), columns).transpose();
    for (int n = 0; n < map.size(0); n++) {
      for (int c = 0; c < map.size(1); c++) {
        INDArray channel = map.get(NDArrayIndex.point(n), NDArrayIndex.point(c));
        result.put(
            new org.nd4j.linalg.indexing.INDArrayIndex[] {
              NDArrayIndex.point(n), NDArrayIndex.point(c), NDArrayIndex.all(), NDArrayIndex.all()
            },
            down.mmul(channel).mmul(across));
      }
    }
    return result;
  }

  @Test
  void heatmapIsTheGradCamOfTheHeadOnAllMapsAtTheFinestSize() throws Exception {
    INDArray fine = map(LAYERS.get(0));
    INDArray coarse = map(LAYERS.get(1));
    assertArrayEquals(new long[] {2, 128, 24, 16}, fine.shape());
    assertArrayEquals(new long[] {2, 512, 6, 4}, coarse.shape());
    INDArray maps = Nd4j.concat(1, fine, resized(coarse, 24, 16));
    INDArray head = images(7, 640, LABELS).muli(0.05);
    INDArray bias = Nd4j.createFromArray(0.1f, -0.2f, 0.3f).reshape(1, LABELS);

    SameDiff graph = SameDiff.create();
    SDVariable input = graph.var("maps", maps);
    SDVariable logits =
        input.mean(2, 3).mmul(graph.constant("W", head)).add("logits", graph.constant("b", bias));
    INDArray expected = Nd4j.create(DataType.FLOAT, 2, LABELS, 24, 16);
    INDArray values = logits.eval();
    for (int label = 0; label < LABELS; label++) {
      SameDiff each = SameDiff.create();
      SDVariable from = each.var("maps", maps);
      from.mean(2, 3)
          .mmul(each.constant("W", head.getColumn(label, true)))
          .sum("score")
          .markAsLoss();
      INDArray gradient =
          Objects.requireNonNull(each.calculateGradients(Map.of(), "maps").get("maps"));
      INDArray weighted =
          maps.mul(gradient.mean(2, 3).reshape(2, 640, 1, 1).broadcast(maps.shape())).sum(1);
      expected.put(
          new org.nd4j.linalg.indexing.INDArrayIndex[] {
            NDArrayIndex.all(), NDArrayIndex.point(label), NDArrayIndex.all(), NDArrayIndex.all()
          },
          Transforms.relu(weighted));
    }

    FrozenBase base = FrozenBase.of(network, weights, LAYERS);
    TrainedNetwork trained =
        TrainedNetwork.of(
            base,
            Pooling.GLOBAL_AVERAGE,
            head.dup('c').data().asFloat(),
            bias.data().asFloat(),
            OutputActivation.SOFTMAX);
    byte[] model = export(trained, card(3, 96, 64, LABELS, OutputActivation.SOFTMAX));
    try (OnnxModel onnx = new OnnxModel(model)) {
      Map<String, INDArray> outputs = onnx.run(images);
      double largest = expected.maxNumber().doubleValue();
      assertTrue(largest > 0);
      assertClose(values, outputs.get("logits"), 1e-5 * values.amaxNumber().doubleValue());
      assertClose(expected, outputs.get("heatmap"), 1e-5 * largest);
    }
    // Features are the means of both maps, side by side.
    try (OnnxModel onnx = new OnnxModel(base.features(Pooling.GLOBAL_AVERAGE))) {
      INDArray features = Objects.requireNonNull(onnx.run(images).get("features"));
      assertClose(
          maps.mean(2, 3).reshape(2, 640, 1, 1), features, 1e-5 * maps.amaxNumber().doubleValue());
    }
  }

  /** The resize takes nothing away and adds nothing: what is shown is the logit, less the bias. */
  @Test
  void cellsOfAHeatmapAddUpToTheLogit() throws Exception {
    // Weights above zero on maps above zero: the ReLU does nothing.
    INDArray head = Transforms.abs(images(7, 640, LABELS));
    TrainedNetwork trained =
        TrainedNetwork.of(
            FrozenBase.of(network, weights, LAYERS),
            Pooling.GLOBAL_AVERAGE,
            head.dup('c').data().asFloat(),
            new float[LABELS],
            OutputActivation.SOFTMAX);
    byte[] model = export(trained, card(3, 96, 64, LABELS, OutputActivation.SOFTMAX));
    try (OnnxModel onnx = new OnnxModel(model)) {
      Map<String, INDArray> outputs = onnx.run(images);
      INDArray logits = Objects.requireNonNull(outputs.get("logits"));
      INDArray sums = Objects.requireNonNull(outputs.get("heatmap")).sum(2, 3);
      assertClose(logits, sums, 1e-4 * logits.amaxNumber().doubleValue());
    }
  }

  /** The novelty statistic is on the means of both maps. */
  @Test
  void noveltyIsOnAllMeans() throws Exception {
    TrainedNetwork trained =
        TrainedNetwork.of(
            FrozenBase.of(network, weights, LAYERS),
            Pooling.GLOBAL_AVERAGE,
            new float[640 * LABELS],
            new float[LABELS],
            OutputActivation.SOFTMAX);
    byte[] graph = OnnxExporter.lastMapMeans(trained, Precision.FP32).orElseThrow();
    try (OnnxModel onnx = new OnnxModel(graph)) {
      assertEquals(640, Objects.requireNonNull(onnx.run(images).get("features")).size(1));
    }
  }
}
