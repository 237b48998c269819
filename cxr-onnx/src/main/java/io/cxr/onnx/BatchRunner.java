package io.cxr.onnx;

import io.cxr.Outcome;
import io.cxr.error.CapacityExceededException;
import io.cxr.error.InferenceException;
import io.cxr.radiograph.Radiograph;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The queue of a {@link MicroBatcher}, and the thread that runs what is in it. Callers prepare
 * their samples themselves. Thread-safe.
 */
final class BatchRunner<S> {
  private final BatchedModel<S> model;
  private final int batchLimit;
  private final long maxDelayNanos;
  private final boolean refusing;
  private final Semaphore places;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Condition answered = lock.newCondition();
  private final Deque<Request<S>> queue = new ArrayDeque<>();
  private final Deque<S> idle = new ArrayDeque<>();
  private boolean stopping;
  private boolean closing;

  /** A call that waits for its answer. Guarded by the lock. */
  private static final class Request<S> {
    private final S sample;
    private final HeatmapChoice choice;
    private final long since = System.nanoTime();
    private @Nullable Outcome<Answer> outcome;

    /** The caller is gone; the thread gives the sample back. */
    private boolean abandoned;

    Request(S sample, HeatmapChoice choice) {
      this.sample = sample;
      this.choice = choice;
    }
  }

  /**
   * Does not run yet.
   *
   * @param model answers the batches; it stays open until this is stopped
   * @param batchLimit the most samples in one run, at least 1
   * @param capacity the most calls in the queue or in a run, at least 1
   * @param maxDelay how long the first call of a batch waits for others
   * @param refusing whether calls beyond the capacity are refused, or wait
   */
  BatchRunner(
      BatchedModel<S> model, int batchLimit, int capacity, Duration maxDelay, boolean refusing) {
    this.model = model;
    this.batchLimit = batchLimit;
    this.maxDelayNanos = maxDelay.toNanos();
    this.refusing = refusing;
    this.places = new Semaphore(capacity, true);
    this.thread = new Thread(this::runAll, "cxr-micro-batcher");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  int batchLimit() {
    return batchLimit;
  }

  /** How many more calls could be in the queue or in a run. */
  int freePlaces() {
    return places.availablePermits();
  }

  /**
   * Waits for the answer to one radiograph.
   *
   * @throws RuntimeException why there is none
   */
  Answer answer(Radiograph radiograph, HeatmapChoice choice) {
    Objects.requireNonNull(radiograph, "radiograph");
    enter();
    boolean handedOver = false;
    try {
      S sample = sample();
      try {
        model.prepare(radiograph, sample);
      } catch (RuntimeException e) {
        giveBack(sample);
        throw e;
      }
      Request<S> request = new Request<>(sample, choice);
      lock.lock();
      try {
        queue.add(request);
        arrived.signal();
        handedOver = true;
        while (request.outcome == null) {
          answered.await();
        }
        return request.outcome.orThrow();
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
        throw new CapacityExceededException(
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

  private S sample() {
    lock.lock();
    try {
      S sample = idle.poll();
      if (sample != null) {
        return sample;
      }
    } finally {
      lock.unlock();
    }
    return model.newSample();
  }

  private void giveBack(S sample) {
    model.clear(sample);
    lock.lock();
    try {
      idle.add(sample);
    } finally {
      lock.unlock();
    }
  }

  // The thread ----------------------------------------------------------------------------------

  private void runAll() {
    while (true) {
      List<Request<S>> batch = gather();
      if (batch.isEmpty()) {
        return;
      }
      List<Outcome<Answer>> outcomes = run(batch);
      lock.lock();
      try {
        for (int i = 0; i < batch.size(); i++) {
          batch.get(i).outcome = outcomes.get(i);
          model.clear(batch.get(i).sample);
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
  private List<Request<S>> gather() {
    List<Request<S>> batch = new ArrayList<>();
    int abandoned = 0;
    lock.lock();
    try {
      while (batch.isEmpty()) {
        while (queue.isEmpty() && !stopping) {
          arrived.awaitUninterruptibly();
        }
        awaitMore();
        Request<S> first = queue.peek();
        if (first == null) {
          return batch;
        }
        // Heatmaps are copied only for those who want them, so a batch is of one kind.
        while (batch.size() < batchLimit
            && !queue.isEmpty()
            && queue.element().choice.any() == first.choice.any()) {
          Request<S> request = queue.remove();
          if (request.abandoned) {
            model.clear(request.sample);
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

  private List<Outcome<Answer>> run(List<Request<S>> batch) {
    try {
      return model.run(
          batch.stream().map(request -> request.sample).toList(),
          batch.stream().map(request -> request.choice).toList());
    } catch (RuntimeException | Error e) {
      RuntimeException failure =
          e instanceof RuntimeException known
              ? known
              : new InferenceException("Batcher: expected a run without failure, found: " + e, e);
      List<Outcome<Answer>> outcomes = new ArrayList<>();
      batch.forEach(request -> outcomes.add(Outcome.refusal(failure)));
      return outcomes;
    }
  }

  /** Lets nobody in the queue wait for company any more. */
  void hurry() {
    lock.lock();
    try {
      closing = true;
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread when the queue is empty, and waits for it. */
  void stop() {
    lock.lock();
    try {
      stopping = true;
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
