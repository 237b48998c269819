package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.error.UnsupportedRadiographException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that is used again gives what new memory gives. */
class DecodeBuffersTest {
  private static final RadiographReader READER = RadiographReader.standard();

  /** Gray, colour and colour with transparency. */
  @ParameterizedTest
  @ValueSource(ints = {3, 5, 13})
  void aPngFileLeavesAlmostNoGarbage(int kind, @TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("image.png"), SyntheticPng.of(kind, 1024, 1024, 5));
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      // What the compiler leaves out once it knows the code does not count, and it takes its time.
      long bytes = Long.MAX_VALUE;
      long patience = System.nanoTime() + Duration.ofMinutes(3).toNanos();
      while (bytes >= 200_000 && System.nanoTime() < patience) {
        int reads = 10;
        long before = allocated();
        for (int i = 0; i < reads; i++) {
          READER.read(file, buffers);
        }
        bytes = Math.min(bytes, (allocated() - before) / reads);
      }

      assertTrue(bytes < 200_000, bytes + " bytes a file");
    }
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean)
            java.lang.management.ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  @Test
  void everyFileOfAnySizeAndOrder() throws IOException {
    List<String> names = RadiographFile.readable();
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      for (int round = 0; round < 2; round++) {
        for (String name : names) {
          Radiograph expected = RadiographFile.expected(name);
          Radiograph fromFile = READER.read(RadiographFile.folder().resolve(name), buffers);
          assertEquals(expected, fromFile, name);
          assertEquals(expected.hashCode(), fromFile.hashCode(), name);
          assertEquals(expected.pixels(), fromFile.pixels(), name);
          assertEquals(expected.toGray8().length, fromFile.toGray8().length, name);
          assertEquals(expected, READER.read(RadiographFile.bytes(name), buffers), name);
        }
      }
    }
  }

  @Test
  void theNextReadTakesThePixels() throws IOException {
    byte[] one = SyntheticPng.of(3, 20, 20, 1);
    byte[] other = SyntheticPng.of(3, 20, 20, 2);
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      Radiograph first = READER.read(one, buffers);
      assertEquals(Radiograph.read(one), first);
      Radiograph second = READER.read(other, buffers);
      assertEquals(Radiograph.read(other), second);
      assertNotEquals(Radiograph.read(one), first);
    }
  }

  @Test
  void aRefusedFileLeavesThemUsable() throws IOException {
    byte[] whole = SyntheticPng.of(3, 20, 20, 1);
    byte[] damaged = whole.clone();
    damaged[damaged.length - 20] ^= 1;
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      for (int i = 0; i < 3; i++) {
        assertThrows(UnsupportedRadiographException.class, () -> READER.read(damaged, buffers));
        assertEquals(Radiograph.read(whole), READER.read(whole, buffers));
      }
    }
  }

  @Test
  void closedOnesAreRefused(@TempDir Path folder) throws IOException {
    byte[] encoded = SyntheticPng.of(3, 20, 20, 1);
    Path file = Files.write(folder.resolve("image.png"), encoded);
    DecodeBuffers buffers = new DecodeBuffers();
    READER.read(file, buffers);
    buffers.close();
    buffers.close();
    for (int i = 0; i < 2; i++) {
      IllegalStateException e =
          assertThrows(IllegalStateException.class, () -> READER.read(file, buffers));
      assertTrue(e.getMessage().contains("open new ones"), e.getMessage());
      assertThrows(IllegalStateException.class, () -> READER.read(encoded, buffers));
    }
  }

  @Test
  void aSmallerLimitCountsAfterALargerFile(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("image.png"), SyntheticPng.of(3, 100, 100, 1));
    long size = Files.size(file);
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      RadiographReader.withLimits(new DecodeLimits(10_000, size)).read(file, buffers);
      RadiographReader stricter = RadiographReader.withLimits(new DecodeLimits(10_000, size - 1));
      UnsupportedRadiographException e =
          assertThrows(UnsupportedRadiographException.class, () -> stricter.read(file, buffers));
      assertEquals(UnsupportedRadiographException.Reason.TOO_LARGE, e.reason());
    }
  }

  /** A file may grow while it is read, or state no size, as a pipe does. */
  @Test
  void moreBytesThanExpected() throws IOException {
    byte[] bytes = new byte[100_000];
    new java.util.Random(1).nextBytes(bytes);
    for (long expected : new long[] {0, 1, 99_999, 100_000, 200_000}) {
      for (long most : new long[] {50, 99_999, 100_000, 1 << 20}) {
        try (DecodeBuffers buffers = new DecodeBuffers();
            var channel =
                java.nio.channels.Channels.newChannel(new java.io.ByteArrayInputStream(bytes))) {
          int length = buffers.readFile(channel, expected, most);
          if (most < bytes.length) {
            assertEquals(most + 1, length);
          } else {
            assertEquals(bytes.length, length);
            assertTrue(java.util.Arrays.equals(bytes, 0, length, buffers.file(), 0, length));
          }
        }
      }
    }
  }
}
