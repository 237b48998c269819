package io.cxr.onnx;

import io.cxr.Outcome;
import io.cxr.error.InferenceException;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.Radiograph;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One run of an {@link InferencePipeline}: its threads and what is on the way. All state is guarded
 * by one lock, which nobody holds while decoding, running or calling foreign code but the iterator.
 */
final class PipelineRun<T, S> implements AutoCloseable {
  private static final AtomicLong RUNS = new AtomicLong();

  private final BatchedModel<S> model;
  private final InferencePipeline.Decoder<T> decoder;
  private final Iterator<? extends T> items;
  private final int capacity;
  private final int batchLimit;
  private final HeatmapChoice choice;
  private final List<Thread> threads = new ArrayList<>();

  /** One thread at a time asks the iterator; it may block, so it has a lock of its own. */
  private final ReentrantLock input = new ReentrantLock();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Condition prepared = lock.newCondition();
  private final Condition finished = lock.newCondition();

  private final Deque<Waiting<T, S>> waiting = new ArrayDeque<>();
  private final Deque<S> idle = new ArrayDeque<>();
  private final Map<Long, PipelineResult<T>> results = new HashMap<>();
  private long begun;
  private long taken;
  private int decoding;
  private boolean exhausted;
  private boolean closed;
  private @Nullable Throwable broken;

  /** An item whose sample waits for the model. */
  private record Waiting<T, S>(long index, T item, S sample) {}

  PipelineRun(
      BatchedModel<S> model,
      InferencePipeline.Decoder<T> decoder,
      Iterator<? extends T> items,
      int capacity,
      int batchLimit,
      HeatmapChoice choice) {
    this.model = model;
    this.decoder = decoder;
    this.items = items;
    this.capacity = capacity;
    this.batchLimit = batchLimit;
    this.choice = choice;
  }

  void start(int decodeThreads) {
    long run = RUNS.incrementAndGet();
    for (int i = 1; i <= decodeThreads; i++) {
      threads.add(new Thread(guarded(this::decodeAll), "cxr-pipeline-" + run + "-decode-" + i));
    }
    threads.add(new Thread(guarded(this::inferAll), "cxr-pipeline-" + run + "-inference"));
    for (Thread thread : threads) {
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** A thread that dies of an error would leave the others waiting for it. */
  private Runnable guarded(Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (Throwable e) {
        lock.lock();
        try {
          end(e);
        } finally {
          lock.unlock();
        }
      }
    };
  }

  private void end(Throwable cause) {
    if (broken == null && !closed) {
      broken = cause;
    }
    exhausted = true;
    room.signalAll();
    prepared.signalAll();
    finished.signalAll();
  }

  // Decoding ------------------------------------------------------------------------------------

  /** An item that a decoding thread has taken on. */
  private record Begun<T>(long index, T item) {}

  private void decodeAll() {
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      while (true) {
        Optional<Begun<T>> begun = begin();
        if (begun.isEmpty()) {
          return;
        }
        decode(begun.get(), buffers);
      }
    }
  }

  /** Waits for room, then takes the next item. */
  private Optional<Begun<T>> begin() {
    input.lock();
    try {
      lock.lock();
      try {
        while (!exhausted && !closed && begun - taken >= capacity) {
          room.awaitUninterruptibly();
        }
        if (exhausted || closed) {
          return Optional.empty();
        }
      } finally {
        lock.unlock();
      }
      // Unlocked: the iterator may wait for a network, and results go on meanwhile.
      boolean more = items.hasNext();
      T item = more ? items.next() : null;
      lock.lock();
      try {
        if (item == null || closed) {
          if (more && item == null) {
            throw new NullPointerException("Pipeline: expected items, found null among them");
          }
          exhausted = true;
          prepared.signalAll();
          finished.signalAll();
          return Optional.empty();
        }
        decoding++;
        return Optional.of(new Begun<>(begun++, item));
      } finally {
        lock.unlock();
      }
    } finally {
      input.unlock();
    }
  }

