package io.cxr.commandline;

import io.cxr.onnx.CudaOptions;
import io.cxr.onnx.SessionSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where and how models run, the same for every command that runs one. */
final class DeviceOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = {
        "Where models run: cpu, cuda or cuda:N for an NVIDIA card, which fails where it cannot be",
        "had, or cuda-or-cpu, which then runs on the CPU and says so.%nDefault: cpu"
      })
  private String device = "cpu";

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of a model's run on the CPU.%nDefault: the processors")
  private @Nullable Integer threads;

  @Option(
      names = "--cuda-memory",
      paramLabel = "MIB",
      description = "The most MiB of a card's memory for each model.%nDefault: all")
  private @Nullable Long memory;

  @Option(
      names = "--tf32",
      description = "Lets a card round 32-bit products to TF32: faster, less like the CPU.")
  private boolean tf32;

  @Option(
      names = "--channels-last",
      description = "Has a card compute with the channels of a pixel side by side.")
  private boolean channelsLast;

  /** What was chosen. */
  SessionSettings settings() {
    try {
      CudaOptions cuda = CudaOptions.defaults().withTf32(tf32).withChannelsLast(channelsLast);
      if (memory != null) {
        if (memory < 1) {
          throw new IllegalArgumentException("--cuda-memory: expected at least 1, found " + memory);
        }
        cuda = cuda.withMemoryLimit(Math.multiplyExact(memory, 1L << 20));
      }
      SessionSettings settings = SessionSettings.defaults().withDevice(device).withCuda(cuda);
      return threads == null ? settings : settings.withThreads(threads);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
