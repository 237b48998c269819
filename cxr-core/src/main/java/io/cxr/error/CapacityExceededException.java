package io.cxr.error;

/**
 * Thrown when a call exceeds the capacity and is configured not to wait. Nothing is wrong with the
 * radiograph: the same call may succeed later.
 */
public final class CapacityExceededException extends CxrException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what was expected, what was found and what to do
   */
  public CapacityExceededException(String message) {
    super(message);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param message what was expected, what was found and what to do
   * @param cause the underlying failure
   */
  public CapacityExceededException(String message, Throwable cause) {
    super(message, cause);
  }
}
