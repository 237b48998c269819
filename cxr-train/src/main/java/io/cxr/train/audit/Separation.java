package io.cxr.train.audit;

/**
 * How well a probe tells classes apart, read from the 95 % interval of its area under the ROC curve
 * (AUROC; 0.5 is chance).
 */
public enum Separation {
  /** The interval begins at 0.80 or above. */
  STRONG("told apart"),
  /** The interval begins at 0.65 or above. */
  CLEAR("told apart in part"),
  /** The interval begins above 0.5, but below 0.65: more than chance, of little use to a model. */
  WEAK("hardly told apart"),
  /** The interval reaches 0.5 and ends below 0.65. */
  NONE("not told apart"),
  /**
   * The interval reaches from 0.5 to 0.65 and beyond, or a class has fewer than 10 patients: more
   * images are needed.
   */
  UNDECIDED("too few images to say");

  /** Where an interval has to begin for {@link #STRONG}. */
  static final double STRONG_FROM = 0.80;

  /** Where an interval has to begin for {@link #CLEAR}. */
  static final double CLEAR_FROM = 0.65;

  /**
   * With fewer patients a class, a bootstrap interval is too narrow: images that happen to be
   * ranked nearly without fault give one that hardly leaves 1.
   */
  static final int FEWEST_PATIENTS = 10;

  private final String words;

  Separation(String words) {
    this.words = words;
  }

  /**
   * The answer in plain words.
   *
   * @return such as {@code told apart}
   */
  public String words() {
    return words;
  }

  /**
   * Whether a model can live on it.
   *
   * @return true for {@link #STRONG} and {@link #CLEAR}
   */
  public boolean tellsApart() {
    return this == STRONG || this == CLEAR;
  }

  static Separation of(double low, double high, int fewestPatients) {
    if (fewestPatients < FEWEST_PATIENTS) {
      return UNDECIDED;
    } else if (low >= STRONG_FROM) {
      return STRONG;
    } else if (low >= CLEAR_FROM) {
      return CLEAR;
    } else if (low > 0.5) {
      return WEAK;
    }
    return high < CLEAR_FROM ? NONE : UNDECIDED;
  }
}
