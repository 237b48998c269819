package io.cxr.dicom.image;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.Leniency;
import io.cxr.radiograph.Radiograph;
import java.time.Period;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A radiograph from a DICOM instance, with the data set that it came from, so that nobody has to
 * read the file again to say something of it. Its view position and pixel spacing are the
 * radiograph's own.
 *
 * @param dataSet the instance; it keeps the pixel data, too
 * @param options how it was read
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
