package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Classifier;
import io.cxr.ExplainingClassifier;
import io.cxr.Explanation;
import io.cxr.Prediction;
import io.cxr.ReplaceableClassifier;
import io.cxr.error.CapacityExceededException;
import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.ModelCard;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.ViewPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls of many threads share batches, and each gets its own answer. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class MicroBatcherTest extends ClassifierContract {
  private static final List<Radiograph> FILMS = films(3, 64);

  /** A model of that name, which has five letters as the one it stands for. */
  private static OnnxClassifier model(String name) throws IOException {
    SmallNetwork network = SmallNetwork.softmax();
    byte[] bytes =
        new String(network.onnx(), java.nio.charset.StandardCharsets.ISO_8859_1)
            .replace("\"name\" : \"small\"", "\"name\" : \"" + name + "\"")
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    Path file = Files.createTempFile("small", ".onnx");
    try {
      return OnnxClassifier.builder(Files.write(file, bytes)).threads(1).open();
    } finally {
      Files.delete(file);
    }
  }

  @Override
  ExplainingClassifier open() throws IOException {
    return MicroBatcher.builder(model("small")).open();
  }

  @Test
  void manyThreadsGetTheirOwnAnswers() throws Exception {
    List<Prediction> expected;
    try (OnnxClassifier alone = model("small")) {
      expected = alone.classify(FILMS);
    }
    ExecutorService threads = Executors.newFixedThreadPool(32);
    try (MicroBatcher batcher =
        MicroBatcher.builder(model("small")).batchLimit(7).capacity(20).open()) {
      List<Future<Integer>> done = new ArrayList<>();
      for (int thread = 0; thread < 32; thread++) {
        int start = thread;
        done.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 100; i++) {
                    int film = (start * 31 + i * 7) % FILMS.size();
                    Prediction found =
                        i % 3 == 0
                            ? batcher.explain(FILMS.get(film)).prediction()
                            : batcher.classify(FILMS.get(film));
                    assertClose(expected.get(film), found);
                  }
                  return start;
                }));
      }
      for (Future<Integer> thread : done) {
        thread.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aLoneCallDoesNotWaitForOthersUnlessAsked() throws Exception {
    try (MicroBatcher batcher = MicroBatcher.builder(model("small")).open()) {
      batcher.classify(FILMS.get(0));
      long start = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        batcher.classify(FILMS.get(0));
      }
      assertTrue(System.nanoTime() - start < Duration.ofMinutes(1).toNanos());
    }
    Duration delay = Duration.ofMillis(200);
    try (MicroBatcher batcher =
        MicroBatcher.builder(model("small")).maxDelay(delay).batchLimit(2).open()) {
      long start = System.nanoTime();
      batcher.classify(FILMS.get(0));
      assertTrue(System.nanoTime() - start >= delay.toNanos(), "a lone call waits for its delay");
    }
    try (MicroBatcher batcher =
        MicroBatcher.builder(model("small")).maxDelay(Duration.ofMinutes(1)).batchLimit(2).open()) {
      // A full batch does not wait for the minute, which is longer than this test may take.
      Thread other = new Thread(() -> batcher.classify(FILMS.get(1)));
      other.start();
      batcher.classify(FILMS.get(0));
      other.join();
    }
  }

  @Test
  void whatFailsForOneFailsForItsCallerAlone() throws Exception {
    Radiograph lateral = FILMS.get(0).withViewPosition(ViewPosition.LL);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (MicroBatcher batcher = MicroBatcher.builder(model("small")).capacity(8).open()) {
      List<Future<Boolean>> answered = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        boolean bad = i % 4 == 0;
        answered.add(
            threads.submit(
                () -> {
                  try {
                    batcher.classify(bad ? lateral : FILMS.get(1));
                    return !bad;
                  } catch (UnsupportedRadiographException e) {
                    return bad;
                  }
                }));
      }
      for (Future<Boolean> answer : answered) {
        assertTrue(answer.get());
      }
      // No place was lost on the way.
      assertEquals(8, batcher.freePlaces());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aFullBatcherRefusesOrLetsWait() throws Exception {
    // The first waits for company until the batcher is closed.
    MicroBatcher refusing =
        MicroBatcher.builder(model("small"))
            .capacity(1)
            .maxDelay(Duration.ofMinutes(1))
            .refuseWhenFull(true)
            .open();
    Thread first = new Thread(() -> refusing.classify(FILMS.get(0)));
    first.start();
    while (refusing.freePlaces() > 0) {
      Thread.onSpinWait();
    }
    assertThrows(CapacityExceededException.class, () -> refusing.classify(FILMS.get(1)));
    refusing.close();
    first.join();
    try (MicroBatcher patient =
        MicroBatcher.builder(model("small")).capacity(1).maxDelay(Duration.ofMillis(200)).open()) {
      Thread before = new Thread(() -> patient.classify(FILMS.get(0)));
      before.start();
      while (patient.freePlaces() > 0 && before.isAlive()) {
        Thread.onSpinWait();
      }
      assertEquals(3, patient.classify(FILMS.get(1)).probabilities().size());
      before.join();
    }
  }

  @Test
  void anInterruptedCallerLeavesAndTheOthersGoOn() throws Exception {
    // Whoever comes next fills the batch.
    try (MicroBatcher batcher =
        MicroBatcher.builder(model("small"))
            .maxDelay(Duration.ofMinutes(1))
            .batchLimit(2)
            .capacity(2)
            .open()) {
      AtomicBoolean left = new AtomicBoolean();
      Thread impatient =
          new Thread(
              () -> {
                assertThrows(InferenceException.class, () -> batcher.classify(FILMS.get(0)));
                left.set(Thread.currentThread().isInterrupted());
              });
      impatient.start();
      while (batcher.freePlaces() > 1) {
        Thread.onSpinWait();
      }
      impatient.interrupt();
      impatient.join();
      assertTrue(left.get());
      assertEquals(3, batcher.classify(FILMS.get(1)).probabilities().size());
      assertEquals(2, batcher.freePlaces());
    }
  }

  @Test
  void closingAnswersCallsInFlightAndRefusesLaterOnes() throws Exception {
    for (int round = 0; round < 20; round++) {
      MicroBatcher batcher = MicroBatcher.builder(model("small")).capacity(4).open();
      CountDownLatch started = new CountDownLatch(8);
      AtomicInteger answers = new AtomicInteger();
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Thread caller =
            new Thread(
                () -> {
                  started.countDown();
                  try {
                    while (true) {
                      batcher.classify(FILMS.get(0));
                      answers.incrementAndGet();
                    }
                  } catch (IllegalStateException closed) {
                    assertTrue(String.valueOf(closed.getMessage()).contains("closed"));
                  }
                });
        callers.add(caller);
        caller.start();
      }
      started.await();
      Thread.sleep(5);
      batcher.close();
      batcher.close();
      for (Thread caller : callers) {
        caller.join(60_000);
        assertFalse(caller.isAlive());
      }
      assertThrows(IllegalStateException.class, () -> batcher.classify(FILMS.get(0)));
    }
  }

  @Test
  void aModelReplacedWhileRunningAnswersEveryCall() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    AtomicBoolean stop = new AtomicBoolean();
    List<ExplainingClassifier> opened = new ArrayList<>();
    try (ReplaceableClassifier classifier = new ReplaceableClassifier(open())) {
      List<Future<Integer>> callers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        callers.add(
            threads.submit(
                () -> {
                  int calls = 0;
                  for (; !stop.get() || calls < 50; calls++) {
                    assertTrue(classifier.classify(FILMS.get(0)).model().name().startsWith("s"));
                  }
                  return calls;
                }));
      }
      for (int i = 0; i < 30; i++) {
        ExplainingClassifier next = MicroBatcher.builder(model(String.format("s%04d", i))).open();
        opened.add(next);
        classifier.replace(next);
        assertEquals(String.format("s%04d", i), classifier.classify(FILMS.get(0)).model().name());
        assertEquals(String.format("s%04d", i), classifier.card().name());
      }
      stop.set(true);
      for (Future<Integer> caller : callers) {
        assertTrue(caller.get() >= 50);
      }
    } finally {
      threads.shutdownNow();
    }
    // Every model that was replaced has been closed, and so has the last.
    for (Classifier model : opened) {
      assertThrows(IllegalStateException.class, () -> model.classify(FILMS.get(0)));
    }
    ReplaceableClassifier closed = new ReplaceableClassifier(open());
    closed.close();
    ExplainingClassifier late = open();
    assertThrows(IllegalStateException.class, () -> closed.replace(late));
    assertThrows(IllegalStateException.class, () -> late.classify(FILMS.get(0)));
    assertThrows(IllegalStateException.class, () -> closed.classify(FILMS.get(0)));
  }

  @Test
  void aModelWithHeatmapsIsReplacedUnderTheBatcherAndAboveIt() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    AtomicBoolean stop = new AtomicBoolean();
    ReplaceableClassifier below = new ReplaceableClassifier(model("small"));
    try (ReplaceableClassifier classifier =
        new ReplaceableClassifier(MicroBatcher.builder(below).batchLimit(5).open())) {
      List<Explanation> expected = classifier.explain(FILMS);
      List<Future<Integer>> callers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int caller = i;
        callers.add(
            threads.submit(
                () -> {
                  int calls = 0;
                  for (; !stop.get() || calls < 50; calls++) {
                    int film = (caller * 7 + calls) % FILMS.size();
                    String label = classifier.card().labels().get(calls % 3);
                    List<Explanation> found =
                        calls % 2 == 0
                            ? List.of(classifier.explain(FILMS.get(film)))
                            : classifier.explain(FILMS.get(film), List.of(label));
                    assertEquals(1, found.size());
                    assertEquals(
                        calls % 2 == 0 ? expected.get(film).heatmap().label() : label,
                        found.get(0).heatmap().label());
                    for (int each = 0; each < 3; each++) {
                      assertEquals(
                          expected.get(film).prediction().probabilities().get(each).probability(),
                          found.get(0).prediction().probabilities().get(each).probability(),
                          1e-5);
                    }
                  }
                  return calls;
                }));
      }
      for (int i = 0; i < 20; i++) {
        below.replace(model(String.format("s%04d", i)));
        assertEquals(
            String.format("s%04d", i),
            classifier.explain(FILMS.get(0)).prediction().model().name());
      }
      classifier.replace(MicroBatcher.builder(model("after")).open());
      assertEquals("after", classifier.explain(FILMS.get(0)).prediction().model().name());
      stop.set(true);
      for (Future<Integer> caller : callers) {
        assertTrue(caller.get() >= 50);
      }
    } finally {
      threads.shutdownNow();
    }
    // Closed with the batcher that owned it.
    assertThrows(IllegalStateException.class, () -> below.classify(FILMS.get(0)));
  }

  @Test
  void aModelWithoutHeatmapsSaysSoToEveryCaller() throws Exception {
    SmallNetwork network = SmallNetwork.softmax();
    byte[] bytes =
        network
            .graph("batch", false)
            .metadata(ModelCard.METADATA_KEY, network.card().toJson())
            .build();
    Path file = Files.write(Files.createTempFile("small", ".onnx"), bytes);
    try (ReplaceableClassifier classifier =
        new ReplaceableClassifier(MicroBatcher.builder(OnnxClassifier.open(file)).open())) {
      assertFalse(classifier.canExplain());
      classifier.classify(FILMS.get(0));
      for (org.junit.jupiter.api.function.Executable call :
          List.<org.junit.jupiter.api.function.Executable>of(
              () -> classifier.explain(FILMS.get(0)),
              () -> classifier.explain(FILMS.get(0), "NORMAL"),
              () -> classifier.explain(FILMS.get(0), List.of("NORMAL")),
              () -> classifier.explain(FILMS),
              () -> classifier.explainAll(FILMS))) {
        UnsupportedOperationException refusal =
            assertThrows(UnsupportedOperationException.class, call);
        assertTrue(refusal.getMessage().contains("heatmap"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("OcclusionExplainer"), refusal.getMessage());
      }
      classifier.replace(MicroBatcher.builder(model("small")).open());
      assertTrue(classifier.canExplain());
      classifier.explain(FILMS.get(0));
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() throws Exception {
    try (OnnxClassifier model = model("small")) {
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  MicroBatcher.builder(model)
                      .batchLimit(0)
                      .capacity(0)
                      .maxDelay(Duration.ofDays(1))
                      .open());
      for (String part : List.of("batchLimit", "capacity", "maxDelay")) {
        assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
      }
    }
  }
}
