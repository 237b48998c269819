package io.cxr.train.audit;

import java.util.Objects;

/**
 * An image that could not be read and was left out.
 *
 * @param file its path relative to the data set's folder, with {@code /}
 * @param reason why
 */
public record UnreadImage(String file, String reason) {

  /** Checks the values. */
  public UnreadImage {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(reason, "reason");
  }
}
