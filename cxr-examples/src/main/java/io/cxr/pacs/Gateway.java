package io.cxr.pacs;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import io.cxr.ExplainingClassifier;
import io.cxr.ModelIdentity;
import io.cxr.onnx.MicroBatcher;
import io.cxr.pacs.WorkItem.Kind;
import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
  private final Builder settings;
  private final Health health;
  private final TimedAttempts attempts = new TimedAttempts();
  private final Workers workers;
  private final PollingLoop polling;
  private final SeriesExpansion expansion;
  private final InstanceClassification classification;
  private final List<Thread> threads = new ArrayList<>();
  private boolean closed;

  private Gateway(
      Builder settings, ExplainingClassifier batcher, GatewayState state, AuditLog audit) {
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
  public static Builder builder(DicomWebClient archive, Path folder) {
    return new Builder(archive, folder);
  }

  /** Settings. Not thread-safe. */
  public static final class Builder {
    private final DicomWebClient archive;
    private final Path folder;
    private Set<String> modalities = Set.of("CR", "DX");
    private Set<ResultKind> results = EnumSet.of(ResultKind.SC, ResultKind.SR);
    private int workers = Math.max(2, Runtime.getRuntime().availableProcessors());
    private int capacity = 10_000;
    private int waitingResults = 64;
    private int faults = 5;
    private Duration deadline = Duration.ofMinutes(2);
    private Duration firstDelay = Duration.ofSeconds(1);
    private Duration longestDelay = Duration.ofMinutes(5);
    private Duration giveUpAfter = Duration.ofDays(7);
    private Duration pollInterval = Duration.ofMinutes(1);
    private int pollDays = 2;
    private Duration pollDeadline = Duration.ofMinutes(5);
    private long memory;
    private boolean reportRefusals;
    private boolean reclassify;
    private Clock clock = Clock.system(ZoneId.systemDefault());
    private Consumer<Throwable> onFatal = failure -> {};
    private Duration grace = Duration.ofSeconds(20);
    private String caller = "cxr pacs";
    private byte @Nullable [] auditKey;

    private Builder(DicomWebClient archive, Path folder) {
      this.archive = Objects.requireNonNull(archive, "archive");
      this.folder = Objects.requireNonNull(folder, "folder");
    }

    /**
     * Which series are looked into.
     *
     * @param values of Modality (0008,0060); by default CR and DX
     * @return this
     */
    public Builder modalities(Set<String> values) {
      modalities = Set.copyOf(values);
      return this;
    }

    /**
     * What is stored.
     *
     * @param kinds by default a Secondary Capture and a structured report
     * @return this
     */
    public Builder results(Set<ResultKind> kinds) {
      results = Set.copyOf(kinds);
      return this;
    }

    /**
     * Whether a film that is refused or given up gets a structured report that says so, so that
     * nobody takes it for one without a finding.
     *
     * @param reported by default false
     * @return this
     */
    public Builder reportRefusals(boolean reported) {
      reportRefusals = reported;
      return this;
    }

    /**
     * Whether films that other models alone were asked about are classified again when their series
     * is notified again or grows. The new results say which they supersede.
     *
     * @param again by default false
     * @return this
     */
    public Builder reclassify(boolean again) {
      reclassify = again;
      return this;
    }

    /**
     * How many items are handled at the same time.
     *
     * @param threads by default the processors, at least 2
     * @return this
     */
    public Builder workers(int threads) {
      workers = threads;
      return this;
    }

    /**
     * How many items may be open before notifications are refused and polling pauses.
     *
     * @param items by default 10,000
     * @return this
     */
    public Builder capacity(int items) {
      capacity = items;
      return this;
    }

    /**
     * How long one attempt at an item may take.
     *
     * @param time by default 2 minutes
     * @return this
     */
    public Builder deadline(Duration time) {
      deadline = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * How long an item waits after its first failure, and at most; each failure doubles it.
     *
     * @param first by default a second
     * @param longest by default 5 minutes
     * @return this
     */
    public Builder backOff(Duration first, Duration longest) {
      firstDelay = Objects.requireNonNull(first, "first");
      longestDelay = Objects.requireNonNull(longest, "longest");
      return this;
    }

    /**
     * How long an item is tried while the archive fails.
     *
     * @param time by default 7 days
     * @return this
     */
    public Builder giveUpAfter(Duration time) {
      giveUpAfter = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * How the archive is asked for series of which no notification came.
     *
     * @param interval by default a minute; zero never asks
     * @param days how many days back Study Date may lie, today included, counted from the last time
     *     that the archive was asked for everything; 0 for all studies, also those without a date;
     *     by default 2
     * @return this
     */
    public Builder poll(Duration interval, int days) {
      pollInterval = Objects.requireNonNull(interval, "interval");
      pollDays = days;
      return this;
    }

    /**
     * How long asking the archive for all series may take before it is left for the next time,
     * which goes on from there.
     *
     * @param time by default 5 minutes
     * @return this
     */
    public Builder pollDeadline(Duration time) {
      pollDeadline = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * How much memory films may take altogether, whatever the number of workers. One that takes
     * more is refused.
     *
     * @param bytes at least 1; by default half of the heap
     * @return this
     */
    public Builder memory(long bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException("memory: expected at least 1 byte, found " + bytes);
      }
      memory = bytes;
      return this;
    }

    /**
     * What tells the time.
     *
     * @param clock in the zone of the archive's place, for Study Date; by default the system's. It
     *     may jump
     * @return this
     */
    public Builder clock(Clock clock) {
      this.clock = Objects.requireNonNull(clock, "clock");
      return this;
    }

    /**
     * What is done about a failure that leaves no process in good order, such as an {@link
     * OutOfMemoryError}.
     *
     * @param action by default nothing more than that {@link Gateway#isWorking} is false from then
     *     on
     * @return this
     */
    public Builder onFatal(Consumer<Throwable> action) {
      onFatal = Objects.requireNonNull(action, "action");
      return this;
    }

    /**
     * How long {@link Gateway#close} waits for attempts that have begun.
     *
     * @param time by default 20 seconds
     * @return this
     */
    public Builder grace(Duration time) {
      grace = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * Who the audit trail says asked.
     *
     * @param name by default {@code cxr pacs}
     * @return this
     */
    public Builder caller(String name) {
      caller = Objects.requireNonNull(name, "name");
      return this;
    }

    /**
     * Hashes the UIDs in the audit trail with a key.
     *
     * @param key at least 16 bytes, which nobody can guess; copied. By default none: who knows a
     *     UID can tell that a hash is of it
     * @return this
     */
    public Builder auditKey(byte[] key) {
      auditKey = key.clone();
      return this;
    }

    /**
     * Opens the state and starts to work.
     *
     * @param classifier the model; the gateway closes it, also when this fails
     * @return a running gateway; the caller closes it
     * @throws IOException if the state cannot be opened, another process uses it, or the audit
     *     trail is not as it was left
     * @throws IllegalArgumentException if a setting is out of its range, or the model has no
     *     heatmap
     */
    public Gateway start(ExplainingClassifier classifier) throws IOException {
      MicroBatcher batcher = MicroBatcher.builder(classifier).open();
      GatewayState state = null;
      AuditLog audit = null;
      try {
        check(classifier);
        state = GatewayState.open(folder);
        audit = AuditLog.open(state, caller, auditKey);
        Gateway gateway = new Gateway(this, batcher, state, audit);
        gateway.run();
        return gateway;
      } catch (IOException | RuntimeException e) {
        batcher.close();
        if (audit != null) {
          audit.close();
        }
        if (state != null) {
          state.close();
        }
        throw e;
      }
    }

    private void check(ExplainingClassifier classifier) {
      List<String> wrong = new ArrayList<>();
      if (!classifier.canExplain()) {
        wrong.add("model: expected one with a heatmap, found one without; export it again");
      }
      if (modalities.isEmpty()
          || modalities.stream().anyMatch(m -> !m.matches("[A-Z0-9_]{1,16}"))) {
        wrong.add("modalities: expected codes such as DX, found " + modalities);
      }
      if (results.isEmpty()) {
        wrong.add("results: expected at least one kind, found none");
      }
      if (workers < 1 || workers > 256) {
        wrong.add("workers: expected 1 to 256, found " + workers);
      }
      if (capacity < 1) {
        wrong.add("capacity: expected at least 1, found " + capacity);
      }
      if (pollDays < 0) {
        wrong.add("poll days: expected 0 or more, found " + pollDays);
      }
      List<Duration> times = List.of(deadline, firstDelay, longestDelay, pollDeadline);
      if (!times.stream().allMatch(Builder::isPositive)) {
        wrong.add("deadlines and back-off: expected positive times, found " + times);
      }
      if (!wrong.isEmpty()) {
        throw new IllegalArgumentException("Gateway settings: " + String.join("; ", wrong));
      }
    }

    private static boolean isPositive(Duration time) {
      return !time.isZero() && !time.isNegative();
    }
  }

  private void run() {
    for (int i = 1; i <= settings.workers; i++) {
      threads.add(new Thread(workers::workAll, "cxr-pacs-worker-" + i));
    }
    if (!settings.pollInterval.isZero()) {
      threads.add(new Thread(polling::pollAll, POLLER));
    }
    for (Thread thread : threads) {
      // One that is stuck must not keep the process alive.
      thread.setDaemon(true);
      thread.start();
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
    if (health.isStopping() || state.open() >= settings.capacity) {
      return false;
    }
    state.notified(study, series, settings.clock.instant());
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
    int taken = state.retryFailed(settings.clock.instant());
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
        isWorking(), named(Kind.SERIES), named(Kind.INSTANCE), state.refusals(), batcher.model());
  }

  private Map<String, Integer> named(Kind kind) throws IOException {
    Map<String, Integer> counts = new LinkedHashMap<>();
    state.counts(kind).forEach((status, count) -> counts.put(status.name(), count));
    return counts;
  }

  /**
   * Whether the gateway can do its work.
   *
   * @return false if its disk fails, memory ran out, a thread died, an attempt or a poll goes on
   *     long after its deadline, or it is being closed; but for the disk, only a new process helps
   */
  public boolean isWorking() {
    return health.isGood() && threads.stream().allMatch(Thread::isAlive) && !attempts.isStuck();
  }

  /** What became of an instance; empty if the gateway never heard of it. */
  Optional<GatewayState.Progress> progress(String instance) throws IOException {
    return state.progress(instance);
  }

  /** What was given up or refused, the last first. */
  List<GatewayState.Unanswered> unanswered(int most) throws IOException {
    return state.unanswered(most);
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
    for (Thread thread : threads) {
      if (thread.getName().equals(POLLER)) {
        thread.interrupt();
      }
    }
    boolean interrupted = awaitThreads(settings.grace);
    attempts.endAll();
    interrupted |= awaitThreads(AFTER_INTERRUPT);
    if (threads.stream().anyMatch(Thread::isAlive)) {
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

  /** Waits for all threads at most so long; returns whether this one was interrupted meanwhile. */
  private boolean awaitThreads(Duration time) {
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
