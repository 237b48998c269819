package io.cxr.radiograph;

import io.cxr.codec.CodecException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import java.util.Objects;

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

  /** What a codec found in a file of a format. */
  static UnsupportedRadiographException of(String format, CodecException e) {
    Reason reason =
        switch (e.kind()) {
          case TRUNCATED -> Reason.TRUNCATED;
          case DAMAGED -> Reason.DAMAGED;
          case TOO_LARGE -> Reason.TOO_LARGE;
          case COLOUR -> Reason.UNSUPPORTED_COLOUR;
          case ENCODING -> Reason.UNSUPPORTED_ENCODING;
        };
    String remedy =
        switch (e.kind()) {
          case TRUNCATED, DAMAGED -> "copy or export the file again";
          case TOO_LARGE -> "reduce the image or raise DecodeLimits";
          case COLOUR -> "convert the file to gray or RGB";
          case ENCODING -> "convert the file to PNG";
        };
    String message =
        format
            + ": expected "
            + e.expected()
            + ", found "
            + e.found()
            + "; "
            + Objects.requireNonNullElse(e.remedy(), remedy);
    return new UnsupportedRadiographException(reason, message, e);
  }
}
