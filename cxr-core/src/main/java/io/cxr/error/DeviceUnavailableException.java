package io.cxr.error;

/** Thrown when the requested device, or a library that it needs, is not available. */
public final class DeviceUnavailableException extends CxrException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what was expected, what was found and what to do
   */
  public DeviceUnavailableException(String message) {
    super(message);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param message what was expected, what was found and what to do
   * @param cause the underlying failure
   */
  public DeviceUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
