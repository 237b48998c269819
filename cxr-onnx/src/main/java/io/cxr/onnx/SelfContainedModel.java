package io.cxr.onnx;

import java.io.ByteArrayOutputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A model file that prepares its input and reads its outputs itself, so that any ONNX runtime
 * answers about a radiograph as {@link OnnxClassifier} does. {@code cxr export --self-contained}
 * makes it of an ordinary one. One radiograph a run:
 *
 * <ul>
 *   <li>input {@value #GRAY} {@code [rows, columns]}: gray pixels, black at 0, in unsigned bytes;
 *       or in unsigned 16-bit integers, with the input {@value #BITS_STORED} {@code []}, a 64-bit
 *       integer;
 *   <li>output {@value #PROBABILITIES} {@code [1, labels]}: calibrated, 32-bit floats;
 *   <li>output {@value #REFUSAL} {@code [1]}: why a gate refuses the image, a 64-bit integer; 0 if
 *       none does;
 *   <li>output {@value #REGION} {@code [4]}: row, column, rows and columns of the part of the
 *       radiograph that the heatmap covers, 64-bit integers;
 *   <li>output {@value #VISIBLE} {@code [4]}, of models that pad to a square only: top, left,
 *       bottom and right of the part of the heatmap that covers it, from 0 to 1, 32-bit floats;
 *       what lies outside is the pad's;
 *   <li>output {@value #LABELS} {@code [labels]}: their names;
 *   <li>{@code output}, {@code logits}, {@code heatmap}, {@code novelty} and {@code view} as in an
 *       ordinary file, of one sample.
 * </ul>
 *
 * <p>{@link OnnxClassifier} opens such a file, too. It leaves out what was added and prepares the
 * inputs itself: that is as exact, faster, and takes radiographs in batches.
 */
public final class SelfContainedModel {
  /** The input: gray pixels. */
  public static final String GRAY = "gray";

  /** The input that 16-bit pixels have beside them. */
  public static final String BITS_STORED = "bits_stored";

  /** The output with a probability a label. */
  public static final String PROBABILITIES = "probabilities";

  /** The output that tells whether a gate refuses the image. */
  public static final String REFUSAL = "refusal";

  /** The output with the part of the radiograph that a heatmap covers. */
  public static final String REGION = "region";

  /** The output with the part of a heatmap that is not of a pad. */
  public static final String VISIBLE = "visible";

  /** The output with the names of the labels. */
  public static final String LABELS = "labels";

  /** All inputs and outputs that an ordinary file does not have; unmodifiable. */
  public static final Set<String> NAMES =
      Set.of(GRAY, BITS_STORED, PROBABILITIES, REFUSAL, REGION, VISIBLE, LABELS);

  /** What the names of nodes and constants before the network begin with. */
  public static final String PREPROCESSING_PREFIX = "preprocessing/";

  /** What the names of nodes and constants after the network begin with. */
  public static final String ANSWER_PREFIX = "answer/";

  // Fields of the messages ModelProto, GraphProto, NodeProto, TensorProto and ValueInfoProto.
  private static final int GRAPH = 7;
  private static final int NODE = 1;
  private static final int INITIALIZER = 5;
  private static final int INPUT = 11;
  private static final int OUTPUT = 12;
  private static final int VALUE_INFO = 13;
  private static final int NODE_OUTPUT = 2;
  private static final int NODE_NAME = 3;
  private static final int TENSOR_NAME = 8;
  private static final int INFO_NAME = 1;

  private SelfContainedModel() {}

  /**
   * Whether a node or constant of this name is none of the network's.
   *
   * @param name its name
   * @return whether it begins with one of the prefixes
   */
  public static boolean isAdded(String name) {
    return name.startsWith(PREPROCESSING_PREFIX) || name.startsWith(ANSWER_PREFIX);
  }

  /**
   * The network of a self-contained file, with inputs that are prepared already, as the file was
   * before it became self-contained.
   *
   * @param model the bytes of an ONNX file; not changed
   * @return the bytes of the ordinary file, with the same card; those given where the file is not
   *     self-contained, or is none that can be read
   */
  public static byte[] network(byte[] model) {
    try {
      ProtocolBuffer whole = new ProtocolBuffer(model);
      List<ProtocolBuffer> graphs = whole.messages(GRAPH);
      if (graphs.size() != 1 || !names(graphs.get(0), INPUT, INFO_NAME).contains(GRAY)) {
        return model;
      }
      byte[] network = network(graphs.get(0));
      ByteArrayOutputStream out = new ByteArrayOutputStream(model.length);
      whole.forEach(
          field -> {
            if (field.number() == GRAPH) {
              ProtocolBuffer.write(out, GRAPH, network);
            } else {
              field.copy(out);
            }
          });
      return out.toByteArray();
    } catch (IllegalArgumentException e) {
      // ONNX Runtime says what is wrong with it.
      return model;
    }
  }

  private static byte[] network(ProtocolBuffer graph) {
    Set<String> added = new HashSet<>();
    for (ProtocolBuffer node : graph.messages(NODE)) {
      if (isAdded(node)) {
        added.addAll(node.texts(NODE_OUTPUT));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    graph.forEach(field -> copy(field, added, out));
    return out.toByteArray();
  }

  private static void copy(
      ProtocolBuffer.Field field, Set<String> added, ByteArrayOutputStream out) {
    switch (field.number()) {
      case NODE -> copyUnless(isAdded(field.content()), field, out);
      case INITIALIZER ->
          copyUnless(isAdded(String.join("", field.content().texts(TENSOR_NAME))), field, out);
      case OUTPUT -> copyUnless(added.contains(infoName(field)), field, out);
      case INPUT -> {}
      case VALUE_INFO -> {
        // What preprocessing makes, the network takes.
        if (added.contains(infoName(field))) {
          ProtocolBuffer.write(out, INPUT, field.content().bytes());
        } else {
          field.copy(out);
        }
      }
      default -> field.copy(out);
    }
  }

  private static void copyUnless(
      boolean dropped, ProtocolBuffer.Field field, ByteArrayOutputStream out) {
    if (!dropped) {
      field.copy(out);
    }
  }

  private static boolean isAdded(ProtocolBuffer node) {
    return isAdded(String.join("", node.texts(NODE_NAME)));
  }

  private static String infoName(ProtocolBuffer.Field field) {
    return String.join("", field.content().texts(INFO_NAME));
  }

  private static Set<String> names(ProtocolBuffer graph, int field, int name) {
    Set<String> names = new HashSet<>();
    for (ProtocolBuffer info : graph.messages(field)) {
      names.addAll(info.texts(name));
    }
    return names;
  }
}
