package io.cxr.pacs;

/** Which items go first. The ordinals stand in the database. */
enum Priority {
  /** The archive said that a series is complete. */
  NOTIFIED,
  /** Polling found it among new studies. */
  RECENT,
  /** Polling found it among old ones: it has waited long, and can wait for new films. */
  BACKLOG
}
