package io.cxr.train.export;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Runs an exported model on ONNX Runtime. */
final class OnnxModel implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  OnnxModel(byte[] model) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      session = environment.createSession(model, options);
    }
  }

  OrtSession session() {
    return session;
  }

  /** All outputs by name. */
  Map<String, INDArray> run(INDArray input) throws OrtException {
    return run(Map.of("input", input));
  }

  /** All outputs by name, of inputs by name. */
  Map<String, INDArray> run(Map<String, INDArray> inputs) throws OrtException {
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, INDArray> input : inputs.entrySet()) {
      tensors.put(input.getKey(), tensor(input.getValue()));
    }
    try (OrtSession.Result result = session.run(tensors)) {
      Map<String, INDArray> outputs = new LinkedHashMap<>();
      for (Map.Entry<String, ai.onnxruntime.OnnxValue> entry : result) {
        OnnxTensor output = (OnnxTensor) entry.getValue();
        float[] data = new float[output.getFloatBuffer().remaining()];
        output.getFloatBuffer().get(data);
        outputs.put(
            entry.getKey(), Nd4j.createFromArray(data).reshape(output.getInfo().getShape()));
      }
      return outputs;
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor tensor(INDArray array) throws OrtException {
    FloatBuffer values = FloatBuffer.wrap(array.castTo(DataType.FLOAT).dup('c').data().asFloat());
    return OnnxTensor.createTensor(environment, values, array.shape());
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
