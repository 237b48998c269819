package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.cxr.onnx.SelfContainedModel;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A self-contained file in ONNX Runtime, as programs in other languages run it. */
final class SelfContainedRun implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  SelfContainedRun(byte[] model) throws OrtException, IOException {
    ModelProto integers = SelfContainedTrial.takingIntegers(ModelProto.parseFrom(model));
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      session = environment.createSession(integers.toByteArray(), options);
    }
  }

  /** All outputs of one radiograph. */
  static final class Answer {
    private final Map<String, Object> outputs = new HashMap<>();

    private float[] floats(String name) {
      return (float[]) Objects.requireNonNull(outputs.get(name), name);
    }

    boolean has(String name) {
      return outputs.containsKey(name);
    }

    float[] probabilities() {
      return floats(SelfContainedModel.PROBABILITIES);
    }

    float[] heatmap() {
      return floats(OnnxExporter.HEATMAP);
    }

    float[] visible() {
      return floats(SelfContainedModel.VISIBLE);
    }

    float[] output() {
      return floats(OnnxExporter.OUTPUT);
    }

    float novelty() {
      return floats(OnnxExporter.NOVELTY)[0];
    }

    long refusal() {
      return ((long[]) Objects.requireNonNull(outputs.get(SelfContainedModel.REFUSAL)))[0];
    }

    long[] region() {
      return (long[]) Objects.requireNonNull(outputs.get(SelfContainedModel.REGION));
    }

    List<String> labels() {
      return List.of((String[]) Objects.requireNonNull(outputs.get(SelfContainedModel.LABELS)));
    }
  }

  Answer ask(Radiograph radiograph) throws OrtException {
    Map<String, OnnxTensor> inputs = SelfContainedTrial.inputs(environment, radiograph);
    try (OrtSession.Result result = session.run(inputs)) {
      Answer answer = new Answer();
      for (Map.Entry<String, OnnxValue> entry : result) {
        OnnxTensor tensor = (OnnxTensor) entry.getValue();
        Object values =
            switch (tensor.getInfo().type) {
              case FLOAT -> floats(tensor.getFloatBuffer());
              case INT64 -> {
                long[] longs = new long[tensor.getLongBuffer().remaining()];
                tensor.getLongBuffer().get(longs);
                yield longs;
              }
              default -> tensor.getValue();
            };
        answer.outputs.put(entry.getKey(), values);
      }
      return answer;
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private static float[] floats(FloatBuffer values) {
    float[] copy = new float[values.remaining()];
    values.get(copy);
    return copy;
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
