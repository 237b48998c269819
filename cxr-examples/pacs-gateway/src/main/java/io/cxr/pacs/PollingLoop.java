package io.cxr.pacs;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;

/** Has the archive asked again and again, until the gateway stops. Run by one thread. */
final class PollingLoop {
  private static final System.Logger LOG = System.getLogger(PollingLoop.class.getName());

  private final ArchivePoller poller;
  private final TimedAttempts attempts;
  private final GatewayMetrics metrics;
  private final Health health;
  private final Duration interval;
  private final Duration deadline;
  private final Runnable onFound;

  /**
   * A loop.
   *
   * @param deadline after which a poll that did not end by itself is interrupted
   * @param onFound is run when there is something to do
   */
  PollingLoop(
      ArchivePoller poller,
      TimedAttempts attempts,
      GatewayMetrics metrics,
      Health health,
      Duration interval,
      Duration deadline,
      Runnable onFound) {
    this.poller = poller;
    this.attempts = attempts;
    this.metrics = metrics;
    this.health = health;
    this.interval = interval;
    this.deadline = deadline;
    this.onFound = onFound;
  }

  void pollAll() {
    while (!health.isStopping()) {
      try {
        int found = attempts.call(() -> poller.poll(health::isStopping), deadline);
        metrics.archive(true);
        if (found > 0) {
          LOG.log(INFO, "Polling: {0} series are new or have grown", String.valueOf(found));
          onFound.run();
        }
      } catch (ArchiveException e) {
        metrics.archive(false);
        LOG.log(WARNING, "Polling: {0}", e.getMessage());
        // What was found before it failed.
        onFound.run();
      } catch (IOException e) {
        health.stateFails(e);
      } catch (InterruptedException | CancellationException e) {
        LOG.log(
            health.isStopping() ? INFO : WARNING, "Polling: ended before the archive had answered");
      } catch (Throwable e) {
        LOG.log(ERROR, "Polling: unexpected", e);
        health.noteFatal(e);
      }
      health.pause(interval);
    }
  }
}
