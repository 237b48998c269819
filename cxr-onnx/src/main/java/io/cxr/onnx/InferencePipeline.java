package io.cxr.onnx;

import io.cxr.ExplainingClassifier;
import io.cxr.error.CxrException;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;

/**
 * Classifies many radiographs as fast as decoding and inference overlapped allow: threads of their
 * own read, decode and preprocess items while one thread runs the model on whatever is ready, up to
 * a batch. Results come in the order of the items.
 *
 * <p>At most {@code capacity} items are between the input and the consumer; when the consumer is
 * slow, the input is not read any further. What fails for one item fails for that one alone. Each
 * decoding thread reuses its memory, and so do the samples that wait.
 *
 * <p>Decoding and inference share the processors. With as many threads of the classifier as there
 * are processors, a run of the model takes all of them while items are decoded in what is left
 * over; where decoding is as dear as the model, open the classifier with fewer threads.
 *
 * <p>An {@link OnnxClassifier} gets items that are preprocessed on the decoding threads. Any other
 * classifier, such as one whose model can be replaced meanwhile, gets the radiographs as lists, and
 * each of them then has memory of its own.
 *
 * <p>A pipeline is immutable and thread-safe, and each run of it is its own. It does not own the
 * classifier: close that after the runs. If it is closed before, the items left fail with {@link
 * IllegalStateException}.
 *
 * @param <T> what an item is, such as a file
 */
public final class InferencePipeline<T> {
  private final ExplainingClassifier classifier;
  private final Decoder<T> decoder;
  private final int decodeThreads;
  private final int capacity;
  private final int batchLimit;
  private final boolean heatmaps;

  private InferencePipeline(Builder<T> builder) {
    this.classifier = builder.classifier;
    this.decoder = builder.decoder;
    this.decodeThreads = builder.decodeThreads;
    this.capacity = builder.capacity;
    this.batchLimit = builder.batchLimit;
    this.heatmaps = builder.heatmaps;
  }

  /**
   * Makes a radiograph of an item. Called by several threads at once.
   *
   * @param <T> what an item is
   */
  @FunctionalInterface
  public interface Decoder<T> {
    /**
     * Reads and decodes one item.
     *
     * @param item the item
     * @param buffers memory of the calling thread; the pipeline gives a radiograph that was read
     *     with it back to it, so that its pixels cannot be read any more
     * @return the radiograph
     * @throws IOException if it cannot be read
     * @throws CxrException if it cannot be decoded
     */
    Radiograph decode(T item, DecodeBuffers buffers) throws IOException;
  }

  /**
   * A pipeline for image files.
   *
   * @param classifier runs the model; stays the caller's
   * @return a builder with the usual settings
   */
  public static Builder<Path> ofFiles(ExplainingClassifier classifier) {
    return of(classifier, (file, buffers) -> RadiographReader.standard().read(file, buffers));
  }

  /**
   * A pipeline for items of any kind.
   *
   * @param <T> what an item is
   * @param classifier runs the model; stays the caller's
   * @param decoder makes radiographs of items
   * @return a builder with the usual settings
   */
  public static <T> Builder<T> of(ExplainingClassifier classifier, Decoder<T> decoder) {
    return new Builder<>(classifier, decoder);
  }

  /**
   * Settings of a pipeline. Not thread-safe.
   *
   * @param <T> what an item is
   */
  public static final class Builder<T> {
    private final ExplainingClassifier classifier;
    private final Decoder<T> decoder;
    private int decodeThreads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private int capacity = 64;
    private int batchLimit = 8;
    private boolean heatmaps;

    private Builder(ExplainingClassifier classifier, Decoder<T> decoder) {
      this.classifier = Objects.requireNonNull(classifier, "classifier");
      this.decoder = Objects.requireNonNull(decoder, "decoder");
    }

