package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureCacheTest {
  private static final float[] FEATURES = {1, -2.5f, Float.MIN_VALUE, 0, 3e30f};
  private static final int HEADER = 64;
  private static final int RECORD = 32 + 4 + 4 * 5 + 4;
  private static final String A = Sha256.hex("a");
  private static final String B = Sha256.hex("b");

  @TempDir Path root;

  private FeatureFile open(String key) throws IOException {
    return new FeatureCache(root, FeatureCache.STANDARD_BYTES).open(key, 5);
  }

  private static void append(FeatureFile file, String hash, int view, float... features)
      throws IOException {
    file.append(List.of(new FeatureFile.Entry(hash, view, features)));
  }

  private static float[] read(FeatureFile file, String hash, int view) throws IOException {
    float[] read = new float[7];
    file.copy(file.find(hash, view), read, 1);
    return Arrays.copyOfRange(read, 1, 6);
  }

  private void append(String hash, float... features) throws IOException {
    try (FeatureFile file = open("key")) {
      append(file, hash, 0, features);
    }
  }

  @Test
  void featuresComeBackAsTheyWere() throws Exception {
    FeatureFile file = open("key");
    assertEquals(-1, file.find(A, 0));
    append(file, A, 0, FEATURES);
    append(file, A, -1, 1, 2, 3, 4, 5);
    assertArrayEquals(FEATURES, read(file, A, 0));
    assertEquals(-1, file.find(B, 0));
    assertEquals(-1, file.find(A, 1));
    file.close();
    assertArrayEquals(new float[] {1, 2, 3, 4, 5}, read(file, A, -1), "after it is closed");
    try (FeatureFile again = open("key");
        FeatureFile other = open("other")) {
      assertArrayEquals(FEATURES, read(again, A, 0));
      assertArrayEquals(new float[] {1, 2, 3, 4, 5}, read(again, A, -1));
      assertEquals(-1, other.find(A, 0));
    }
    assertEquals(HEADER + 2 * RECORD, Files.size(root.resolve("key.features")));
  }

  /** Wherever the damage is, one record is lost at most but for damage to the header. */
  @Test
  void aDamagedRecordCountsAsAbsentAndIsReplaced() throws Exception {
    append(A, FEATURES);
    append(B, 1, 2, 3, 4, 5);
    Path file = root.resolve("key.features");
    byte[] whole = Files.readAllBytes(file);
    for (int bit = 0; bit < 8 * (HEADER + RECORD); bit += 13) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, damaged);
      try (FeatureFile features = open("key")) {
        assertEquals(-1, features.find(A, 0), "bit " + bit);
        assertEquals(bit / 8 >= HEADER, features.find(B, 0) >= 0, "bit " + bit);
      }
    }
    append(A, FEATURES);
    try (FeatureFile features = open("key")) {
      assertArrayEquals(FEATURES, read(features, A, 0));
      assertArrayEquals(new float[] {1, 2, 3, 4, 5}, read(features, B, 0));
    }
  }

  @Test
  void aTornRecordIsDroppedAndTheFileGoesOn() throws Exception {
    append(A, FEATURES);
    append(B, 1, 2, 3, 4, 5);
    Path file = root.resolve("key.features");
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      try (FeatureFile features = open("key")) {
        assertEquals(length >= HEADER + RECORD, features.find(A, 0) >= 0, "length " + length);
        assertEquals(-1, features.find(B, 0), "length " + length);
        append(features, B, 0, 1, 2, 3, 4, 5);
        assertArrayEquals(new float[] {1, 2, 3, 4, 5}, read(features, B, 0));
      }
    }
  }

  @Test
  void anotherCountIsRefusedAndReplacesTheFile() throws Exception {
    try (FeatureFile file = open("key")) {
      append(file, A, 0, FEATURES);
      assertThrows(IllegalArgumentException.class, () -> append(file, B, 0, 1, 2));
    }
    try (FeatureFile file = new FeatureCache(root, 0).open("key", 4)) {
      assertEquals(-1, file.find(A, 0));
    }
  }

  /**
   * Two that are open at once see what the other wrote when they write, and write nothing twice.
   */
  @Test
  void twoUsersShareAFile() throws Exception {
    try (FeatureFile one = open("key");
        FeatureFile other = open("key")) {
      append(one, A, 0, FEATURES);
      append(other, A, 0, FEATURES);
      append(other, B, 0, 1, 2, 3, 4, 5);
      append(one, B, 0, 1, 2, 3, 4, 5);
      assertArrayEquals(FEATURES, read(other, A, 0));
      assertArrayEquals(new float[] {1, 2, 3, 4, 5}, read(one, B, 0));
    }
    assertEquals(HEADER + 2 * RECORD, Files.size(root.resolve("key.features")));
  }

  /** A process that appends numbered features until it is killed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws IOException {
      try (FeatureFile file =
          new FeatureCache(Path.of(arguments[0]), FeatureCache.STANDARD_BYTES).open("key", 5)) {
        System.out.println("open");
        for (int i = 0; i < 1_000_000; i++) {
          append(file, Sha256.hex(arguments[1] + i), 0, i, i, i, i, i);
        }
      }
    }
  }

  @Test
  void processesWriteAtOnceAndMayBeKilled() throws Exception {
    List<Process> writers = new ArrayList<>();
    for (String name : List.of("x", "y")) {
      writers.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Writer.class.getName(),
                  root.toString(),
                  name)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    }
    for (Process writer : writers) {
      assertEquals("open", writer.inputReader().readLine());
    }
    Path path = root.resolve("key.features");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (Files.size(path) < HEADER + 200 * RECORD && System.nanoTime() < deadline) {
      Thread.sleep(5);
    }
    for (Process writer : writers) {
      writer.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
    }
    int found = 0;
    try (FeatureFile file = open("key")) {
      for (String name : List.of("x", "y")) {
        for (int i = 0; file.find(Sha256.hex(name + i), 0) >= 0; i++) {
          float[] expected = new float[5];
          Arrays.fill(expected, i);
          assertArrayEquals(expected, read(file, Sha256.hex(name + i), 0));
          found++;
        }
      }
    }
    assertEquals(HEADER + (long) found * RECORD, Files.size(path), "every record is whole");
    assertTrue(found >= 200, found + " records");
  }

  @Test
  void theFilesUnusedForLongestAreDeletedFirst() throws Exception {
    for (String key : List.of("first", "second", "third")) {
      try (FeatureFile file = open(key)) {
        append(file, A, 0, FEATURES);
      }
    }
    Files.setLastModifiedTime(root.resolve("second.features"), FileTime.fromMillis(1));
    Files.setLastModifiedTime(root.resolve("third.features"), FileTime.fromMillis(2));
    Files.setLastModifiedTime(root.resolve("first.features"), FileTime.fromMillis(3));
    Files.writeString(root.resolve("not ours.txt"), "stays");
    FeatureCache cache = new FeatureCache(root, 3 * (HEADER + RECORD));
    try (FeatureFile file = cache.open("fourth", 5)) {
      // The fourth is a header so far, which is too much already.
      assertFalse(Files.exists(root.resolve("second.features")));
      assertTrue(Files.exists(root.resolve("third.features")));
      for (int i = 0; i < 3; i++) {
        append(file, Sha256.hex("image " + i), 0, FEATURES);
      }
      cache.prune();
      assertFalse(Files.exists(root.resolve("third.features")));
      assertTrue(Files.exists(root.resolve("fourth.features")), "what is in use stays");
      assertTrue(Files.exists(root.resolve("not ours.txt")));
    }
  }

  /** Every round shows every sample once, and the seed alone decides the order. */
  @Property
  void sampleOrder(
      @ForAll @IntRange(min = 1, max = 50) int samples,
      @ForAll @IntRange(min = 1, max = 60) int batch,
      @ForAll long seed) {
    SampleOrder order = new SampleOrder(samples, seed);
    SampleOrder twin = new SampleOrder(samples, seed);
    for (int round = 0; round < 3; round++) {
      boolean[] seen = new boolean[samples];
      int count = 0;
      while (count < samples) {
        int[] next = order.next(batch);
        assertArrayEquals(next, twin.next(batch));
        assertTrue(next.length > 0 && next.length <= batch);
        for (int sample : next) {
          assertTrue(!seen[sample]);
          seen[sample] = true;
        }
        count += next.length;
      }
      assertEquals(samples, count);
    }
  }
}
