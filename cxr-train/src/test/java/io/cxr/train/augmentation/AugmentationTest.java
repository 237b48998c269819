package io.cxr.train.augmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.radiograph.Radiograph;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an augmentation promises as a whole. */
class AugmentationTest {
  static List<String> names() {
    return Augmentation.names();
  }

  static Radiograph radiograph(int rows, int columns, long seed) {
    byte[] pixels = new byte[rows * columns];
    new Random(seed).nextBytes(pixels);
    return Radiograph.ofGray8(rows, columns, pixels);
  }

  @Test
  void noneChangesNothing() {
    Radiograph radiograph = radiograph(9, 7, 1);
    Augmentation none = Augmentation.none();
    assertTrue(none.isNone());
    assertFalse(none.changesSource());
    assertSame(radiograph, none.beforePreprocessing(radiograph, seed -> radiograph(3, 3, seed), 5));
    assertArrayEquals(radiograph.toGray8(), none.afterPreprocessing(radiograph.toGray8(), 9, 7, 5));
  }

  @ParameterizedTest
  @MethodSource("names")
  void aSeedGivesTheSameOnFourThreads(String name) throws Exception {
    Augmentation augmentation = Augmentation.named(name);
    Radiograph radiograph = radiograph(60, 44, 2);
    Callable<List<Object>> views =
        () -> {
          List<Object> all = new ArrayList<>();
          for (int view = 0; view < 20; view++) {
            long seed = Augmentation.seed(7, "00ff", view);
            all.add(
                augmentation.beforePreprocessing(
                    radiograph, other -> radiograph(50, 51, other), seed));
            byte[] after = augmentation.afterPreprocessing(radiograph.toGray8(), 60, 44, seed);
            all.add(Radiograph.ofGray8(60, 44, after));
          }
          return all;
        };
    List<Object> expected = views.call();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (Future<List<Object>> found : threads.invokeAll(List.of(views, views, views, views))) {
        assertEquals(expected, found.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void presetsAreKnownByName() {
    assertEquals(
        List.of(
            "none",
            "report-vgg16",
            "report-resnet50",
            "report-cnn",
            "report-local-maxima-cnn",
            "report-general",
            "source-randomizing"),
        Augmentation.names());
    assertTrue(Augmentation.named("report-vgg16").transforms().horizontalFlip());
    assertEquals(
        Range.around0(0.3),
        Augmentation.named("report-local-maxima-cnn").transforms().shearDegrees());
    assertFalse(Augmentation.named("report-general").changesSource());
    assertTrue(Augmentation.named("source-randomizing").changesSource());
    assertFalse(Augmentation.named("source-randomizing").transforms().horizontalFlip());
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Augmentation.named("vgg"));
    assertTrue(refused.getMessage().contains("report-vgg16"), refused.getMessage());
    assertTrue(refused.getMessage().contains("'vgg'"), refused.getMessage());
  }

  @ParameterizedTest
  @MethodSource("names")
  void textListsEverySetting(String name) throws Exception {
    Augmentation augmentation = Augmentation.named(name);
    for (Record part :
        List.of(augmentation.style(), augmentation.source(), augmentation.transforms())) {
      for (RecordComponent component : part.getClass().getRecordComponents()) {
        String setting = component.getName() + "=" + component.getAccessor().invoke(part);
        assertTrue(augmentation.toString().contains(setting), setting + " in " + augmentation);
      }
    }
  }

  @Test
  void seedsDifferByTrainingImageAndView() {
    long seed = Augmentation.seed(1, "aa", 0);
    assertEquals(seed, Augmentation.seed(1, "aa", 0));
    assertNotEquals(seed, Augmentation.seed(2, "aa", 0));
    assertNotEquals(seed, Augmentation.seed(1, "ab", 0));
    assertNotEquals(seed, Augmentation.seed(1, "aa", 1));
  }

  @Test
  void refusesAnImageOfAnotherSize() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Augmentation.none().afterPreprocessing(new byte[5], 2, 3, 0));
  }
}
