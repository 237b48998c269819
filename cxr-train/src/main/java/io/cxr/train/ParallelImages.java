package io.cxr.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.IntStream;

/** Prepares images on all processors, and gives them in their order. */
final class ParallelImages {
  private ParallelImages() {}

  /** Gives an image at the network's size, 8-bit gray. Thread-safe. */
  interface Source {
    byte[] gray(int index) throws IOException;
  }

  static List<byte[]> of(IntStream indices, Source source) throws IOException {
    try {
      return indices
          .parallel()
          .mapToObj(
              index -> {
                try {
                  return source.gray(index);
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
