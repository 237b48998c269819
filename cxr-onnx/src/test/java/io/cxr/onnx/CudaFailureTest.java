package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Device;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.error.DeviceUnavailableException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines are folders here, with the files that the real ones have. */
class CudaFailureTest {
  private final Exception cause = new IOException("Failed to load shared library");

  @TempDir Path folder;
  private CudaInstallation machine;

  @BeforeEach
  void machine() throws IOException {
    Files.createDirectories(folder.resolve("lib"));
    machine =
        new CudaInstallation(
            List.of(folder.resolve("lib"), folder.resolve("none")),
            folder.resolve("ld.so.cache"),
            folder.resolve("gpus"),
            true);
  }

  private void has(String library) throws IOException {
    Files.createFile(folder.resolve("lib").resolve(library));
  }

  private void hasCards(int count) throws IOException {
    Files.createDirectories(machine.cards());
    for (int i = 0; i < count; i++) {
      Files.createDirectory(machine.cards().resolve("0000:0" + i + ":00.0"));
    }
  }

  private static void assertSays(
      DeviceUnavailableException failure, Reason reason, String... words) {
    String message = String.valueOf(failure.getMessage());
    assertEquals(reason, failure.reason(), message);
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
    assertTrue(message.contains("choose the CPU"), message);
  }

  @Test
  void aMachineWithNothingLacksTheDriverAndEveryLibrary() {
    assertTrue(machine.missing().containsAll(CudaInstallation.LINKED));
    assertTrue(machine.missing().containsAll(CudaInstallation.LOADED_LATER));
    assertSays(
        CudaFailure.notLoaded(Device.cuda(0), machine, cause),
        Reason.DRIVER_MISSING,
        "cuda:0",
        "libcuda.so.1",
        "libcudart.so.12",
        "libcudnn.so.9",
        "LD_LIBRARY_PATH",
        "Failed to load shared library");
  }

  @Test
  void missingLibrariesAreNamedAndOthersAreNot() throws IOException {
    has("libcuda.so.1");
    hasCards(1);
    has("libcudart.so.12");
    Files.write(
        machine.linkerCache(),
        "glibc-ld.so.cache1.1\0libcublas.so.12\0/opt/libcublas.so.12\0libcublasLt.so.12\0libcurand.so.10\0libcudnn.so.9.1\0"
            .getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(List.of("libcudnn.so.9"), machine.missing());
    DeviceUnavailableException failure = CudaFailure.notLoaded(Device.cuda(0), machine, cause);
    assertSays(failure, Reason.LIBRARY_MISSING, "no libcudnn.so.9", "CUDA 12");
    assertFalse(String.valueOf(failure.getMessage()).contains("driver"), failure.getMessage());
  }

  @Test
  void aCardThatIsNotThereIsToldFromOneThatFails() throws IOException {
    has("libcuda.so.1");
    for (String library : machine.missing()) {
      has(library);
    }
    hasCards(2);
    assertSays(
        CudaFailure.failed(Device.cuda(2), machine, CudaOptions.defaults(), cause),
        Reason.NO_SUCH_CARD,
        "cuda:2",
        "2 cards, up to cuda:1");
    assertSays(
        CudaFailure.failed(Device.cuda(1), machine, CudaOptions.defaults(), cause),
        Reason.DEVICE_FAILED,
        "nvidia-smi");
    assertSays(
        CudaFailure.notLoaded(Device.cuda(1), machine, cause), Reason.LIBRARY_MISSING, "ldd");
  }

  /**
   * On a machine whose provider was loaded by other libraries' names, they cannot be the reason.
   */
  @Test
  void aLoadedProviderThatFailsIsNotToldToMissWhatItIsLinkedTo() throws IOException {
    has("libcuda.so.1");
    has("libcudnn.so.9");
    hasCards(1);
    CudaOptions little = CudaOptions.defaults().withMemoryLimit(3 << 20);
    DeviceUnavailableException failure = CudaFailure.failed(Device.cuda(0), machine, little, cause);
    assertSays(failure, Reason.DEVICE_FAILED, "a limit of 3 MiB", "--cuda-memory", "more");
    assertFalse(String.valueOf(failure.getMessage()).contains("no lib"), failure.getMessage());
    Files.delete(folder.resolve("lib/libcudnn.so.9"));
    assertSays(
        CudaFailure.failed(Device.cuda(0), machine, little, cause),
        Reason.LIBRARY_MISSING,
        "no libcudnn.so.9");
  }

  @Test
  void aDriverThatShowsNoCardIsAsGoodAsNone() throws IOException {
    has("libcuda.so.1");
    hasCards(0);
    assertTrue(machine.lacksDriver());
  }

  @Test
  void whereTheDriverDoesNotShowCardsNothingIsSaidOfThem() throws IOException {
    has("libcuda.so.1");
    assertFalse(machine.lacksDriver());
    assertFalse(machine.lacksCard(Device.cuda(7)));
  }

  @Test
  void ofOtherSystemsNothingIsSaidToBeMissing() {
    CudaInstallation other =
        new CudaInstallation(List.of(), folder.resolve("x"), folder.resolve("y"), false);
    assertSays(
        CudaFailure.notLoaded(Device.cuda(0), other, cause), Reason.LIBRARY_MISSING, "CUDA 12");
    assertSays(
        CudaFailure.failed(Device.cuda(0), other, CudaOptions.defaults(), cause),
        Reason.DEVICE_FAILED,
        "memory");
  }
}
