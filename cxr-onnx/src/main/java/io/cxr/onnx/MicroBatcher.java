package io.cxr.onnx;

import io.cxr.Device;
import io.cxr.ExplainingClassifier;
import io.cxr.Explanation;
import io.cxr.ModelIdentity;
import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.error.CapacityExceededException;
import io.cxr.error.InferenceException;
import io.cxr.model.ModelCard;
import io.cxr.radiograph.Radiograph;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Combines the calls of many threads into batches, for services where each request has one
 * radiograph. A call preprocesses on its own thread, then waits in a queue; one thread of the
 * batcher runs whatever is in the queue, in order of arrival, up to the batch limit. While a batch
 * runs, the next one fills, so batches grow with the load and a single call does not wait for
 * others.
 *
 * <p>At most {@code capacity} calls are in the queue or in a run; further ones wait in order or, if
 * so configured, are rejected. A failure for one radiograph affects only its caller: a native run
 * that fails is tried again in parts.
 *
 * <p>Thread-safe. The batcher owns its classifier: {@link #close} waits for calls in flight, then
 * closes it.
 */
public final class MicroBatcher implements ExplainingClassifier {
  private final ExplainingClassifier classifier;
  private final BatchRunner<?> runner;
  private final CallsInFlight calls = new CallsInFlight("This batcher");

  private MicroBatcher(Builder builder) {
    this.classifier = builder.classifier;
    this.runner = runner(BatchedModel.of(builder.classifier), builder);
  }

  private static <S> BatchRunner<S> runner(BatchedModel<S> model, Builder builder) {
    return new BatchRunner<>(
        model,
        Math.min(builder.batchLimit, model.batchLimit()),
        builder.capacity,
        builder.maxDelay,
        builder.refusing);
  }

  /**
   * Settings of a batcher.
   *
   * @param classifier runs the model; the batcher closes it. For an {@link OnnxClassifier},
   *     radiographs are preprocessed on the calling threads; any other, such as one whose model can
   *     be replaced, gets lists of radiographs
   * @return a builder with the default settings
   */
  public static Builder builder(ExplainingClassifier classifier) {
    return new Builder(classifier);
  }

  /** Settings of a batcher. Not thread-safe. */
  public static final class Builder {
    private final ExplainingClassifier classifier;
    private int batchLimit = 16;
    private int capacity = 256;
    private Duration maxDelay = Duration.ZERO;
    private boolean refusing;

    private Builder(ExplainingClassifier classifier) {
      this.classifier = Objects.requireNonNull(classifier, "classifier");
    }

    /**
     * The most radiographs in one run. The classifier's own limit applies as well.
     *
     * @param radiographs at least 1; by default 16
     * @return this builder
     */
    public Builder batchLimit(int radiographs) {
      this.batchLimit = radiographs;
      return this;
    }

    /**
     * The most calls in the queue or in a run. Each takes the memory of a network's input.
     *
     * @param calls at least 1; by default 256
     * @return this builder
     */
    public Builder capacity(int calls) {
      this.capacity = calls;
      return this;
    }

    /**
     * How long the first call of a batch that is not full waits for others. Worthwhile only where a
     * batch is much faster than its radiographs one by one, as on a GPU.
     *
     * @param delay not negative, at most a minute; by default zero: the calls that arrived while
     *     the model was busy form the next batch
     * @return this builder
     */
    public Builder maxDelay(Duration delay) {
      this.maxDelay = Objects.requireNonNull(delay, "delay");
      return this;
    }

    /**
     * Whether calls beyond the capacity are rejected with {@link CapacityExceededException} instead
     * of waiting.
     *
     * @param refusing by default false
     * @return this builder
     */
    public Builder refuseWhenFull(boolean refusing) {
      this.refusing = refusing;
      return this;
    }

    /**
     * Starts the batcher.
     *
     * @return the batcher; the caller closes it
     * @throws IllegalArgumentException if a setting is out of range
     */
    public MicroBatcher open() {
      List<String> wrong = new ArrayList<>();
      if (batchLimit < 1) {
        wrong.add("batchLimit: expected at least 1, found " + batchLimit);
      }
      if (capacity < 1) {
        wrong.add("capacity: expected at least 1, found " + capacity);
      }
      if (maxDelay.isNegative() || maxDelay.compareTo(Duration.ofMinutes(1)) > 0) {
        wrong.add("maxDelay: expected zero to a minute, found " + maxDelay);
      }
      if (!wrong.isEmpty()) {
        throw new IllegalArgumentException("Batcher settings: " + String.join("; ", wrong));
      }
      MicroBatcher batcher = new MicroBatcher(this);
      batcher.runner.start();
      return batcher;
    }
  }

  @Override
  public ModelCard card() {
    return classifier.card();
  }

  @Override
  public ModelIdentity model() {
    return classifier.model();
  }

  @Override
  public Device device() {
    return classifier.device();
  }

  /**
   * {@inheritDoc}
   *
   * @throws CapacityExceededException if the batcher is full and configured to reject calls then
   * @throws InferenceException if the native run fails, or if this thread is interrupted while it
   *     waits; its interrupt status stays set
   */
  @Override
  public Prediction classify(Radiograph radiograph) {
    return calls.call(() -> runner.answer(radiograph, HeatmapChoice.NONE).prediction());
  }

  /** Whether the classifier computes heatmaps. */
  @Override
  public boolean canExplain() {
    return classifier.canExplain();
  }

  /**
   * {@inheritDoc}
   *
   * @throws InferenceException if the native run fails, or if this thread is interrupted while it
   *     waits; its interrupt status stays set
   * @throws CapacityExceededException if the batcher is full and configured to reject calls then
   */
  @Override
  public Explanation explain(Radiograph radiograph) {
    return explainPositives(radiograph).get(0);
  }

  /**
   * {@inheritDoc}
   *
   * @throws InferenceException if the native run fails, or if this thread is interrupted while it
   *     waits; its interrupt status stays set
   * @throws CapacityExceededException if the batcher is full and configured to reject calls then
   */
  @Override
  public List<Explanation> explainPositives(Radiograph radiograph) {
    if (!classifier.canExplain()) {
      // In words of the classifier, and before anybody waits for it.
      return classifier.explainPositives(radiograph);
    }
    return calls.call(() -> runner.answer(radiograph, HeatmapChoice.TOP_LABEL).explanations());
  }

  /**
   * {@inheritDoc}
   *
   * @throws InferenceException if the native run fails, or if this thread is interrupted while it
   *     waits; its interrupt status stays set
   * @throws CapacityExceededException if the batcher is full and configured to reject calls then
   */
  @Override
  public Explanation explain(Radiograph radiograph, String label) {
    return explain(radiograph, List.of(label)).get(0);
  }

  /**
   * {@inheritDoc}
   *
   * @throws InferenceException if the native run fails, or if this thread is interrupted while it
   *     waits; its interrupt status stays set
   * @throws CapacityExceededException if the batcher is full and configured to reject calls then
   */
  @Override
  public List<Explanation> explain(Radiograph radiograph, List<String> labels) {
    List<String> chosen = List.copyOf(labels);
    if (!classifier.canExplain()) {
      return classifier.explain(radiograph, chosen);
    }
    return calls.call(
        () ->
            runner.answer(radiograph, HeatmapChoice.of(classifier.card(), chosen)).explanations());
  }

  /**
   * {@inheritDoc} A list is already a batch, and runs independently of the batches of single calls.
   */
  @Override
  public List<Prediction> classify(List<Radiograph> radiographs) {
    return calls.call(() -> classifier.classify(radiographs));
  }

  /**
   * {@inheritDoc} A list is already a batch, and runs independently of the batches of single calls.
   */
  @Override
  public List<Outcome<Prediction>> classifyAll(List<Radiograph> radiographs) {
    return calls.call(() -> classifier.classifyAll(radiographs));
  }

  /** {@inheritDoc} They run as a separate batch. */
  @Override
  public List<Prediction> classifyUngated(List<Radiograph> images) {
    return calls.call(() -> classifier.classifyUngated(images));
  }

  /**
   * {@inheritDoc} A list is already a batch, and runs independently of the batches of single calls.
   */
  @Override
  public List<Explanation> explain(List<Radiograph> radiographs) {
    return calls.call(() -> classifier.explain(radiographs));
  }

  /**
   * {@inheritDoc} A list is already a batch, and runs independently of the batches of single calls.
   */
  @Override
  public List<Outcome<Explanation>> explainAll(List<Radiograph> radiographs) {
    return calls.call(() -> classifier.explainAll(radiographs));
  }

  /** How many more calls could be in the queue or in a run. */
  int freePlaces() {
    return runner.freePlaces();
  }

  @Override
  public String toString() {
    return "MicroBatcher[" + classifier + ", at most " + runner.batchLimit() + " a run]";
  }

  /** Rejects new calls, waits for those in flight, then closes the classifier. Idempotent. */
  @Override
  public void close() {
    // Nobody else comes: those in the queue need not wait for company.
    runner.hurry();
    calls.close(
        () -> {
          runner.stop();
          classifier.close();
        });
  }
}
