package io.cxr.pacs;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * All matches of a search, page by page. Archives send fewer than were asked for, as they like: the
 * next page begins behind what was received, and only an empty one is the end. One that comes again
 * shows an archive that takes no notice of offsets; it is asked for more at once as long as that
 * brings more. Not thread-safe.
 */
final class PagedSearch<T> {
  private static final int LONGEST_LIMIT = 1 << 16;

  /** One page. */
  interface Pages<T> {
    DicomWebClient.Page<T> page(int offset, int limit)
        throws ArchiveException, InterruptedException;
  }

  private final Pages<T> pages;
  private final Function<T, String> uid;
  private final Set<String> seen = new HashSet<>();
  private int offset;
  private int limit;
  private int fingerprint;
  private int malformed;
  private boolean ignoresOffset;

  /**
   * A search that has not begun.
   *
   * @param uid what tells a match from others
   * @param offset where to begin
   * @param limit of the first page
   */
  PagedSearch(Pages<T> pages, Function<T, String> uid, int offset, int limit) {
    this.pages = pages;
    this.uid = uid;
    this.offset = offset;
    this.limit = limit;
  }

  /** The matches of the next page that were on none before; empty when there are no more pages. */
  Optional<List<T>> next() throws ArchiveException, InterruptedException {
    while (true) {
      DicomWebClient.Page<T> page = pages.page(offset, limit);
      if (page.received() == 0) {
        return Optional.empty();
      }
      List<T> fresh = new ArrayList<>();
      for (T match : page.matches()) {
        if (seen.add(uid.apply(match))) {
          fresh.add(match);
        }
      }
      boolean repeated =
          page.fingerprint() == fingerprint || (fresh.isEmpty() && !page.matches().isEmpty());
      fingerprint = page.fingerprint();
      if (repeated) {
        ignoresOffset |= offset > 0;
        if (page.received() < limit || limit >= LONGEST_LIMIT) {
          return Optional.empty();
        }
        limit = Math.min(4 * limit, LONGEST_LIMIT);
        offset = 0;
        continue;
      }
      malformed += page.received() - page.matches().size();
      offset += page.received();
      return Optional.of(fresh);
    }
  }

  /** How many matches were passed over, where the next page begins. */
  int offset() {
    return offset;
  }

  /** How many matches had no well-formed UIDs. */
  int malformed() {
    return malformed;
  }

  /** Whether a page came again, so that there may be matches that cannot be had. */
  boolean ignoresOffset() {
    return ignoresOffset;
  }
}
