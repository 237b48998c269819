package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtException;
import io.cxr.error.ModelFormatException;
import io.cxr.model.OutputActivation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Adds what a classifier of ours answers to a graph of others. */
final class AdoptedAnswers {
  private static final double TOLERANCE = 1e-3;

  private final ModelAdoption told;

  AdoptedAnswers(ModelAdoption told) {
    this.told = told;
  }

  /** The new graph. */
  static final class Made {
    final ModelProto model;
    final Optional<String> heatmap;
    final boolean freeBatch;
    final SameOutput same;

    Made(ModelProto model, Optional<String> heatmap, boolean freeBatch, SameOutput same) {
      this.model = model;
      this.heatmap = heatmap;
      this.freeBatch = freeBatch;
      this.same = same;
    }
  }

  Made made(ForeignGraph graph, AdoptedImages images, List<String> notes) {
    String value = output(graph);
    int batch = Math.max(1, images.batch);
    float[] image = TensorRun.noise(images.elements(), 1);
    TensorRun.Value original =
        images.run(graph, graph.original(value), graph.inputName(), image, batch, value);
    int units = told.activation.units(told.task.labels().size());
    if (original.sizes().length == 0 || original.values().length != batch * units) {
      throw graph.refusal(
          units + " values an image in '" + value + "' for " + told.task.labels(),
          describe(original, batch)
              + ". Name another output, or give as many labels in the order of the outputs");
    }
    String inner = graph.inner(value);
    Origin found = origin(graph, inner);
    ModelAdoption.Values given =
        told.gives == ModelAdoption.Values.AUTOMATIC ? found.gives : told.gives;
    if (told.activation == OutputActivation.IDENTITY) {
      given = ModelAdoption.Values.PROBABILITIES;
    } else if (given == ModelAdoption.Values.AUTOMATIC) {
      throw graph.refusal(
          "an output that a dense layer, a softmax or a sigmoid makes",
          "'"
              + value
              + "' by "
              + graph.maker(inner).map(NodeProto::getOpType).orElse("no node")
              + ". Say what it holds with --gives logits or --gives probabilities, or name the"
              + " logits with --output");
    }
    if (told.gives == ModelAdoption.Values.AUTOMATIC) {
      requireActivation(graph, found);
    }
    // Who says that it holds logits means the output itself.
    boolean said =
        told.gives == ModelAdoption.Values.LOGITS
            || (given == ModelAdoption.Values.LOGITS && found.logits.isEmpty());
    String logits = said ? inner : found.logits;
    boolean knowsLogits = !logits.isEmpty();
    List<ForeignGraph.Output> outputs = new ArrayList<>();
    if (knowsLogits && told.activation != OutputActivation.IDENTITY) {
      flat(graph, logits, OnnxExporter.LOGITS, original.isOther(), units);
      boolean softmax = told.activation == OutputActivation.SOFTMAX;
      if (softmax) {
        graph.add(
            "Softmax", OnnxExporter.OUTPUT, List.of(OnnxExporter.LOGITS), attribute("axis", 1L));
      } else {
        graph.add("Sigmoid", OnnxExporter.OUTPUT, List.of(OnnxExporter.LOGITS));
      }
      outputs.add(new ForeignGraph.Output(OnnxExporter.LOGITS, units));
    } else {
      flat(graph, inner, OnnxExporter.OUTPUT, original.isOther(), units);
    }
    outputs.add(0, new ForeignGraph.Output(OnnxExporter.OUTPUT, units));
    SameOutput same =
        given == ModelAdoption.Values.PROBABILITIES
            ? new SameOutput(OnnxExporter.OUTPUT, units, false)
            : said
                ? new SameOutput(OnnxExporter.LOGITS, units, false)
                : new SameOutput(OnnxExporter.OUTPUT, units, true);
    boolean free = freeBatch(graph, images, original, same, notes);
    Optional<String> map =
        new AdoptedHeatmap(told)
            .write(
                graph,
                images,
                told.activation == OutputActivation.IDENTITY ? inner : logits,
                outputs,
                notes);
    return new Made(graph.build(images.sizes, free ? 0 : 1, outputs).build(), map, free, same);
  }

  private String output(ForeignGraph graph) {
    List<String> names =
        graph.source().getGraph().getOutputList().stream().map(each -> each.getName()).toList();
    if (!told.output.isEmpty()) {
      if (graph.maker(graph.inner(told.output)).isEmpty()) {
        throw graph.refusal("a value '" + told.output + "'", "none. Its outputs are " + names);
      }
      return told.output;
    }
    if (names.size() != 1) {
      throw graph.refusal("one output", names + ". Name the one with the answers with --output");
    }
    return names.get(0);
  }

  private static String describe(TensorRun.Value value, int batch) {
    return value.sizes().length == 0
        ? "no floats"
        : value.values().length / batch + ", of shape " + Arrays.toString(value.sizes());
  }

