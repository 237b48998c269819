package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import io.cxr.Device;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.error.DeviceUnavailableException.Reason;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodePlacementTest {
  private static final String CUDA = "CUDAExecutionProvider";
  private static final String CPU = "CPUExecutionProvider";

  /** What ONNX Runtime itself tells of a run of a network on the CPU. */
  @Test
  void aRunOnTheCpuIsNoRunOnTheCard() throws OrtException, IOException {
    OrtEnvironment environment = RuntimeLibrary.environment();
    NodePlacement placement;
    try (SessionOptions options = new SessionOptions();
        RunProfile profile = RunProfile.of(options);
        OrtSession session = environment.createSession(SmallNetwork.softmax().onnx(), options)) {
      long[] shape =
          ((TensorInfo) session.getInputInfo().get("input").getInfo()).getShape().clone();
      shape[0] = 1;
      int elements = Math.toIntExact(shape[1] * shape[2] * shape[3]);
      try (OnnxTensor black =
          OnnxTensor.createTensor(environment, FloatBuffer.allocate(elements), shape)) {
        session.run(Map.of("input", black)).close();
      }
      placement = profile.end(session);
    }
    assertEquals(Set.of(CPU), placement.counts().keySet());
    assertTrue(placement.costlyElsewhere().contains("Conv"), placement.counts().toString());
    DeviceUnavailableException elsewhere =
        assertThrows(
            DeviceUnavailableException.class, () -> placement.require(Device.cuda(0), "Model m"));
    assertEquals(Reason.MODEL_NOT_ON_DEVICE, elsewhere.reason());
    String message = String.valueOf(elsewhere.getMessage());
    assertTrue(message.contains("Model m") && message.contains("cuda:0"), message);
  }

  @Test
  void shapesMayBeComputedOnTheCpu() {
    NodePlacement placement =
        new NodePlacement(
            Map.of(CUDA, Map.of("Conv", 53, "Gemm", 1), CPU, Map.of("Shape", 1, "Gather", 2)));
    assertEquals("", placement.require(Device.cuda(0), "m"));
  }

  @Test
  void someLayersOnTheCpuAreNamed() {
    NodePlacement placement =
        new NodePlacement(
            Map.of(CUDA, Map.of("Conv", 50), CPU, Map.of("Conv", 3, "QLinearConv", 2, "Shape", 9)));
    assertEquals("3 Conv, 2 QLinearConv", placement.require(Device.cuda(0), "m"));
  }

  @Test
  void allLayersOnTheCpuAreNoRunOnTheCardThoughCopiesAre() {
    NodePlacement placement =
        new NodePlacement(Map.of(CUDA, Map.of("MemcpyToHost", 1), CPU, Map.of("QLinearConv", 53)));
    assertTrue(placement.isElsewhere());
    assertFalse(new NodePlacement(Map.of(CUDA, Map.of("Add", 1))).isElsewhere());
    assertTrue(new NodePlacement(Map.of()).isElsewhere());
  }

  @Test
  void aProfileThatIsNoneIsNamed(@TempDir Path folder) throws IOException {
    Path torn =
        Files.writeString(folder.resolve("torn.json"), "[{\"cat\" : \"Node\", \"args\" : {");
    assertThrows(IOException.class, () -> NodePlacement.read(torn));
    assertThrows(IOException.class, () -> NodePlacement.read(folder.resolve("none.json")));
  }
}
