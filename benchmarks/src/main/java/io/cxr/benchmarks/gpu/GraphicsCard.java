package io.cxr.benchmarks.gpu;

import io.cxr.Device;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * The device as the system tells of it: for a card {@code nvidia-smi}, which comes with the driver,
 * for the CPU {@code /proc}.
 */
final class GraphicsCard {
  private final Device device;

  GraphicsCard(Device device) {
    this.device = device;
  }

  private boolean isCard() {
    return device.kind() == Device.Kind.CUDA;
  }

  /** Its name, driver and memory, such as {@code "NVIDIA H200, 580.95, 143771 MiB"}. */
  String description() {
    if (!isCard()) {
      return "none: the CPU";
    }
    String told = ask("name,driver_version,memory.total");
    return told.isEmpty() ? "unknown (nvidia-smi does not tell)" : told;
  }

  /** Bytes in use now: of the card by all processes, of the CPU's memory by this one. */
  OptionalLong usedBytes() {
    if (isCard()) {
      // MiB, as " 1234 MiB".
      String digits = ask("memory.used").replaceAll("\\D", "");
      return digits.isEmpty()
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(digits) << 20);
    }
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private String ask(String properties) {
    try {
      Process process =
          new ProcessBuilder(
                  List.of(
                      "nvidia-smi",
                      "--id=" + device.ordinal(),
                      "--query-gpu=" + properties,
                      "--format=csv,noheader"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      String told;
      try (InputStream out = process.getInputStream()) {
        told = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
      }
      return process.waitFor() == 0 ? told : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
