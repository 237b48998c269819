package io.cxr.pacs;

/** Which items go first. */
enum Priority {
  /** The archive said that a series is complete. */
  NOTIFIED(0),
  /** Polling found it among new studies. */
  RECENT(1),
  /** Polling found it among old ones: it has waited long, and can wait for new films. */
  BACKLOG(2);

  private final int rank;

  Priority(int rank) {
    this.rank = rank;
  }

  /** As it stands in the database: the lowest goes first. */
  int rank() {
    return rank;
  }
}
