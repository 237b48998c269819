package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Device;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.error.DeviceUnavailableException.Reason;
import io.cxr.onnx.CudaOptions.ArenaGrowth;
import io.cxr.onnx.CudaOptions.ConvolutionSearch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SessionSettingsTest {

  @Test
  void aUserNamesTheDeviceAndWhetherTheCpuWillDo() {
    SessionSettings settings = SessionSettings.defaults();
    assertEquals(Device.cpu(), settings.device());
    assertEquals(Device.cuda(1), settings.withDevice("cuda:1").device());
    assertFalse(settings.withDevice("cuda:1").cpuInstead());
    assertEquals(Device.cuda(0), settings.withDevice("cuda-or-cpu").device());
    assertTrue(settings.withDevice("cuda:2-or-cpu").cpuInstead());
    assertFalse(settings.withDevice("cuda-or-cpu").withDevice("cuda").cpuInstead());
    String message =
        assertThrows(IllegalArgumentException.class, () -> settings.withDevice("gpu")).getMessage();
    assertTrue(message.contains("'gpu'") && message.contains("cuda-or-cpu"), message);
  }

  @Test
  void otherSettingsStayWhenOneChanges() {
    SessionSettings settings =
        SessionSettings.defaults()
            .withThreads(3)
            .withSpinning(false)
            .withCuda(CudaOptions.defaults().withTf32(true))
            .withDevice(Device.cuda(4));
    assertEquals(3, settings.threads());
    assertFalse(settings.spinning());
    assertTrue(settings.cuda().tf32());
    assertThrows(IllegalArgumentException.class, () -> settings.withThreads(0));
  }

  @Test
  void optionsAreThoseOfTheProvider() {
    assertEquals(
        Map.of(
            "arena_extend_strategy", "kNextPowerOfTwo",
            "use_tf32", "0",
            "cudnn_conv_algo_search", "HEURISTIC",
            "prefer_nhwc", "0"),
        CudaOptions.defaults().providerOptions());
    assertEquals(
        Map.of(
            "gpu_mem_limit", "2147483648",
            "arena_extend_strategy", "kSameAsRequested",
            "use_tf32", "1",
            "cudnn_conv_algo_search", "EXHAUSTIVE",
            "prefer_nhwc", "1"),
        CudaOptions.defaults()
            .withMemoryLimit(2L << 30)
            .withArenaGrowth(ArenaGrowth.SAME_AS_REQUESTED)
            .withTf32(true)
            .withConvolutionSearch(ConvolutionSearch.EXHAUSTIVE)
            .withChannelsLast(true)
            .providerOptions());
    assertThrows(IllegalArgumentException.class, () -> CudaOptions.defaults().withMemoryLimit(0));
  }

  /** Off, the option keeps 16-bit convolutions from the tensor cores as well. */
  @Test
  void tf32IsOnForModelsThatComputeIn16Bits() {
    CudaOptions options = CudaOptions.defaults().withMemoryLimit(1 << 20);
    OnnxModelBuilder stored = new OnnxModelBuilder();
    OnnxModelBuilder computed = new OnnxModelBuilder();
    OnnxModelBuilder cast = new OnnxModelBuilder();
    stored
        .halfWeight("half", 1, 1, 1, 1)
        .node("Cast", List.of("half"), "kernel", OnnxModelBuilder.integer("to", 1))
        .node("Conv", List.of("input", "kernel"), "output");
    computed
        .halfWeight("kernel", 1, 1, 1, 1)
        .node("Cast", List.of("input"), "in", OnnxModelBuilder.integer("to", 10))
        .node("Conv", List.of("in", "kernel"), "out")
        .node("Cast", List.of("out"), "output", OnnxModelBuilder.integer("to", 1));
    cast.weights("single", new float[] {1}, 1, 1, 1, 1)
        .node("Cast", List.of("single"), "kernel", OnnxModelBuilder.integer("to", 10))
        .node("Conv", List.of("in", "kernel"), "out");
    assertEquals(options, options.forModel(stored.build()));
    assertEquals(options.withTf32(true), options.forModel(computed.build()));
    assertEquals(options.withTf32(true), options.forModel(cast.build()));
    assertEquals(options, options.forModel(SmallNetwork.softmax().onnx()));
    assertEquals(options, options.forModel(new byte[] {1, 2, 3}));
  }

  @Test
  void theCpuIsTriedOnlyWhereItWasChosenAndTheDeviceIsMissing() {
    SessionSettings card = SessionSettings.defaults().withDevice(Device.cuda(0)).withThreads(2);
    List<SessionSettings> tried = new ArrayList<>();
    SessionSettings.Opening<Device, RuntimeException> opening =
        settings -> {
          tried.add(settings);
          if (settings.device().kind() == Device.Kind.CUDA) {
            throw new DeviceUnavailableException(Reason.NO_SUCH_CARD, "none");
          }
          return settings.device();
        };
    assertThrows(DeviceUnavailableException.class, () -> card.open(opening));
    assertEquals(List.of(card), tried);
    assertEquals(Device.cpu(), card.withDeviceOrCpu(Device.cuda(0)).open(opening));
    assertEquals(2, tried.get(tried.size() - 1).threads());
    IllegalStateException other = new IllegalStateException("other");
    assertSame(
        other,
        assertThrows(
            IllegalStateException.class,
            () ->
                card.withDeviceOrCpu(Device.cuda(0))
                    .open(
                        settings -> {
                          throw other;
                        })));
  }
}
