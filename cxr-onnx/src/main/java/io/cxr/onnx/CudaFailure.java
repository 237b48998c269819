package io.cxr.onnx;

import io.cxr.Device;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.error.DeviceUnavailableException.Reason;
import java.util.ArrayList;
import java.util.List;

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
    return missing(device, machine, cause, Reason.LIBRARY_MISSING);
  }

  /** The provider is loaded, but the session cannot be made on the card, or not run there. */
  static DeviceUnavailableException failed(
      Device device, CudaInstallation machine, Exception cause) {
    return missing(device, machine, cause, Reason.DEVICE_FAILED);
  }

  private static DeviceUnavailableException missing(
      Device device, CudaInstallation machine, Exception cause, Reason otherwise) {
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
    List<String> libraries = machine.missing();
    if (!libraries.isEmpty()) {
      reason = reason == otherwise ? Reason.LIBRARY_MISSING : reason;
      found.add("no " + String.join(", ", libraries));
      remedies.add(
          "install CUDA 12 and cuDNN 9 for CUDA 12 (CUDA 13 does not do), and name their folders in"
              + " LD_LIBRARY_PATH where the linker does not look");
    }
    if (remedies.isEmpty()) {
      remedies.add(
          reason == Reason.LIBRARY_MISSING
              ? "ask 'ldd libonnxruntime_providers_cuda.so' what does not load, and 'nvidia-smi'"
                  + " whether the driver is recent enough for CUDA 12"
              : "see by nvidia-smi whether the card works and has free memory, or give the model less"
                  + " of it");
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
