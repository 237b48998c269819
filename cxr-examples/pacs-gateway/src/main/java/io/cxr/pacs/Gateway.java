package io.cxr.pacs;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import io.cxr.ExplainingClassifier;
import io.cxr.ModelIdentity;
import io.cxr.pacs.WorkItem.Kind;
import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes series of an archive that are complete, classifies their radiographs, and stores the
 * results in their studies. What it has to do and has done is in a folder on the disk, so that each
 * instance is handled exactly once, whenever the process or the archive dies: an instance is
 * classified once, its results are kept until the archive has them, and their UIDs follow from
 * instance and model, so that an archive keeps them once.
 *
 * <p>A failure of the archive postpones an item, for longer each time; other failures are given up
 * after a few attempts. Thread-safe. Research use only.
 */
public final class Gateway implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Gateway.class.getName());

  private static final String POLLER = "cxr-pacs-poller";

  /** How long what was interrupted may take to end. */
  private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(10);

  private final ExplainingClassifier batcher;
  private final GatewayState state;
  private final AuditLog audit;
  private final GatewayMetrics metrics;
  private final GatewayBuilder settings;
  private final Health health;
  private final TimedAttempts attempts = new TimedAttempts();
  private final Workers workers;
  private final PollingLoop polling;
  private final SeriesExpansion expansion;
  private final InstanceClassification classification;
  private final GatewayThreads threads = new GatewayThreads();
  private boolean closed;

  Gateway(
      GatewayBuilder settings, ExplainingClassifier batcher, GatewayState state, AuditLog audit) {
    this.settings = settings;
    this.batcher = batcher;
    this.state = state;
    this.audit = audit;
    MemoryBudget memory =
        settings.memory == 0 ? MemoryBudget.ofHeap() : new MemoryBudget(settings.memory);
    LOG.log(
        INFO,
        "Memory: a heap of {0} MiB, of which {1} for the films of {2} workers",
        String.valueOf(Runtime.getRuntime().maxMemory() >> 20),
        String.valueOf(memory.total() >> 20),
        String.valueOf(settings.workers));
    this.health = new Health(settings.onFatal);
    this.metrics = new GatewayMetrics(batcher.model());
    this.expansion =
        new SeriesExpansion(
            settings.archive,
            state,
            settings.modalities,
            settings.reclassify ? Optional.of(batcher.model().sha256()) : Optional.empty(),
            settings.clock);
    this.classification =
        new InstanceClassification(
            settings.archive,
            batcher,
            state,
            audit,
            metrics,
            memory,
            Set.copyOf(settings.results),
            settings.reportRefusals,
            settings.clock);
    this.workers =
        new Workers(
            state,
            new Workers.Handler() {
              @Override
              public void handle(WorkItem item) throws IOException, InterruptedException {
                Gateway.this.handle(item);
              }

              @Override
              public void reportGivenUp(WorkItem item, String cause)
                  throws IOException, InterruptedException {
                if (item.kind() == Kind.INSTANCE) {
                  classification.reportGivenUp(item, cause);
                }
              }
            },
            attempts,
            metrics,
            health,
            new Workers.Limits(
                settings.waitingResults,
                settings.faults,
                settings.deadline,
                settings.firstDelay,
                settings.longestDelay,
                settings.giveUpAfter),
            settings.clock);
    this.polling =
        new PollingLoop(
            new ArchivePoller(
                settings.archive,
                state,
                new ArchivePoller.Settings(
                    settings.modalities,
                    settings.pollDays,
                    settings.capacity,
                    settings.pollDeadline,
                    settings.clock)),
            attempts,
            metrics,
            health,
            settings.pollInterval,
            // It looks at its deadline between requests.
            settings.pollDeadline.plus(settings.deadline),
            workers::wake);
    metrics.observe(state, memory, audit::head);
  }

  /**
   * A gateway's settings.
   *
   * @param archive the archive
   * @param folder where the state is kept; made when needed
   * @return a builder with the usual settings
   */
  public static GatewayBuilder builder(DicomWebClient archive, Path folder) {
    return new GatewayBuilder(archive, folder);
  }

  /** Starts to work. */
  void run() {
    for (int i = 1; i <= settings.workers; i++) {
      threads.start("cxr-pacs-worker-" + i, workers::workAll);
    }
    if (!settings.pollInterval.isZero()) {
      threads.start(POLLER, polling::pollAll);
    }
  }

  private void handle(WorkItem item) throws IOException, InterruptedException {
    if (item.kind() == Kind.SERIES) {
      if (expansion.handle(item) > 0) {
        workers.wake();
      }
    } else {
      Status outcome = classification.handle(item);
      metrics.outcome(outcome);
      LOG.log(INFO, "Instance {0}: {1}", String.valueOf(item.number()), outcome);
    }
    metrics.archive(true);
    health.stateWorks();
  }

  // Notifications -------------------------------------------------------------------------------

  /**
   * Takes note of a series that is complete, or has new instances. It is on the disk when this
   * returns. What of it waits for another attempt is tried at once.
   *
   * @param study Study Instance UID
   * @param series Series Instance UID
   * @return false if too much is open already; notify again later
   * @throws IOException if the state cannot be written
   * @throws IllegalArgumentException if these are no UIDs
   */
  public boolean notifySeries(String study, String series) throws IOException {
    if (!DicomWebClient.isUid(study) || !DicomWebClient.isUid(series)) {
      throw new IllegalArgumentException(
          "Series: expected two UIDs of digits and dots, at most 64 characters each, found others");
    }
    if (health.isStopping() || state.queue().open() >= settings.capacity) {
      return false;
    }
    state.queue().notified(study, series, settings.clock.instant());
    workers.wake();
    return true;
  }

  /**
   * Takes everything up again that was given up, and what was refused as too large. Whatever waits
   * for another attempt is tried at once.
   *
   * @return how many items were taken up again
   * @throws IOException if the state cannot be written
   */
  public int retryFailed() throws IOException {
    int taken = state.queue().retryFailed(settings.clock.instant());
    workers.wake();
    return taken;
  }

  // Looking -------------------------------------------------------------------------------------

  /**
   * How far everything is.
   *
   * @param working whether the gateway can do its work (see {@link #isWorking})
   * @param series how many series have each status
   * @param instances how many instances have each status
   * @param refusals how many instances were refused for each reason
   * @param model the model in use
   */
  public record Overview(
      boolean working,
      Map<String, Integer> series,
      Map<String, Integer> instances,
      Map<String, Integer> refusals,
      ModelIdentity model) {}

  /**
   * Counts everything in the state.
   *
   * @return the counts
   * @throws IOException if the state cannot be read
   */
  public Overview overview() throws IOException {
    return new Overview(
        isWorking(),
        named(Kind.SERIES),
        named(Kind.INSTANCE),
        state.overview().refusals(),
        batcher.model());
  }

  private Map<String, Integer> named(Kind kind) throws IOException {
    Map<String, Integer> counts = new LinkedHashMap<>();
    state.overview().counts(kind).forEach((status, count) -> counts.put(status.name(), count));
    return counts;
  }

  /**
   * Whether the gateway can do its work.
   *
   * @return false if its disk fails, memory ran out, a thread died, an attempt or a poll goes on
   *     long after its deadline, or it is being closed; but for the disk, only a new process helps
   */
  public boolean isWorking() {
    return health.isGood() && !needsRestart();
  }

  /** Whether only a new process helps: unlike a full disk, or an archive that is down. */
  boolean needsRestart() {
    return health.isFatal() || !threads.areAlive() || attempts.isStuck();
  }

  /** What became of an instance; empty if the gateway never heard of it. */
  Optional<StateOverview.Progress> progress(String instance) throws IOException {
    return state.overview().progress(instance);
  }

  /** What was given up or refused, the last first. */
  List<StateOverview.Unanswered> unanswered(int most) throws IOException {
    return state.overview().unanswered(most);
  }

  /** How far the audit trail is. */
  AuditHead auditHead() {
    return audit.head();
  }

  GatewayMetrics metrics() {
    return metrics;
  }

  /**
   * Begins nothing more, gives attempts that have begun some time to end, ends them then, and
   * closes model and state. What did not end goes on when the state is opened again. Idempotent.
   */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    health.stop();
    workers.wake();
    threads.interrupt(POLLER);
    boolean interrupted = threads.await(settings.grace);
    attempts.endAll();
    interrupted |= threads.await(AFTER_INTERRUPT);
    if (threads.anyIsAlive()) {
      LOG.log(ERROR, "Stopped without an attempt that does not end; it is begun again next time");
    }
    attempts.close();
    batcher.close();
    try {
      audit.close();
    } finally {
      state.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
