package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.assertClose;
import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.export;
import static io.cxr.train.export.ExportFixtures.images;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.train.network.LayerDescription.Moments;
import io.cxr.train.network.LungAttention;
import io.cxr.train.network.MomentsNetwork;
import io.cxr.train.network.Network;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.Shape;
import io.cxr.train.weights.NetworkWeights;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Mean and standard deviation of each channel, over all cells or over the lungs. */
class MomentsTest {
  private static final String CUT = "conv_pw_3_relu";
  private static final int CHANNELS = 128;
  private static final int ROWS = 24;
  private static final int COLUMNS = 16;
  private static final int LABELS = 3;
  private static final Network MOBILENET = Network.named("mobilenet").orElseThrow();

  private final INDArray images = images(3, 2, 3, 96, 64);

  private static LungAttention lungs() {
    float[] channels = images(11, CHANNELS).muli(0.2).data().asFloat();
    float[] places = images(12, ROWS * COLUMNS).data().asFloat();
    return new LungAttention(ROWS, COLUMNS, channels, places);
  }

  private static NetworkGraph network(@Nullable LungAttention lungs) {
    return new MomentsNetwork(MOBILENET, CUT, lungs).graph(Shape.map(3, 96, 64));
  }

  private static FrozenBase base(@Nullable LungAttention lungs, long seed) {
    NetworkGraph network = network(lungs);
    return FrozenBase.of(network, NetworkWeights.random(network, seed, 1));
  }

  private INDArray run(byte[] graph) throws Exception {
    try (OnnxModel onnx = new OnnxModel(graph)) {
      return Objects.requireNonNull(onnx.run(images).get("features"));
    }
  }

