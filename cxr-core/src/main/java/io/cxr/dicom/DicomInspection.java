package io.cxr.dicom;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * As much of a DICOM file as can be parsed, whether {@link DicomFile#read} takes it or not: to look
 * into files that are refused. Immutable and thread-safe.
 *
 * @param metaInformation the elements of group 0002
 * @param transferSyntax how the data set is encoded; empty if the file does not get so far
 * @param dataSet the elements up to where it broke off, those of unfinished items among them
 * @param leniencies what was not as the standard has it, and read all the same
 * @param end where and why parsing broke off; empty if the file was parsed to its end
 */
public record DicomInspection(
    DicomDataSet metaInformation,
    Optional<TransferSyntax> transferSyntax,
    DicomDataSet dataSet,
    List<Leniency> leniencies,
    Optional<Break> end) {

  /**
   * Where parsing broke off.
   *
   * @param refusal why {@link DicomFile#read} refuses the file
   * @param offset where the element begins that cannot be parsed, in bytes from the beginning of
   *     the file; in a deflated data set from the beginning of what was inflated
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
   * Parses a file as far as it goes. Values are views of the array: nobody may change it any more.
   *
   * @param encoded any bytes
   * @param limits the limits; {@code bytes} also bounds what a deflated data set becomes
   * @return what could be parsed
   */
  public static DicomInspection of(byte[] encoded, DecodeLimits limits) {
    return DicomParser.inspect(
        encoded, limits, uid -> InstalledDecoders.NONE_GIVEN.any(uid).isPresent());
  }
}
