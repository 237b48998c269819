package io.cxr.train.export;

/** Thrown when an adopted network does not give what the framework gives that it comes from. */
public final class VerificationException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  VerificationException(String message) {
    super(message);
  }
}
