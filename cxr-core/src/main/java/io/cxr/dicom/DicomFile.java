package io.cxr.dicom;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A DICOM file (PS3.10): file meta information, and a data set in one of the transfer syntaxes.
 * Immutable and thread-safe.
 *
 * @param metaInformation the elements of group 0002; empty for a bare data set; with {@link
 *     TransferSyntax#OTHER_ENCAPSULATED} they include the transfer syntax UID
 * @param transferSyntax how the data set was or will be encoded; the actual encoding, if the file
 *     declares another one
 * @param dataSet the data set
 * @param leniencies the deviations from the standard that were tolerated; writing corrects them
 */
public record DicomFile(
    DicomDataSet metaInformation,
    TransferSyntax transferSyntax,
    DicomDataSet dataSet,
    List<Leniency> leniencies) {

  /** Checks the values. */
  public DicomFile {
    Objects.requireNonNull(metaInformation, "metaInformation");
    Objects.requireNonNull(transferSyntax, "transferSyntax");
    Objects.requireNonNull(dataSet, "dataSet");
    leniencies = List.copyOf(leniencies);
    if (transferSyntax == TransferSyntax.OTHER_ENCAPSULATED
        && metaInformation.string(DicomTag.TRANSFER_SYNTAX_UID).isEmpty()) {
      throw new IllegalArgumentException(
          "File: expected the identifier of another transfer syntax in "
              + DicomTag.TRANSFER_SYNTAX_UID
              + ", found none");
    }
  }

  /**
   * Creates a file without leniencies.
   *
   * @param metaInformation the elements of group 0002; may be empty, since {@link #toBytes} adds
   *     what is missing
   * @param transferSyntax how the data set was or will be encoded
   * @param dataSet the data set
   */
  public DicomFile(
      DicomDataSet metaInformation, TransferSyntax transferSyntax, DicomDataSet dataSet) {
    this(metaInformation, transferSyntax, dataSet, List.of());
  }

  /**
   * The UID of the transfer syntax.
   *
   * @return that of {@link #transferSyntax()}; for {@link TransferSyntax#OTHER_ENCAPSULATED}, that
   *     of the file meta information
   */
  public String transferSyntaxUid() {
    return transferSyntax == TransferSyntax.OTHER_ENCAPSULATED
        ? metaInformation.string(DicomTag.TRANSFER_SYNTAX_UID).orElse("")
        : transferSyntax.uid();
  }

  /**
   * Reads a file within {@link DecodeLimits#DEFAULT}.
   *
   * @param file a file with file meta information, or a bare data set
   * @return the file
   * @throws IOException if it is missing or unreadable
   * @throws UnsupportedRadiographException if it is not DICOM, damaged, truncated, too large or of
   *     an unknown transfer syntax
   */
  public static DicomFile read(Path file) throws IOException {
    try (InputStream stream = Files.newInputStream(file)) {
      return read(stream);
    }
  }

  /**
   * Reads a file from a stream within {@link DecodeLimits#DEFAULT}, to its end; the caller closes
   * the stream.
   *
   * @param stream a file with file meta information, or a bare data set
   * @return the file
   * @throws IOException if the stream fails
   * @throws UnsupportedRadiographException if it is not DICOM, damaged, truncated, too large or of
   *     an unknown transfer syntax
   */
  public static DicomFile read(InputStream stream) throws IOException {
    return read(stream.readNBytes((int) DecodeLimits.DEFAULT.bytes() + 1));
  }

  /**
   * Reads a file from memory within {@link DecodeLimits#DEFAULT}. Values are views of the array,
   * which must not be changed afterwards.
   *
   * @param encoded a file with file meta information, or a bare data set
   * @return the file
   * @throws UnsupportedRadiographException if it is not DICOM, damaged, truncated, too large or of
   *     an unknown transfer syntax
   */
  public static DicomFile read(byte[] encoded) {
    return read(encoded, DecodeLimits.DEFAULT);
  }

  /**
   * Reads a file from memory. Values are views of the array, which must not be changed afterwards.
   *
   * @param encoded a file with file meta information, or a bare data set
   * @param limits the limits; {@code bytes} also bounds the size of an inflated data set
   * @return the file
   * @throws UnsupportedRadiographException if it is not DICOM, damaged, truncated, too large or of
   *     an unknown transfer syntax
   */
  public static DicomFile read(byte[] encoded, DecodeLimits limits) {
    return read(encoded, limits, InstalledDecoders.NONE_GIVEN);
  }

  /**
   * Reads a file from memory, for a reader with custom decoders.
   *
   * @param encoded a file with file meta information, or a bare data set
   * @param limits the limits; {@code bytes} also bounds the size of an inflated data set
   * @param decoders the decoders, whose transfer syntaxes are accepted besides those of {@link
   *     TransferSyntax}
   * @return the file
   * @throws UnsupportedRadiographException if it is not DICOM, damaged, truncated, too large or of
   *     an unknown transfer syntax
   */
  public static DicomFile read(byte[] encoded, DecodeLimits limits, InstalledDecoders decoders) {
    return DicomParser.parse(encoded, limits, uid -> decoders.any(uid).isPresent());
  }

  /**
   * Whether bytes look like DICOM: the prefix {@code DICM} after 128 bytes, or the first element of
   * a bare data set of group 0002 or 0008.
   *
   * @param encoded the bytes
   * @param length the number of valid bytes
   * @return false if they are certainly not DICOM
   */
  public static boolean isDicom(byte[] encoded, int length) {
    return DicomParser.isDicom(encoded, length);
  }

  /**
   * Whether bytes have the prefix {@code DICM} after a preamble of 128 bytes (PS3.10 7.1).
   *
   * @param encoded the bytes
   * @param length the number of valid bytes
   * @return whether the prefix is there
   */
  public static boolean hasPrefix(byte[] encoded, int length) {
    return DicomParser.hasPrefix(encoded, length);
  }

  /**
   * Writes the file (see {@link DicomWriter}).
   *
   * @return its bytes
   */
  public byte[] toBytes() {
    return DicomWriter.write(this);
  }
}
