package io.cxr.pacs;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Takes items that are due from the state and has them handled; what fails is left for later, for
 * longer each time, or given up. Run by as many threads as may handle items at the same time.
 */
final class Workers {
  private static final System.Logger LOG = System.getLogger(Workers.class.getName());

  private static final Duration BETWEEN_LOOKS_FOR_STRANDED = Duration.ofSeconds(1);

  private final GatewayState state;
  private final Handler handler;
  private final TimedAttempts attempts;
  private final GatewayMetrics metrics;
  private final Health health;
  private final Limits limits;
  private final Clock clock;

  private final Object signal = new Object();

  /** The numbers of items that are being handled. Guarded by the signal. */
  private final Set<Long> busy = new HashSet<>();

  /** By {@link System#nanoTime}. Guarded by the signal. */
  private long lookedForStranded = System.nanoTime() - BETWEEN_LOOKS_FOR_STRANDED.toNanos();

  /** Handles one item. */
  interface Handler {
    void handle(WorkItem item) throws IOException, InterruptedException;

    /** Does what is to be done about an item that is given up. */
    void reportGivenUp(WorkItem item, String cause) throws IOException, InterruptedException;
  }

  /**
   * When items are tried again and given up.
   *
   * @param waitingResults how many instances may have results that wait
   * @param faults how many faults of its own an item is forgiven
   * @param deadline of an attempt
   * @param firstDelay after the first failure
   * @param longestDelay after many
   * @param giveUpAfter how long an item may be left for later altogether
   */
  record Limits(
      int waitingResults,
      int faults,
      Duration deadline,
      Duration firstDelay,
      Duration longestDelay,
      Duration giveUpAfter) {}

  Workers(
      GatewayState state,
      Handler handler,
      TimedAttempts attempts,
      GatewayMetrics metrics,
      Health health,
      Limits limits,
      Clock clock) {
    this.state = state;
    this.handler = handler;
    this.attempts = attempts;
    this.metrics = metrics;
    this.health = health;
    this.limits = limits;
    this.clock = clock;
  }

  /** Has threads that wait look again. */
  void wake() {
    synchronized (signal) {
      signal.notifyAll();
    }
  }

  /** What each thread does until the gateway stops. */
  void workAll() {
    while (!health.isStopping()) {
      try {
        Optional<WorkItem> item = next();
        if (item.isPresent()) {
          try {
            attempt(item.get());
          } finally {
            synchronized (signal) {
              busy.remove(item.get().number());
            }
          }
        }
      } catch (IOException e) {
        health.stateFails(e);
        health.pause(Duration.ofSeconds(1));
      }
    }
  }

  /** Waits for an item that is due; empty means that the gateway stops. */
  private Optional<WorkItem> next() throws IOException {
    synchronized (signal) {
      while (!health.isStopping()) {
        Instant now = clock.instant();
        wakeStranded(now);
        // While an archive takes no results, they must not fill the disk.
        boolean full = state.queue().waitingResults() >= limits.waitingResults;
        Optional<WorkItem> item = state.queue().begin(busy, full, now);
        if (item.isPresent()) {
          busy.add(item.get().number());
          return item;
        }
        long wait =
            state
                .queue()
                .nextDue(busy)
                .map(due -> Duration.between(now, due).toMillis())
                .orElse(1000L);
        try {
          TimeUnit.MILLISECONDS.timedWait(signal, Math.max(50, Math.min(1000, wait)));
        } catch (InterruptedException e) {
          // Interrupts are for attempts; one that came too late for its attempt means nothing.
        }
      }
      return Optional.empty();
    }
  }

  private void wakeStranded(Instant now) throws IOException {
    if (System.nanoTime() - lookedForStranded < BETWEEN_LOOKS_FOR_STRANDED.toNanos()) {
      return;
    }
    lookedForStranded = System.nanoTime();
    int woken = state.queue().wakeStranded(limits.longestDelay, now);
    if (woken > 0) {
      LOG.log(
          WARNING,
          "{0} items were left for later by a clock that was ahead; they are due now",
          String.valueOf(woken));
    }
  }

