package io.cxr.dicom.image;

import java.util.Objects;

/**
 * What is read of a DICOM instance, and how.
 *
 * @param frame which frame, from 0
 * @param voi which values are shown
 * @param forProcessing whether raw images of Presentation Intent FOR PROCESSING are read, too
 * @param anyBodyPart whether images are read whose Body Part Examined is certainly not the chest
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
   * These options with another frame.
   *
   * @param number from 0
   * @return other options
   */
  public DicomRadiographOptions withFrame(int number) {
    return new DicomRadiographOptions(number, voi, forProcessing, anyBodyPart);
  }

  /**
   * These options with another VOI transform.
   *
   * @param transform which values are shown
   * @return other options
   */
  public DicomRadiographOptions withVoi(VoiTransform transform) {
    return new DicomRadiographOptions(frame, transform, forProcessing, anyBodyPart);
  }

  /**
   * These options, with raw images allowed or not.
   *
   * @param allowed whether FOR PROCESSING is read
   * @return other options
   */
  public DicomRadiographOptions withForProcessing(boolean allowed) {
    return new DicomRadiographOptions(frame, voi, allowed, anyBodyPart);
  }

  /**
   * These options, with other parts of the body allowed or not.
   *
   * @param allowed whether images are read whose Body Part Examined is certainly not the chest
   * @return other options
   */
  public DicomRadiographOptions withAnyBodyPart(boolean allowed) {
    return new DicomRadiographOptions(frame, voi, forProcessing, allowed);
  }
}
