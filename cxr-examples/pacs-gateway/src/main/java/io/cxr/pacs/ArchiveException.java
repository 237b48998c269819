package io.cxr.pacs;

import java.io.IOException;
import java.util.Objects;

/** A PACS did not do what it was asked for. The message holds no patient data and no UID. */
public final class ArchiveException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What to do about it. */
  public enum Kind {
    /** No connection, no answer in time, or the archive is busy: ask again later. */
    TEMPORARY,
    /** The archive does not accept the credentials: whoever runs it must act, then ask again. */
    ACCESS_DENIED,
    /** What was asked for is not there (any more). */
    GONE,
    /** The archive refuses the request, or its answer cannot be understood. */
    REFUSED,
    /** The answer has more bytes than a limit allows. */
    TOO_LARGE
  }

  private final Kind kind;

  ArchiveException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  ArchiveException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /**
   * What to do about it.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /** Of an HTTP status (RFC 9110, section 15). */
  static ArchiveException ofStatus(String request, int status) {
    Kind kind =
        switch (status) {
          case 401, 403, 407 -> Kind.ACCESS_DENIED;
          case 404, 410 -> Kind.GONE;
          case 408, 425, 429 -> Kind.TEMPORARY;
          default -> status >= 500 ? Kind.TEMPORARY : Kind.REFUSED;
        };
    String remedy =
        switch (kind) {
          case ACCESS_DENIED -> "give this gateway credentials that the archive accepts";
          case GONE -> "the object is not in the archive";
          case TEMPORARY -> "ask again later";
          case REFUSED, TOO_LARGE -> "look into the archive's log";
        };
    return new ArchiveException(
        kind, request + ": expected an answer, found HTTP status " + status + "; " + remedy);
  }
}
