package io.cxr.pacs;

import io.cxr.error.UnsupportedRadiographException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/**
 * The memory that all workers together may take for films. Who holds none waits for its turn; who
 * holds some and needs more waits as well, but only one at a time: two of them could wait for each
 * other for ever. An instance that no budget could hold is refused. Thread-safe.
 */
final class MemoryBudget {
  private final long total;
  private final Deque<Lease> waiting = new ArrayDeque<>();
  private long free;
  private boolean extending;

  /**
   * A budget.
   *
   * @param bytes all of it
   */
  MemoryBudget(long bytes) {
    this.total = bytes;
    this.free = bytes;
  }

  /** Half of the heap: the rest is for what comes beside films. */
  static MemoryBudget ofHeap() {
    return new MemoryBudget(Runtime.getRuntime().maxMemory() / 2);
  }

  long total() {
    return total;
  }

  synchronized long free() {
    return free;
  }

  /** Others hold the memory that an attempt needs; it is to give back its own and come again. */
  static final class MemoryBusyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private MemoryBusyException() {
      super("Memory: expected some for a film, found that other films hold it");
    }
  }

  /** What one attempt holds. Of one thread. */
  final class Lease implements AutoCloseable {
    private long held;

    /**
     * Holds so many bytes from now on, more or fewer than before.
     *
     * @throws UnsupportedRadiographException if that is more than the whole budget
     * @throws MemoryBusyException if others wait already while they hold memory
     */
    void resize(long bytes) throws InterruptedException {
      synchronized (MemoryBudget.this) {
        if (bytes > total) {
          throw tooLarge(bytes);
        }
        if (bytes > held) {
          await(bytes - held);
        }
        free -= bytes - held;
        held = bytes;
        MemoryBudget.this.notifyAll();
      }
    }

    private void await(long more) throws InterruptedException {
      if (held > 0) {
        if (free < more && extending) {
          throw new MemoryBusyException();
        }
        boolean waits = free < more;
        extending |= waits;
        try {
          while (free < more) {
            MemoryBudget.this.wait();
          }
        } finally {
          if (waits) {
            extending = false;
          }
        }
        return;
      }
      waiting.add(this);
      try {
        while (waiting.element() != this || extending || free < more) {
          MemoryBudget.this.wait();
        }
      } finally {
        waiting.remove(this);
        MemoryBudget.this.notifyAll();
      }
    }

    @Override
    public void close() {
      synchronized (MemoryBudget.this) {
        free += held;
        held = 0;
        MemoryBudget.this.notifyAll();
      }
    }
  }

  /** A lease of nothing yet. */
  Lease lease() {
    return new Lease();
  }

  private UnsupportedRadiographException tooLarge(long bytes) {
    return new UnsupportedRadiographException(
        UnsupportedRadiographException.Reason.TOO_LARGE,
        String.format(
            Locale.ROOT,
            "Instance: expected one that the gateway's memory for films can hold, %d MiB, found one"
                + " that takes %d MiB; raise -Xmx, of which that is half, and try again",
            total >> 20,
            (bytes >> 20) + 1));
  }
}
