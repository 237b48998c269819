package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.cxr.error.ModelFormatException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.ModelCard;
import io.cxr.onnx.FeatureExtractor;
import io.cxr.onnx.SelfContainedModel;
import io.cxr.onnx.SessionSettings;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a trained model makes of a radiograph before it answers: the vector that its last dense
 * layer takes, in most networks the means of the last map's channels. For probes that ask what the
 * model knows besides its labels. Thread-safe; the code that opens it must close it.
 */
public final class ModelFeatures implements AutoCloseable {
  private static final Set<String> DENSE = Set.of("Gemm", "MatMul");

  /** What stands between the last dense layer and the model's answer. */
  private static final Set<String> ABOVE =
      Set.of("Softmax", "Sigmoid", "Add", "Identity", "Cast", "QuantizeLinear", "DequantizeLinear");

  private final FeatureExtractor extractor;
  private final StandardPreprocessor preprocessor;

  private ModelFeatures(FeatureExtractor extractor, StandardPreprocessor preprocessor) {
    this.extractor = extractor;
    this.preprocessor = preprocessor;
  }

  /**
   * Opens a model file, with one thread per processor.
   *
   * @param file a classifier with a model card and one input of 32-bit floats
   * @return the features; the caller closes them
   * @throws IOException if the file is missing or unreadable
   * @throws ModelFormatException if it is no such file, or does not end with a dense layer
   */
  public static ModelFeatures open(Path file) throws IOException {
    return open(file, SessionSettings.defaults());
  }

  /**
   * Opens a model file.
   *
   * @param file a classifier with a model card and one input of 32-bit floats
   * @param session where and how it runs
   * @return the features; the caller closes them
   * @throws IOException if the file is missing or unreadable
   * @throws ModelFormatException if it is no such file, or does not end with a dense layer
   * @throws io.cxr.error.DeviceUnavailableException if the device is missing
   */
  public static ModelFeatures open(Path file, SessionSettings session) throws IOException {
    String name = String.valueOf(file.getFileName());
    ModelProto model;
    try {
      model = ModelProto.parseFrom(SelfContainedModel.network(Files.readAllBytes(file)));
    } catch (InvalidProtocolBufferException e) {
      throw new ModelFormatException(name + ": expected an ONNX file, found other bytes.", e);
    }
    ModelCard card =
        model.getMetadataPropsList().stream()
            .filter(entry -> entry.getKey().equals(ModelCard.METADATA_KEY))
            .map(StringStringEntryProto::getValue)
            .map(ModelCard::fromJson)
            .findFirst()
            .orElseThrow(
                () -> new ModelFormatException(name + ": expected a model card, found none."));
    if (card.inputs().size() != 1) {
      throw new ModelFormatException(
          name
              + ": expected a model with one input to take features of, found "
              + card.inputs().size()
              + ". Ask its members.");
    }
    FeatureExtractor extractor = FeatureExtractor.open(cut(model, name), session);
    return new ModelFeatures(
        extractor, StandardPreprocessor.of(card.inputs().get(0).preprocessing()));
  }

  /** The model up to what its last dense layer takes. */
  private static byte[] cut(ModelProto model, String name) {
    Map<String, NodeProto> makers = new HashMap<>();
    for (NodeProto node : model.getGraph().getNodeList()) {
      node.getOutputList().forEach(output -> makers.put(output, node));
    }
    NodeProto at = makers.get(OnnxExporter.OUTPUT);
    while (at != null && !DENSE.contains(at.getOpType())) {
      at = ABOVE.contains(at.getOpType()) ? makers.get(at.getInput(0)) : null;
    }
    if (at == null) {
      throw new ModelFormatException(
          name
              + ": expected an output '"
              + OnnxExporter.OUTPUT
              + "' by a dense layer, found another graph. Its features cannot be told.");
    }
    GraphProto.Builder graph = model.getGraph().toBuilder();
    graph.clearOutput();
    String axes = OnnxExporter.FEATURES + "/axes";
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName(axes)
            .setDataType(TensorProto.DataType.INT64.getNumber())
            .addDims(2)
            .addInt64Data(2)
            .addInt64Data(3));
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType("Unsqueeze")
            .setName(OnnxExporter.FEATURES)
            .addInput(at.getInput(0))
            .addInput(axes)
            .addOutput(OnnxExporter.FEATURES));
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDimBuilder().setDimParam("N");
    shape.addDimBuilder();
    shape.addDimBuilder().setDimValue(1);
    shape.addDimBuilder().setDimValue(1);
    graph
        .addOutputBuilder()
        .setName(OnnxExporter.FEATURES)
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .setElemType(TensorProto.DataType.FLOAT.getNumber())
        .setShape(shape);
    return model.toBuilder().setGraph(graph).build().toByteArray();
  }

  /**
   * The features of one radiograph.
   *
   * @param radiograph a frontal chest radiograph
   * @return one value a feature
   * @throws UnsupportedRadiographException if it is too small
   */
  public float[] of(Radiograph radiograph) {
    FloatBuffer input = direct(preprocessor.inputShape().elements());
    preprocessor.preprocess(radiograph, input);
    FloatBuffer output = direct(extractor.featureCount());
    extractor.extract(input.flip(), 1, output);
    float[] features = new float[extractor.featureCount()];
    output.flip().get(features);
    return features;
  }

  private static FloatBuffer direct(int values) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(values, Float.BYTES))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** Frees the model. Idempotent. */
  @Override
  public void close() {
    extractor.close();
  }
}
