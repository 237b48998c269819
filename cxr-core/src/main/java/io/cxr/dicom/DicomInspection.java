package io.cxr.dicom;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * As much of a DICOM file as can be parsed, whether {@link DicomFile#read} accepts it or not: for
 * examining files that are refused. Immutable and thread-safe.
 *
 * @param metaInformation the elements of group 0002
 * @param transferSyntax how the data set is encoded; empty if parsing stopped before that was known
 * @param dataSet the elements up to where parsing stopped, including those of unfinished items
 * @param leniencies the deviations from the standard that were tolerated
 * @param end where and why parsing stopped; empty if the whole file was parsed
 */
public record DicomInspection(
    DicomDataSet metaInformation,
    Optional<TransferSyntax> transferSyntax,
    DicomDataSet dataSet,
    List<Leniency> leniencies,
    Optional<Break> end) {

  /**
   * Where parsing stopped.
   *
   * @param refusal why {@link DicomFile#read} refuses the file
   * @param offset the offset of the element that cannot be parsed, in bytes from the beginning of
   *     the file; for a deflated data set, from the beginning of the inflated data
   */
  public record Break(UnsupportedRadiographException refusal, long offset) {
    /** Checks the values. */
    public Break {
      Objects.requireNonNull(refusal, "refusal");
    }
  }

  /** Checks the values. */
  public DicomInspection {
    Objects.requireNonNull(metaInformation, "metaInformation");
    Objects.requireNonNull(transferSyntax, "transferSyntax");
    Objects.requireNonNull(dataSet, "dataSet");
    leniencies = List.copyOf(leniencies);
    Objects.requireNonNull(end, "end");
  }

  /**
   * Parses a file as far as possible. Values are views of the array, which must not be changed
   * afterwards.
   *
   * @param encoded any bytes
   * @param limits the limits; {@code bytes} also bounds the size of an inflated data set
   * @return the parsed part
   */
  public static DicomInspection of(byte[] encoded, DecodeLimits limits) {
    return DicomParser.inspect(
        encoded, limits, uid -> InstalledDecoders.NONE_GIVEN.any(uid).isPresent());
  }
}
