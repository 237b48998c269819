package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.cxr.model.ModelCard;
import io.cxr.model.ModelInput;
import io.cxr.model.PreprocessingStep.SquarePad;
import io.cxr.onnx.SelfContainedModel;
import io.cxr.train.export.GraphArithmetic.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts what our Java does before and after a network into its graph, so that any ONNX runtime can
 * ask it about a radiograph ({@link SelfContainedModel} describes the result). The network stays as
 * it is: its nodes, weights and outputs keep their names.
 */
final class SelfContainedGraph {
  private static final String RADIOGRAPH_ROWS = "rows";
  private static final String RADIOGRAPH_COLUMNS = "columns";

  /** {@code ScatterElements} that adds up came with it. */
  private static final long LEAST_OPERATOR_SET = 16;

  /** The last one in which all of our operators are what they are in 17. */
  private static final long LAST_OPERATOR_SET = 21;

  private SelfContainedGraph() {}

  /**
   * Makes a self-contained file of a classifier's.
   *
   * @param model a file with the outputs of a classifier and the inputs of its card
   * @param card its card
   * @param deep whether the radiograph comes in 16 bits, with the number of bits stored
   * @return the file; it has the card that the model has
   * @throws IllegalArgumentException if a step, the output or the calibration of the card has no
   *     form in a graph, or the model has names that are needed, or another operator set
   */
  static ModelProto of(ModelProto model, ModelCard card, boolean deep) {
    checkOperatorSet(model);
    GraphProto network = model.getGraph();
    GraphArithmetic before = new GraphArithmetic(SelfContainedModel.PREPROCESSING_PREFIX);
    Value gray = before.value(SelfContainedModel.GRAY);
    RadiographPixels pixels =
        deep
            ? RadiographPixels.ofShorts(before, gray, before.value(SelfContainedModel.BITS_STORED))
            : RadiographPixels.ofBytes(before, gray);
    Map<String, ValueInfoProto> inputs = new LinkedHashMap<>();
    network.getInputList().forEach(input -> inputs.put(input.getName(), input));
    PreprocessingGraph preprocessing = new PreprocessingGraph(before, pixels);
    GraphProto.Builder graph = network.toBuilder().clearNode().clearInput();
    for (ModelInput input : card.inputs()) {
      ValueInfoProto info = inputs.get(input.name());
      if (info == null) {
        throw new IllegalArgumentException(
            "Self-contained export: expected an input '"
                + input.name()
                + "', found "
                + inputs.keySet()
                + ". Give a model file whose card fits its graph.");
      }
      preprocessing.write(
          input, info.getType().getTensorType().getElemType() == DataType.UINT8.getNumber());
      graph.addValueInfo(info);
    }
    GraphArithmetic after = new GraphArithmetic(SelfContainedModel.ANSWER_PREFIX);
    AnswerGraph answers = new AnswerGraph(after, card);
    int labels = card.labels().size();
    answers.probabilities().named(SelfContainedModel.PROBABILITIES);
    answers.refusal().named(SelfContainedModel.REFUSAL);
    preprocessing.region(card.preprocessing()).named(SelfContainedModel.REGION);
    if (pads(card)) {
      preprocessing.visible(card.preprocessing()).named(SelfContainedModel.VISIBLE);
      graph.addOutput(info(SelfContainedModel.VISIBLE, DataType.FLOAT, 4));
    }
    after.constant(card.labels()).named(SelfContainedModel.LABELS);
    graph.addAllNode(before.nodes()).addAllNode(network.getNodeList()).addAllNode(after.nodes());
    graph.addAllInitializer(before.constants()).addAllInitializer(after.constants());
    graph.addInput(
        info(
            SelfContainedModel.GRAY,
            deep ? DataType.UINT16 : DataType.UINT8,
            RADIOGRAPH_ROWS,
            RADIOGRAPH_COLUMNS));
    if (deep) {
      graph.addInput(info(SelfContainedModel.BITS_STORED, DataType.INT64));
    }
    graph.addOutput(info(SelfContainedModel.PROBABILITIES, DataType.FLOAT, 1, labels));
    graph.addOutput(info(SelfContainedModel.REFUSAL, DataType.INT64, 1));
    graph.addOutput(info(SelfContainedModel.REGION, DataType.INT64, 4));
    graph.addOutput(info(SelfContainedModel.LABELS, DataType.STRING, labels));
    checkNames(graph, network);
    return model.toBuilder().setGraph(graph).build();
  }

  /** Whether the heatmap may show more than the radiograph. */
  private static boolean pads(ModelCard card) {
    return card.preprocessing().steps().stream().anyMatch(SquarePad.class::isInstance);
  }

  private static void checkOperatorSet(ModelProto model) {
    long set =
        model.getOpsetImportList().stream()
            .filter(each -> each.getDomain().isEmpty() || each.getDomain().equals("ai.onnx"))
            .mapToLong(each -> each.getVersion())
            .max()
            .orElse(0);
    if (set < LEAST_OPERATOR_SET || set > LAST_OPERATOR_SET) {
      throw new IllegalArgumentException(
          "Self-contained export: expected a graph of operator set "
              + LEAST_OPERATOR_SET
              + " to "
              + LAST_OPERATOR_SET
              + ", found "
              + set
              + ". Export the network with another one from where it was trained.");
    }
  }

  /** Each value has one maker; the network may use our names. */
  private static void checkNames(GraphProto.Builder graph, GraphProto network) {
    Set<String> inside = new HashSet<>();
    network.getNodeList().forEach(node -> inside.addAll(node.getOutputList()));
    network.getInitializerList().forEach(tensor -> inside.add(tensor.getName()));
    network.getNodeList().forEach(node -> inside.add(node.getName()));
    List<String> taken = new ArrayList<>();
    for (String name : inside) {
      if (SelfContainedModel.isAdded(name) || SelfContainedModel.NAMES.contains(name)) {
        taken.add(name);
      }
    }
    if (!taken.isEmpty()) {
      throw new IllegalArgumentException(
          "Self-contained export: expected a network without the names "
              + SelfContainedModel.NAMES
              + " and without the prefixes of what is added, found "
              + taken
              + (graph.getInputList().size() > 0 ? ". It may be self-contained already." : "."));
    }
  }

  private static ValueInfoProto info(String name, DataType type, Object... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object size : sizes) {
      if (size instanceof Integer fixed) {
        shape.addDimBuilder().setDimValue(fixed);
      } else {
        shape.addDimBuilder().setDimParam(size.toString());
      }
    }
    ValueInfoProto.Builder info = ValueInfoProto.newBuilder().setName(name);
    info.getTypeBuilder().getTensorTypeBuilder().setElemType(type.getNumber()).setShape(shape);
    return info.build();
  }
}
