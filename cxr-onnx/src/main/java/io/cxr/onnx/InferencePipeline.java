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
 * Classifies many radiographs with overlapping decoding and inference: several threads read, decode
 * and preprocess items while one thread runs the model on whatever is ready, up to the batch limit.
 * Results come in the order of the items.
 *
 * <p>At most {@code capacity} items are between the input and the consumer; when the consumer is
 * slow, no further input is read. A failure affects only its own item. Each decoding thread reuses
 * its memory, and the memory of samples is reused, too.
 *
 * <p>Decoding and inference compete for the processors. If the classifier has one thread per
 * processor, a run of the model takes all of them, and decoding gets what is left over; where
 * decoding costs as much as the model, open the classifier with fewer threads.
 *
 * <p>For an {@link OnnxClassifier}, items are preprocessed on the decoding threads. Any other
 * classifier, such as one whose model can be replaced meanwhile, gets lists of radiographs, each of
 * which then has its own memory.
 *
 * <p>A pipeline is immutable and thread-safe, and its runs are independent. It does not own the
 * classifier: close the classifier after the runs. If it is closed earlier, the remaining items
 * fail with {@link IllegalStateException}.
 *
 * @param <T> the type of an item, such as a file
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
   * Decodes an item to a radiograph. Called by several threads concurrently.
   *
   * @param <T> the type of an item
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
   * @param classifier runs the model; the caller closes it
   * @return a builder with the default settings
   */
  public static Builder<Path> ofFiles(ExplainingClassifier classifier) {
    return of(classifier, (file, buffers) -> RadiographReader.standard().read(file, buffers));
  }

  /**
   * A pipeline for items of any type.
   *
   * @param <T> the type of an item
   * @param classifier runs the model; the caller closes it
   * @param decoder decodes items to radiographs
   * @return a builder with the default settings
   */
  public static <T> Builder<T> of(ExplainingClassifier classifier, Decoder<T> decoder) {
    return new Builder<>(classifier, decoder);
  }

  /**
   * Settings of a pipeline. Not thread-safe.
   *
   * @param <T> the type of an item
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
     * The number of threads that read, decode and preprocess.
     *
     * @param threads at least 1; by default half the number of processors
     * @return this builder
     */
    public Builder<T> decodeThreads(int threads) {
      this.decodeThreads = threads;
      return this;
    }

    /**
     * The most items between the input and the consumer. Each takes the memory of a network's
     * input, 600 KB for three channels of 224 x 224 floats.
     *
     * @param items at least 1; by default 64
     * @return this builder
     */
    public Builder<T> capacity(int items) {
      this.capacity = items;
      return this;
    }

    /**
     * The most items in one run of the model. A run never waits for a batch to fill. The
     * classifier's own limit applies as well.
     *
     * @param items at least 1; by default 8
     * @return this builder
     */
    public Builder<T> batchLimit(int items) {
      this.batchLimit = items;
      return this;
    }

    /**
     * Whether each prediction comes with the heatmaps of the labels that it {@linkplain
     * io.cxr.Prediction#explainedLabels explains}: of its top label, or of its findings.
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
     * @throws IllegalArgumentException if a setting is out of range
     * @throws UnsupportedOperationException if heatmaps are requested from a model without them
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
   * Starts a run. Closing the results ends it, even if some have not been consumed.
   *
   * @param items read by one thread at a time, no further ahead than the capacity
   * @return the results in the items' order
   */
  public PipelineResults<T> run(Iterable<? extends T> items) {
    return run(items.iterator());
  }

  /**
   * Starts a run. Closing the results ends it, even if some have not been consumed.
   *
   * @param items read by one thread at a time, no further ahead than the capacity
   * @return the results in the items' order
   */
  public PipelineResults<T> run(Iterator<? extends T> items) {
    return new PipelineResults<>(start(items));
  }

  /**
   * A publisher of results in the items' order. Each subscription starts a separate run over a new
   * iterator, with a thread that calls the subscriber. Cancelling ends the run; so does a
   * subscriber that throws. If the iterator throws or the run itself fails, it ends with {@code
   * onError}; a failure of one item is a result.
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
