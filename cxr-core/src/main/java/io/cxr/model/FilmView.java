package io.cxr.model;

import io.cxr.error.UnsupportedRadiographException.Reason;

/**
 * How a radiograph lies before a model, and from where it was taken: as a model's view head tells
 * it from the pixels alone. Models are trained on upright frontal radiographs; what they say of
 * others is worthless, so that each other view is a reason of its own to refuse one.
 */
public enum FilmView {
  /** Frontal (PA or AP), upright, the patient's left on the right, bones bright. */
  FRONTAL(Reason.UNSUPPORTED_VIEW, "an upright frontal radiograph", "classify it"),
  /** Frontal, turned by 90 degrees clockwise. */
  ROTATED_CLOCKWISE(
      Reason.ROTATED_CLOCKWISE,
      "one that seems rotated by 90 degrees clockwise",
      "rotate it by 90 degrees anticlockwise and try again"),
  /** Frontal, turned by 90 degrees anticlockwise. */
  ROTATED_ANTICLOCKWISE(
      Reason.ROTATED_ANTICLOCKWISE,
      "one that seems rotated by 90 degrees anticlockwise",
      "rotate it by 90 degrees clockwise and try again"),
  /** Frontal, turned by 180 degrees. */
  UPSIDE_DOWN(
      Reason.UPSIDE_DOWN, "one that seems upside down", "rotate it by 180 degrees and try again"),
  /** Frontal, left and right exchanged: the heart on the image's left. */
  MIRRORED(
      Reason.MIRRORED,
      "one that seems mirrored, left for right",
      "compare the side marker: mirror the image and try again, or, if the heart lies on the right"
          + " (dextrocardia), open the model without its view gate"),
  /** Frontal, black for white: bones dark, air bright. */
  INVERTED(
      Reason.INVERTED,
      "one whose gray values seem inverted",
      "invert them and try again; a DICOM file says MONOCHROME1 or MONOCHROME2"),
  /** Taken from the side. */
  LATERAL(
      Reason.UNSUPPORTED_VIEW,
      "one that seems a lateral view",
      "leave other views than PA and AP out");

  private final Reason reason;
  private final String found;
  private final String remedy;

  FilmView(Reason reason, String found, String remedy) {
    this.reason = reason;
    this.found = found;
    this.remedy = remedy;
  }

  /**
   * Why a radiograph of this view is refused.
   *
   * @return the reason's code; that of other views for {@link #FRONTAL}, which is not refused
   */
  public Reason reason() {
    return reason;
  }

  /**
   * What was found, for messages.
   *
   * @return such as "one that seems upside down"
   */
  public String found() {
    return found;
  }

  /**
   * What to do about it, for messages.
   *
   * @return such as "rotate it by 180 degrees and try again"
   */
  public String remedy() {
    return remedy;
  }
}
