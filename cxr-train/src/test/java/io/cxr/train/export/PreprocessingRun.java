package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.cxr.model.ModelInput;
import io.cxr.model.PreprocessingSpec;
import io.cxr.onnx.SelfContainedModel;
import io.cxr.radiograph.Radiograph;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The preprocessing of some inputs alone, as a graph in ONNX Runtime. */
final class PreprocessingRun implements AutoCloseable {
  private static final String REGION = "region";
  private static final String VISIBLE = "visible";

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final ModelProto model;

  PreprocessingRun(List<ModelInput> inputs, boolean deep) throws OrtException {
    this.model = model(inputs, deep);
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      session =
          environment.createSession(
              SelfContainedTrial.takingIntegers(model).toByteArray(), options);
    }
  }

  private static ModelProto model(List<ModelInput> inputs, boolean deep) {
    GraphArithmetic arithmetic = new GraphArithmetic("preprocessing/");
    GraphArithmetic.Value gray = arithmetic.value(SelfContainedModel.GRAY);
    GraphProto.Builder graph = GraphProto.newBuilder().setName("preprocessing");
    graph.addInput(info(SelfContainedModel.GRAY, deep ? DataType.UINT16 : DataType.UINT8, 2));
    RadiographPixels pixels = RadiographPixels.ofBytes(arithmetic, gray);
    if (deep) {
      GraphArithmetic.Value bits = arithmetic.value(SelfContainedModel.BITS_STORED);
      pixels = RadiographPixels.ofShorts(arithmetic, gray, bits);
      graph.addInput(info(SelfContainedModel.BITS_STORED, DataType.INT64, 0));
    }
    PreprocessingGraph preprocessing = new PreprocessingGraph(arithmetic, pixels);
    for (ModelInput input : inputs) {
      preprocessing.write(input, false);
      graph.addOutput(info(input.name(), DataType.FLOAT, 4));
    }
    preprocessing.region(inputs.get(0).preprocessing()).named(REGION);
    graph.addOutput(info(REGION, DataType.INT64, 1));
    preprocessing.visible(inputs.get(0).preprocessing()).named(VISIBLE);
    graph.addOutput(info(VISIBLE, DataType.FLOAT, 1));
    graph.addAllNode(arithmetic.nodes()).addAllInitializer(arithmetic.constants());
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8).setGraph(graph);
    model.addOpsetImportBuilder().setVersion(OnnxGraph.OPSET);
    return model.build();
  }

  private static ValueInfoProto info(String name, DataType type, int axes) {
    ValueInfoProto.Builder info = ValueInfoProto.newBuilder().setName(name);
    var tensor = info.getTypeBuilder().getTensorTypeBuilder().setElemType(type.getNumber());
    tensor.getShapeBuilder();
    for (int axis = 0; axis < axes; axis++) {
      tensor.getShapeBuilder().addDimBuilder().setDimParam(name + axis);
    }
    return info.build();
  }

  static PreprocessingRun of(PreprocessingSpec specification, boolean deep) throws OrtException {
    return new PreprocessingRun(List.of(new ModelInput("input", specification)), deep);
  }

  /** How many nodes of each operator there are. */
  Map<String, Integer> operators() {
    Map<String, Integer> counts = new TreeMap<>();
    model.getGraph().getNodeList().forEach(node -> counts.merge(node.getOpType(), 1, Integer::sum));
    return counts;
  }

  /** The prepared inputs, one after the other. */
  float[] run(Radiograph radiograph) throws OrtException {
    Map<String, float[]> all = all(radiograph);
    FloatBuffer values =
        FloatBuffer.allocate(all.values().stream().mapToInt(each -> each.length).sum());
    all.values().forEach(values::put);
    return values.array();
  }

  /** The prepared inputs by name. */
  Map<String, float[]> all(Radiograph radiograph) throws OrtException {
    Map<String, OnnxTensor> inputs = SelfContainedTrial.inputs(environment, radiograph);
    try (OrtSession.Result result = session.run(inputs)) {
      Map<String, float[]> found = new LinkedHashMap<>();
      for (Map.Entry<String, OnnxValue> entry : result) {
        if (!entry.getKey().equals(REGION) && !entry.getKey().equals(VISIBLE)) {
          FloatBuffer values = ((OnnxTensor) entry.getValue()).getFloatBuffer();
          float[] copy = new float[values.remaining()];
          values.get(copy);
          found.put(entry.getKey(), copy);
        }
      }
      return found;
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  /** Row, column, rows and columns of what the first input covers. */
  long[] region(Radiograph radiograph) throws OrtException {
    Map<String, OnnxTensor> inputs = SelfContainedTrial.inputs(environment, radiograph);
    try (OrtSession.Result result = session.run(inputs)) {
      long[] region = new long[4];
      ((OnnxTensor) result.get(REGION).orElseThrow()).getLongBuffer().get(region);
      return region;
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  /** Top, left, bottom and right of what the first input shows of the radiograph. */
  float[] visible(Radiograph radiograph) throws OrtException {
    Map<String, OnnxTensor> inputs = SelfContainedTrial.inputs(environment, radiograph);
    try (OrtSession.Result result = session.run(inputs)) {
      float[] visible = new float[4];
      ((OnnxTensor) result.get(VISIBLE).orElseThrow()).getFloatBuffer().get(visible);
      return visible;
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