  private void attempt(WorkItem item) throws IOException {
    if (item.faults() > limits.faults) {
      giveUp(item, "DIED");
      return;
    }
    try {
      attempts.call(
          () -> {
            handler.handle(item);
            return true;
          },
          limits.deadline);
    } catch (CancellationException e) {
      postpone(item, health.isStopping() ? "STOP" : "DEADLINE");
    } catch (Throwable e) {
      failed(item, e);
    }
  }

  private void failed(WorkItem item, Throwable failure) throws IOException {
    if (failure instanceof ArchiveException refused) {
      switch (refused.kind()) {
        case TEMPORARY, ACCESS_DENIED -> {
          metrics.archive(false);
          LOG.log(WARNING, "{0} {1}: {2}", item.kind(), number(item), refused.getMessage());
          postpone(item, refused.kind().name());
          return;
        }
        case GONE -> {
          state.queue().finish(item, Status.GONE, "", clock.instant());
          metrics.outcome(Status.GONE);
          LOG.log(INFO, "{0} {1}: the archive has it no more", item.kind(), number(item));
          return;
        }
        case REFUSED, TOO_LARGE ->
            LOG.log(WARNING, "{0} {1}: {2}", item.kind(), number(item), refused.getMessage());
      }
    } else if (failure instanceof StateException) {
      health.stateFails(failure);
      postpone(item, "STATE");
      return;
    } else if (failure instanceof InterruptedException) {
      postpone(item, health.isStopping() ? "STOP" : "DEADLINE");
      return;
    } else if (failure instanceof MemoryBudget.MemoryBusyException) {
      postpone(item, "MEMORY");
      return;
    } else {
      LOG.log(ERROR, item.kind() + " " + number(item) + ": unexpected", failure);
      health.noteFatal(failure);
    }
    if (item.faults() >= limits.faults) {
      giveUp(item, failure.getClass().getSimpleName());
    } else {
      metrics.postponed("FAULT");
      state.queue().postpone(item, delay(item), false, clock.instant());
    }
  }

  private static String number(WorkItem item) {
    return String.valueOf(item.number());
  }

  private void postpone(WorkItem item, String cause) throws IOException {
    metrics.postponed(cause);
    if (cause.equals("STOP")) {
      state.queue().postpone(item, Duration.ZERO, true, clock.instant());
    } else if (item.waited().compareTo(limits.giveUpAfter) > 0) {
      giveUp(item, cause);
    } else {
      state.queue().postpone(item, delay(item), true, clock.instant());
    }
  }

  private void giveUp(WorkItem item, String cause) throws IOException {
    try {
      attempts.call(
          () -> {
            handler.reportGivenUp(item, cause);
            return true;
          },
          limits.deadline);
    } catch (Throwable e) {
      // It is given up all the same; its cause may well be that the archive cannot be spoken to.
      health.noteFatal(e);
      LOG.log(
          WARNING,
          "{0} {1}: no report that it is given up: {2}",
          item.kind(),
          number(item),
          e instanceof ArchiveException ? e.getMessage() : e.getClass().getSimpleName());
    }
    state.queue().finish(item, Status.FAILED, cause, clock.instant());
    metrics.outcome(Status.FAILED);
    LOG.log(
        ERROR,
        "{0} {1}: given up after {2} attempts: {3}. When the cause is mended, have it tried again.",
        item.kind(),
        number(item),
        String.valueOf(item.attempts()),
        cause);
  }

  /** Doubles with each attempt; a part is by chance, so that items do not come back together. */
  private Duration delay(WorkItem item) {
    double whole =
        (double) limits.firstDelay.toMillis() * Math.pow(2, Math.min(item.attempts() - 1, 30));
    double bounded = Math.min(whole, (double) limits.longestDelay.toMillis());
    return Duration.ofMillis(
        (long) (bounded * (0.5 + 0.5 * ThreadLocalRandom.current().nextDouble())));
  }
}
