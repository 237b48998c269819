package io.cxr.onnx;

import io.cxr.Classifier;
import io.cxr.Device;
import io.cxr.error.InferenceException;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.Explanation;
import io.cxr.model.ModelCard;
import io.cxr.radiograph.Radiograph;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets the calls of many threads share batches: for services where each request has one radiograph.
 * A call preprocesses on its own thread, then waits in a queue; one thread of this batcher runs
 * whatever is in the queue, first come, first served, up to a batch. While a batch runs, the next
 * one gathers, so batches grow with the load and a lone call waits for nobody.
 *
 * <p>At most {@code capacity} calls are in the queue or in a run; further ones wait their turn in
 * order, or are refused where that was chosen. What fails for one radiograph fails for its caller
 * alone; a native run that fails, fails for all callers in it.
 *
 * <p>Thread-safe. The batcher owns its classifier: {@link #close} waits for calls in flight, then
 * closes it.
 */
public final class MicroBatcher implements Classifier {
  private final OnnxClassifier classifier;
  private final int batchLimit;
  private final long maxDelayNanos;
  private final boolean refusing;
  private final Semaphore places;
  private final CallsInFlight calls = new CallsInFlight("This batcher");
  private final Thread runner;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Condition answered = lock.newCondition();
  private final Deque<Request> queue = new ArrayDeque<>();
  private final Deque<PreparedSample> idle = new ArrayDeque<>();
  private boolean stopping;
  private boolean closing;

  /** A call that waits for its answer. Guarded by the lock. */
  private static final class Request {
    private final PreparedSample sample;
    private final boolean withHeatmap;
    private final long since = System.nanoTime();
    private @Nullable Answer answer;

    /** The caller is gone; the runner gives the sample back. */
    private boolean abandoned;

    Request(PreparedSample sample, boolean withHeatmap) {
      this.sample = sample;
      this.withHeatmap = withHeatmap;
    }
  }

  private MicroBatcher(Builder builder) {
    this.classifier = builder.classifier;
    this.batchLimit = Math.min(builder.batchLimit, builder.classifier.batchLimit());
    this.maxDelayNanos = builder.maxDelay.toNanos();
    this.refusing = builder.refusing;
    this.places = new Semaphore(builder.capacity, true);
    this.runner = new Thread(this::runAll, "cxr-micro-batcher");
    runner.setDaemon(true);
  }

  /**
   * Settings of a batcher.
   *
   * @param classifier runs the model; the batcher closes it
   * @return a builder with the usual settings
   */
  public static Builder builder(OnnxClassifier classifier) {
    return new Builder(classifier);
  }

  /** Settings of a batcher. Not thread-safe. */
  public static final class Builder {
    private final OnnxClassifier classifier;
    private int batchLimit = 16;
    private int capacity = 256;
    private Duration maxDelay = Duration.ZERO;
    private boolean refusing;

    private Builder(OnnxClassifier classifier) {
      this.classifier = Objects.requireNonNull(classifier, "classifier");
    }

    /**
     * The most radiographs in one run. The classifier's own limit holds as well.
     *
     * @param radiographs at least 1; by default 16
     * @return this builder
     */
    public Builder batchLimit(int radiographs) {
      this.batchLimit = radiographs;
      return this;
    }

    /**
     * How many calls may be in the queue or in a run. Each takes the memory of a network's input.
     *
     * @param calls at least 1; by default 256
     * @return this builder
     */
    public Builder capacity(int calls) {
      this.capacity = calls;
      return this;
    }

    /**
     * How long the first call of a batch that is not full waits for others. Worth it only where a
     * batch is much cheaper than its singles, as on a graphics card.
     *
     * @param delay not negative, at most a minute; by default zero: what has gathered while the
     *     model was busy makes the next batch
     * @return this builder
     */
    public Builder maxDelay(Duration delay) {
      this.maxDelay = Objects.requireNonNull(delay, "delay");
      return this;
    }

    /**
     * Whether calls beyond the capacity are refused with {@link RejectedExecutionException} instead
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
     * @throws IllegalArgumentException if a setting is out of its range
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
   * @throws RejectedExecutionException if the batcher is full and refuses then
   * @throws InferenceException if the native run fails, or this thread is interrupted while it
   *     waits; it stays interrupted
   */
  @Override
  public Prediction classify(Radiograph radiograph) {
    return calls.call(() -> answer(radiograph, false).orThrow());
  }

  /**
   * Classifies one radiograph and explains its most probable label.
   *
   * @param radiograph a frontal chest radiograph
   * @return the prediction, and the heatmap of its top label
   * @throws IllegalStateException if this batcher is closed
   * @throws InferenceException if the native run fails, or this thread is interrupted while it
   *     waits; it stays interrupted
   * @throws RejectedExecutionException if the batcher is full and refuses then
   * @throws UnsupportedOperationException if the model file has no heatmap output
   * @throws UnsupportedRadiographException if the view is known and not frontal, or the novelty
   *     gate refuses the image
   */
  public Explanation explain(Radiograph radiograph) {
    if (!classifier.hasHeatmap()) {
      // In words of the classifier, and before anybody waits for it.
      return classifier.explain(radiograph);
    }
    return calls.call(() -> answer(radiograph, true).explanationOrThrow());
  }

  /** A list is a batch already, and runs beside those of single calls. */
  @Override
  public List<Prediction> classify(List<Radiograph> radiographs) {
    return calls.call(() -> classifier.classify(radiographs));
  }

  /** {@inheritDoc} They run as a batch of their own. */
  @Override
  public List<Prediction> classifyUngated(List<Radiograph> images) {
    return calls.call(() -> classifier.classifyUngated(images));
  }

  private Answer answer(Radiograph radiograph, boolean withHeatmap) {
    Objects.requireNonNull(radiograph, "radiograph");
    enter();
    boolean handedOver = false;
    try {
      PreparedSample sample = sample();
      try {
        classifier.prepare(radiograph, sample);
      } catch (RuntimeException e) {
        giveBack(sample);
        throw e;
      }
      Request request = new Request(sample, withHeatmap);
      lock.lock();
      try {
        queue.add(request);
        arrived.signal();
        handedOver = true;
        while (request.answer == null) {
          answered.await();
        }
        return request.answer;
      } catch (InterruptedException e) {
        request.abandoned = true;
        throw interrupted(e);
      } finally {
        lock.unlock();
      }
    } finally {
      // The place of a request that was handed over is free when its run is over.
      if (!handedOver) {
        places.release();
      }
    }
  }

  private void enter() {
    if (refusing) {
      if (!places.tryAcquire()) {
        throw new RejectedExecutionException(
            "Batcher: expected a free place among its calls, found none. Try again later, or give"
                + " it a larger capacity.");
      }
      return;
    }
    try {
      places.acquire();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static InferenceException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new InferenceException(
        "Batcher: expected to wait for the answer, found this thread interrupted. Call again.",
        cause);
  }

  private PreparedSample sample() {
    lock.lock();
    try {
      PreparedSample sample = idle.poll();
      if (sample != null) {
        return sample;
      }
    } finally {
      lock.unlock();
    }
    return classifier.newSample();
  }

  private void giveBack(PreparedSample sample) {
    lock.lock();
    try {
      idle.add(sample);
    } finally {
      lock.unlock();
    }
  }

  /** How many more calls could be in the queue or in a run. */
  int freePlaces() {
    return places.availablePermits();
  }

  // The runner ----------------------------------------------------------------------------------

  private void runAll() {
    while (true) {
      List<Request> batch = gather();
      if (batch.isEmpty()) {
        return;
      }
      List<Answer> answers = run(batch);
      lock.lock();
      try {
        for (int i = 0; i < batch.size(); i++) {
          batch.get(i).answer = answers.get(i);
          idle.add(batch.get(i).sample);
        }
        places.release(batch.size());
        answered.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Waits for requests; none means that the batcher is closing. */
  private List<Request> gather() {
    List<Request> batch = new ArrayList<>();
    int abandoned = 0;
    lock.lock();
    try {
      while (batch.isEmpty()) {
        while (queue.isEmpty() && !stopping) {
          arrived.awaitUninterruptibly();
        }
        awaitMore();
        Request first = queue.peek();
        if (first == null) {
          return batch;
        }
        // Heatmaps are copied only for those who want them, so a batch is of one kind.
        while (batch.size() < batchLimit
            && !queue.isEmpty()
            && queue.element().withHeatmap == first.withHeatmap) {
          Request request = queue.remove();
          if (request.abandoned) {
            idle.add(request.sample);
            abandoned++;
          } else {
            batch.add(request);
          }
          if (!queue.isEmpty() && first.abandoned) {
            first = queue.element();
          }
        }
      }
      return batch;
    } finally {
      lock.unlock();
      places.release(abandoned);
    }
  }

  /** Lets the first request wait for others until its delay is over or the batch is full. */
  private void awaitMore() {
    boolean interrupted = false;
    while (maxDelayNanos > 0 && !closing && !queue.isEmpty() && queue.size() < batchLimit) {
      long left = maxDelayNanos - (System.nanoTime() - queue.element().since);
      if (left <= 0) {
        break;
      }
      try {
        arrived.awaitNanos(left);
      } catch (InterruptedException e) {
        // Nobody has a reason to interrupt this thread; the delay is over then.
        interrupted = true;
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Answer> run(List<Request> batch) {
    try {
      return classifier.run(
          batch.stream().map(request -> request.sample).toList(), batch.get(0).withHeatmap);
    } catch (RuntimeException | Error e) {
      RuntimeException failure =
          e instanceof RuntimeException known
              ? known
              : new InferenceException("Batcher: expected a run without failure, found: " + e, e);
      List<Answer> answers = new ArrayList<>();
      batch.forEach(request -> answers.add(Answer.failed(failure)));
      return answers;
    }
  }

  @Override
  public String toString() {
    return "MicroBatcher[" + classifier + ", at most " + batchLimit + " a run]";
  }

  /** Refuses new calls, waits for those in flight, then closes the classifier. Idempotent. */
  @Override
  public void close() {
    lock.lock();
    try {
      // Nobody else comes: those in the queue need not wait for company.
      closing = true;
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
    calls.close(
        () -> {
          lock.lock();
          try {
            stopping = true;
            arrived.signalAll();
          } finally {
            lock.unlock();
          }
          boolean interrupted = false;
          while (runner.isAlive()) {
            try {
              runner.join();
            } catch (InterruptedException e) {
              interrupted = true;
            }
          }
          classifier.close();
          if (interrupted) {
            Thread.currentThread().interrupt();
          }
        });
  }
}
