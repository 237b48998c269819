package io.cxr.pacs;

import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Asks the archive for series of which no notification came, by QIDO-RS. Series that are known with
 * as many instances as now are passed over. Not thread-safe.
 */
final class ArchivePoller {
  private static final int PAGE = 200;
  private static final int MOST_PAGES = 10_000;

  private final DicomWebClient archive;
  private final GatewayState state;
  private final Set<String> modalities;
  private final int days;
  private final int capacity;

  ArchivePoller(
      DicomWebClient archive, GatewayState state, Set<String> modalities, int days, int capacity) {
    this.archive = archive;
    this.state = state;
    this.modalities = modalities;
    this.days = days;
    this.capacity = capacity;
  }

  /**
   * Asks once.
   *
   * @param stopped whether to end early
   * @return how many series are to be looked into
   */
  int poll(BooleanSupplier stopped) throws IOException, InterruptedException {
    // Study Date has no zone: that of the archive's place, which a gateway beside it shares.
    Optional<LocalDate> since =
        days == 0
            ? Optional.empty()
            : Optional.of(LocalDate.now(ZoneId.systemDefault()).minusDays(days - 1L));
    int found = 0;
    for (String modality : modalities) {
      String last = "";
      for (int page = 0; page < MOST_PAGES && !stopped.getAsBoolean(); page++) {
        List<DicomWebClient.Series> series =
            archive.searchSeries(modality, since, page * PAGE, PAGE);
        if (series.isEmpty() || series.get(0).series().equals(last)) {
          // An archive that does not know offsets answers with the same page for ever.
          break;
        }
        last = series.get(0).series();
        for (DicomWebClient.Series one : series) {
          if (state.open() >= capacity) {
            return found;
          }
          // The archive may answer more than it was asked for.
          if (one.modality().equals(modality)
              && state.noteSeries(one.study(), one.series(), one.instances(), Instant.now())) {
            found++;
          }
        }
        if (series.size() < PAGE) {
          break;
        }
      }
    }
    return found;
  }
}
