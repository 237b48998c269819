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
 * What became of one radiograph among many: an answer, or the reason why there is none. So one
 * refusal never loses the answers of the others.
 *
 * <pre>{@code
 * switch (outcome) { // from Java 21 on
 *   case Outcome.Success<Prediction> success -> show(success.value());
 *   case Outcome.Refusal<Prediction> refusal -> report(refusal.cause());
 * }
 * }</pre>
 *
 * @param <T> what an answer is, such as a {@link Prediction}
 */
public sealed interface Outcome<T> {

  /**
   * An answer.
   *
   * @param <T> what an answer is
   * @param value the answer
   */
  record Success<T>(T value) implements Outcome<T> {
    /** Checks the value. */
    public Success {
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * No answer.
   *
   * @param <T> what an answer would have been
   * @param cause why: an {@link UnsupportedRadiographException}, an {@link InferenceException}, an
   *     {@link IOException} where a file was to be read, or whatever else ended the work on this
   *     radiograph
   */
  record Refusal<T>(Exception cause) implements Outcome<T> {
    /** Checks the value. */
    public Refusal {
      Objects.requireNonNull(cause, "cause");
    }

    /**
     * Why the radiograph was refused, for callers that act on it.
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
   * An answer.
   *
   * @param <T> what an answer is
   * @param value the answer
   * @return a {@link Success}
   */
  static <T> Outcome<T> success(T value) {
    return new Success<>(value);
  }

  /**
   * No answer.
   *
   * @param <T> what an answer would have been
   * @param cause why
   * @return a {@link Refusal}
   */
  static <T> Outcome<T> refusal(Exception cause) {
    return new Refusal<>(cause);
  }

  /**
   * The outcome of a call, with our exceptions as refusals; others, which are mistakes of the
   * caller, are thrown on.
   *
   * @param <T> what an answer is
   * @param call gives the answer or throws
   * @return its answer, or the {@link CxrException} that it threw
   */
  static <T> Outcome<T> of(Supplier<? extends T> call) {
    try {
      return new Success<>(call.get());
    } catch (CxrException e) {
      return new Refusal<>(e);
    }
  }

  /**
   * Whether there is an answer.
   *
   * @return whether this is a {@link Success}
   */
  default boolean isSuccess() {
    return this instanceof Success;
  }

  /**
   * The answer, if there is one.
   *
   * @return empty for a {@link Refusal}
   */
  default Optional<T> answer() {
    return this instanceof Success<T> success ? Optional.of(success.value()) : Optional.empty();
  }

  /**
   * Why there is no answer.
   *
   * @return empty for a {@link Success}
   */
  default Optional<Exception> failure() {
    return this instanceof Refusal<T> refusal ? Optional.of(refusal.cause()) : Optional.empty();
  }

  /**
   * The answer, for those who want none of the others if one is missing.
   *
   * @return the answer
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
   * The same outcome with another answer.
   *
   * @param <R> what the other answer is
   * @param change makes it of this one
   * @return the changed answer, or the same refusal
   */
  default <R> Outcome<R> map(Function<? super T, ? extends R> change) {
    if (this instanceof Success<T> success) {
      return new Success<>(change.apply(success.value()));
    }
    return new Refusal<>(((Refusal<T>) this).cause());
  }
}
