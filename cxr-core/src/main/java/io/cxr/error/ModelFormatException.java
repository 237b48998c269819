package io.cxr.error;

/**
 * Thrown when a model file is broken or has no card, or when its card does not match its graph or
 * this version.
 */
public final class ModelFormatException extends CxrException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what was expected, what was found and what to do
   */
  public ModelFormatException(String message) {
    super(message);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param message what was expected, what was found and what to do
   * @param cause the underlying failure
   */
  public ModelFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
