package io.cxr.workbench.queue;

/** Something long that a user asked for, which waits for its turn. Immutable. */
public interface QueuedJob {
  /**
   * What tells it from all others.
   *
   * @return 22 characters of an address, random
   */
  String id();

  /**
   * Who asked for it.
   *
   * @return the user
   */
  String owner();
}
