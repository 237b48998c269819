package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureCacheTest {
  private static final float[] FEATURES = {1, -2.5f, Float.MIN_VALUE, 0, 3e30f};

  @TempDir Path root;

  @Test
  void featuresComeBackAsTheyWere() throws Exception {
    FeatureCache cache = new FeatureCache(root.resolve("new/folder"), "key", 5);
    assertEquals(Optional.empty(), cache.read("a"));
    cache.write("a", FEATURES);
    assertArrayEquals(FEATURES, cache.read("a").orElseThrow());
    assertEquals(Optional.empty(), cache.read("b"));
    assertEquals(
        Optional.empty(), new FeatureCache(root.resolve("new/folder"), "other", 5).read("a"));
  }

  @Test
  void aDamagedFileCountsAsAbsentAndIsReplaced() throws Exception {
    FeatureCache cache = new FeatureCache(root, "key", 5);
    cache.write("a", FEATURES);
    Path file = root.resolve("key/a.f32");
    byte[] whole = Files.readAllBytes(file);
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, damaged);
      assertEquals(Optional.empty(), cache.read("a"), "bit " + bit);
    }
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertEquals(Optional.empty(), cache.read("a"), "length " + length);
    }
    cache.write("a", FEATURES);
    assertTrue(cache.read("a").isPresent());
  }

  @Test
  void anotherCountIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new FeatureCache(root, "key", 4).write("a", FEATURES));
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
