package io.cxr.benchmarks.roofline;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.cxr.onnx.SelfContainedModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What one image costs in a network, counted from its graph: convolutions and dense layers on the
 * way to the prediction, which are nearly all of it. A multiplication with its addition is two
 * operations. Activations are counted once as a layer's input and once as a layer's output, as if
 * nothing stayed in a cache between layers.
 *
 * @param operations floating-point operations an image
 * @param weights how many weights, which a batch reads once
 * @param activations how many values an image reads and writes
 */
record NetworkCost(long operations, long weights, long activations) {
  private static final Set<String> LAYERS = Set.of("Conv", "Gemm", "MatMul");

  /**
   * Counts.
   *
   * @param file a network with the float input {@code input}
   * @throws IOException if it cannot be read
   * @throws OrtException if ONNX Runtime cannot run it
   */
  static NetworkCost of(Path file) throws IOException, OrtException {
    ModelProto model = ModelProto.parseFrom(SelfContainedModel.network(Files.readAllBytes(file)));
    Map<String, Long> weights = new HashMap<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      weights.put(tensor.getName(), product(tensor.getDimsList()));
    }
    List<NodeProto> layers =
        model.getGraph().getNodeList().stream()
            .filter(node -> LAYERS.contains(node.getOpType()))
            .filter(node -> weights.containsKey(node.getInput(1)))
            .filter(node -> leadsTo(model, node.getOutput(0), "output"))
            .toList();
    Set<String> shown = new LinkedHashSet<>();
    for (NodeProto layer : layers) {
      shown.add(layer.getOutput(0));
      if (!layer.getInput(0).equals("input")) {
        shown.add(layer.getInput(0));
      }
    }
    ModelProto.Builder open = model.toBuilder();
    Set<String> there = new LinkedHashSet<>();
    open.getGraph().getOutputList().forEach(output -> there.add(output.getName()));
    for (String name : shown) {
      if (there.add(name)) {
        open.getGraphBuilder()
            .addOutputBuilder()
            .setName(name)
            .getTypeBuilder()
            .getTensorTypeBuilder()
            .setElemType(TensorProto.DataType.FLOAT.getNumber());
      }
    }
    Map<String, Long> sizes = sizes(open.build().toByteArray(), shown);
    long operations = 0;
    long read = 0;
    long values = 0;
    for (NodeProto layer : layers) {
      long kernel = size(weights, layer.getInput(1));
      long output = size(sizes, layer.getOutput(0));
      long channels = channels(model, layer);
      // Each output value is a sum over the weights of its channel.
      operations += 2 * output * (kernel / channels);
      read += kernel;
      values += output + size(sizes, layer.getInput(0));
    }
    return new NetworkCost(operations, read, values);
  }

  private static long size(Map<String, Long> sizes, String name) {
    return Objects.requireNonNull(sizes.get(name), name);
  }

  private static long channels(ModelProto model, NodeProto layer) {
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getName().equals(layer.getInput(1))) {
        return layer.getOpType().equals("Conv") ? tensor.getDims(0) : tensor.getDims(1);
      }
    }
    throw new IllegalStateException("Expected weights of " + layer.getName());
  }

  private static boolean leadsTo(ModelProto model, String value, String goal) {
    Set<String> reached = new LinkedHashSet<>(Set.of(value));
    // Nodes are in an order in which each comes after what it reads.
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getInputList().stream().anyMatch(reached::contains)) {
        reached.addAll(node.getOutputList());
      }
    }
    return reached.contains(goal);
  }

  private static Map<String, Long> sizes(byte[] model, Set<String> shown) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, Long> sizes = new HashMap<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        OrtSession session = environment.createSession(model, options)) {
      long[] shape =
          ((TensorInfo) session.getInputInfo().values().iterator().next().getInfo()).getShape();
      shape[0] = 1;
      long elements = 1;
      for (long each : shape) {
        elements *= each;
      }
      FloatBuffer zeros =
          ByteBuffer.allocateDirect(Math.toIntExact(Float.BYTES * elements))
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      sizes.put("input", elements);
      try (OnnxTensor input = OnnxTensor.createTensor(environment, zeros, shape);
          OrtSession.Result result = session.run(Map.of("input", input), shown)) {
        for (String name : shown) {
          OnnxTensor value = (OnnxTensor) result.get(name).orElseThrow();
          sizes.put(name, value.getInfo().getNumElements());
        }
      }
    }
    return sizes;
  }

  private static long product(List<Long> dimensions) {
    return dimensions.stream().reduce(1L, Math::multiplyExact);
  }

  /** The bytes that must move for one image of a batch. */
  double bytes(int batch, int bytesPerValue) {
    return bytesPerValue * (activations + (double) weights / batch);
  }
}
