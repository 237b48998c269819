package io.cxr.pacs;

import io.cxr.ExplainingClassifier;
import io.cxr.onnx.MicroBatcher;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A gateway's settings, which starts it ({@link Gateway#builder}). Not thread-safe. */
public final class GatewayBuilder {
  final DicomWebClient archive;
  private final Path folder;
  Set<String> modalities = Set.of("CR", "DX");
  Set<ResultKind> results = EnumSet.of(ResultKind.SC, ResultKind.SR);
  int workers = Math.max(2, Runtime.getRuntime().availableProcessors());
  int capacity = 10_000;
  int waitingResults = 64;
  int faults = 5;
  Duration deadline = Duration.ofMinutes(2);
  Duration firstDelay = Duration.ofSeconds(1);
  Duration longestDelay = Duration.ofMinutes(5);
  Duration giveUpAfter = Duration.ofDays(7);
  Duration pollInterval = Duration.ofMinutes(1);
  int pollDays = 2;
  Duration pollDeadline = Duration.ofMinutes(5);
  long memory;
  boolean reportRefusals;
  boolean reclassify;
  Clock clock = Clock.system(ZoneId.systemDefault());
  Consumer<Throwable> onFatal = failure -> {};
  Duration grace = Duration.ofSeconds(20);
  private String caller = "cxr-gateway";
  private byte @Nullable [] auditKey;

  GatewayBuilder(DicomWebClient archive, Path folder) {
    this.archive = Objects.requireNonNull(archive, "archive");
    this.folder = Objects.requireNonNull(folder, "folder");
  }

  /**
   * Which series are looked into.
   *
   * @param values of Modality (0008,0060); by default CR and DX
   * @return this
   */
  public GatewayBuilder modalities(Set<String> values) {
    modalities = Set.copyOf(values);
    return this;
  }

  /**
   * What is stored.
   *
   * @param kinds by default a Secondary Capture and a structured report
   * @return this
   */
  public GatewayBuilder results(Set<ResultKind> kinds) {
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
  public GatewayBuilder reportRefusals(boolean reported) {
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
  public GatewayBuilder reclassify(boolean again) {
    reclassify = again;
    return this;
  }

  /**
   * How many items are handled at the same time.
   *
   * @param threads by default the processors, at least 2
   * @return this
   */
  public GatewayBuilder workers(int threads) {
    workers = threads;
    return this;
  }

  /**
   * How many items may be open before notifications are refused and polling pauses.
   *
   * @param items by default 10,000
   * @return this
   */
  public GatewayBuilder capacity(int items) {
    capacity = items;
    return this;
  }

  /**
   * How long one attempt at an item may take.
   *
   * @param time by default 2 minutes
   * @return this
   */
  public GatewayBuilder deadline(Duration time) {
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
  public GatewayBuilder backOff(Duration first, Duration longest) {
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
  public GatewayBuilder giveUpAfter(Duration time) {
    giveUpAfter = Objects.requireNonNull(time, "time");
    return this;
  }

  /**
   * How the archive is asked for series of which no notification came.
   *
   * @param interval by default a minute; zero never asks
   * @param days how many days back Study Date may lie, today included, counted from the last time
   *     that the archive was asked for everything; 0 for all studies, also those without a date; by
   *     default 2
   * @return this
   */
  public GatewayBuilder poll(Duration interval, int days) {
    pollInterval = Objects.requireNonNull(interval, "interval");
    pollDays = days;
    return this;
  }

  /**
   * How long asking the archive for all series may take before it is left for the next time, which
   * goes on from there.
   *
   * @param time by default 5 minutes
   * @return this
   */
  public GatewayBuilder pollDeadline(Duration time) {
    pollDeadline = Objects.requireNonNull(time, "time");
    return this;
  }

  /**
   * How much memory films may take altogether, whatever the number of workers. One that takes more
   * is refused.
   *
   * @param bytes at least 1; by default half of the heap
   * @return this
   */
  public GatewayBuilder memory(long bytes) {
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
  public GatewayBuilder clock(Clock clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
    return this;
  }

  /**
   * What is done about a failure that leaves no process in good order, such as an {@link
   * OutOfMemoryError}.
   *
   * @param action by default nothing more than that {@link Gateway#isWorking} is false from then on
   * @return this
   */
  public GatewayBuilder onFatal(Consumer<Throwable> action) {
    onFatal = Objects.requireNonNull(action, "action");
    return this;
  }

  /**
   * How long {@link Gateway#close} waits for attempts that have begun.
   *
   * @param time by default 20 seconds
   * @return this
   */
  public GatewayBuilder grace(Duration time) {
    grace = Objects.requireNonNull(time, "time");
    return this;
  }

  /**
   * Who the audit trail says asked.
   *
   * @param name by default {@code cxr-gateway}
   * @return this
   */
  public GatewayBuilder caller(String name) {
    caller = Objects.requireNonNull(name, "name");
    return this;
  }

  /**
   * Hashes the UIDs in the audit trail with a key.
   *
   * @param key at least 16 bytes, which nobody can guess; copied. By default none: who knows a UID
   *     can tell that a hash is of it
   * @return this
   */
  public GatewayBuilder auditKey(byte[] key) {
    auditKey = key.clone();
    return this;
  }

  /**
   * Opens the state and starts to work.
   *
   * @param classifier the model; the gateway closes it, also when this fails
   * @return a running gateway; the caller closes it
   * @throws IOException if the state cannot be opened, another process uses it, or the audit trail
   *     is not as it was left
   * @throws IllegalArgumentException if a setting is out of its range, or the model has no heatmap
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
    if (modalities.isEmpty() || modalities.stream().anyMatch(m -> !m.matches("[A-Z0-9_]{1,16}"))) {
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
    if (!times.stream().allMatch(GatewayBuilder::isPositive)) {
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
