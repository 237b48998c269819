package io.cxr;

import io.cxr.error.CxrException;
import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The outcome for one radiograph among many: a result, or the reason why there is none. One refusal
 * never costs the other radiographs their results.
 *
 * <pre>{@code
 * switch (outcome) { // from Java 21 on
 *   case Outcome.Success<Prediction> success -> show(success.value());
 *   case Outcome.Refusal<Prediction> refusal -> report(refusal.cause());
 * }
 * }</pre>
 *
 * @param <T> the type of the result, such as {@link Prediction}
 */
public sealed interface Outcome<T> {

  /**
   * A result.
   *
   * @param <T> the type of the result
   * @param value the result
   */
  record Success<T>(T value) implements Outcome<T> {
    /** Checks the value. */
    public Success {
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * No result.
   *
   * @param <T> the type that the result would have had
   * @param cause the reason: an {@link UnsupportedRadiographException}, an {@link
   *     InferenceException}, an {@link IOException} if a file could not be read, or any other
   *     failure for this radiograph
   */
  record Refusal<T>(Exception cause) implements Outcome<T> {
    /** Checks the value. */
    public Refusal {
      Objects.requireNonNull(cause, "cause");
    }

    /**
     * The reason code of the refusal, for callers that act on it.
     *
     * @return the reason of an {@link UnsupportedRadiographException}; empty for other causes
     */
    public Optional<UnsupportedRadiographException.Reason> reason() {
      return cause instanceof UnsupportedRadiographException refused
          ? Optional.of(refused.reason())
          : Optional.empty();
    }
  }

  /**
   * A result.
   *
   * @param <T> the type of the result
   * @param value the result
   * @return a {@link Success}
   */
  static <T> Outcome<T> success(T value) {
    return new Success<>(value);
  }

  /**
   * No result.
   *
   * @param <T> the type that the result would have had
   * @param cause why
   * @return a {@link Refusal}
   */
  static <T> Outcome<T> refusal(Exception cause) {
    return new Refusal<>(cause);
  }

  /**
   * The outcome of a call. Exceptions of this library become refusals; others, which are mistakes
   * of the caller, are rethrown.
   *
   * @param <T> the type of the result
   * @param call returns the result or throws
   * @return its result, or the {@link CxrException} that it threw
   */
  static <T> Outcome<T> of(Supplier<? extends T> call) {
    try {
      return new Success<>(call.get());
    } catch (CxrException e) {
      return new Refusal<>(e);
    }
  }

  /**
   * Whether there is a result.
   *
   * @return whether this is a {@link Success}
   */
  default boolean isSuccess() {
    return this instanceof Success;
  }

  /**
   * The result, if there is one.
   *
   * @return empty for a {@link Refusal}
   */
  default Optional<T> answer() {
    return this instanceof Success<T> success ? Optional.of(success.value()) : Optional.empty();
  }

  /**
   * The reason why there is no result.
   *
   * @return empty for a {@link Success}
   */
  default Optional<Exception> failure() {
    return this instanceof Refusal<T> refusal ? Optional.of(refusal.cause()) : Optional.empty();
  }

  /**
   * The result, for callers to whom every result is essential.
   *
   * @return the result
   * @throws RuntimeException the cause of a {@link Refusal}; an {@link IOException} within an
   *     {@link UncheckedIOException}
   */
  default T orThrow() {
    if (this instanceof Success<T> success) {
      return success.value();
    }
    Exception cause = ((Refusal<T>) this).cause();
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (cause instanceof IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    throw new IllegalStateException(cause);
  }

  /**
   * The outcome with its result transformed.
   *
   * @param <R> the type of the new result
   * @param change computes the new result from this one
   * @return the new result, or the same refusal
   */
  default <R> Outcome<R> map(Function<? super T, ? extends R> change) {
    if (this instanceof Success<T> success) {
      return new Success<>(change.apply(success.value()));
    }
    return new Refusal<>(((Refusal<T>) this).cause());
  }
}
