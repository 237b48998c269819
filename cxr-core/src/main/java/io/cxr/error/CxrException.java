package io.cxr.error;

/**
 * Base class of failures caused by a radiograph, a model file, a device, a native run or too much
 * concurrent work. A message says what was expected, what was found and what to do, and never
 * contains patient data.
 *
 * <p>Programming errors are {@link IllegalArgumentException} and {@link IllegalStateException}; an
 * unreadable file is an {@link java.io.IOException}.
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
