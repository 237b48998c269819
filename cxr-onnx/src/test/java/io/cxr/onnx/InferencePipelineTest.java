package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Explanation;
import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.ReplaceableClassifier;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import io.cxr.radiograph.ViewPosition;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Results in order, each item accounted for, and nothing left behind, whatever goes wrong. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class InferencePipelineTest {
  private static final List<Radiograph> FILMS = ClassifierContract.films(9, 100);

  @TempDir Path folder;
  private OnnxClassifier classifier;

  static OnnxClassifier model() throws IOException {
    Path file = Files.createTempFile("small", ".onnx");
    try {
      Files.write(file, SmallNetwork.softmax().onnx());
      return OnnxClassifier.builder(file).threads(1).open();
    } finally {
      Files.delete(file);
    }
  }

  @BeforeEach
  void open() throws IOException {
    classifier = model();
  }

  @AfterEach
  void close() {
    classifier.close();
    assertEquals(0, pipelineThreads(), "threads were left behind");
  }

  private static long pipelineThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("cxr-pipeline"))
        .filter(
            thread -> {
              try {
                thread.join(60_000);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return thread.isAlive();
            })
        .count();
  }

  private InferencePipeline.Builder<Integer> films() {
    return InferencePipeline.of(classifier, (index, buffers) -> FILMS.get(index));
  }

  private static List<Integer> indices(int count) {
    return IntStream.range(0, count).mapToObj(i -> i % FILMS.size()).toList();
  }

  @Property(tries = 40)
  void anyShapeOfPipelineGivesWhatTheClassifierGives(
      @ForAll @IntRange(min = 0, max = 150) int count,
      @ForAll @IntRange(min = 1, max = 5) int decodeThreads,
      @ForAll @IntRange(min = 1, max = 20) int capacity,
      @ForAll @IntRange(min = 1, max = 9) int batchLimit,
      @ForAll boolean heatmaps)
      throws IOException {
    try (OnnxClassifier model = model()) {
      List<Integer> items = indices(count);
      List<Prediction> expected = model.classify(items.stream().map(FILMS::get).toList());
      InferencePipeline<Integer> pipeline =
          InferencePipeline.<Integer>of(model, (index, buffers) -> FILMS.get(index))
              .decodeThreads(decodeThreads)
              .capacity(capacity)
              .batchLimit(batchLimit)
              .heatmaps(heatmaps)
              .build();
      try (PipelineResults<Integer> results = pipeline.run(items)) {
        for (int i = 0; i < count; i++) {
          PipelineResult<Integer> result = results.next();
          assertEquals(i, result.index());
          assertEquals(items.get(i), result.item());
          ClassifierContract.assertClose(expected.get(i), result.prediction().orElseThrow());
          assertEquals(heatmaps, result.explanation().isPresent());
          if (heatmaps) {
            assertEquals(
                FILMS.get(items.get(i)).rows(),
                result.explanation().orElseThrow().heatmap().radiographRows());
          }
        }
        assertFalse(results.hasNext());
        assertThrows(NoSuchElementException.class, results::next);
      }
    }
  }

  @Test
  void anyClassifierRunsInAPipelineAndMayBeReplacedMeanwhile() throws IOException {
    Radiograph lateral = FILMS.get(0).withViewPosition(ViewPosition.LL);
    List<Explanation> expected = classifier.explain(FILMS);
    try (ReplaceableClassifier replaceable = new ReplaceableClassifier(model());
        PipelineResults<Integer> results =
            InferencePipeline.<Integer>of(
                    replaceable,
                    (index, buffers) -> index % 7 == 3 ? lateral : FILMS.get(index % 100))
                .heatmaps(true)
                .capacity(10)
                .build()
                .run(IntStream.range(0, 300).boxed().toList())) {
      for (int i = 0; i < 300; i++) {
        if (i % 50 == 0) {
          replaceable.replace(model());
        }
        PipelineResult<Integer> result = results.next();
        assertEquals(i, result.item());
        if (i % 7 == 3) {
          Outcome.Refusal<?> refusal = assertInstanceOf(Outcome.Refusal.class, result.outcome());
          assertEquals(
              UnsupportedRadiographException.Reason.UNSUPPORTED_VIEW,
              refusal.reason().orElseThrow());
        } else {
          Explanation found = result.explanation().orElseThrow();
          ClassifierContract.assertClose(
              expected.get(i % 100).prediction(), result.outcome().orThrow());
          assertEquals(expected.get(i % 100).heatmap().label(), found.heatmap().label());
        }
      }
      assertFalse(results.hasNext());
    }
  }

  @Test
  void radiographsThatWaitKeepTheirPixels() throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (Radiograph film : FILMS) {
      ByteArrayOutputStream png = new ByteArrayOutputStream();
      film.writePng(png);
      files.add(png.toByteArray());
    }
    List<Prediction> expected = classifier.classify(FILMS);
    try (ReplaceableClassifier replaceable = new ReplaceableClassifier(model());
        PipelineResults<byte[]> results =
            InferencePipeline.<byte[]>of(
                    replaceable, (file, buffers) -> RadiographReader.standard().read(file, buffers))
                .build()
                .run(files)) {
      for (Prediction prediction : expected) {
        ClassifierContract.assertClose(prediction, results.next().outcome().orThrow());
      }
    }
  }

  @Property(tries = 60)
  void closedAtAnyPointNothingIsLeftBehind(
      @ForAll @IntRange(min = 0, max = 60) int taken,
      @ForAll @IntRange(min = 0, max = 3) int pause,
      @ForAll @IntRange(min = 1, max = 4) int decodeThreads)
      throws Exception {
    try (OnnxClassifier model = model()) {
      InferencePipeline<Integer> pipeline =
          InferencePipeline.<Integer>of(model, (index, buffers) -> FILMS.get(index))
              .decodeThreads(decodeThreads)
              .capacity(8)
              .build();
      PipelineResults<Integer> results = pipeline.run(indices(60));
      for (int i = 0; i < taken; i++) {
        assertEquals(i, results.next().index());
      }
      Thread.sleep(pause);
      results.close();
      results.close();
      assertThrows(IllegalStateException.class, results::next);
    }
    assertEquals(0, pipelineThreads());
  }

  private static byte[] png(Random random) throws IOException {
    BufferedImage image = new BufferedImage(24, 20, BufferedImage.TYPE_BYTE_GRAY);
    for (int row = 0; row < 20; row++) {
      for (int column = 0; column < 24; column++) {
        image.getRaster().setSample(column, row, 0, random.nextInt(256));
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, "png", bytes));
    return bytes.toByteArray();
  }

  @Test
  void tenThousandFilesOfWhichFiveHundredAreDamaged() throws Exception {
    Random random = new Random(4);
    List<Path> good = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      good.add(Files.write(folder.resolve("good" + i + ".png"), png(random)));
    }
    byte[] whole = png(random);
    List<Path> bad =
        List.of(
            Files.write(folder.resolve("empty.png"), new byte[0]),
            Files.write(folder.resolve("short.png"), java.util.Arrays.copyOf(whole, 60)),
            Files.writeString(folder.resolve("text.png"), "This is no image."),
            folder.resolve("missing.png"),
            folder);
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      files.add(i % 20 == 7 ? bad.get(i / 20 % bad.size()) : good.get(i % good.size()));
    }
    InferencePipeline<Path> pipeline = InferencePipeline.ofFiles(classifier).build();
    int failures = 0;
    try (PipelineResults<Path> results = pipeline.run(files)) {
      for (int i = 0; i < files.size(); i++) {
        PipelineResult<Path> result = results.next();
        assertEquals(i, result.index());
        assertEquals(files.get(i), result.item());
        assertEquals(i % 20 == 7, result.failure().isPresent(), files.get(i).toString());
        failures += result.failure().isPresent() ? 1 : 0;
      }
      assertFalse(results.hasNext());
    }
    assertEquals(500, failures);
    try (PipelineResults<Path> results = pipeline.run(bad)) {
      List<Exception> reasons =
          results.stream().map(result -> result.failure().orElseThrow()).toList();
      assertInstanceOf(UnsupportedRadiographException.class, reasons.get(0));
      assertInstanceOf(UnsupportedRadiographException.class, reasons.get(1));
      assertInstanceOf(UnsupportedRadiographException.class, reasons.get(2));
      assertInstanceOf(NoSuchFileException.class, reasons.get(3));
      assertInstanceOf(IOException.class, reasons.get(4));
    }
  }

  @Test
  void aSlowConsumerStopsTheInput() throws Exception {
    AtomicInteger read = new AtomicInteger();
    Iterator<Integer> endless =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Integer next() {
            return read.getAndIncrement() % FILMS.size();
          }
        };
    try (PipelineResults<Integer> results = films().capacity(5).build().run(endless)) {
      for (int i = 0; i < 20; i++) {
        results.next();
        Thread.sleep(10);
        assertTrue(read.get() <= i + 1 + 5, read.get() + " items read for " + (i + 1) + " results");
      }
      await(() -> read.get() == 25);
      Thread.sleep(100);
      assertEquals(25, read.get());
    }
  }

  @Test
  void anIteratorThatThrowsEndsTheRunAfterTheItemsBeforeIt() {
    Iterator<Integer> broken =
        new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            if (next == 30) {
              throw new IllegalArgumentException("the folder is gone");
            }
            return true;
          }

          @Override
          public Integer next() {
            return next++;
          }
        };
    try (PipelineResults<Integer> results = films().decodeThreads(3).build().run(broken)) {
      for (int i = 0; i < 30; i++) {
        assertEquals(i, results.next().index());
      }
      IllegalArgumentException failure =
          assertThrows(IllegalArgumentException.class, results::hasNext);
      assertEquals("the folder is gone", failure.getMessage());
    }
  }

  @Test
  void anErrorInADecoderEndsTheRun() {
    InferencePipeline<Integer> pipeline =
        InferencePipeline.<Integer>of(
                classifier,
                (index, buffers) -> {
                  if (index == 20) {
                    throw new StackOverflowError("deep");
                  }
                  return FILMS.get(index);
                })
            .decodeThreads(2)
            .build();
    try (PipelineResults<Integer> results = pipeline.run(indices(60))) {
      assertThrows(
          StackOverflowError.class,
          () -> {
            while (results.hasNext()) {
              results.next();
            }
          });
    }
  }

  @Test
  void aClassifierClosedDuringARunFailsWhatIsLeft() {
    try (PipelineResults<Integer> results = films().capacity(4).build().run(indices(100))) {
      for (int i = 0; i < 10; i++) {
        assertTrue(results.next().prediction().isPresent());
      }
      classifier.close();
      int failed = 0;
      while (results.hasNext()) {
        failed += results.next().failure().isPresent() ? 1 : 0;
      }
      assertTrue(failed >= 80, failed + " failed");
    }
  }

  @Test
  void anInterruptedConsumerIsToldAndMayGoOn() {
    CountDownLatch told = new CountDownLatch(1);
    try (PipelineResults<Integer> results =
        InferencePipeline.<Integer>of(
                classifier,
                (index, buffers) -> {
                  awaitUninterrupted(told);
                  return FILMS.get(index);
                })
            .build()
            .run(indices(3))) {
      Thread.currentThread().interrupt();
      assertThrows(io.cxr.error.InferenceException.class, results::next);
      assertTrue(Thread.interrupted());
      told.countDown();
      assertEquals(0, results.next().index());
    } finally {
      told.countDown();
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      assertTrue(latch.await(1, TimeUnit.MINUTES));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for what must come, however busy the machine is; the test itself ends in time. */
  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }

  @Test
  void aStreamClosesItsRun() {
    try (Stream<PipelineResult<Integer>> stream = films().build().run(indices(1000)).stream()) {
      assertEquals(List.of(0L, 1L, 2L), stream.limit(3).map(PipelineResult::index).toList());
    }
  }

  /** Takes as many as it asks for at a time. */
  private static final class Collector implements Flow.Subscriber<PipelineResult<Integer>> {
    private final List<Long> indices = Collections.synchronizedList(new ArrayList<>());
    private final CompletableFuture<List<Long>> end = new CompletableFuture<>();
    private final long each;
    private final long cancelAfter;
    private final AtomicInteger signals = new AtomicInteger();
    private final CountDownLatch subscribed = new CountDownLatch(1);
    private Flow.Subscription subscription;

    Collector(long each, long cancelAfter) {
      this.each = each;
      this.cancelAfter = cancelAfter;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscribed.countDown();
      subscription.request(each);
    }

    @Override
    public void onNext(PipelineResult<Integer> result) {
      assertEquals(1, signals.incrementAndGet(), "signals overlap");
      indices.add(result.index());
      if (indices.size() == cancelAfter) {
        subscription.cancel();
        subscription.request(100);
      } else if (each > 0 && indices.size() % each == 0) {
        subscription.request(each);
      }
      signals.decrementAndGet();
    }

    @Override
    public void onError(Throwable failure) {
      end.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      assertTrue(end.complete(indices));
    }
  }

  @Test
  void aPublisherKeepsTheRulesOfFlow() throws Exception {
    InferencePipeline<Integer> pipeline = films().capacity(6).build();
    Flow.Publisher<PipelineResult<Integer>> publisher = pipeline.publisher(indices(50));
    for (long each : new long[] {1, 7, 50, Long.MAX_VALUE}) {
      Collector all = new Collector(each, -1);
      publisher.subscribe(all);
      assertEquals(
          IntStream.range(0, 50).mapToObj(i -> (long) i).toList(),
          all.end.get(1, TimeUnit.MINUTES));
    }
    Collector some = new Collector(1, 10);
    publisher.subscribe(some);
    some.subscribed.await();
    await(() -> some.indices.size() >= 10);
    Thread.sleep(300);
    assertEquals(10, some.indices.size());
    assertFalse(some.end.isDone());

    Collector none = new Collector(0, -1);
    publisher.subscribe(none);
    ExecutionException refusal =
        assertThrows(ExecutionException.class, () -> none.end.get(1, TimeUnit.MINUTES));
    assertInstanceOf(IllegalArgumentException.class, refusal.getCause());

    Collector patient = new Collector(3, 3);
    publisher.subscribe(patient);
    await(() -> patient.indices.size() >= 3);
    Thread.sleep(300);
    assertEquals(3, patient.indices.size());
  }

  @Test
  void aSubscriberThatThrowsEndsItsRun() throws Exception {
    CountDownLatch thrown = new CountDownLatch(1);
    films()
        .build()
        .publisher(indices(50))
        .subscribe(
            new Flow.Subscriber<>() {
              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
              }

              @Override
              public void onNext(PipelineResult<Integer> result) {
                thrown.countDown();
                throw new IllegalStateException("a consumer that throws");
              }

              @Override
              public void onError(Throwable failure) {
                throw new AssertionError("no signal after a subscriber threw", failure);
              }

              @Override
              public void onComplete() {
                throw new AssertionError("no signal after a subscriber threw");
              }
            });
    thrown.await();
    assertEquals(0, pipelineThreads());
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> films().decodeThreads(0).capacity(0).batchLimit(0).build());
    for (String part : List.of("decodeThreads", "capacity", "batchLimit")) {
      assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
    }
  }

  @Test
  void decodingThreadsHaveBuffersOfTheirOwn() {
    List<DecodeBuffers> seen = Collections.synchronizedList(new ArrayList<>());
    InferencePipeline<Integer> pipeline =
        InferencePipeline.<Integer>of(
                classifier,
                (index, buffers) -> {
                  seen.add(buffers);
                  return FILMS.get(index);
                })
            .decodeThreads(1)
            .build();
    try (PipelineResults<Integer> results = pipeline.run(indices(10))) {
      results.stream().forEach(result -> assertTrue(result.failure().isEmpty()));
    }
    assertEquals(10, seen.size());
    seen.forEach(buffers -> assertSame(seen.get(0), buffers));
  }
}
