package io.cxr.onnx;

import io.cxr.Device;
import io.cxr.error.DeviceUnavailableException;
import java.util.Objects;

/**
 * Where and how ONNX Runtime runs a model. Immutable.
 *
 * @param device where the model runs
 * @param cpuInstead whether the model runs on the CPU, with a warning in the log, where it cannot
 *     run on the device; else opening it fails with a {@link DeviceUnavailableException}
 * @param threads threads that share the work of one layer on the CPU, at least 1
 * @param spinning whether those threads wait busily for the next layer: faster, but takes CPU time
 *     from other work
 * @param cuda options for a device that is an NVIDIA GPU
 */
public record SessionSettings(
    Device device, boolean cpuInstead, int threads, boolean spinning, CudaOptions cuda) {
  private static final System.Logger LOGGER = System.getLogger(SessionSettings.class.getName());

  private static final String OR_CPU = "-or-cpu";

  /** Checks the values. */
  public SessionSettings {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(cuda, "cuda");
    requireThreads(threads);
  }

  private static void requireThreads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
    }
  }

  /**
   * The CPU, with as many threads as Java sees processors, which spin.
   *
   * @return the defaults
   */
  public static SessionSettings defaults() {
    return cpu(Runtime.getRuntime().availableProcessors());
  }

  static SessionSettings cpu(int threads) {
    return new SessionSettings(Device.cpu(), false, threads, true, CudaOptions.defaults());
  }

  /**
   * The same on a device and on no other.
   *
   * @param other where the model must run
   * @return other settings
   */
  public SessionSettings withDevice(Device other) {
    return new SessionSettings(other, false, threads, spinning, cuda);
  }

  /**
   * The same on a device, or on the CPU where the model cannot run on it.
   *
   * @param preferred where the model runs if it can
   * @return other settings
   */
  public SessionSettings withDeviceOrCpu(Device preferred) {
    return new SessionSettings(preferred, true, threads, spinning, cuda);
  }

  /**
   * The same on a device that a user names.
   *
   * @param name a device as {@link Device#parse} takes it, for that one and no other; {@code
   *     cuda-or-cpu} or {@code cuda:N-or-cpu} for it or the CPU
   * @return other settings
   * @throws IllegalArgumentException if it is no such name
   */
  public SessionSettings withDevice(String name) {
    boolean instead = name.endsWith(OR_CPU);
    try {
      Device named =
          Device.parse(instead ? name.substring(0, name.length() - OR_CPU.length()) : name);
      return instead ? withDeviceOrCpu(named) : withDevice(named);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Device: expected cpu, cuda, cuda:N with N from 0, or cuda-or-cpu, found '" + name + "'",
          e);
    }
  }

  /**
   * The same with another number of threads.
   *
   * @param count at least 1
   * @return other settings
   */
  public SessionSettings withThreads(int count) {
    return new SessionSettings(device, cpuInstead, count, spinning, cuda);
  }

  /**
   * The same with threads that spin or sleep.
   *
   * @param spins whether threads wait busily
   * @return other settings
   */
  public SessionSettings withSpinning(boolean spins) {
    return new SessionSettings(device, cpuInstead, threads, spins, cuda);
  }

  /**
   * The same with other options for an NVIDIA GPU.
   *
   * @param options how it is used
   * @return other settings
   */
  public SessionSettings withCuda(CudaOptions options) {
    return new SessionSettings(device, cpuInstead, threads, spinning, options);
  }

  /** Opens something with settings. */
  interface Opening<T, E extends Exception> {
    T open(SessionSettings settings) throws E;
  }

  /** Opens something on the device, or on the CPU where that was chosen for want of the device. */
  <T, E extends Exception> T open(Opening<T, E> opening) throws E {
    try {
      return opening.open(this);
    } catch (DeviceUnavailableException e) {
      if (!cpuInstead || device.kind() == Device.Kind.CPU) {
        throw e;
      }
      LOGGER.log(System.Logger.Level.WARNING, "Running on the CPU instead: {0}", e.getMessage());
      return opening.open(withDevice(Device.cpu()));
    }
  }
}
