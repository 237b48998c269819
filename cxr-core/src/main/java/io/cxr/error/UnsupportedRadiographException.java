package io.cxr.error;

import java.util.Objects;

/** An image is damaged, too large, or of a kind that cannot be classified. */
public final class UnsupportedRadiographException extends CxrException {
  private static final long serialVersionUID = 1L;

  /** Why the image was refused, for callers that act on it. */
  public enum Reason {
    /** No bytes at all. */
    EMPTY,
    /**
     * The first bytes are those of no image format that can be read, or a DICOM instance has no
     * pixels.
     */
    NOT_AN_IMAGE,
    /** The bytes end before the image does. */
    TRUNCATED,
    /** The bytes contradict the format, or the header contradicts the content. */
    DAMAGED,
    /** More pixels or bytes than the limits allow. */
    TOO_LARGE,
    /** A colour model that has no defined gray, such as CMYK. */
    UNSUPPORTED_COLOUR,
    /** A known format, but a variant of it that cannot be read. */
    UNSUPPORTED_ENCODING,
    /** Raw values of a detector, DICOM's Presentation Intent FOR PROCESSING. */
    NOT_FOR_PRESENTATION,
    /** A view that the model was not made for, such as a lateral film. */
    UNSUPPORTED_VIEW,
    /** Another part of the body than the chest, by DICOM's Body Part Examined. */
    UNSUPPORTED_BODY_PART,
    /** An image unlike all that the model was trained on, such as a photograph. */
    NOT_A_CHEST_RADIOGRAPH,
    /** Text in the pixels, which may name the patient, DICOM's Burned In Annotation. */
    BURNED_IN_ANNOTATION
  }

  private final Reason reason;

  /**
   * Creates the exception.
   *
   * @param reason why the image was refused
   * @param message what was expected, what was found and what to do
   */
  public UnsupportedRadiographException(Reason reason, String message) {
    super(message);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /**
   * Creates the exception with its cause.
   *
   * @param reason why the image was refused
   * @param message what was expected, what was found and what to do
   * @param cause the failure beneath
   */
  public UnsupportedRadiographException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /**
   * Why the image was refused.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }
}
