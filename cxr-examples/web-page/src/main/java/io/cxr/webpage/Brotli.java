package io.cxr.webpage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.OptionalLong;

/** What files weigh in brotli's form, by the program of that name. */
final class Brotli {
  private Brotli() {}

  /** The sum over all files; empty where the program is missing or fails. */
  static OptionalLong length(Collection<byte[]> contents) throws IOException {
    Path file = Files.createTempFile("brotli", ".tmp");
    try {
      long sum = 0;
      for (byte[] content : contents) {
        Files.write(file, content);
        long length = length(file);
        if (length < 0) {
          return OptionalLong.empty();
        }
        sum += Math.min(length, content.length);
      }
      return OptionalLong.of(sum);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static long length(Path file) throws IOException {
    Process brotli;
    try {
      brotli =
          new ProcessBuilder("brotli", "--stdout", "--quality=9", file.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      // No such program.
      return -1;
    }
    long length = 0;
    try (InputStream out = brotli.getInputStream()) {
      byte[] block = new byte[1 << 16];
      for (int n = out.read(block); n >= 0; n = out.read(block)) {
        length += n;
      }
      return brotli.waitFor() == 0 ? length : -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    } finally {
      brotli.destroyForcibly();
    }
  }
}
