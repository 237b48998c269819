package io.cxr.commandline;

/**
 * Inputs that cannot be read, where a command needs all of them: no wrong usage, so exit code 1.
 */
final class UnreadableInputsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnreadableInputsException(String message) {
    super(message);
  }
}