    /**
     * How many threads read, decode and preprocess.
     *
     * @param threads at least 1; by default half as many as there are processors
     * @return this builder
     */
    public Builder<T> decodeThreads(int threads) {
      this.decodeThreads = threads;
      return this;
    }

    /**
     * How many items may be on their way from the input to the consumer. Each takes the memory of a
     * network's input, 600 KB for three channels of 224 x 224 floats.
     *
     * @param items at least 1; by default 64
     * @return this builder
     */
    public Builder<T> capacity(int items) {
      this.capacity = items;
      return this;
    }

    /**
     * The most items in one run of the model. Fewer run when fewer are ready: no run waits for
     * more. The classifier's own limit holds as well.
     *
     * @param items at least 1; by default 8
     * @return this builder
     */
    public Builder<T> batchLimit(int items) {
      this.batchLimit = items;
      return this;
    }

    /**
     * Whether each prediction comes with the heatmap of its top label.
     *
     * @param heatmaps by default false
     * @return this builder
     */
    public Builder<T> heatmaps(boolean heatmaps) {
      this.heatmaps = heatmaps;
      return this;
    }

    /**
     * The pipeline.
     *
     * @return an immutable pipeline
     * @throws IllegalArgumentException if a setting is out of its range
     * @throws UnsupportedOperationException if heatmaps are asked of a model without them
     */
    public InferencePipeline<T> build() {
      List<String> wrong = new ArrayList<>();
      requirePositive("decodeThreads", decodeThreads, wrong);
      requirePositive("capacity", capacity, wrong);
      requirePositive("batchLimit", batchLimit, wrong);
      if (!wrong.isEmpty()) {
        throw new IllegalArgumentException("Pipeline settings: " + String.join("; ", wrong));
      }
      if (heatmaps && !classifier.canExplain()) {
        throw new UnsupportedOperationException(
            "Pipeline: expected a model with heatmaps, this file has none. Export it with Grad-CAM,"
                + " or leave heatmaps out.");
      }
      return new InferencePipeline<>(this);
    }

    private static void requirePositive(String setting, int value, List<String> wrong) {
      if (value < 1) {
        wrong.add(setting + ": expected at least 1, found " + value);
      }
    }
  }

  /**
   * Starts a run. Closing the results ends it, whether all have been taken or not.
   *
   * @param items read by one thread at a time, not further ahead than the capacity
   * @return the results in the items' order
   */
  public PipelineResults<T> run(Iterable<? extends T> items) {
    return run(items.iterator());
  }

  /**
   * Starts a run. Closing the results ends it, whether all have been taken or not.
   *
   * @param items read by one thread at a time, not further ahead than the capacity
   * @return the results in the items' order
   */
  public PipelineResults<T> run(Iterator<? extends T> items) {
    return new PipelineResults<>(start(items));
  }

  /**
   * A publisher of results in the items' order. Each subscription is a run of its own over a new
   * iterator and has a thread of its own, which calls the subscriber. Cancelling ends the run; so
   * does a subscriber that throws. An iterator that throws, and a failure of the run itself, end it
   * with {@code onError}; a failure of one item is a result.
   *
   * @param items read again for each subscription
   * @return the publisher
   */
  public Flow.Publisher<PipelineResult<T>> publisher(Iterable<? extends T> items) {
    Objects.requireNonNull(items, "items");
    return new PipelinePublisher<>(() -> run(items));
  }

  private PipelineRun<T, ?> start(Iterator<? extends T> items) {
    Objects.requireNonNull(items, "items");
    PipelineRun<T, ?> run = run(BatchedModel.of(classifier), items);
    run.start(decodeThreads);
    return run;
  }

  private <S> PipelineRun<T, S> run(BatchedModel<S> model, Iterator<? extends T> items) {
    return new PipelineRun<>(
        model,
        decoder,
        items,
        capacity,
        Math.min(batchLimit, model.batchLimit()),
        heatmaps ? HeatmapChoice.TOP_LABEL : HeatmapChoice.NONE);
  }
}
