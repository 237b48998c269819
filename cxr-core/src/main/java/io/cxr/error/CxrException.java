package io.cxr.error;

/**
 * The failures that a radiograph, a model file, a device, a native run or too much work at once can
 * cause. A message says
 * what was expected, what was found and what to do, and never holds patient data.
 *
 * <p>A caller's own mistakes are {@link IllegalArgumentException} and {@link
 * IllegalStateException}; an unreadable file is an {@link java.io.IOException}.
 */
public abstract sealed class CxrException extends RuntimeException
    permits CapacityExceededException,
        DeviceUnavailableException,
        InferenceException,
        ModelFormatException,
        UnsupportedRadiographException {
  private static final long serialVersionUID = 1L;

  CxrException(String message) {
    super(message);
  }

  CxrException(String message, Throwable cause) {
    super(message, cause);
  }
}
