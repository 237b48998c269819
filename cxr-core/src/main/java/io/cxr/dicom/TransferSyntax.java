package io.cxr.dicom;

import java.util.Optional;

/** How a data set and its pixel data are encoded (DICOM PS3.5, section 10 and annex A). */
public enum TransferSyntax {
  /** Implicit VR, little endian: the default of the network. */
  IMPLICIT_VR_LITTLE_ENDIAN("1.2.840.10008.1.2", "Implicit VR Little Endian"),
  /** Explicit VR, little endian. */
  EXPLICIT_VR_LITTLE_ENDIAN("1.2.840.10008.1.2.1", "Explicit VR Little Endian"),
  /** Explicit VR, little endian, all but the file meta information deflated (RFC 1951). */
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN(
      "1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian"),
  /** Explicit VR, big endian; retired. */
  EXPLICIT_VR_BIG_ENDIAN("1.2.840.10008.1.2.2", "Explicit VR Big Endian"),
  /** JPEG baseline of 8 bits. */
  JPEG_BASELINE("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)"),
  /** JPEG extended of 8 or 12 bits. */
  JPEG_EXTENDED("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 & 4)"),
  /** JPEG lossless with any predictor. */
  JPEG_LOSSLESS("1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)"),
  /** JPEG lossless with the first predictor. */
  JPEG_LOSSLESS_SV1(
      "1.2.840.10008.1.2.4.70",
      "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14, SV 1)"),
  /** JPEG-LS without loss. */
  JPEG_LS_LOSSLESS("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless"),
  /** JPEG-LS within an error. */
  JPEG_LS_NEAR_LOSSLESS("1.2.840.10008.1.2.4.81", "JPEG-LS Lossy (Near-Lossless)"),
  /** JPEG 2000 without loss. */
  JPEG_2000_LOSSLESS("1.2.840.10008.1.2.4.90", "JPEG 2000 (Lossless Only)"),
  /** JPEG 2000. */
  JPEG_2000("1.2.840.10008.1.2.4.91", "JPEG 2000"),
  /** Run lengths. */
  RLE_LOSSLESS("1.2.840.10008.1.2.5", "RLE Lossless"),
  /**
   * Any other with encapsulated pixel data, for which a {@link CodestreamDecoder} is needed; its
   * identifier is {@link DicomFile#transferSyntaxUid()}.
   */
  OTHER_ENCAPSULATED("", "another with encapsulated pixel data");

  private final String uid;
  private final String standardName;

  TransferSyntax(String uid, String standardName) {
    this.uid = uid;
    this.standardName = standardName;
  }

  /**
   * The transfer syntax of an identifier.
   *
   * @param uid such as 1.2.840.10008.1.2.1
   * @return empty if it is none of these
   */
  public static Optional<TransferSyntax> ofUid(String uid) {
    for (TransferSyntax syntax : values()) {
      if (syntax != OTHER_ENCAPSULATED && syntax.uid.equals(uid)) {
        return Optional.of(syntax);
      }
    }
    return Optional.empty();
  }

  /**
   * Its identifier.
   *
   * @return such as 1.2.840.10008.1.2.1; empty for {@link #OTHER_ENCAPSULATED}
   */
  public String uid() {
    return uid;
  }

  /**
   * Its name in PS3.6, table A-1.
   *
   * @return the name
   */
  public String standardName() {
    return standardName;
  }

  /**
   * Whether each element states its value representation.
   *
   * @return false for implicit VR alone
   */
  public boolean isExplicit() {
    return this != IMPLICIT_VR_LITTLE_ENDIAN;
  }

  /**
   * Whether numbers begin with their high byte.
   *
   * @return true for the retired big-endian syntax
   */
  public boolean isBigEndian() {
    return this == EXPLICIT_VR_BIG_ENDIAN;
  }

  /**
   * Whether pixel data come in fragments (PS3.5 A.4).
   *
   * @return false for native pixel data
   */
  public boolean isEncapsulated() {
    return switch (this) {
      case IMPLICIT_VR_LITTLE_ENDIAN,
          EXPLICIT_VR_LITTLE_ENDIAN,
          DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
          EXPLICIT_VR_BIG_ENDIAN ->
          false;
      default -> true;
    };
  }
}
