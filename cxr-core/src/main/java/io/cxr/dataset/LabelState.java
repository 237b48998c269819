package io.cxr.dataset;

/**
 * What is known of one finding of one film. Reports do not mention everything: a film about which a
 * report is silent or uncertain is neither a positive nor a negative one, and is left out wherever
 * that finding is learnt or judged.
 */
public enum LabelState {
  /** The finding is there. */
  PRESENT,
  /** The finding is not there. */
  ABSENT,
  /** Not known, not mentioned, or stated as uncertain. */
  UNKNOWN;

  /**
   * Whether this film counts for the finding.
   *
   * @return true if it is present or absent
   */
  public boolean isKnown() {
    return this != UNKNOWN;
  }
}
