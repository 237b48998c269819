package io.cxr.pacs;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Work that is interrupted when its time is over. It runs on the thread that asks for it, so that
 * work which takes no notice of the interrupt holds up nobody else, and shows. Thread-safe.
 */
final class TimedAttempts implements AutoCloseable {
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "cxr-pacs-timer");
            thread.setDaemon(true);
            return thread;
          });

  private final Set<Running> running = ConcurrentHashMap.newKeySet();
  private volatile boolean ending;

  /** An attempt, since when by {@link System#nanoTime}, and for how long at most. */
  private static final class Running {
    private final Future<?> attempt;
    private final long since = System.nanoTime();
    private final Duration deadline;

    Running(Future<?> attempt, Duration deadline) {
      this.attempt = attempt;
      this.deadline = deadline;
    }
  }

  /**
   * Does work.
   *
   * @throws CancellationException if the time was over, or {@link #endAll} was called
   * @throws Throwable whatever the work throws
   */
  <T> T call(Callable<T> work, Duration deadline) throws Throwable {
    FutureTask<T> attempt = new FutureTask<>(work);
    Running one = new Running(attempt, deadline);
    running.add(one);
    Future<?> guard =
        timer.schedule(() -> attempt.cancel(true), deadline.toMillis(), TimeUnit.MILLISECONDS);
    try {
      if (ending) {
        attempt.cancel(false);
      }
      attempt.run();
    } finally {
      guard.cancel(false);
      running.remove(one);
      // The interrupt of a deadline that was over at the same moment.
      Thread.interrupted();
    }
    try {
      return attempt.get();
    } catch (ExecutionException e) {
      throw e.getCause() == null ? e : e.getCause();
    } catch (InterruptedException e) {
      throw new AssertionError("The attempt is over", e);
    }
  }

  /** Whether something, such as a codec, has taken no notice of its interrupt for long. */
  boolean isStuck() {
    long now = System.nanoTime();
    return running.stream()
        .anyMatch(each -> now - each.since > each.deadline.multipliedBy(2).toNanos());
  }

  /** Interrupts everything that runs; what is begun from now on ends at once. */
  void endAll() {
    ending = true;
    running.forEach(each -> each.attempt.cancel(true));
  }

  /** Guards nothing any more. */
  @Override
  public void close() {
    timer.shutdownNow();
  }
}
