package io.cxr.workbench.cases;

import io.cxr.LungFields;
import io.cxr.onnx.LungFinder;
import io.cxr.radiograph.Radiograph;
import org.jspecify.annotations.Nullable;

/** Finds lungs by the model that ships, which is opened when it is first asked. Thread-safe. */
public final class Lungs implements AutoCloseable {
  private @Nullable LungFinder finder;
  private boolean closed;

  /** Nothing is opened yet. */
  public Lungs() {}

  LungFields find(Radiograph radiograph) {
    return finder().find(radiograph);
  }

  private synchronized LungFinder finder() {
    if (closed) {
      throw new IllegalStateException("The workbench is closed");
    }
    if (finder == null) {
      finder = LungFinder.openDefault();
    }
    return finder;
  }

  /** Closes the model after the calls in flight. Idempotent. */
  @Override
  public synchronized void close() {
    closed = true;
    if (finder != null) {
      finder.close();
      finder = null;
    }
  }
}
