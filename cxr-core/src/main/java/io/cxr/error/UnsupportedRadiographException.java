package io.cxr.error;

import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Thrown when an image is damaged, too large, or of a kind that cannot be classified. */
public final class UnsupportedRadiographException extends CxrException {
  private static final long serialVersionUID = 1L;

  /** The reason of a refusal, for callers that act on it. */
  public enum Reason {
    /** No bytes at all. */
    EMPTY,
    /**
     * The first bytes are not those of a supported image format, or a DICOM instance has no pixels.
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
    /** A known format, but an unsupported variant of it. */
    UNSUPPORTED_ENCODING,
    /** Raw detector values, with DICOM's Presentation Intent FOR PROCESSING. */
    NOT_FOR_PRESENTATION,
    /** A view that the model does not support, such as a lateral radiograph. */
    UNSUPPORTED_VIEW,
    /** A radiograph that seems rotated by 90 degrees clockwise. */
    ROTATED_CLOCKWISE,
    /** A radiograph that seems rotated by 90 degrees anticlockwise. */
    ROTATED_ANTICLOCKWISE,
    /** A radiograph that seems rotated by 180 degrees. */
    UPSIDE_DOWN,
    /** A radiograph that seems mirrored, left for right; or a heart that lies on the right. */
    MIRRORED,
    /** A radiograph that seems inverted, black for white. */
    INVERTED,
    /** A body part other than the chest, by DICOM's Body Part Examined. */
    UNSUPPORTED_BODY_PART,
    /** An image unlike the training images, such as a photograph. */
    NOT_A_CHEST_RADIOGRAPH,
    /** Text in the pixels that may identify the patient, by DICOM's Burned In Annotation. */
    BURNED_IN_ANNOTATION
  }

  private final Reason reason;
  private final @Nullable Double novelty;
  private final @Nullable Double noveltyThreshold;

  /**
   * Creates the exception.
   *
   * @param reason the reason of the refusal
   * @param message what was expected, what was found and what to do
   */
  public UnsupportedRadiographException(Reason reason, String message) {
    super(message);
    this.reason = Objects.requireNonNull(reason, "reason");
    this.novelty = null;
    this.noveltyThreshold = null;
  }

  /**
   * Creates the exception with its cause.
   *
   * @param reason the reason of the refusal
   * @param message what was expected, what was found and what to do
   * @param cause the underlying failure
   */
  public UnsupportedRadiographException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
    this.novelty = null;
    this.noveltyThreshold = null;
  }

  private UnsupportedRadiographException(
      Reason reason, String message, double novelty, double noveltyThreshold) {
    super(message);
    this.reason = reason;
    this.novelty = novelty;
    this.noveltyThreshold = noveltyThreshold;
  }

  /**
   * Creates the exception for an image that a novelty gate refuses, with its score.
   *
   * @param message what was expected, what was found and what to do
   * @param novelty the image's novelty score
   * @param threshold the greatest score that the gate accepts
   * @return an exception with the reason {@link Reason#NOT_A_CHEST_RADIOGRAPH}
   */
  public static UnsupportedRadiographException novel(
      String message, double novelty, double threshold) {
    return new UnsupportedRadiographException(
        Reason.NOT_A_CHEST_RADIOGRAPH, message, novelty, threshold);
  }

  /**
   * The reason of the refusal.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }

  /**
   * The novelty score of the image.
   *
   * @return the novelty score, if a novelty gate refused the image; else empty
   */
  public OptionalDouble novelty() {
    return novelty == null ? OptionalDouble.empty() : OptionalDouble.of(novelty);
  }

  /**
   * The greatest novelty score that the gate accepts.
   *
   * @return the threshold, if a novelty gate refused the image; else empty
   */
  public OptionalDouble noveltyThreshold() {
    return noveltyThreshold == null ? OptionalDouble.empty() : OptionalDouble.of(noveltyThreshold);
  }
}
