package io.cxr.pacs;

import static java.lang.System.Logger.Level.ERROR;

import java.time.Duration;
import java.util.function.Consumer;

/** Whether a gateway can do its work, and whether it is to. Thread-safe. */
final class Health {
  private static final System.Logger LOG = System.getLogger(Health.class.getName());

  private final Consumer<Throwable> onFatal;
  private volatile boolean stopping;
  private volatile boolean stateWorks = true;
  private volatile boolean fatal;

  /**
   * A gateway's health.
   *
   * @param onFatal gets what a process does not recover from
   */
  Health(Consumer<Throwable> onFatal) {
    this.onFatal = onFatal;
  }

  /** Ends everything that looks here. */
  void stop() {
    stopping = true;
  }

  boolean isStopping() {
    return stopping;
  }

  /** Notes that the gateway's own disk fails. */
  void stateFails(Throwable failure) {
    stateWorks = false;
    LOG.log(ERROR, failure.getMessage());
  }

  /** Notes that the disk works. */
  void stateWorks() {
    stateWorks = true;
  }

  /**
   * Notes a failure if it is, or was caused by, one that hits every thread of the process: memory
   * that ran out may have ended any of them.
   */
  void noteFatal(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof VirtualMachineError && !(cause instanceof StackOverflowError)) {
        fatal = true;
        onFatal.accept(cause);
        return;
      }
    }
  }

  /** Whether memory ran out, or the like: only a new process helps. */
  boolean isFatal() {
    return fatal;
  }

  boolean isGood() {
    return !stopping && stateWorks && !fatal;
  }

  /** Waits, or until the gateway stops. */
  void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (!stopping) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return;
      }
      try {
        Thread.sleep(Math.min(200, left / 1_000_000 + 1));
      } catch (InterruptedException e) {
        // What it is for shows in `stopping`.
      }
    }
  }
}