  /**
   * What makes an output.
   *
   * @param gives what it holds
   * @param activation the operator above its logits; empty without one
   * @param logits the value below; empty where it is not known
   */
  private record Origin(ModelAdoption.Values gives, String activation, String logits) {}

  private static Origin origin(ForeignGraph graph, String value) {
    String at = value;
    while (true) {
      Optional<NodeProto> maker = graph.maker(at);
      if (maker.isEmpty()) {
        return new Origin(ModelAdoption.Values.AUTOMATIC, "", "");
      }
      NodeProto node = maker.get();
      switch (node.getOpType()) {
        case "Identity", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast", "Dropout" ->
            at = node.getInput(0);
        case "Softmax", "Sigmoid" -> {
          return new Origin(ModelAdoption.Values.PROBABILITIES, node.getOpType(), node.getInput(0));
        }
        case "LogSoftmax" -> {
          // Softmax undoes the logarithm, whatever is added to all logits.
          return new Origin(ModelAdoption.Values.LOGITS, "Softmax", node.getInput(0));
        }
        case "Gemm", "MatMul", "Conv", "GlobalAveragePool", "ReduceMean" -> {
          return new Origin(ModelAdoption.Values.LOGITS, "", "");
        }
        case "Add" -> {
          boolean bias =
              node.getInputList().stream().anyMatch(each -> graph.constant(each).isPresent());
          return new Origin(
              bias ? ModelAdoption.Values.LOGITS : ModelAdoption.Values.AUTOMATIC, "", "");
        }
        default -> {
          return new Origin(ModelAdoption.Values.AUTOMATIC, "", "");
        }
      }
    }
  }

  private void requireActivation(ForeignGraph graph, Origin found) {
    boolean softmax = told.activation == OutputActivation.SOFTMAX;
    if (!found.activation.isEmpty()
        && told.activation != OutputActivation.IDENTITY
        && softmax != found.activation.equals("Softmax")) {
      throw graph.refusal(
          "an activation as it was told, " + told.activation,
          "a " + found.activation + " in the graph. Tell the other, with its task");
    }
  }

  /** Adds a value as 32-bit floats {@code [N, units]}. */
  private static void flat(ForeignGraph graph, String from, String name, boolean other, int units) {
    String single =
        other
            ? graph.add(
                "Cast",
                name + "/single",
                List.of(from),
                attribute("to", (long) TensorProto.DataType.FLOAT.getNumber()))
            : from;
    graph.add("Reshape", name, List.of(single, graph.integers(name + "/shape", -1, units)));
  }

  /**
   * Whether the new graph gives for each image of a batch what the old one gives for it alone.
   *
   * @throws ModelFormatException if it does not even for one image
   */
  private boolean freeBatch(
      ForeignGraph graph,
      AdoptedImages images,
      TensorRun.Value original,
      SameOutput same,
      List<String> notes) {
    float[] expected = Arrays.copyOf(original.values(), same.units());
    float[] two = TensorRun.noise(2 * images.elements(), 2);
    System.arraycopy(TensorRun.noise(images.elements(), 1), 0, two, 0, images.elements());
    ForeignGraph.Output wanted = new ForeignGraph.Output(same.name(), same.units());
    for (int attempt = 0; attempt < 2; attempt++) {
      if (attempt == 1) {
        graph.freeReshapes(Math.max(1, images.batch));
      }
      byte[] model = graph.build(images.sizes, 0, List.of(wanted)).build().toByteArray();
      try {
        TensorRun.Value found =
            Objects.requireNonNull(
                TensorRun.run(
                        model, OnnxExporter.INPUT, two, images.axes(2), List.of(wanted.name()))
                    .get(wanted.name()));
        if (found.values().length == 2 * same.units()
            && isNear(same.expected(expected), found.values())) {
          return true;
        }
      } catch (OrtException e) {
        // The next attempt, or one image at a time.
      }
    }
    byte[] single = graph.build(images.sizes, 1, List.of(wanted)).build().toByteArray();
    float[] image = TensorRun.noise(images.elements(), 1);
    TensorRun.Value alone = images.run(graph, single, OnnxExporter.INPUT, image, 1, wanted.name());
    if (!isNear(same.expected(expected), alone.values())) {
      throw graph.refusal(
          "a network that gives the same for an image whatever the batch",
          "other values. Export it with an open batch axis, for inference");
    }
    notes.add(
        "The network takes one image at a time: export it with an open batch axis to be faster.");
    return false;
  }

  private static boolean isNear(float[] expected, float[] found) {
    double largest = 1e-6;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double each = Math.abs(expected[i] - found[i]);
      difference = each <= difference ? difference : each; // NaN goes on.
    }
    return difference <= TOLERANCE * largest;
  }
}
