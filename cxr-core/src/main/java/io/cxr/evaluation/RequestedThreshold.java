package io.cxr.evaluation;

import io.cxr.model.OperatingThreshold;
import java.util.Optional;
import java.util.function.Supplier;

/** The figures of one operating point, once they are found. */
final class RequestedThreshold {
  private final OperatingThreshold threshold;
  private final Supplier<Optional<Interval>> sensitivity;
  private final Supplier<Optional<Interval>> sensitivityOfAll;
  private final Supplier<Optional<Interval>> specificity;
  private final Supplier<Optional<Interval>> specificityOfAll;

  RequestedThreshold(
      OperatingThreshold threshold, ThresholdStatistics reached, RequestedFigures figures) {
    this.threshold = threshold;
    sensitivity = figures.ask(reached.sensitivity());
    sensitivityOfAll = figures.ask(reached.sensitivityOfAll());
    specificity = figures.ask(reached.specificity());
    specificityOfAll = figures.ask(reached.specificityOfAll());
  }

  ThresholdEvaluation found() {
    return new ThresholdEvaluation(
        threshold,
        sensitivity.get(),
        sensitivityOfAll.get(),
        specificity.get(),
        specificityOfAll.get());
  }
}
