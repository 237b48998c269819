package io.cxr.radiograph;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;

/** The words in which an image file is refused: expected, found, remedy. */
final class Refusal {
  private Refusal() {}

  static UnsupportedRadiographException empty() {
    return new UnsupportedRadiographException(
        Reason.EMPTY, "Image: expected an encoded image, found no bytes; copy or export it again");
  }

  static UnsupportedRadiographException truncated(String format, String found) {
    return new UnsupportedRadiographException(
        Reason.TRUNCATED,
        format + ": expected a whole image, found " + found + "; copy or export the file again");
  }

  static UnsupportedRadiographException damaged(String format, String expected, String found) {
    return new UnsupportedRadiographException(
        Reason.DAMAGED,
        format + ": expected " + expected + ", found " + found + "; copy or export the file again");
  }

  static UnsupportedRadiographException damaged(String format, Exception cause) {
    // Only the kind of the failure: a codec's own words may quote what the file says.
    return new UnsupportedRadiographException(
        Reason.DAMAGED,
        format
            + ": expected an image that can be decoded, found contradictions in its bytes ("
            + cause.getClass().getSimpleName()
            + "); copy or export the file again",
        cause);
  }

  static UnsupportedRadiographException colour(String format, String found) {
    return new UnsupportedRadiographException(
        Reason.UNSUPPORTED_COLOUR,
        format
            + ": expected gray, RGB or a palette, found "
            + found
            + ", which has no defined gray; convert the file to gray or RGB");
  }

  static UnsupportedRadiographException encoding(String format, String expected, String found) {
    return new UnsupportedRadiographException(
        Reason.UNSUPPORTED_ENCODING,
        format + ": expected " + expected + ", found " + found + "; convert the file to PNG");
  }

  static UnsupportedRadiographException tooManyBytes(DecodeLimits limits) {
    return new UnsupportedRadiographException(
        Reason.TOO_LARGE,
        "Image: expected at most "
            + limits.bytes()
            + " encoded bytes, found more; reduce the image or raise DecodeLimits");
  }

  static UnsupportedRadiographException tooManyPixels(
      String format, long rows, long columns, long most) {
    return new UnsupportedRadiographException(
        Reason.TOO_LARGE,
        format
            + ": expected at most "
            + most
            + " pixels, found "
            + rows
            + " rows x "
            + columns
            + " columns; reduce the image or raise DecodeLimits");
  }
}
