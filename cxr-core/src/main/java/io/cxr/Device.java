package io.cxr;

import java.util.Objects;

/**
 * Where a model runs.
 *
 * @param kind the kind of processor
 * @param ordinal which of its kind, from 0; always 0 for the CPU
 */
public record Device(Kind kind, int ordinal) {

  /** A kind of processor. */
  public enum Kind {
    /** The machine's own cores. */
    CPU,
    /** An NVIDIA graphics card through CUDA. */
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
   * The machine's own cores.
   *
   * @return the CPU
   */
  public static Device cpu() {
    return new Device(Kind.CPU, 0);
  }

  /**
   * An NVIDIA graphics card.
   *
   * @param ordinal which card, from 0
   * @return the card
   */
  public static Device cuda(int ordinal) {
    return new Device(Kind.CUDA, ordinal);
  }

  @Override
  public String toString() {
    return kind == Kind.CPU ? "cpu" : "cuda:" + ordinal;
  }
}
