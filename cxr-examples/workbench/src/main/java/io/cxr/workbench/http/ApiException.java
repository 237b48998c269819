package io.cxr.workbench.http;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that is answered by an error: JSON of {@code error}, one sentence of what was expected,
 * what was found and what to do, and {@code reason}, a code for programs, if there is one. Neither
 * may hold patient data, such as the name of a file.
 */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final @Nullable String reason;

  /**
   * An error with a reason's code.
   *
   * @param status of HTTP, 400 to 599
   * @param reason a code such as {@code QUOTA}
   * @param error one sentence
   */
  public ApiException(int status, String reason, String error) {
    super(error);
    this.status = status;
    this.reason = reason;
  }

  /**
   * An error.
   *
   * @param status of HTTP, 400 to 599
   * @param error one sentence
   */
  public ApiException(int status, String error) {
    super(error);
    this.status = status;
    this.reason = null;
  }

  /**
   * What does not exist, or belongs to somebody else, which looks the same.
   *
   * @param what such as {@code case}
   * @return status 404
   */
  public static ApiException notFound(String what) {
    return new ApiException(
        404, "Expected a " + what + " of yours, found none. It may be deleted.");
  }

  /**
   * What the web server refused before a route saw it.
   *
   * @param status of HTTP
   * @return with words for it
   */
  public static ApiException of(int status) {
    return new ApiException(
        status,
        switch (status) {
          case 404 -> "Expected an address of the workbench, found another";
          case 405 -> "Expected a method that this address has, found another";
          case 413 -> "Expected a smaller body, found a larger one";
          default -> "Expected another request, found one that ends with status " + status;
        });
  }

  /**
   * The status of HTTP.
   *
   * @return 400 to 599
   */
  public int status() {
    return status;
  }

  /**
   * The code for programs.
   *
   * @return empty if there is none
   */
  public Optional<String> reason() {
    return Optional.ofNullable(reason);
  }
}
