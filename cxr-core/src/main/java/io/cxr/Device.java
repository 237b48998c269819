package io.cxr;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The device that a model runs on.
 *
 * @param kind the kind of processor
 * @param ordinal the index among devices of its kind, from 0; always 0 for the CPU
 */
public record Device(Kind kind, int ordinal) {

  private static final Pattern CUDA = Pattern.compile("cuda(?::([0-9]{1,4}))?");

  /** A kind of processor. */
  public enum Kind {
    /** The CPU of the machine. */
    CPU,
    /** An NVIDIA GPU, through CUDA. */
    CUDA
  }

  /** Checks the values. */
  public Device {
    Objects.requireNonNull(kind, "kind");
    if (ordinal < 0 || (kind == Kind.CPU && ordinal != 0)) {
      throw new IllegalArgumentException("Device " + kind + " has no ordinal " + ordinal);
    }
  }

  /**
   * The CPU of the machine.
   *
   * @return the CPU
   */
  public static Device cpu() {
    return new Device(Kind.CPU, 0);
  }

  /**
   * An NVIDIA GPU.
   *
   * @param ordinal the index of the GPU, from 0
   * @return the GPU
   */
  public static Device cuda(int ordinal) {
    return new Device(Kind.CUDA, ordinal);
  }

  /**
   * A device by its name, as {@link #toString} gives it.
   *
   * @param name {@code cpu}, {@code cuda} for the first NVIDIA GPU, or {@code cuda:N} for the one
   *     of ordinal N, from 0
   * @return the device
   * @throws IllegalArgumentException if there is no device of this name
   */
  public static Device parse(String name) {
    Matcher cuda = CUDA.matcher(name);
    if (name.equals("cpu")) {
      return cpu();
    }
    if (!cuda.matches()) {
      throw new IllegalArgumentException(
          "Device: expected cpu, cuda or cuda:N with N from 0, found '" + name + "'");
    }
    String ordinal = cuda.group(1);
    return cuda(ordinal == null ? 0 : Integer.parseInt(ordinal));
  }

  @Override
  public String toString() {
    return kind == Kind.CPU ? "cpu" : "cuda:" + ordinal;
  }
}
