package io.cxr.train.export;

import io.cxr.model.ExportProvenance;

/** An exported model is worse than its source by more than is allowed. The message has figures. */
public final class AccuracyLossException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ExportProvenance.Gate gate;

  AccuracyLossException(String message, ExportProvenance.Gate gate) {
    super(message);
    this.gate = gate;
  }

  /**
   * The figures.
   *
   * @return what the comparison said
   */
  public ExportProvenance.Gate gate() {
    return gate;
  }
}
