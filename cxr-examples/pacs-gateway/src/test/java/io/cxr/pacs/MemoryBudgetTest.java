package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.error.UnsupportedRadiographException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Attempts share memory, wait for it, and never for each other for ever. */
class MemoryBudgetTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void moreThanThereIsIsRefused() throws Exception {
    MemoryBudget budget = new MemoryBudget(100);
    try (MemoryBudget.Lease lease = budget.lease()) {
      lease.resize(100);
      UnsupportedRadiographException e =
          assertThrows(UnsupportedRadiographException.class, () -> lease.resize(101));
      assertEquals(UnsupportedRadiographException.Reason.TOO_LARGE, e.reason());
      assertEquals(0, budget.free());
      lease.resize(30);
      assertEquals(70, budget.free());
    }
    assertEquals(100, budget.free());
  }

  @Test
  void whoHoldsNoneWaitsUntilOthersGiveBack() throws Exception {
    MemoryBudget budget = new MemoryBudget(100);
    Thread second;
    try (MemoryBudget.Lease first = budget.lease()) {
      first.resize(60);
      second =
          new Thread(
              () -> {
                try (MemoryBudget.Lease lease = budget.lease()) {
                  lease.resize(60);
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      second.start();
      second.join(200);
      assertTrue(second.isAlive(), "waits");
    }
    second.join(PATIENCE.toMillis());
    assertFalse(second.isAlive());
    assertEquals(100, budget.free());
  }

  /** Whatever many threads ask for, they hold no more than there is, and all come to an end. */
  @Test
  void manyThatGrowComeToAnEnd() throws Exception {
    MemoryBudget budget = new MemoryBudget(1000);
    AtomicLong held = new AtomicLong();
    AtomicLong most = new AtomicLong();
    AtomicInteger done = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Random random = new Random(i);
      threads.add(
          new Thread(
              () -> {
                for (int films = 0; films < 200; ) {
                  // Counted out before the lease gives back: a catch clause of the same try
                  // statement would run after it, when others may have taken the memory.
                  try (MemoryBudget.Lease lease = budget.lease()) {
                    long mine = 0;
                    try {
                      for (int step = 0; step < 3; step++) {
                        long more = mine + random.nextInt(330);
                        lease.resize(more);
                        most.accumulateAndGet(held.addAndGet(more - mine), Math::max);
                        mine = more;
                      }
                      films++;
                      done.incrementAndGet();
                    } catch (MemoryBudget.MemoryBusyException e) {
                      // Gives back what it has, and comes again.
                    } finally {
                      held.addAndGet(-mine);
                    }
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join(PATIENCE.toMillis());
      assertFalse(thread.isAlive(), "ends");
    }
    assertEquals(1600, done.get());
    assertTrue(most.get() <= 1000, "held at once: " + most);
    assertEquals(1000, budget.free());
  }
}
