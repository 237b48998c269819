package io.cxr.pacs;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The way of one series: its instances are searched for and noted. Thread-safe. */
final class SeriesExpansion {
  private static final System.Logger LOG = System.getLogger(SeriesExpansion.class.getName());
  private static final int PAGE = 500;

  private final DicomWebClient archive;
  private final GatewayState state;
  private final Set<String> modalities;
  private final Optional<String> model;
  private final Clock clock;

  /**
   * @param model SHA-256 of the model that is to be asked about all instances; empty leaves known
   *     ones as they are
   */
  SeriesExpansion(
      DicomWebClient archive,
      GatewayState state,
      Set<String> modalities,
      Optional<String> model,
      Clock clock) {
    this.archive = archive;
    this.state = state;
    this.modalities = modalities;
    this.model = model;
    this.clock = clock;
  }

  /** Handles a series. Returns how many instances are new or taken up again. */
  int handle(WorkItem item) throws IOException, InterruptedException {
    Optional<DicomWebClient.Series> series = archive.series(item.study(), item.series());
    if (series.isEmpty()) {
      state.queue().finish(item, Status.GONE, "", clock.instant());
      return 0;
    }
    if (!modalities.contains(series.get().modality())) {
      state.queue().finish(item, Status.SKIPPED, "MODALITY", clock.instant());
      return 0;
    }
    PagedSearch<DicomWebClient.Instance> search =
        new PagedSearch<>(
            (offset, limit) -> archive.searchInstances(item.study(), item.series(), offset, limit),
            DicomWebClient.Instance::instance,
            0,
            PAGE);
    List<DicomWebClient.Instance> found = new ArrayList<>();
    for (Optional<List<DicomWebClient.Instance>> page = search.next();
        page.isPresent();
        page = search.next()) {
      found.addAll(page.get());
    }
    if (search.malformed() > 0) {
      LOG.log(
          WARNING,
          "Series {0}: {1} matches were passed over, which have no well-formed UIDs; look into the"
              + " archive''s index",
          String.valueOf(item.number()),
          String.valueOf(search.malformed()));
    }
    int added = state.queue().expand(item, found, model, clock.instant());
    LOG.log(
        INFO,
        "Series {0}: {1} of {2} instances are new or taken up again",
        String.valueOf(item.number()),
        String.valueOf(added),
        String.valueOf(found.size()));
    return added;
  }
}
