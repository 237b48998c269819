package io.cxr.dicom.image;

import java.util.Objects;

/**
 * Options for reading a DICOM instance.
 *
 * @param frame the index of the frame, from 0
 * @param voi the VOI transform to apply
 * @param forProcessing whether images of Presentation Intent FOR PROCESSING are accepted
 * @param anyBodyPart whether images whose Body Part Examined is certainly not the chest are
 *     accepted
 */
public record DicomRadiographOptions(
    int frame, VoiTransform voi, boolean forProcessing, boolean anyBodyPart) {
  /** The first frame, the first VOI transform, only images of the chest and for presentation. */
  public static final DicomRadiographOptions DEFAULT =
      new DicomRadiographOptions(0, new VoiTransform.First(), false, false);

  /** Checks the values. */
  public DicomRadiographOptions {
    if (frame < 0) {
      throw new IllegalArgumentException("Frame: expected a number from 0, found " + frame);
    }
    Objects.requireNonNull(voi, "voi");
  }

  /**
   * Returns these options with another frame.
   *
   * @param number from 0
   * @return the new options
   */
  public DicomRadiographOptions withFrame(int number) {
    return new DicomRadiographOptions(number, voi, forProcessing, anyBodyPart);
  }

  /**
   * Returns these options with another VOI transform.
   *
   * @param transform the VOI transform to apply
   * @return the new options
   */
  public DicomRadiographOptions withVoi(VoiTransform transform) {
    return new DicomRadiographOptions(frame, transform, forProcessing, anyBodyPart);
  }

  /**
   * Returns these options with or without images FOR PROCESSING.
   *
   * @param allowed whether images FOR PROCESSING are accepted
   * @return the new options
   */
  public DicomRadiographOptions withForProcessing(boolean allowed) {
    return new DicomRadiographOptions(frame, voi, allowed, anyBodyPart);
  }

  /**
   * Returns these options with or without images of other body parts.
   *
   * @param allowed whether images whose Body Part Examined is certainly not the chest are accepted
   * @return the new options
   */
  public DicomRadiographOptions withAnyBodyPart(boolean allowed) {
    return new DicomRadiographOptions(frame, voi, forProcessing, allowed);
  }
}
