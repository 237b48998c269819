package io.cxr.onnx;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps native memory alive while calls use it: any number of calls at once, and a close that waits
 * for all of them. Thread-safe.
 */
final class CallsInFlight {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final String owner;
  private volatile boolean closing;
  private boolean freed;

  /**
   * No call is in flight yet.
   *
   * @param owner what is used, for the message of a late call
   */
  CallsInFlight(String owner) {
    this.owner = owner;
  }

  /**
   * Runs one call.
   *
   * @throws IllegalStateException if {@link #close} was called before
   */
  <T extends @Nullable Object> T call(Supplier<T> body) {
    requireOpen();
    lock.readLock().lock();
    try {
      // A close may have come between the first check and the lock.
      requireOpen();
      return body.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Refuses new calls at once, waits for those in flight, then frees; a second time it only waits.
   */
  void close(Runnable free) {
    closing = true;
    lock.writeLock().lock();
    try {
      if (!freed) {
        freed = true;
        free.run();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void requireOpen() {
    if (closing) {
      throw new IllegalStateException(owner + " is closed. Open it again to go on.");
    }
  }
}
