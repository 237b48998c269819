package io.cxr.codec;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Encoded bytes cannot be decoded. Whoever calls a codec knows the file around the bytes, and turns
 * this into a refusal of the file: what was expected and what was found are phrases, without the
 * name of the format and without what helps. They never quote the content.
 */
public final class CodecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why the bytes cannot be decoded. */
  public enum Kind {
    /** They end before the picture does. */
    TRUNCATED,
    /** They contradict the format or themselves. */
    DAMAGED,
    /** More pixels than the limit. */
    TOO_LARGE,
    /** A colour model without a defined gray. */
    COLOUR,
    /** A variant of the format that is not decoded. */
    ENCODING
  }

  private final Kind kind;
  private final String expected;
  private final String found;
  private final @Nullable String remedy;

  private CodecException(
      Kind kind,
      String expected,
      String found,
      @Nullable String remedy,
      @Nullable Throwable cause) {
    super("expected " + expected + ", found " + found, cause);
    this.kind = kind;
    this.expected = Objects.requireNonNull(expected, "expected");
    this.found = Objects.requireNonNull(found, "found");
    this.remedy = remedy;
  }

  /** A picture that ends too early. */
  public static CodecException truncated(String found) {
    return truncated("a whole image", found);
  }

  /** A picture that ends too early. */
  public static CodecException truncated(String expected, String found) {
    return new CodecException(Kind.TRUNCATED, expected, found, null, null);
  }

  /** Contradictory bytes. */
  public static CodecException damaged(String expected, String found) {
    return new CodecException(Kind.DAMAGED, expected, found, null, null);
  }

  /** Contradictory bytes, over which another decoder stumbled. */
  public static CodecException damaged(Exception cause) {
    // Only the kind of the failure: its own words may quote what the file says.
    return new CodecException(
        Kind.DAMAGED,
        "an image that can be decoded",
        "contradictions in its bytes (" + cause.getClass().getSimpleName() + ")",
        null,
        cause);
  }

  /** A colour model without a defined gray. */
  public static CodecException colour(String found) {
    return new CodecException(
        Kind.COLOUR, "gray, RGB or a palette", found + ", which has no defined gray", null, null);
  }

  /** A variant of the format that is not decoded. */
  public static CodecException encoding(String expected, String found) {
    return new CodecException(Kind.ENCODING, expected, found, null, null);
  }

  /** A variant of the format that is not decoded, and what helps against it. */
  public static CodecException encoding(String expected, String found, String remedy) {
    return new CodecException(Kind.ENCODING, expected, found, remedy, null);
  }

  /** More pixels than the limit. */
  public static CodecException tooLarge(String expected, String found) {
    return new CodecException(Kind.TOO_LARGE, expected, found, null, null);
  }

  /** More pixels than the limit, and what helps against it. */
  public static CodecException tooLarge(String expected, String found, String remedy) {
    return new CodecException(Kind.TOO_LARGE, expected, found, remedy, null);
  }

  /** Why the bytes cannot be decoded. */
  public Kind kind() {
    return kind;
  }

  /** What was expected, as a noun phrase. */
  public String expected() {
    return expected;
  }

  /** What was found, as a noun phrase. */
  public String found() {
    return found;
  }

  /** What helps, or null where that follows from the kind. */
  public @Nullable String remedy() {
    return remedy;
  }
}
