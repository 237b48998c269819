package io.cxr.error;

/** The device asked for is not there, or a library that it needs is missing. */
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
   * @param cause the failure beneath
   */
  public DeviceUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
