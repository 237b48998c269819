package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.cxr.Prediction;
import io.cxr.error.ModelFormatException;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SelfContainedModel;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Asks a self-contained file about pictures both ways: by its whole graph, and from Java. */
final class SelfContainedTrial {
  /** Two sessions of one network round differently where they fuse its layers differently. */
  private static final double TOLERANCE = 1e-4;

  private static final int[][] SIZES = {{300, 260}, {97, 211}};
  private static final int DEEP_BITS = 12;
  private static final String INTEGERS = "trial/gray";

  private SelfContainedTrial() {}

  /**
   * Compares the answers.
   *
   * @param model the file
   * @param deep whether it takes 16-bit pixels
   * @throws ModelFormatException if they differ, or the graph does not run
   */
  static void run(ModelProto model, boolean deep) throws IOException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OnnxClassifier classifier =
            OnnxClassifier.builder(model.toByteArray()).noveltyGate(false).viewGate(false).open();
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        OrtSession session =
            environment.createSession(takingIntegers(model).toByteArray(), options)) {
      for (int[] size : SIZES) {
        Radiograph picture = picture(size[0], size[1], deep);
        compare(classifier.classify(picture), probabilities(environment, session, picture));
      }
    } catch (OrtException e) {
      throw new ModelFormatException(
          "Self-contained export: expected a graph that ONNX Runtime runs, found: "
              + e.getMessage()
              + ". Nothing was written.",
          e);
    }
  }

  /**
   * The same file with 32-bit integers for pixels, which the graph casts to its own type: ONNX
   * Runtime's Java interface has no unsigned 16-bit ones.
   */
  static ModelProto takingIntegers(ModelProto model) {
    GraphProto.Builder graph = model.getGraph().toBuilder().clearInput().clearNode();
    for (ValueInfoProto input : model.getGraph().getInputList()) {
      ValueInfoProto.Builder info = input.toBuilder();
      if (input.getName().equals(SelfContainedModel.GRAY)) {
        int type = input.getType().getTensorType().getElemType();
        info.setName(INTEGERS);
        info.getTypeBuilder().getTensorTypeBuilder().setElemType(DataType.INT32.getNumber());
        graph.addNode(
            ModelGraph.node(
                "Cast",
                SelfContainedModel.GRAY,
                List.of(INTEGERS),
                OnnxGraph.attribute("to", (long) type)));
      }
      graph.addInput(info);
    }
    graph.addAllNode(model.getGraph().getNodeList());
    return model.toBuilder().setGraph(graph).build();
  }

  /** Slopes with noise, which reach all levels. */
  private static Radiograph picture(int rows, int columns, boolean deep) {
    Random random = new Random(rows);
    int most = deep ? (1 << DEEP_BITS) - 1 : 255;
    short[] pixels = new short[rows * columns];
    byte[] bytes = new byte[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      double slope = (double) (i / columns + i % columns) / (rows + columns);
      double level = most * (0.8 * slope + 0.2 * random.nextDouble());
      pixels[i] = (short) level;
      bytes[i] = (byte) level;
    }
    return deep
        ? Radiograph.ofGray16(rows, columns, DEEP_BITS, pixels)
        : Radiograph.ofGray8(rows, columns, bytes);
  }

  private static float[] probabilities(
      OrtEnvironment environment, OrtSession session, Radiograph picture) throws OrtException {
    Map<String, OnnxTensor> inputs = inputs(environment, picture);
    try {
      try (OrtSession.Result result =
          session.run(inputs, Set.of(SelfContainedModel.PROBABILITIES))) {
        FloatBuffer values =
            ((OnnxTensor) result.get(SelfContainedModel.PROBABILITIES).orElseThrow())
                .getFloatBuffer();
        float[] probabilities = new float[values.remaining()];
        values.get(probabilities);
        return probabilities;
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  /** The inputs of {@link #takingIntegers}. The caller closes them. */
  static Map<String, OnnxTensor> inputs(OrtEnvironment environment, Radiograph picture)
      throws OrtException {
    int[] pixels = new int[picture.rows() * picture.columns()];
    boolean deep = picture.bitsStored() > 8;
    ByteBuffer stored = picture.pixels();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = deep ? Short.toUnsignedInt(stored.getShort()) : Byte.toUnsignedInt(stored.get());
    }
    Map<String, OnnxTensor> inputs = new HashMap<>();
    inputs.put(
        INTEGERS,
        OnnxTensor.createTensor(
            environment, IntBuffer.wrap(pixels), new long[] {picture.rows(), picture.columns()}));
    if (deep) {
      LongBuffer bits = LongBuffer.wrap(new long[] {picture.bitsStored()});
      inputs.put(
          SelfContainedModel.BITS_STORED, OnnxTensor.createTensor(environment, bits, new long[0]));
    }
    return inputs;
  }

  private static void compare(Prediction expected, float[] found) {
    for (int i = 0; i < found.length; i++) {
      double wanted = expected.probabilities().get(i).probability();
      if (!(Math.abs(wanted - found[i]) <= TOLERANCE)) {
        throw new ModelFormatException(
            "Self-contained export: expected a probability of "
                + wanted
                + " for "
                + expected.probabilities().get(i).label()
                + " from the graph, found "
                + found[i]
                + ". Nothing was written.");
      }
    }
  }
}
