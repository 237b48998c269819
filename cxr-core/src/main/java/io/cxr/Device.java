package io.cxr;

import java.util.Objects;

/**
 * The device that a model runs on.
 *
 * @param kind the kind of processor
 * @param ordinal the index among devices of its kind, from 0; always 0 for the CPU
 */
public record Device(Kind kind, int ordinal) {

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

  @Override
  public String toString() {
    return kind == Kind.CPU ? "cpu" : "cuda:" + ordinal;
  }
}
