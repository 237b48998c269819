package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.assertClose;
import static io.cxr.train.export.ExportFixtures.assertHeatmaps;
import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.export;
import static io.cxr.train.export.ExportFixtures.images;
import static io.cxr.train.export.ExportFixtures.nodeTypes;
import static io.cxr.train.export.ExportFixtures.randomized;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cxr.model.OutputActivation;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.architecture.ReportCnn;
import io.cxr.train.architecture.ResNet50;
import io.cxr.train.architecture.UntrainedArchitecture;
import io.cxr.train.architecture.Vgg16;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * The four networks at full size: outputs and heatmaps of the exported file equal Deeplearning4j's
 * forward and backward pass.
 */
class ArchitectureParityTest {
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void localMaximaCnn(int labels) throws Exception {
    check(new LocalMaximaCnn(), "conv3", labels, 3);
  }

  @Test
  void reportCnn() throws Exception {
    check(new ReportCnn(), "conv4", 2, 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"SIGMOID_PER_LABEL", "SOFTMAX"})
  void resNet50(OutputActivation head) throws Exception {
    List<String> nodes = check(new ResNet50(head), "conv5_block3_out", 2);
    assertFalse(nodes.contains("BatchNormalization"), "batch norm is folded");
    assertFalse(nodes.contains("Pad"), "zero padding goes into the convolution");
  }

  @Test
  void vgg16() throws Exception {
    check(new Vgg16(OutputActivation.SOFTMAX), "block5_conv3", 2);
  }

  private static void check(UntrainedArchitecture architecture, String map, int labels, int batch)
      throws Exception {
    MultiLayerNetwork network = randomized(architecture.network(labels, 1, new NoOp()), 5);
    int rows = architecture.inputShape().rows();
    INDArray images = images(3, batch, 3, rows, rows);
    INDArray expected = network.output(images);
    int lastMap = network.getLayerNames().indexOf(map);
    INDArray heatmaps = GradCam.of(network, lastMap, images).heatmaps(labels);
    byte[] model = export(network, card(3, rows, rows, labels, architecture.output(labels)));
    compare(model, images, expected, heatmaps);
  }

  private static List<String> check(PretrainedArchitecture architecture, String map, int labels)
      throws Exception {
    ComputationGraph network = randomized(architecture.joined(labels), 5);
    INDArray images = images(3, 1, 3, 224, 224);
    INDArray expected = network.outputSingle(images);
    INDArray heatmaps = GradCam.of(network, map, images).heatmaps(labels);
    byte[] model = export(network, card(3, 224, 224, labels, architecture.output(labels)));
    compare(model, images, expected, heatmaps);
    return nodeTypes(model);
  }

  private static void compare(byte[] model, INDArray images, INDArray expected, INDArray heatmaps)
      throws Exception {
    try (OnnxModel onnx = new OnnxModel(model)) {
      Map<String, INDArray> outputs = onnx.run(images);
      assertClose(expected, outputs.get("output"), 1e-5);
      assertHeatmaps(heatmaps, outputs.get("heatmap"));
    }
  }
}
