package io.cxr.dicom;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;

/** Messages for refused DICOM: expected, found, remedy; never patient data. */
public final class DicomRefusal {
  private DicomRefusal() {}

  public static UnsupportedRadiographException truncated(String expected, String found) {
    return new UnsupportedRadiographException(
        Reason.TRUNCATED,
        "DICOM: expected " + expected + ", found " + found + "; retrieve the instance again");
  }

  public static UnsupportedRadiographException damaged(String expected, String found) {
    return new UnsupportedRadiographException(
        Reason.DAMAGED,
        "DICOM: expected " + expected + ", found " + found + "; retrieve the instance again");
  }

  public static UnsupportedRadiographException damaged(Throwable cause) {
    return new UnsupportedRadiographException(
        Reason.DAMAGED,
        "DICOM: expected an instance that can be decoded, found contradictions in its bytes ("
            + cause.getClass().getSimpleName()
            + "); retrieve the instance again",
        cause);
  }

  public static UnsupportedRadiographException tooLarge(String expected, String found) {
    return new UnsupportedRadiographException(
        Reason.TOO_LARGE,
        "DICOM: expected "
            + expected
            + ", found "
            + found
            + "; send a smaller instance or raise DecodeLimits");
  }

  public static UnsupportedRadiographException encoding(String expected, String found) {
    return new UnsupportedRadiographException(
        Reason.UNSUPPORTED_ENCODING,
        "DICOM: expected "
            + expected
            + ", found "
            + found
            + "; ask the archive for Explicit VR Little Endian ("
            + TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN.uid()
            + ")");
  }

  /** What the decoder of JPEG files found, with the remedy of an archive. */
  public static UnsupportedRadiographException jpeg(UnsupportedRadiographException e) {
    String message = String.valueOf(e.getMessage());
    int remedy = message.lastIndexOf("; ");
    String found = remedy < 0 ? message : message.substring(0, remedy);
    String helps =
        switch (e.reason()) {
          case TRUNCATED, DAMAGED -> "retrieve the instance again, or ask the archive";
          default -> "ask the archive";
        };
    return new UnsupportedRadiographException(
        e.reason(),
        "DICOM with a JPEG codestream in its pixel data, of which "
            + found
            + "; "
            + helps
            + " for Explicit VR Little Endian ("
            + TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN.uid()
            + ")",
        e);
  }

  /** A transfer syntax that nobody decodes. */
  public static UnsupportedRadiographException syntax(String uid) {
    return new UnsupportedRadiographException(
        Reason.UNSUPPORTED_ENCODING,
        "DICOM: expected an uncompressed, RLE, JPEG, JPEG-LS or JPEG 2000 transfer syntax, or a"
            + " CodestreamDecoder for it, found "
            + OtherTransferSyntaxes.described(uid)
            + "; ask the archive for Explicit VR Little Endian ("
            + TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN.uid()
            + ")");
  }

  /** A decoder that is there, but cannot be loaded or linked. */
  public static UnsupportedRadiographException unloadable(String decoder, Throwable cause) {
    return new UnsupportedRadiographException(
        Reason.UNSUPPORTED_ENCODING,
        "DICOM: expected "
            + decoder
            + " that can be loaded, found one that cannot; check the class path, or ask the archive"
            + " for Explicit VR Little Endian ("
            + TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN.uid()
            + ")",
        cause);
  }

  public static UnsupportedRadiographException colour(String found) {
    return new UnsupportedRadiographException(
        Reason.UNSUPPORTED_COLOUR,
        "DICOM: expected MONOCHROME1, MONOCHROME2, PALETTE COLOR, RGB or YBR, found "
            + found
            + ", which has no defined gray; send the instance as MONOCHROME2");
  }

  /** An instance that nothing can refer to. */
  public static UnsupportedRadiographException unidentified(DicomTag missing) {
    return new UnsupportedRadiographException(
        Reason.DAMAGED,
        "DICOM: expected an instance with "
            + missing.keyword().orElse("")
            + " "
            + missing
            + ", which a result refers to, found none; pass the instance as the archive has it, or"
            + " ask for no result as DICOM");
  }

  public static UnsupportedRadiographException refused(Reason reason, String message) {
    return new UnsupportedRadiographException(reason, "DICOM: " + message);
  }
}