  /** The map below, by the same weights. */
  private INDArray below() throws Exception {
    NetworkGraph network = MOBILENET.graph(Shape.map(3, 96, 64)).upTo(CUT);
    return run(
        FrozenBase.of(network, NetworkWeights.random(network, 5, 1)).features(Pooling.FLATTEN));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void featuresAreMeanAndDeviationOfEachChannel(boolean overLungs) throws Exception {
    LungAttention lungs = overLungs ? lungs() : null;
    INDArray map = below();
    assertArrayEquals(new long[] {2, CHANNELS, ROWS, COLUMNS}, map.shape());
    int cells = ROWS * COLUMNS;
    INDArray expected = Nd4j.create(DataType.FLOAT, 2, 2 * CHANNELS, 1, 1);
    for (int image = 0; image < 2; image++) {
      float[] own = map.slice(image).dup('c').data().asFloat();
      double[] weights = new double[cells];
      double all = 0;
      for (int cell = 0; cell < cells; cell++) {
        weights[cell] = lungs == null ? 1 : lungs.of(own)[cell];
        all += weights[cell];
      }
      for (int channel = 0; channel < CHANNELS; channel++) {
        double mean = 0;
        for (int cell = 0; cell < cells; cell++) {
          mean += weights[cell] * own[channel * cells + cell] / all;
        }
        double variance = 0;
        for (int cell = 0; cell < cells; cell++) {
          variance += weights[cell] * Math.pow(own[channel * cells + cell] - mean, 2) / all;
        }
        expected.putScalar(new int[] {image, channel, 0, 0}, mean);
        expected.putScalar(
            new int[] {image, CHANNELS + channel, 0, 0},
            variance / Math.sqrt(variance + Moments.EPSILON));
      }
    }
    INDArray features = run(base(lungs, 5).features(Pooling.GLOBAL_AVERAGE));
    assertClose(expected, features, 1e-4 * expected.amaxNumber().doubleValue());
  }

  private static byte[] model(@Nullable LungAttention lungs, long seed, INDArray head, float bias)
      throws Exception {
    TrainedNetwork trained =
        TrainedNetwork.of(
            base(lungs, seed),
            Pooling.GLOBAL_AVERAGE,
            head.dup('c').data().asFloat(),
            new float[] {bias, bias, bias},
            OutputActivation.SOFTMAX);
    return export(trained, card(3, 96, 64, LABELS, OutputActivation.SOFTMAX));
  }

  private Map<String, INDArray> answers(byte[] model) throws Exception {
    try (OnnxModel onnx = new OnnxModel(model)) {
      return onnx.run(images);
    }
  }

  /** What is shown is what was added up, nonlinear though a deviation is. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void cellsOfAHeatmapAddUpToTheLogit(boolean overLungs) throws Exception {
    // Weights above zero on shares above zero: the ReLU does nothing.
    INDArray head = Transforms.abs(images(7, 2 * CHANNELS, LABELS));
    Map<String, INDArray> outputs = answers(model(overLungs ? lungs() : null, 5, head, 0.25f));
    INDArray logits = Objects.requireNonNull(outputs.get("logits"));
    INDArray heatmap = Objects.requireNonNull(outputs.get("heatmap"));
    assertArrayEquals(new long[] {2, LABELS, ROWS, COLUMNS}, heatmap.shape());
    assertClose(logits.sub(0.25), heatmap.sum(2, 3), 1e-4 * logits.amaxNumber().doubleValue());
  }

  /** The average image's heatmap is empty, and answers stay what they are. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void centredHeatmapsShowWhatDiffersFromTheAverage(boolean overLungs) throws Exception {
    FrozenBase base = base(overLungs ? lungs() : null, 5);
    INDArray head = images(7, 2 * CHANNELS, LABELS);
    float[] weights = head.dup('c').data().asFloat();
    float[] bias = {0.1f, 0.2f, 0.3f};
    INDArray features = run(base.features(Pooling.GLOBAL_AVERAGE)).reshape(2, 2 * CHANNELS);
    float[] average = features.mean(0).data().asFloat();
    ModelCard card = card(3, 96, 64, LABELS, OutputActivation.SOFTMAX);
    Map<String, INDArray> plain =
        answers(
            export(
                TrainedNetwork.of(
                    base, Pooling.GLOBAL_AVERAGE, weights, bias, OutputActivation.SOFTMAX),
                card));
    Map<String, INDArray> centred =
        answers(
            export(
                TrainedNetwork.centred(base, weights, bias, average, OutputActivation.SOFTMAX),
                card));
    INDArray logits = Objects.requireNonNull(plain.get("logits"));
    double size = logits.amaxNumber().doubleValue();
    assertClose(logits, centred.get("logits"), 1e-3 * size);
    // A label's maps of both signs are complete: what the ReLU takes away is the negative's.
    float[] opposite = new float[weights.length];
    for (int i = 0; i < weights.length; i++) {
      opposite[i] = -weights[i];
    }
    INDArray negative =
        Objects.requireNonNull(
            answers(
                    export(
                        TrainedNetwork.centred(
                            base, opposite, bias, average, OutputActivation.SOFTMAX),
                        card))
                .get("heatmap"));
    INDArray sums =
        Objects.requireNonNull(centred.get("heatmap")).sum(2, 3).sub(negative.sum(2, 3));
    INDArray expected = logits.subRowVector(logits.mean(0));
    assertClose(expected, sums, 1e-3 * size);
  }

  /** Cells that are no lung have no part in the answer, whatever is in them. */
  @Test
  void whatIsNoLungIsNotInTheHeatmap() throws Exception {
    float[] places = new float[ROWS * COLUMNS];
    for (int cell = 0; cell < places.length; cell++) {
      places[cell] = cell % COLUMNS < COLUMNS / 2 ? 20 : -20;
    }
    LungAttention left = new LungAttention(ROWS, COLUMNS, new float[CHANNELS], places);
    INDArray head = Transforms.abs(images(7, 2 * CHANNELS, LABELS));
    INDArray heatmap = Objects.requireNonNull(answers(model(left, 5, head, 0)).get("heatmap"));
    double all = heatmap.sumNumber().doubleValue();
    double shown = 0;
    for (int column = 0; column < COLUMNS / 2; column++) {
      shown +=
          heatmap
              .get(
                  NDArrayIndex.all(),
                  NDArrayIndex.all(),
                  NDArrayIndex.all(),
                  NDArrayIndex.point(column))
              .sumNumber()
              .doubleValue();
    }
    assertTrue(all > 0);
    assertEquals(1, shown / all, 1e-6);
  }

  /** A heatmap that stays the same with random weights would show the image, not the model. */
  @Test
  void anotherNetworkGivesAnotherHeatmap() throws Exception {
    INDArray head = images(7, 2 * CHANNELS, LABELS);
    INDArray one = Objects.requireNonNull(answers(model(null, 5, head, 0)).get("heatmap"));
    INDArray again = Objects.requireNonNull(answers(model(null, 5, head, 0)).get("heatmap"));
    INDArray other = Objects.requireNonNull(answers(model(null, 6, head, 0)).get("heatmap"));
    INDArray near = head.add(images(8, 2 * CHANNELS, LABELS).muli(0.02));
    INDArray alike = Objects.requireNonNull(answers(model(null, 5, near, 0)).get("heatmap"));
    assertEquals(1, correlation(one, again), 1e-6);
    assertTrue(correlation(one, alike) > 0.9, () -> "alike " + correlation(one, alike));
    assertTrue(Math.abs(correlation(one, other)) < 0.5, () -> "other " + correlation(one, other));
  }

  private static double correlation(INDArray a, INDArray b) {
    INDArray x = a.sub(a.meanNumber());
    INDArray y = b.sub(b.meanNumber());
    return x.mul(y).sumNumber().doubleValue()
        / Math.sqrt(x.mul(x).sumNumber().doubleValue() * y.mul(y).sumNumber().doubleValue());
  }

  /** The novelty statistic is on both moments. */
  @Test
  void noveltyIsOnAllMoments() throws Exception {
    TrainedNetwork trained =
        TrainedNetwork.of(
            base(null, 5),
            Pooling.GLOBAL_AVERAGE,
            new float[2 * CHANNELS * LABELS],
            new float[LABELS],
            OutputActivation.SOFTMAX);
    byte[] graph = OnnxExporter.lastMapMeans(trained, Precision.FP32).orElseThrow();
    assertEquals(2 * CHANNELS, run(graph).size(1));
  }

  @Test
  void attentionOfAnotherMapIsRefused() {
    LungAttention small = new LungAttention(2, 2, new float[CHANNELS], new float[4]);
    assertThrows(IllegalArgumentException.class, () -> network(small));
    assertThrows(
        IllegalArgumentException.class,
        () -> new MomentsNetwork(MOBILENET, "conv_pw_99_relu", null));
  }
}
