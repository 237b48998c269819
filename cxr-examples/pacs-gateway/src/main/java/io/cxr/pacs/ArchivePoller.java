package io.cxr.pacs;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the archive for series of which no notification came, by QIDO-RS. Series that are known with
 * as many instances as now are passed over. New studies are asked for first, then what may have
 * been missed since the archive was last asked for everything, which the state remembers. Not
 * thread-safe.
 */
final class ArchivePoller {
  private static final System.Logger LOG = System.getLogger(ArchivePoller.class.getName());
  private static final int PAGE = 500;

  /** Yesterday's studies are new: midnight is no reason to wait. */
  private static final int RECENT_DAYS = 2;

  private final DicomWebClient archive;
  private final GatewayState state;
  private final Settings settings;

  /** Where searches that did not come to their end go on, by modality. */
  private final Map<String, Unfinished> unfinished = new HashMap<>();

  /** How many malformed matches were told of, by modality. */
  private final Map<String, Integer> told = new HashMap<>();

  /**
   * What is asked for.
   *
   * @param modalities values of Modality
   * @param days how many days back Study Date may lie, today included; 0 for all studies
   * @param capacity how many items may be open
   * @param deadline of a whole poll
   * @param clock of the archive's place, since Study Date has no zone
   */
  record Settings(Set<String> modalities, int days, int capacity, Duration deadline, Clock clock) {}

  private record Unfinished(Optional<LocalDate> since, int offset, Instant begun) {}

  ArchivePoller(DicomWebClient archive, GatewayState state, Settings settings) {
    this.archive = archive;
    this.state = state;
    this.settings = settings;
  }

  /**
   * Asks once.
   *
   * @param stopped whether to end early
   * @return how many series are to be looked into
   */
  int poll(BooleanSupplier stopped) throws IOException, InterruptedException {
    long end = System.nanoTime() + settings.deadline.toNanos();
    BooleanSupplier over = () -> stopped.getAsBoolean() || System.nanoTime() - end > 0;
    int found = 0;
    ArchiveException refused = null;
    for (String modality : settings.modalities) {
      try {
        found += poll(modality, over);
      } catch (ArchiveException e) {
        if (e.kind() != ArchiveException.Kind.REFUSED) {
          throw e;
        }
        // Of one modality; others may be answered.
        refused = e;
      }
    }
    if (refused != null) {
      throw refused;
    }
    return found;
  }

  private int poll(String modality, BooleanSupplier over) throws IOException, InterruptedException {
    Instant now = settings.clock.instant();
    LocalDate today = LocalDate.ofInstant(now, zone());
    Optional<Instant> polled = state.polling().polled(modality, now);
    // From as many days before the last whole poll on: a study may come some days after its date.
    Optional<LocalDate> since =
        settings.days == 0
            ? Optional.empty()
            : Optional.of(
                polled
                    .map(last -> LocalDate.ofInstant(last, zone()))
                    .orElse(today)
                    .minusDays(settings.days - 1L));
    LocalDate recent = today.minusDays(RECENT_DAYS - 1L);
    boolean isMore = since.isEmpty() || since.get().isBefore(recent);
    int found = 0;
    if (isMore) {
      found += search(modality, Optional.of(recent), Priority.RECENT, null, over).found();
    }
    boolean isBacklog =
        isMore
            && polled.filter(last -> !LocalDate.ofInstant(last, zone()).isBefore(recent)).isEmpty();
    Unfinished before = unfinished.get(modality);
    Unfinished from =
        before != null && before.since().equals(since) ? before : new Unfinished(since, 0, now);
    Searched whole =
        search(modality, since, isBacklog ? Priority.BACKLOG : Priority.RECENT, from, over);
    if (whole.unfinishedAt().isPresent()) {
      unfinished.put(modality, new Unfinished(since, whole.unfinishedAt().get(), from.begun()));
    } else {
      unfinished.remove(modality);
      state.polling().notePolled(modality, from.begun());
    }
    return found + whole.found();
  }

  private ZoneId zone() {
    return settings.clock.getZone();
  }

  /**
   * What a search came to.
   *
   * @param found how many series are to be looked into
   * @param unfinishedAt how many matches were passed over before it ended early
   */
  private record Searched(int found, Optional<Integer> unfinishedAt) {}

  private Searched search(
      String modality,
      Optional<LocalDate> since,
      Priority priority,
      @Nullable Unfinished from,
      BooleanSupplier over)
      throws IOException, InterruptedException {
    PagedSearch<DicomWebClient.Series> search =
        new PagedSearch<>(
            (offset, limit) -> archive.searchSeries(modality, since, offset, limit),
            DicomWebClient.Series::series,
            from == null ? 0 : from.offset(),
            PAGE);
    // Room is left for what the archive notifies of, and for new studies.
    int share = settings.capacity / (priority == Priority.BACKLOG ? 2 : 4);
    int most = priority == Priority.BACKLOG ? share : settings.capacity - share;
    int found = 0;
    while (true) {
      int offset = search.offset();
      if (over.getAsBoolean()) {
        return new Searched(found, Optional.of(offset));
      }
      Optional<List<DicomWebClient.Series>> page = search.next();
      if (page.isEmpty()) {
        tell(modality, search);
        return new Searched(found, Optional.empty());
      }
      WorkQueue.Noted noted =
          state
              .queue()
              .found(
                  // The archive may answer more than it was asked for.
                  page.get().stream().filter(one -> one.modality().equals(modality)).toList(),
                  priority,
                  Math.max(1, most) - state.queue().open(),
                  settings.clock.instant());
      found += noted.changed();
      if (!noted.whole()) {
        return new Searched(found, Optional.of(offset));
      }
    }
  }

  private void tell(String modality, PagedSearch<?> search) {
    Integer before = told.get(modality);
    if (before == null || search.malformed() > before) {
      told.put(modality, search.malformed());
    }
    if (search.malformed() > (before == null ? 0 : before)) {
      LOG.log(
          WARNING,
          "Polling: {0} matches of modality {1} were passed over, which have no well-formed UIDs;"
              + " look into the archive''s index",
          String.valueOf(search.malformed()),
          modality);
    }
    if (before == null && search.ignoresOffset()) {
      LOG.log(
          WARNING,
          "Polling: the archive answers with the same series whatever the offset. If it has more of"
              + " modality {0}, they are found by notifications alone.",
          modality);
    }
  }
}
