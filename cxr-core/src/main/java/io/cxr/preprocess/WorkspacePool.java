package io.cxr.preprocess;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Workspaces that no call is using: at most one for each processor, none larger than {@value
 * #MOST_KEPT_MIB} MiB. Thread-safe.
 */
final class WorkspacePool {
  private static final int MOST_KEPT_MIB = 32;

  private final BlockingQueue<Workspace> idle =
      new ArrayBlockingQueue<>(Runtime.getRuntime().availableProcessors());

  /** A workspace for one call. */
  Workspace lease() {
    Workspace workspace = idle.poll();
    return workspace == null ? new Workspace() : workspace;
  }

  /** Not called after a failure: what failed may have been too large to keep. */
  void giveBack(Workspace workspace) {
    if (workspace.heldBytes() <= (long) MOST_KEPT_MIB << 20) {
      // If as many wait already, this one is garbage.
      idle.offer(workspace);
    }
  }
}
