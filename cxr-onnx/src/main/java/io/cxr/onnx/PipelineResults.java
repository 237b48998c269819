package io.cxr.onnx;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The results of one run of an {@link InferencePipeline}, in the order of its items. The code that
 * starts a run must close its results, which stops the run, waits for its threads and frees its
 * memory.
 *
 * <p>For one consuming thread; {@link #close} may be called from any thread.
 *
 * @param <T> the type of an item
 */
public final class PipelineResults<T> implements Iterator<PipelineResult<T>>, AutoCloseable {
  private final PipelineRun<T, ?> run;
  private Optional<PipelineResult<T>> next = Optional.empty();

  PipelineResults(PipelineRun<T, ?> run) {
    this.run = run;
  }

  /**
   * Waits for the next result.
   *
   * @return whether there is one
   * @throws IllegalStateException if the results were closed before the last one
   * @throws RuntimeException the exception that the iterator over the items threw, after all
   *     earlier results
   * @throws io.cxr.error.InferenceException if this thread is interrupted; its interrupt status
   *     stays set
   */
  @Override
  public boolean hasNext() {
    if (next.isEmpty()) {
      next = run.take();
    }
    return next.isPresent();
  }

  /**
   * Waits for the next result.
   *
   * @return the result
   * @throws NoSuchElementException if there is none
   */
  @Override
  public PipelineResult<T> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    PipelineResult<T> result = next.orElseThrow();
    next = Optional.empty();
    return result;
  }

  /**
   * The results as a sequential stream; closing the stream closes these results.
   *
   * @return the stream
   */
  public Stream<PipelineResult<T>> stream() {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(
                this, Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE),
            false)
        .onClose(this::close);
  }

  /** Ends the run and waits for its threads. Idempotent. */
  @Override
  public void close() {
    run.close();
  }
}