  private void decode(Begun<T> begun, DecodeBuffers buffers) {
    S sample = sample();
    Exception failure = null;
    try {
      Radiograph radiograph = decoder.decode(begun.item(), buffers);
      model.prepare(radiograph, sample);
      if (!model.keepsRadiographs()) {
        buffers.giveBack(radiograph);
      }
    } catch (Exception e) {
      failure = e;
    }
    lock.lock();
    try {
      decoding--;
      if (failure == null) {
        waiting.add(new Waiting<>(begun.index(), begun.item(), sample));
      } else {
        model.clear(sample);
        idle.add(sample);
        finish(new PipelineResult<>(begun.index(), begun.item(), Outcome.refusal(failure)));
      }
      prepared.signalAll();
    } finally {
      lock.unlock();
    }
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

  // Inference -----------------------------------------------------------------------------------

  private void inferAll() {
    while (true) {
      List<Waiting<T, S>> batch = batch();
      if (batch.isEmpty()) {
        return;
      }
      infer(batch);
    }
  }

  /** Waits for samples; none means that no more will come. */
  private List<Waiting<T, S>> batch() {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed && !(exhausted && decoding == 0)) {
        prepared.awaitUninterruptibly();
      }
      List<Waiting<T, S>> batch = new ArrayList<>();
      while (!closed && batch.size() < batchLimit && !waiting.isEmpty()) {
        batch.add(waiting.remove());
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void infer(List<Waiting<T, S>> batch) {
    List<Outcome<Answer>> outcomes = new ArrayList<>();
    try {
      outcomes =
          model.run(
              batch.stream().map(Waiting::sample).toList(),
              Collections.nCopies(batch.size(), choice));
    } catch (RuntimeException e) {
      for (int i = 0; i < batch.size(); i++) {
        outcomes.add(Outcome.refusal(e));
      }
    }
    lock.lock();
    try {
      for (int i = 0; i < batch.size(); i++) {
        Waiting<T, S> done = batch.get(i);
        model.clear(done.sample());
        idle.add(done.sample());
        finish(PipelineResult.of(done.index(), done.item(), outcomes.get(i)));
      }
    } finally {
      lock.unlock();
    }
  }

  private void finish(PipelineResult<T> result) {
    results.put(result.index(), result);
    if (result.index() == taken) {
      finished.signalAll();
    }
  }

  // Results -------------------------------------------------------------------------------------

  /** Waits for the next result; nothing after the last. */
  Optional<PipelineResult<T>> take() {
    lock.lock();
    try {
      while (true) {
        PipelineResult<T> result = results.remove(taken);
        if (result != null && !closed) {
          taken++;
          room.signal();
          return Optional.of(result);
        }
        if (closed) {
          throw new IllegalStateException("These results are closed. Start another run.");
        }
        if (exhausted && taken == begun) {
          rethrow();
          return Optional.empty();
        }
        if (broken != null && !items(broken)) {
          rethrow();
        }
        try {
          finished.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InferenceException(
              "Pipeline: expected to wait for the next result, found this thread interrupted. Close"
                  + " the results.",
              e);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether what was thrown came from the iterator: the items before it still get their results.
   */
  private static boolean items(Throwable thrown) {
    return thrown instanceof RuntimeException;
  }

  private void rethrow() {
    if (broken instanceof RuntimeException failure) {
      throw failure;
    }
    if (broken instanceof Error failure) {
      throw failure;
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      room.signalAll();
      prepared.signalAll();
      finished.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      // What waits for a disk or a network shall wait no longer; a run of the model ends by itself.
      thread.interrupt();
    }
    for (Thread thread : threads) {
      while (thread != Thread.currentThread() && thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    lock.lock();
    try {
      waiting.clear();
      results.clear();
      idle.clear();
    } finally {
      lock.unlock();
    }
  }
}
