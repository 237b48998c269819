package io.cxr.codec.jpeg;

/**
 * Something in a JPEG file that our own decoding leaves to the JDK's codec. Never seen by callers.
 */
final class JpegIrregularity extends Exception {
  private static final long serialVersionUID = 1;

  /** Without a stack trace: it only ends an attempt. */
  JpegIrregularity(String message) {
    super(message, null, false, false);
  }
}
