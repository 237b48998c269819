package io.cxr.pacs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The threads of a gateway. Started by one thread; the rest is thread-safe. */
final class GatewayThreads {
  private final List<Thread> threads = new ArrayList<>();

  /** Starts one. */
  void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    // One that is stuck must not keep the process alive.
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  /** Whether none has ended. */
  boolean areAlive() {
    return threads.stream().allMatch(Thread::isAlive);
  }

  boolean anyIsAlive() {
    return threads.stream().anyMatch(Thread::isAlive);
  }

  /** Interrupts those of a name. */
  void interrupt(String name) {
    threads.stream().filter(thread -> thread.getName().equals(name)).forEach(Thread::interrupt);
  }

  /**
   * Waits for all of them at most so long; returns whether this thread was interrupted meanwhile.
   */
  boolean await(Duration time) {
    boolean interrupted = false;
    long end = System.nanoTime() + time.toNanos();
    for (Thread thread : threads) {
      long left;
      while (thread.isAlive() && (left = end - System.nanoTime()) > 0) {
        try {
          thread.join(left / 1_000_000 + 1);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    return interrupted;
  }
}
