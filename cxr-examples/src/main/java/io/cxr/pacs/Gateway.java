package io.cxr.pacs;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.cxr.ModelIdentity;
import io.cxr.onnx.MicroBatcher;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.pacs.WorkItem.Kind;
import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
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

  private final DicomWebClient archive;
  private final MicroBatcher batcher;
  private final GatewayState state;
  private final InstanceClassification classification;
  private final GatewayMetrics metrics;
  private final Builder settings;
  private final List<Thread> threads = new ArrayList<>();
  private final ScheduledExecutorService timer;
  private final Map<Long, Future<?>> attempts = new ConcurrentHashMap<>();

  /** When attempts that have not ended began, by {@link System#nanoTime}. */
  private final Map<Long, Long> begun = new ConcurrentHashMap<>();

  private final Object signal = new Object();

  /** The numbers of items that are being handled. Guarded by the signal. */
  private final Set<Long> busy = new HashSet<>();

  private volatile boolean stopping;
  private volatile boolean stateWorks = true;
  private boolean closed;

  private Gateway(Builder settings, MicroBatcher batcher, GatewayState state, AuditLog audit) {
    this.archive = settings.archive;
    this.settings = settings;
    this.batcher = batcher;
    this.state = state;
    this.metrics = new GatewayMetrics(batcher.model());
    this.classification =
        new InstanceClassification(
            archive, batcher, state, audit, metrics, Set.copyOf(settings.results));
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "cxr-pacs-timer");
              thread.setDaemon(true);
              return thread;
            });
    metrics.openItems(this, Gateway::openItems);
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
     * @param days how many days back Study Date may lie, today included; 0 for all studies, also
     *     those without a date; by default 2
     * @return this
     */
    public Builder poll(Duration interval, int days) {
      pollInterval = Objects.requireNonNull(interval, "interval");
      pollDays = days;
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
     * @throws IOException if the state cannot be opened, or another process uses it
     * @throws IllegalArgumentException if a setting is out of its range, or the model has no
     *     heatmap
     */
    public Gateway start(OnnxClassifier classifier) throws IOException {
      MicroBatcher batcher = MicroBatcher.builder(classifier).open();
      GatewayState state = null;
      AuditLog audit = null;
      try {
        check(classifier);
        state = GatewayState.open(folder);
        audit = AuditLog.open(folder.resolve("audit.jsonl"), caller, auditKey);
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

    private void check(OnnxClassifier classifier) {
      List<String> wrong = new ArrayList<>();
      if (!classifier.hasHeatmap()) {
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
      if (!isPositive(deadline) || !isPositive(firstDelay) || !isPositive(longestDelay)) {
        wrong.add(
            "deadline and back-off: expected positive times, found "
                + List.of(deadline, firstDelay, longestDelay));
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
      threads.add(new Thread(this::workAll, "cxr-pacs-worker-" + i));
    }
    if (!settings.pollInterval.isZero()) {
      threads.add(new Thread(this::pollAll, POLLER));
    }
    for (Thread thread : threads) {
      // One that is stuck must not keep the process alive.
      thread.setDaemon(true);
      thread.start();
    }
  }

  // Notifications -------------------------------------------------------------------------------

  /**
   * Takes note of a series that is complete, or has new instances. It is on the disk when this
   * returns.
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
    if (stopping || state.open() >= settings.capacity) {
      return false;
    }
    state.noteSeries(study, series, OptionalInt.empty(), Instant.now());
    wake();
    return true;
  }

  /**
   * Takes everything up again that was given up.
   *
   * @return how many items
   * @throws IOException if the state cannot be written
   */
  public int retryFailed() throws IOException {
    int taken = state.retryFailed(Instant.now());
    wake();
    return taken;
  }

  private void wake() {
    synchronized (signal) {
      signal.notifyAll();
    }
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
   * @return false if its disk fails, a thread died, an attempt goes on long after its deadline, or
   *     it is being closed; but for the disk, only a new process helps
   */
  public boolean isWorking() {
    return !stopping
        && stateWorks
        && threads.stream().allMatch(Thread::isAlive)
        && !isStuck(settings.deadline.multipliedBy(2));
  }

  /** Whether code that takes no notice of an interrupt, such as a codec, has run for so long. */
  private boolean isStuck(Duration time) {
    long now = System.nanoTime();
    return begun.values().stream().anyMatch(start -> now - start > time.toNanos());
  }

  /** What became of an instance; empty if the gateway never heard of it. */
  Optional<GatewayState.Progress> progress(String instance) throws IOException {
    return state.progress(instance);
  }

  GatewayMetrics metrics() {
    return metrics;
  }

  private double openItems() {
    try {
      return state.open();
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  // Work ----------------------------------------------------------------------------------------

  private void workAll() {
    while (!stopping) {
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
        stateWorks = false;
        LOG.log(ERROR, e.getMessage());
        pause(Duration.ofSeconds(1));
      }
    }
  }

  /** Waits for an item that is due; empty means that the gateway stops. */
  private Optional<WorkItem> next() throws IOException {
    synchronized (signal) {
      while (!stopping) {
        Instant now = Instant.now();
        // While an archive takes no results, they must not fill the disk.
        boolean full = state.waitingResults() >= settings.waitingResults;
        Optional<WorkItem> item = state.begin(busy, full, now);
        if (item.isPresent()) {
          busy.add(item.get().number());
          return item;
        }
        long wait =
            state.nextDue(busy).map(due -> Duration.between(now, due).toMillis()).orElse(1000L);
        try {
          signal.wait(Math.max(50, Math.min(1000, wait)));
        } catch (InterruptedException e) {
          // Interrupts are for attempts; one that came too late for its attempt means nothing.
        }
      }
      return Optional.empty();
    }
  }

  private void attempt(WorkItem item) throws IOException {
    if (item.faults() > settings.faults) {
      giveUp(item, "DIED");
      return;
    }
    FutureTask<Boolean> attempt =
        new FutureTask<>(
            () -> {
              handle(item);
              return true;
            });
    attempts.put(item.number(), attempt);
    begun.put(item.number(), System.nanoTime());
    Future<?> guard =
        timer.schedule(
            () -> attempt.cancel(true), settings.deadline.toMillis(), TimeUnit.MILLISECONDS);
    try {
      if (!stopping) {
        attempt.run();
      } else {
        attempt.cancel(false);
      }
    } finally {
      guard.cancel(false);
      attempts.remove(item.number());
      begun.remove(item.number());
      // The interrupt of a deadline that was over at the same moment.
      Thread.interrupted();
    }
    try {
      attempt.get();
    } catch (CancellationException e) {
      postpone(item, stopping ? "STOP" : "DEADLINE");
    } catch (ExecutionException e) {
      failed(item, Objects.requireNonNullElse(e.getCause(), e));
    } catch (InterruptedException e) {
      throw new AssertionError("The attempt is over", e);
    }
  }

  private void handle(WorkItem item) throws IOException, InterruptedException {
    if (item.kind() == Kind.SERIES) {
      expand(item);
    } else {
      Status outcome = classification.handle(item);
      metrics.outcome(outcome);
      LOG.log(INFO, "Instance {0}: {1}", String.valueOf(item.number()), outcome);
    }
    metrics.archive(true);
    stateWorks = true;
  }

  private void expand(WorkItem item) throws IOException, InterruptedException {
    Optional<DicomWebClient.Series> series = archive.series(item.study(), item.series());
    if (series.isEmpty()) {
      state.finish(item, Status.GONE, "", Instant.now());
      return;
    }
    String modality = series.get().modality();
    if (!settings.modalities.contains(modality)) {
      state.finish(item, Status.SKIPPED, "MODALITY", Instant.now());
      return;
    }
    List<DicomWebClient.Instance> found = new ArrayList<>();
    Set<DicomWebClient.Instance> distinct = new HashSet<>();
    int page = 500;
    List<DicomWebClient.Instance> next;
    do {
      next = archive.searchInstances(item.study(), item.series(), found.size(), page);
      next.stream().filter(distinct::add).forEach(found::add);
      // An archive that does not know offsets answers with the same page for ever.
    } while (next.size() >= page && found.size() % page == 0);
    int added = state.expand(item, found, Instant.now());
    LOG.log(
        INFO,
        "Series {0}: {1} of {2} instances are new",
        String.valueOf(item.number()),
        String.valueOf(added),
        String.valueOf(found.size()));
    if (added > 0) {
      wake();
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
          state.finish(item, Status.GONE, "", Instant.now());
          metrics.outcome(Status.GONE);
          LOG.log(INFO, "{0} {1}: the archive has it no more", item.kind(), number(item));
          return;
        }
        case REFUSED ->
            LOG.log(WARNING, "{0} {1}: {2}", item.kind(), number(item), refused.getMessage());
      }
    } else if (failure instanceof StateException) {
      stateWorks = false;
      LOG.log(ERROR, failure.getMessage());
      postpone(item, "STATE");
      return;
    } else if (failure instanceof InterruptedException) {
      postpone(item, stopping ? "STOP" : "DEADLINE");
      return;
    } else {
      LOG.log(ERROR, item.kind() + " " + number(item) + ": unexpected", failure);
    }
    if (item.faults() >= settings.faults) {
      giveUp(item, failure.getClass().getSimpleName());
    } else {
      metrics.postponed("FAULT");
      state.postpone(item, delay(item), false, Instant.now());
    }
  }

  private static String number(WorkItem item) {
    return String.valueOf(item.number());
  }

  private void postpone(WorkItem item, String cause) throws IOException {
    metrics.postponed(cause);
    Instant now = Instant.now();
    if (cause.equals("STOP")) {
      state.postpone(item, Duration.ZERO, true, now);
    } else if (Duration.between(item.noted(), now).compareTo(settings.giveUpAfter) > 0) {
      giveUp(item, cause);
    } else {
      state.postpone(item, delay(item), true, now);
    }
  }

  private void giveUp(WorkItem item, String cause) throws IOException {
    state.finish(item, Status.FAILED, cause, Instant.now());
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
        (double) settings.firstDelay.toMillis() * Math.pow(2, Math.min(item.attempts() - 1, 30));
    double bounded = Math.min(whole, (double) settings.longestDelay.toMillis());
    return Duration.ofMillis(
        (long) (bounded * (0.5 + 0.5 * ThreadLocalRandom.current().nextDouble())));
  }

  // Polling -------------------------------------------------------------------------------------

  private void pollAll() {
    ArchivePoller poller =
        new ArchivePoller(
            archive, state, settings.modalities, settings.pollDays, settings.capacity);
    while (!stopping) {
      try {
        int found = poller.poll(() -> stopping);
        metrics.archive(true);
        if (found > 0) {
          LOG.log(INFO, "Polling: {0} series are new or have grown", String.valueOf(found));
          wake();
        }
      } catch (ArchiveException e) {
        metrics.archive(false);
        LOG.log(WARNING, "Polling: {0}", e.getMessage());
      } catch (IOException e) {
        stateWorks = false;
        LOG.log(ERROR, e.getMessage());
      } catch (InterruptedException e) {
        // Only close() interrupts this thread.
        continue;
      } catch (RuntimeException e) {
        LOG.log(ERROR, "Polling: unexpected", e);
      }
      pause(settings.pollInterval);
    }
  }

  private void pause(Duration time) {
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
    stopping = true;
    wake();
    for (Thread thread : threads) {
      if (thread.getName().equals(POLLER)) {
        thread.interrupt();
      }
    }
    boolean interrupted = awaitThreads(settings.grace);
    attempts.values().forEach(attempt -> attempt.cancel(true));
    interrupted |= awaitThreads(AFTER_INTERRUPT);
    if (threads.stream().anyMatch(Thread::isAlive)) {
      LOG.log(ERROR, "Stopped without an attempt that does not end; it is begun again next time");
    }
    timer.shutdownNow();
    batcher.close();
    try {
      classification.close();
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
