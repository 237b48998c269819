package io.cxr.benchmarks;

import io.cxr.onnx.OnnxClassifier;
import java.util.Optional;

/** The classifier that one benchmark holds between set-up and tear-down. */
final class Opened implements AutoCloseable {
  private Optional<OnnxClassifier> classifier = Optional.empty();

  void set(OnnxClassifier opened) {
    classifier = Optional.of(opened);
  }

  OnnxClassifier get() {
    return classifier.orElseThrow();
  }

  @Override
  public void close() {
    classifier.ifPresent(OnnxClassifier::close);
    classifier = Optional.empty();
  }
}
