package io.cxr.radiograph;

/** The direction of the beam through the chest (DICOM PS3.3 C.8.1.2, View Position). */
public enum ViewPosition {
  /** From back to front. */
  PA,
  /** From front to back, as in bedside radiographs. */
  AP,
  /** From the patient's right to the left, left lateral. */
  LL,
  /** From the patient's left to the right, right lateral. */
  RL;

  /**
   * Whether the beam ran along the front-to-back axis.
   *
   * @return true for {@link #PA} and {@link #AP}
   */
  public boolean isFrontal() {
    return this == PA || this == AP;
  }
}
