package io.cxr.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Works on images on all processors, and gives what comes of them in their order. */
final class ParallelImages {
  private ParallelImages() {}

  /** Does something to one item. Thread-safe. */
  interface Work<T, R> {
    R of(T item) throws IOException;
  }

  static <T, R> List<R> of(List<T> items, Work<T, R> work) throws IOException {
    try {
      return items.parallelStream()
          .map(
              item -> {
                try {
                  return work.of(item);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
