package io.cxr.pacs;

import java.io.IOException;

/** The gateway's own disk or database fails, for which no item is to blame. */
final class StateException extends IOException {
  private static final long serialVersionUID = 1L;

  StateException(String message, Throwable cause) {
    super(message, cause);
  }
}
