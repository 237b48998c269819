package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls, and the close that waits for them. */
class CallsInFlightTest {
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final CallsInFlight calls = new CallsInFlight("This classifier");
  private final AtomicInteger frees = new AtomicInteger();

  @AfterEach
  void stop() {
    executor.shutdownNow();
  }

  @Test
  void closeWaitsForEveryCallAndRefusesNewOnesMeanwhile() throws Exception {
    CountDownLatch inside = new CountDownLatch(2);
    CountDownLatch leave = new CountDownLatch(1);
    Future<Integer> one = executor.submit(() -> calls.call(() -> hold(inside, leave)));
    Future<Integer> two = executor.submit(() -> calls.call(() -> hold(inside, leave)));
    assertTrue(inside.await(2, TimeUnit.MINUTES), "two calls at once");

    Thread close = waitingClose();
    Thread closeAgain = waitingClose();
    assertEquals(0, frees.get());
    // Does not queue behind the close.
    IllegalStateException late =
        assertThrows(IllegalStateException.class, () -> calls.call(() -> 1));
    assertTrue(String.valueOf(late.getMessage()).contains("This classifier is closed"));

    leave.countDown();
    assertEquals(7, one.get(2, TimeUnit.MINUTES));
    assertEquals(7, two.get(2, TimeUnit.MINUTES));
    for (Thread each : List.of(close, closeAgain)) {
      each.join(Duration.ofMinutes(2).toMillis());
      assertFalse(each.isAlive());
    }
    assertEquals(1, frees.get());
  }

  /** A close that has begun: before that, calls are let in. */
  private Thread waitingClose() {
    Thread close = new Thread(() -> calls.close(frees::incrementAndGet));
    close.setDaemon(true);
    close.start();
    while (close.isAlive() && close.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    assertTrue(close.isAlive(), "waits for the calls");
    return close;
  }

  @Test
  void aCallThatFailsDoesNotHoldTheCloseUp() throws Exception {
    assertThrows(
        ArithmeticException.class,
        () ->
            calls.call(
                () -> {
                  throw new ArithmeticException("of the call");
                }));
    executor.submit(() -> calls.close(frees::incrementAndGet)).get(2, TimeUnit.MINUTES);
    assertEquals(1, frees.get());
  }

  private static int hold(CountDownLatch inside, CountDownLatch leave) {
    inside.countDown();
    try {
      assertTrue(leave.await(2, TimeUnit.MINUTES));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return 7;
  }
}
