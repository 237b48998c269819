package io.cxr.pacs;

import java.time.Duration;

/**
 * Something that the gateway has to handle, as its state holds it.
 *
 * @param number its number in the state, by which logs name it
 * @param kind a series to look into, or an instance to classify
 * @param study Study Instance UID
 * @param series Series Instance UID
 * @param uid the series' or the instance's own UID
 * @param status how far it is
 * @param attempts how often it was begun, this time included
 * @param faults how many of those ended in neither an outcome nor a failure of the archive's, this
 *     time included: a process that died counts
 * @param waited how long it was left for later altogether, by its delays and not by the clock,
 *     which may jump
 * @param revision how often a series was noted again
 */
record WorkItem(
    long number,
    Kind kind,
    String study,
    String series,
    String uid,
    Status status,
    int attempts,
    int faults,
    Duration waited,
    int revision) {

  /** What an item is. */
  enum Kind {
    SERIES,
    INSTANCE
  }

  /** How far an item is. The names stand in the database. */
  enum Status {
    /** Nothing is done yet. */
    WAITING,
    /** Classified; its results wait in the state to be stored. */
    PREPARED,
    /** A series was looked into; an instance's results are stored. */
    DONE,
    /** An image that cannot be classified, with the reason's code. */
    REFUSED,
    /** Nothing to classify: another modality, or a result of this gateway's kind. */
    SKIPPED,
    /** The archive has it no more. */
    GONE,
    /** Given up; can be taken up again. */
    FAILED;

    boolean isOpen() {
      return this == WAITING || this == PREPARED;
    }
  }
}
