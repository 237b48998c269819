package io.cxr.dicom.image;

import java.util.Objects;

/** The VOI transform that selects the displayed values (DICOM PS3.3 C.11.2). Immutable. */
public sealed interface VoiTransform {
  /**
   * The first table of the VOI LUT Sequence, else the first window, else percentiles as described
   * at {@link DicomRadiographReader}.
   */
  record First() implements VoiTransform {}

  /**
   * One of the windows of the data set.
   *
   * @param number from 0
   */
  record WindowNumber(int number) implements VoiTransform {
    /** Checks the value. */
    public WindowNumber {
      checkNumber(number);
    }
  }

  /**
   * One of the tables of the VOI LUT Sequence.
   *
   * @param number from 0
   */
  record TableNumber(int number) implements VoiTransform {
    /** Checks the value. */
    public TableNumber {
      checkNumber(number);
    }
  }

  /**
   * A window that the caller chooses.
   *
   * @param window the window
   */
  record Chosen(VoiWindow window) implements VoiTransform {
    /** Checks the value. */
    public Chosen {
      Objects.requireNonNull(window, "window");
    }
  }

  /** The full range of the stored bits, from black to white. */
  record FullRange() implements VoiTransform {}

  private static void checkNumber(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("VOI: expected a number from 0, found " + number);
    }
  }
}
