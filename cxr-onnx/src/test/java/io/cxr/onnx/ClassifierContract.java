package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.Classifier;
import io.cxr.Explainer;
import io.cxr.ExplainingClassifier;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.Task;
import io.cxr.radiograph.PhotometricInterpretation;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.ViewPosition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What every classifier promises. One subclass an implementation. */
abstract class ClassifierContract {

  /** A fresh classifier, which the test closes. */
  abstract Classifier open() throws IOException;

  /** Noise of various sizes: gray of 8 to 16 bits, inverted or not, with or without a view. */
  static List<Radiograph> films(long seed, int count) {
    Random random = new Random(seed);
    List<Radiograph> films = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      films.add(film(random, 20 + random.nextInt(60), 20 + random.nextInt(60)));
    }
    return films;
  }

  private static Radiograph film(Random random, int rows, int columns) {
    Radiograph film;
    if (random.nextBoolean()) {
      byte[] pixels = new byte[rows * columns];
      random.nextBytes(pixels);
      film = Radiograph.ofGray8(rows, columns, pixels);
    } else {
      int bits = 9 + random.nextInt(8);
      short[] pixels = new short[rows * columns];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (short) random.nextInt(1 << bits);
      }
      film = Radiograph.ofGray16(rows, columns, bits, pixels);
    }
    if (random.nextInt(4) == 0) {
      film = film.withPhotometricInterpretation(PhotometricInterpretation.MONOCHROME1);
    }
    if (random.nextInt(3) == 0) {
      film = film.withViewPosition(random.nextBoolean() ? ViewPosition.PA : ViewPosition.AP);
    }
    return film;
  }

  static void assertClose(Prediction expected, Prediction actual) {
    assertEquals(expected.model(), actual.model());
    assertEquals(expected.labels(), actual.labels());
    for (String label : expected.labels()) {
      assertEquals(expected.value(label), actual.value(label), 1e-5, label);
    }
  }

  @Property(tries = 20)
  void aBatchEqualsItsSinglesInTheirOrder(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 40) int count) throws IOException {
    List<Radiograph> films = films(seed, count);
    try (Classifier classifier = open()) {
      List<Prediction> batch = classifier.classify(films);
      assertEquals(count, batch.size());
      for (int i = 0; i < count; i++) {
        assertClose(classifier.classify(films.get(i)), batch.get(i));
      }
    }
  }

  @Property(tries = 20)
  void exclusiveProbabilitiesSumToOneOverTheLabelsOfTheCard(@ForAll long seed) throws IOException {
    try (Classifier classifier = open()) {
      Prediction prediction = classifier.classify(films(seed, 1).get(0));
      assertEquals(classifier.card().labels(), prediction.labels());
      assertEquals(classifier.card().task().kind(), prediction.task());
      if (prediction.task() == Task.Kind.EXCLUSIVE_LABELS) {
        double sum =
            prediction.probabilities().stream().mapToDouble(LabelProbability::probability).sum();
        assertEquals(1, sum, 1e-6);
      }
      assertSame(classifier.model(), prediction.model());
      assertEquals(classifier.card().name(), prediction.model().name());
    }
  }

  @Test
  void theSameRadiographGetsTheSameAnswerTwice() throws IOException {
    Radiograph film = films(3, 1).get(0);
    Prediction first;
    try (Classifier classifier = open()) {
      first = classifier.classify(film);
      assertEquals(first, classifier.classify(film));
    }
    try (Classifier again = open()) {
      assertEquals(first, again.classify(film));
    }
  }

  @Test
  void predictionsDependOnTheRadiograph() throws IOException {
    try (Classifier classifier = open()) {
      long different = classifier.classify(films(7, 20)).stream().distinct().count();
      assertEquals(20, different);
    }
  }

  @Test
  void resultsAreNotTheCallersToChange() throws IOException {
    try (Classifier classifier = open()) {
      List<Prediction> predictions = classifier.classify(films(1, 2));
      assertThrows(UnsupportedOperationException.class, () -> predictions.remove(0));
    }
  }

  @Test
  void aClosedClassifierRefusesAndClosesAgainInPeace() throws IOException {
    Classifier classifier = open();
    Radiograph film = films(1, 1).get(0);
    classifier.classify(film);
    classifier.close();
    classifier.close();
    assertThrows(IllegalStateException.class, () -> classifier.classify(film));
    assertThrows(IllegalStateException.class, () -> classifier.classify(List.of()));
    if (classifier instanceof Explainer explainer) {
      String label = classifier.card().labels().get(0);
      assertThrows(IllegalStateException.class, () -> explainer.explain(film, label));
    }
    // What it says of itself stays known.
    assertEquals(classifier.card().version(), classifier.model().version());
    assertEquals(classifier.device(), classifier.device());
  }

  @Test
  void manyThreadsGetWhatOneThreadGets() throws Exception {
    List<Radiograph> films = films(11, 24);
    try (Classifier classifier = open()) {
      List<Prediction> serial = films.stream().map(classifier::classify).toList();
      int threads = 8;
      CountDownLatch start = new CountDownLatch(threads);
      List<Callable<List<Prediction>>> calls = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int offset = i;
        calls.add(
            () -> {
              start.countDown();
              start.await();
              Prediction[] answers = new Prediction[films.size()];
              for (int round = 0; round < 20; round++) {
                for (int j = 0; j < films.size(); j++) {
                  // Every thread takes another radiograph at any time.
                  int film = (j + 3 * offset) % films.size();
                  answers[film] = classifier.classify(films.get(film));
                }
                List<Radiograph> some = films.subList(offset, offset + 5);
                List<Prediction> batch = classifier.classify(some);
                for (int j = 0; j < some.size(); j++) {
                  assertClose(answers[offset + j], batch.get(j));
                }
              }
              return List.of(answers);
            });
      }
      ExecutorService executor = Executors.newFixedThreadPool(threads);
      try {
        for (Future<List<Prediction>> future : executor.invokeAll(calls)) {
          List<Prediction> answers = future.get();
          for (int i = 0; i < films.size(); i++) {
            assertClose(serial.get(i), answers.get(i));
          }
        }
      } finally {
        executor.shutdownNow();
      }
    }
  }

  @Test
  void closeWaitsForTheCallInFlight() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    List<Radiograph> some = films(5, 64);
    try {
      // Longer and longer lists, until one is still being worked on when it is closed.
      for (int copies = 4; ; copies *= 4) {
        List<Radiograph> many =
            Collections.nCopies(copies, some).stream().flatMap(List::stream).toList();
        Classifier classifier = open();
        classifier.classify(some);
        CountDownLatch started = new CountDownLatch(1);
        Future<List<Prediction>> call =
            executor.submit(
                () -> {
                  started.countDown();
                  return classifier.classify(many);
                });
        started.await();
        Thread.sleep(100);
        boolean inFlight = !call.isDone();
        classifier.close();
        assertThrows(IllegalStateException.class, () -> classifier.classify(some));
        try {
          // Nothing was freed under it: the answers are whole.
          assertEquals(many.size(), call.get(5, TimeUnit.MINUTES).size());
        } catch (ExecutionException e) {
          // Closed before it began.
          assertInstanceOf(IllegalStateException.class, e.getCause());
          continue;
        }
        if (inFlight) {
          return;
        }
        assertTrue(copies < 1 << 20, "no list takes long");
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void closingUnderFireNeverBreaksACall() throws Exception {
    List<Radiograph> films = films(5, 8);
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 20; round++) {
        Classifier classifier = open();
        List<Prediction> expected = classifier.classify(films);
        List<Future<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          calls.add(
              executor.submit(
                  () -> {
                    int answered = 0;
                    while (true) {
                      try {
                        assertClose(
                            expected.get(answered % 8),
                            classifier.classify(films.get(answered % 8)));
                        answered++;
                      } catch (IllegalStateException closed) {
                        return answered;
                      }
                    }
                  }));
        }
        Thread.sleep(round);
        classifier.close();
        for (Future<Integer> call : calls) {
          try {
            assertTrue(call.get(2, TimeUnit.MINUTES) >= 0);
          } catch (ExecutionException e) {
            throw new AssertionError("A call broke when the classifier was closed", e.getCause());
          }
        }
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void aLateralFilmIsRefused() throws IOException {
    List<Radiograph> films = films(1, 3);
    try (Classifier classifier = open()) {
      for (ViewPosition view : List.of(ViewPosition.LL, ViewPosition.RL)) {
        Radiograph lateral = films.get(1).withViewPosition(view);
        UnsupportedRadiographException alone =
            assertThrows(UnsupportedRadiographException.class, () -> classifier.classify(lateral));
        assertEquals(UnsupportedRadiographException.Reason.UNSUPPORTED_VIEW, alone.reason());
        UnsupportedRadiographException among =
            assertThrows(
                UnsupportedRadiographException.class,
                () -> classifier.classify(List.of(films.get(0), films.get(2), lateral)));
        assertTrue(among.getMessage().contains("3 of 3"), among.getMessage());
        assertTrue(among.getMessage().contains(view.name()), among.getMessage());
      }
    }
  }

  @Test
  void anUnknownLabelIsNamedWithTheKnownOnes() throws IOException {
    try (Classifier classifier = open()) {
      assumeTrue(classifier instanceof Explainer, "This classifier explains nothing itself");
      IllegalArgumentException unknown =
          assertThrows(
              IllegalArgumentException.class,
              () -> ((Explainer) classifier).explain(films(1, 1).get(0), "covid19"));
      assertTrue(unknown.getMessage().contains("covid19"), unknown.getMessage());
      for (String label : classifier.card().labels()) {
        assertTrue(unknown.getMessage().contains(label), unknown.getMessage());
      }
    }
  }

  @Test
  void aHeatmapBelongsToItsRadiographAndLabel() throws IOException {
    try (Classifier classifier = open()) {
      assumeTrue(classifier instanceof Explainer, "This classifier explains nothing itself");
      Radiograph film = films(1, 1).get(0);
      for (String label : classifier.card().labels()) {
        Heatmap heatmap = ((Explainer) classifier).explain(film, label).heatmap();
        assertEquals(label, heatmap.label());
        assertEquals(film.rows(), heatmap.radiographRows());
        assertEquals(film.columns(), heatmap.radiographColumns());
        PixelRegion region = heatmap.region();
        assertTrue(region.rows() <= film.rows() && region.columns() <= film.columns());
      }
    }
  }

  @Test
  void oneRefusalDoesNotLoseTheOthers() throws IOException {
    List<Radiograph> films = films(1, 5);
    Radiograph lateral = films.get(1).withViewPosition(ViewPosition.LL);
    List<Radiograph> mixed =
        List.of(lateral, films.get(0), films.get(2), lateral, films.get(3), lateral);
    try (Classifier classifier = open()) {
      List<Prediction> expected =
          classifier.classify(List.of(films.get(0), films.get(2), films.get(3)));
      List<Outcome<Prediction>> outcomes = classifier.classifyAll(mixed);
      assertEquals(6, outcomes.size());
      for (int refused : new int[] {0, 3, 5}) {
        Outcome.Refusal<?> refusal = assertInstanceOf(Outcome.Refusal.class, outcomes.get(refused));
        assertEquals(
            UnsupportedRadiographException.Reason.UNSUPPORTED_VIEW, refusal.reason().orElseThrow());
      }
      assertClose(expected.get(0), outcomes.get(1).orThrow());
      assertClose(expected.get(1), outcomes.get(2).orThrow());
      assertClose(expected.get(2), outcomes.get(4).orThrow());
      assertEquals(List.of(), classifier.classifyAll(List.of()));
      assertFalse(classifier.classifyAll(List.of(lateral)).get(0).isSuccess());
    }
  }

  @Test
  void explainsLabelsAndListsOfRadiographs() throws IOException {
    try (Classifier classifier = open()) {
      assumeTrue(
          classifier instanceof ExplainingClassifier explaining && explaining.canExplain(),
          "This classifier explains nothing itself");
      ExplainingClassifier explaining = (ExplainingClassifier) classifier;
      List<Radiograph> films = films(4, 3);
      List<String> labels = new ArrayList<>(classifier.card().labels());
      Collections.reverse(labels);
      List<Explanation> all = explaining.explain(films.get(0), labels);
      assertEquals(labels, all.stream().map(one -> one.heatmap().label()).toList());
      Prediction prediction = classifier.classify(films.get(0));
      for (Explanation one : all) {
        assertEquals(all.get(0).prediction(), one.prediction());
        assertClose(prediction, one.prediction());
        Explanation alone = explaining.explain(films.get(0), one.heatmap().label());
        assertClose(prediction, alone.prediction());
        assertCloseMaps(alone.heatmap(), one.heatmap());
      }
      assertEquals(List.of(), explaining.explain(films.get(0), List.of()));
      Radiograph lateral = films.get(1).withViewPosition(ViewPosition.LL);
      List<Outcome<Explanation>> outcomes =
          explaining.explainAll(List.of(films.get(0), lateral, films.get(2)));
      assertFalse(outcomes.get(1).isSuccess());
      for (int i : new int[] {0, 2}) {
        Explanation top = explaining.explain(films.get(i));
        assertEquals(top.prediction().principalLabel(), top.heatmap().label());
        assertClose(top.prediction(), outcomes.get(i).orThrow().prediction());
        assertCloseMaps(top.heatmap(), outcomes.get(i).orThrow().heatmap());
      }
    }
  }

  private static void assertCloseMaps(Heatmap expected, Heatmap found) {
    assertEquals(expected.label(), found.label());
    assertEquals(expected.region(), found.region());
    for (int row = 0; row < expected.rows(); row++) {
      for (int column = 0; column < expected.columns(); column++) {
        assertEquals(expected.value(row, column), found.value(row, column), 1e-4);
      }
    }
  }
}
