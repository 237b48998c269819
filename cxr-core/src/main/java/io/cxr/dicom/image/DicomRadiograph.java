package io.cxr.dicom.image;

import io.cxr.dicom.Leniency;
import io.cxr.radiograph.Radiograph;
import java.time.Period;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A radiograph from a DICOM instance, with what its data set says of it. Its view position and
 * pixel spacing are the radiograph's own.
 *
 * @param radiograph the gray pixels
 * @param frame which of its frames this is, from 0; where there are several, a result should say so
 * @param frames how many frames the instance has
 * @param laterality Image Laterality (0020,0062), else Laterality (0020,0060): which paired body
 *     part is shown
 * @param burnedInAnnotation Burned In Annotation (0028,0301): whether pixels may name the patient;
 *     empty where it is unknown
 * @param patientAge Patient's Age (0010,1010)
 * @param leniencies what of the instance is not as the standard has it, and was read all the same
 */
public record DicomRadiograph(
    Radiograph radiograph,
    int frame,
    int frames,
    Optional<Laterality> laterality,
    Optional<Boolean> burnedInAnnotation,
    Optional<Period> patientAge,
    List<Leniency> leniencies) {

  /** Checks the values. */
  public DicomRadiograph {
    Objects.requireNonNull(radiograph, "radiograph");
    Objects.requireNonNull(laterality, "laterality");
    Objects.requireNonNull(burnedInAnnotation, "burnedInAnnotation");
    Objects.requireNonNull(patientAge, "patientAge");
    leniencies = List.copyOf(leniencies);
  }

  /** Which of a pair of body parts is shown (PS3.3 C.7.6.1.1.1). */
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
