package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Figures that are asked for first, and found together from the same resamples. */
final class RequestedFigures {
  private final List<Statistic> asked = new ArrayList<>();
  private List<Optional<Interval>> found = List.of();

  /** Asks for a figure; what is returned has it once all are found. */
  Supplier<Optional<Interval>> ask(Statistic figure) {
    int index = asked.size();
    asked.add(figure);
    return () -> found.get(index);
  }

  void find(Bootstrap bootstrap) {
    found = bootstrap.intervals(asked);
  }
}
