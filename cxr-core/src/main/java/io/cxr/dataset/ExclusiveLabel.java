package io.cxr.dataset;

import java.util.Objects;

/**
 * The one label of an image, which has no other.
 *
 * @param label such as {@code COVID19}
 */
public record ExclusiveLabel(String label) implements Annotation {
  /** Checks the value. */
  public ExclusiveLabel {
    Objects.requireNonNull(label, "label");
  }

  /** The label alone. */
  @Override
  public String toString() {
    return label;
  }
}
