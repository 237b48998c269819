package io.cxr.error;

import java.util.Objects;

/** Thrown when the requested device, or a library that it needs, is not available. */
public final class DeviceUnavailableException extends CxrException {
  private static final long serialVersionUID = 1L;

  /** Why a device is not available; the message says what to do about it. */
  public enum Reason {
    /** ONNX Runtime itself does not load, so that no device is available, not even the CPU. */
    RUNTIME_MISSING,
    /** ONNX Runtime loads, but this build has no support for the device. */
    PROVIDER_MISSING,
    /** Libraries of CUDA or cuDNN, or the provider that needs them, are missing or do not load. */
    LIBRARY_MISSING,
    /** The driver is missing, or shows no card. */
    DRIVER_MISSING,
    /** There are cards, but none of this ordinal. */
    NO_SUCH_CARD,
    /** The device is there and failed, for example because its memory is full. */
    DEVICE_FAILED,
    /** The device works, but the model's computation does not run on it. */
    MODEL_NOT_ON_DEVICE
  }

  private final Reason reason;

  /**
   * Creates the exception.
   *
   * @param reason why the device is not available
   * @param message what was expected, what was found and what to do
   */
  public DeviceUnavailableException(Reason reason, String message) {
    super(message);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /**
   * Creates the exception with its cause.
   *
   * @param reason why the device is not available
   * @param message what was expected, what was found and what to do
   * @param cause the underlying failure
   */
  public DeviceUnavailableException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /**
   * Why the device is not available.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }
}
