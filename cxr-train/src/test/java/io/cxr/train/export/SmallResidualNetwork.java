package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import java.util.List;
import java.util.Random;

/**
 * What an export has to deal with, in small: convolutions with batch normalisation of their own, a
 * maximum pool with padding, a residual sum, a head on channel means, and a heatmap. Random
 * weights.
 */
final class SmallResidualNetwork {
  static final int SIZE = 32;
  static final List<String> LABELS = List.of("CLEAR", "OPACITY");

  private final Random random = new Random(11);
  private final OnnxGraph graph = new OnnxGraph(Precision.FP32);
  private final Normalization.Kind normalization;

  private SmallResidualNetwork(Normalization.Kind normalization) {
    this.normalization = normalization;
  }

  /** A model file's bytes; the bias is added to the second logit. */
  static byte[] model(Normalization.Kind normalization, float bias) {
    return new SmallResidualNetwork(normalization).build(bias);
  }

  private byte[] build(float bias) {
    graph.input("input", Shape.map(3, SIZE, SIZE));
    String stem = relu(convolution("stem", "input", 3, 8, 3, true));
    String pool =
        graph.node(
            "MaxPool",
            "pool",
            List.of(stem),
            attribute("kernel_shape", 3, 3),
            attribute("strides", 2, 2),
            attribute("pads", 1, 1, 1, 1));
    String inner = relu(convolution("inner", pool, 8, 8, 3, true));
    String outer = convolution("outer", inner, 8, 8, 1, true);
    String map = relu(graph.node("Add", "sum", List.of(outer, pool)));
    // A second block, so that one sum has integer neighbours on all sides.
    String next = relu(convolution("next", map, 8, 16, 3, false));
    String means = graph.node("GlobalAveragePool", "means", List.of(next));
    String flat = graph.node("Flatten", "flat", List.of(means), attribute("axis", 1L));
    // Small, so that probabilities are not all 1.
    float[] head = gaussian(16 * 2, 0.1);
    graph.node(
        "Gemm",
        "logits",
        List.of(
            flat,
            graph.constant("head/W", head, 16, 2),
            graph.constant("head/B", new float[] {0, bias}, 2)));
    graph.node("Softmax", "output", List.of("logits"), attribute("axis", 1L));
    String weights = graph.constant("heatmap/W", gaussian(2 * 16, 1), 2, 16, 1, 1);
    graph.node("Relu", "heatmap", List.of(graph.node("Conv", "maps", List.of(next, weights))));
    graph.output("output", 2);
    graph.output("logits", 2);
    graph.output("heatmap", 2, SIZE / 2, SIZE / 2);
    return file(graph, card(normalization));
  }

  static byte[] file(OnnxGraph graph, ModelCard card) {
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8).setGraph(graph.build());
    model.addOpsetImportBuilder().setDomain("").setVersion(17);
    model.addMetadataPropsBuilder().setKey(ModelCard.METADATA_KEY).setValue(card.toJson());
    return model.build().toByteArray();
  }

  static ModelCard card(Normalization.Kind normalization) {
    return ModelCard.builder("small", "1")
        .architecture("residual")
        .labels(LABELS)
        .output(OutputActivation.SOFTMAX)
        .preprocessing(PreprocessingSpec.of(SIZE, SIZE, Resampling.BILINEAR, 3, normalization))
        .build();
  }

  private String convolution(
      String name, String input, int from, int to, int size, boolean normalized) {
    // Inputs are near 100 without a division; later maps are near 1.
    double gain = name.equals("stem") && normalization == Normalization.Kind.CAFFE_BGR_MEAN ? 0.02 : 1;
    String weights =
        graph.constant(
            name + "/W",
            gaussian(to * from * size * size, gain * Math.sqrt(2.0 / (from * size * size))),
            to,
            from,
            size,
            size);
    String bias = graph.constant(name + "/B", gaussian(to, 0.1), to);
    String convolved =
        graph.node(
            "Conv",
            normalized ? name + "/convolved" : name,
            List.of(input, weights, bias),
            attribute("pads", size / 2, size / 2, size / 2, size / 2));
    if (!normalized) {
      return convolved;
    }
    return graph.node(
        "BatchNormalization",
        name,
        List.of(
            convolved,
            graph.constant(name + "/gamma", positive(to), to),
            graph.constant(name + "/beta", gaussian(to, 0.2), to),
            graph.constant(name + "/mean", gaussian(to, 0.2), to),
            graph.constant(name + "/variance", positive(to), to)),
        attribute("epsilon", 1e-3f));
  }

  private String relu(String input) {
    return graph.node("Relu", input + "/relu", List.of(input));
  }

  private float[] gaussian(int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  private float[] positive(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 0.5f + random.nextFloat();
    }
    return values;
  }
}
