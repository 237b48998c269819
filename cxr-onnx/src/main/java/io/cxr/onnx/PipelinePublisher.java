package io.cxr.onnx;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Results of pipeline runs by the rules of {@link Flow}: at most as many as were asked for, one
 * signal at a time, at most one end. Each subscription has a thread, which takes a result when one
 * is asked for and hands it over.
 */
final class PipelinePublisher<T> implements Flow.Publisher<PipelineResult<T>> {
  private static final AtomicLong SUBSCRIPTIONS = new AtomicLong();

  private final Supplier<PipelineResults<T>> runs;

  PipelinePublisher(Supplier<PipelineResults<T>> runs) {
    this.runs = runs;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super PipelineResult<T>> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    Delivery<T> delivery = new Delivery<>(subscriber, runs);
    Thread thread =
        new Thread(delivery, "cxr-pipeline-delivery-" + SUBSCRIPTIONS.incrementAndGet());
    thread.setDaemon(true);
    thread.start();
  }

  private static final class Delivery<T> implements Runnable, Flow.Subscription {
    private final Flow.Subscriber<? super PipelineResult<T>> subscriber;
    private final Supplier<PipelineResults<T>> runs;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long demand;
    private boolean cancelled;
    private @Nullable IllegalArgumentException wrongDemand;

    Delivery(
        Flow.Subscriber<? super PipelineResult<T>> subscriber, Supplier<PipelineResults<T>> runs) {
      this.subscriber = subscriber;
      this.runs = runs;
    }

    @Override
    public void request(long results) {
      lock.lock();
      try {
        if (results <= 0) {
          wrongDemand =
              new IllegalArgumentException(
                  "Subscription: expected a request of at least 1 result, found " + results);
        } else {
          // Beyond the largest number is without bound.
          demand = demand + results < 0 ? Long.MAX_VALUE : demand + results;
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void cancel() {
      lock.lock();
      try {
        cancelled = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void run() {
      try {
        subscriber.onSubscribe(this);
      } catch (RuntimeException e) {
        // By the rules a subscriber that throws has cancelled.
        return;
      }
      if (isCancelled()) {
        return;
      }
      try (PipelineResults<T> results = runs.get()) {
        deliver(results);
      } catch (RuntimeException | Error e) {
        if (!isCancelled()) {
          subscriber.onError(e);
        }
      }
    }

    private void deliver(PipelineResults<T> results) {
      while (results.hasNext()) {
        if (!awaitDemand()) {
          return;
        }
        PipelineResult<T> result = results.next();
        try {
          subscriber.onNext(result);
        } catch (RuntimeException | Error e) {
          cancel();
          throw e;
        }
      }
      if (!isCancelled()) {
        subscriber.onComplete();
        cancel();
      }
    }

    /** Waits until a result may be handed over; false if none may be any more. */
    private boolean awaitDemand() {
      lock.lock();
      try {
        while (demand == 0 && !cancelled && wrongDemand == null) {
          changed.awaitUninterruptibly();
        }
        if (!cancelled && wrongDemand != null) {
          throw wrongDemand;
        }
        if (!cancelled && demand != Long.MAX_VALUE) {
          demand--;
        }
        return !cancelled;
      } finally {
        lock.unlock();
      }
    }

    private boolean isCancelled() {
      lock.lock();
      try {
        return cancelled;
      } finally {
        lock.unlock();
      }
    }
  }
}
