package io.cxr.dicom.image;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.Leniency;
import io.cxr.radiograph.Radiograph;
import java.time.Period;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A radiograph from a DICOM instance, with its data set, so that the file need not be read again.
 * View position and pixel spacing are those of {@code radiograph}.
 *
 * @param dataSet the instance, including its pixel data
 * @param options the options that it was read with
 * @param radiograph the gray pixels
 * @param frame the index of the frame, from 0; if there are several, results should name it
 * @param frames the number of frames of the instance
 * @param laterality Image Laterality (0020,0062), else Laterality (0020,0060): the side of a paired
 *     body part
 * @param burnedInAnnotation Burned In Annotation (0028,0301): whether the pixels may contain the
 *     patient's name; empty if unknown
 * @param patientAge Patient's Age (0010,1010)
 * @param leniencies the deviations from the standard that were tolerated
 */
public record DicomRadiograph(
    DicomDataSet dataSet,
    DicomRadiographOptions options,
    Radiograph radiograph,
    int frame,
    int frames,
    Optional<Laterality> laterality,
    Optional<Boolean> burnedInAnnotation,
    Optional<Period> patientAge,
    List<Leniency> leniencies) {

  /** Checks the values. */
  public DicomRadiograph {
    Objects.requireNonNull(dataSet, "dataSet");
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(radiograph, "radiograph");
    Objects.requireNonNull(laterality, "laterality");
    Objects.requireNonNull(burnedInAnnotation, "burnedInAnnotation");
    Objects.requireNonNull(patientAge, "patientAge");
    leniencies = List.copyOf(leniencies);
  }

  /** The side of a paired body part (PS3.3 C.7.6.1.1.1). */
  public enum Laterality {
    /** R. */
    RIGHT,
    /** L. */
    LEFT,
    /** U. */
    UNPAIRED,
    /** B. */
    BOTH
  }
}
