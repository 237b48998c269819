package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.error.UnsupportedRadiographException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
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
          buffers.giveBack(READER.read(file, buffers));
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
  void aRadiographKeepsItsPixels() throws IOException {
    List<String> names = RadiographFile.readable();
    List<Radiograph> read = new ArrayList<>();
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      for (String name : names) {
        read.add(READER.read(RadiographFile.bytes(name), buffers));
      }
    }
    for (int i = 0; i < names.size(); i++) {
      assertEquals(RadiographFile.expected(names.get(i)), read.get(i), names.get(i));
    }
  }

  @Test
  void whatIsGivenBackIsUsedAgainAndRefusesItsPixels() {
    byte[] one = SyntheticPng.of(3, 20, 20, 1);
    byte[] other = SyntheticPng.of(3, 20, 20, 2);
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      Radiograph first = READER.read(one, buffers);
      ByteBuffer view = first.pixels();
      byte[] before = new byte[view.remaining()];
      view.get(0, before);
      Radiograph kept = READER.read(one, buffers);
      buffers.giveBack(first);
      buffers.giveBack(first);
      Radiograph second = READER.read(other, buffers);
      Radiograph third = READER.read(other, buffers);

      assertEquals(Radiograph.read(other), second);
      assertEquals(second, third);
      assertEquals(Radiograph.read(one), kept);
      assertEquals(second.pixels(), view, "the same memory");
      for (Executable use :
          List.<Executable>of(
              first::pixels, first::toGray8, () -> first.pixel(0, 0), first::hashCode)) {
        IllegalStateException e = assertThrows(IllegalStateException.class, use);
        assertTrue(e.getMessage().contains("given back"), e.getMessage());
      }
      assertEquals(20, first.rows());
    }
  }

  /** A decoder of a pipeline may hand out films of its own, again and again. */
  @Test
  void onlyTheirOwnMemoryIsTaken() {
    byte[] encoded = SyntheticPng.of(3, 20, 20, 1);
    Radiograph foreign = Radiograph.read(encoded);
    try (DecodeBuffers buffers = new DecodeBuffers();
        DecodeBuffers others = new DecodeBuffers()) {
      Radiograph ofOthers = READER.read(encoded, others);
      buffers.giveBack(foreign);
      buffers.giveBack(ofOthers);
      READER.read(SyntheticPng.of(3, 20, 20, 2), buffers);
      assertEquals(foreign, ofOthers);
      others.giveBack(ofOthers);
      assertThrows(IllegalStateException.class, ofOthers::pixels);
    }
  }

  @Test
  void decodersOfOtherFormatsWriteIntoThem() {
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      for (int i = 0; i < 3; i++) {
        byte value = (byte) i;
        Radiograph deep =
            buffers.radiograph(
                3,
                5,
                12,
                pixels -> {
                  for (int at = 0; at < 30; at += 2) {
                    pixels[at] = (byte) at;
                    pixels[at + 1] = value;
                  }
                });
        assertEquals(3, deep.rows());
        assertEquals(12, deep.bitsStored());
        assertEquals(i << 8 | 8, deep.pixel(0, 4));
        buffers.giveBack(deep);
      }
      for (int[] size : new int[][] {{0, 1, 8}, {1, 0, 8}, {1, 1, 7}, {1, 1, 17}}) {
        assertThrows(
            IllegalArgumentException.class,
            () -> buffers.radiograph(size[0], size[1], size[2], pixels -> {}));
      }
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
