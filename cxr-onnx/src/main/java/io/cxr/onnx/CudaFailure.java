package io.cxr.onnx;

import io.cxr.Device;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.error.DeviceUnavailableException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says why a model cannot run on an NVIDIA card, and what to install. */
final class CudaFailure {
  private static final String OTHERWISE = "; or choose the CPU.";

  private CudaFailure() {}

  /** ONNX Runtime is a build for CPUs. */
  static DeviceUnavailableException notInBuild(Device device, String version) {
    return new DeviceUnavailableException(
        Reason.PROVIDER_MISSING,
        "Device "
            + device
            + ": expected ONNX Runtime with its CUDA provider, found the build for CPUs, "
            + version
            + ". Replace the dependency com.microsoft.onnxruntime:onnxruntime by"
            + " com.microsoft.onnxruntime:onnxruntime_gpu:"
            + version
            + " (leave none of the other on the class path), and install NVIDIA's driver, CUDA 12"
            + " and cuDNN 9"
            + OTHERWISE);
  }

  /** The provider cannot be unpacked or loaded. */
  static DeviceUnavailableException notLoaded(
      Device device, CudaInstallation machine, Exception cause) {
    return failure(device, machine, machine.missing(), List.of(), Reason.LIBRARY_MISSING, cause);
  }

  /**
   * The provider is loaded, but the session cannot be made on the card, or not run there.
   *
   * @param options what the model may take of the card
   */
  static DeviceUnavailableException failed(
      Device device, CudaInstallation machine, CudaOptions options, Exception cause) {
    return failure(
        device,
        machine,
        machine.missingOnceLoaded(),
        memoryLimit(options).map(limit -> "a limit of " + limit).stream().toList(),
        Reason.DEVICE_FAILED,
        cause);
  }

  /** How messages name the limit of a model's memory on the card, where there is one. */
  static Optional<String> memoryLimit(CudaOptions options) {
    return options.memoryLimit() == Long.MAX_VALUE
        ? Optional.empty()
        : Optional.of(
            options.memoryLimit() / (1 << 20)
                + " MiB of the card's memory (--cuda-memory, CudaOptions.withMemoryLimit)");
  }

  private static DeviceUnavailableException failure(
      Device device,
      CudaInstallation machine,
      List<String> missing,
      List<String> limits,
      Reason otherwise,
      Exception cause) {
    List<String> found = new ArrayList<>();
    List<String> remedies = new ArrayList<>();
    Reason reason = otherwise;
    if (machine.lacksDriver()) {
      reason = Reason.DRIVER_MISSING;
      found.add("no NVIDIA driver with a card (libcuda.so.1, /proc/driver/nvidia)");
      remedies.add(
          "install NVIDIA's driver, and start a container with its runtime (docker run --gpus all)");
    } else if (machine.lacksCard(device)) {
      reason = Reason.NO_SUCH_CARD;
      int cards = machine.count().orElse(0);
      found.add(cards == 1 ? "one card, cuda:0" : cards + " cards, up to cuda:" + (cards - 1));
      remedies.add("choose one of those");
    }
    if (!missing.isEmpty()) {
      reason = reason == otherwise ? Reason.LIBRARY_MISSING : reason;
      found.add("no " + String.join(", ", missing));
      remedies.add(
          "install CUDA 12 and cuDNN 9 for CUDA 12 (CUDA 13 does not do), and name their folders in"
              + " LD_LIBRARY_PATH where the linker does not look");
    }
    if (remedies.isEmpty()) {
      found.addAll(limits);
      remedies.add(
          reason == Reason.LIBRARY_MISSING
              ? "ask 'ldd libonnxruntime_providers_cuda.so' what does not load, and 'nvidia-smi'"
                  + " whether the driver is recent enough for CUDA 12"
              : limits.isEmpty()
                  ? "see by nvidia-smi whether the card works and has free memory"
                  : "give the model more of its memory, and see by nvidia-smi whether the card"
                      + " works and has it free");
    }
    found.add(
        "ONNX Runtime says: " + String.valueOf(cause.getMessage()).strip().replaceAll("\\s+", " "));
    return new DeviceUnavailableException(
        reason,
        "Device "
            + device
            + ": expected an NVIDIA card of that ordinal, CUDA 12 and cuDNN 9, found "
            + String.join("; ", found)
            + ". To use it, "
            + String.join("; ", remedies)
            + OTHERWISE,
        cause);
  }

  /** Everything is there, and yet ONNX Runtime computes the model elsewhere. */
  static DeviceUnavailableException notOnDevice(Device device, String origin, String found) {
    return new DeviceUnavailableException(
        Reason.MODEL_NOT_ON_DEVICE,
        origin
            + ": expected its layers to run on "
            + device
            + ", found "
            + found
            + ". Export the model in fp32 or fp16"
            + OTHERWISE);
  }
}
