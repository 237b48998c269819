package io.cxr;

import io.cxr.model.ModelCard;
import io.cxr.radiograph.Radiograph;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A classifier whose model can be replaced while it is in use, for services that must not stop for
 * a new model. Calls in flight finish on the model they started with; each prediction names the
 * model that made it.
 *
 * <p>Thread-safe. It owns the classifiers passed to it and closes each when its last call has
 * finished.
 */
public final class ReplaceableClassifier implements ExplainingClassifier {
  private final Object lock = new Object();
  private Held held;
  private boolean closed;

  /** A classifier and how many use it: its owner, and the calls in flight. */
  private static final class Held {
    private final ExplainingClassifier classifier;
    private final AtomicInteger users = new AtomicInteger(1);
    private final CountDownLatch unused = new CountDownLatch(1);

    Held(ExplainingClassifier classifier) {
      this.classifier = classifier;
    }

    void leave() {
      if (users.decrementAndGet() == 0) {
        try {
          classifier.close();
        } finally {
          unused.countDown();
        }
      }
    }

    void awaitUnused() {
      boolean interrupted = false;
      while (true) {
        try {
          unused.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Creates a replaceable classifier, which takes ownership of the given one.
   *
   * @param classifier the classifier to use first
   */
  public ReplaceableClassifier(ExplainingClassifier classifier) {
    this.held = new Held(Objects.requireNonNull(classifier, "classifier"));
  }

  /**
   * Directs new calls to another classifier. The previous one is closed when its calls have
   * finished, by the thread of the last call.
   *
   * @param classifier the classifier to use from now on; owned by this object even if this method
   *     throws
   * @throws IllegalStateException if this classifier is closed; the given one is then closed, too
   */
  public void replace(ExplainingClassifier classifier) {
    Objects.requireNonNull(classifier, "classifier");
    @Nullable Held before;
    synchronized (lock) {
      if (!closed) {
        before = held;
        held = new Held(classifier);
      } else {
        before = null;
      }
    }
    if (before == null) {
      classifier.close();
      throw closed();
    }
    before.leave();
  }

  private Held enter() {
    synchronized (lock) {
      if (closed) {
        throw closed();
      }
      held.users.incrementAndGet();
      return held;
    }
  }

  private static IllegalStateException closed() {
    return new IllegalStateException("This classifier is closed. Open it again to go on.");
  }

  /** That of the current model. */
  @Override
  public ModelCard card() {
    return now().card();
  }

  /** That of the current model; a prediction names the model that made it. */
  @Override
  public ModelIdentity model() {
    return now().model();
  }

  /** That of the current model. */
  @Override
  public Device device() {
    return now().device();
  }

  private ExplainingClassifier now() {
    synchronized (lock) {
      return held.classifier;
    }
  }

  /** Whether the current model computes heatmaps; its replacement may not. */
  @Override
  public boolean canExplain() {
    return now().canExplain();
  }

  private <T> T call(Function<ExplainingClassifier, T> call) {
    Held used = enter();
    try {
      return call.apply(used.classifier);
    } finally {
      used.leave();
    }
  }

  @Override
  public Prediction classify(Radiograph radiograph) {
    return call(classifier -> classifier.classify(radiograph));
  }

  @Override
  public List<Prediction> classify(List<Radiograph> radiographs) {
    return call(classifier -> classifier.classify(radiographs));
  }

  @Override
  public List<Outcome<Prediction>> classifyAll(List<Radiograph> radiographs) {
    return call(classifier -> classifier.classifyAll(radiographs));
  }

  @Override
  public List<Prediction> classifyUngated(List<Radiograph> images) {
    return call(classifier -> classifier.classifyUngated(images));
  }

  @Override
  public Explanation explain(Radiograph radiograph) {
    return call(classifier -> classifier.explain(radiograph));
  }

  @Override
  public List<Explanation> explainPositives(Radiograph radiograph) {
    return call(classifier -> classifier.explainPositives(radiograph));
  }

  @Override
  public Explanation explain(Radiograph radiograph, String label) {
    return call(classifier -> classifier.explain(radiograph, label));
  }

  @Override
  public List<Explanation> explain(Radiograph radiograph, List<String> labels) {
    return call(classifier -> classifier.explain(radiograph, labels));
  }

  @Override
  public List<Explanation> explain(List<Radiograph> radiographs) {
    return call(classifier -> classifier.explain(radiographs));
  }

  @Override
  public List<Outcome<Explanation>> explainAll(List<Radiograph> radiographs) {
    return call(classifier -> classifier.explainAll(radiographs));
  }

  @Override
  public String toString() {
    return "ReplaceableClassifier[" + now() + "]";
  }

  /**
   * Rejects new calls, waits for those in flight on the current model, then closes it. Idempotent.
   */
  @Override
  public void close() {
    Held last;
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      last = held;
    }
    last.leave();
    last.awaitUnused();
  }
}
