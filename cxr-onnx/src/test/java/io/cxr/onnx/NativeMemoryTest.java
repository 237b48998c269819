package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.model.ModelCard;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Neither calls nor models that were closed keep native memory. Each is measured in a process of
 * its own, whose heap has its full size from the start, so that what grows is not the heap: how
 * that grows depends on the machine.
 */
@Tag("slow")
class NativeMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final long MEBIBYTE = 1 << 20;

  @TempDir Path folder;

  /** Resident memory of this process in bytes, with as little garbage in it as can be. */
  private static long resident() throws IOException, InterruptedException {
    // Direct buffers go with their owners, and those go with a collection; the least of some
    // readings counts.
    System.gc();
    System.gc();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      Thread.sleep(50);
      least = Math.min(least, reading());
    }
    return least;
  }

  private static long reading() throws IOException {
    return Files.readAllLines(STATUS).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElseThrow()
        * 1024;
  }

  /** What a process of its own does and measures. */
  enum Use {
    CALLS {
      @Override
      long growth(Path folder) throws Exception {
        return ofCalls(folder);
      }
    },
    MODELS {
      @Override
      long growth(Path folder) throws Exception {
        return ofModels(folder);
      }
    },
    BATCHER {
      @Override
      long growth(Path folder) throws Exception {
        return ofABatcher(folder);
      }
    },
    PIPELINES {
      @Override
      long growth(Path folder) throws Exception {
        return ofPipelines(folder);
      }
    };

    /** By how many bytes resident memory grew after it had settled. */
    abstract long growth(Path folder) throws Exception;
  }

  /** The process: takes a use and a folder, prints the growth. */
  static final class Measured {
    private Measured() {}

    public static void main(String[] arguments) throws Exception {
      System.out.println("grew " + Use.valueOf(arguments[0]).growth(Path.of(arguments[1])));
    }
  }

  private void assertGrowth(Use use, long bound, String what) throws Exception {
    assumeTrue(
        Files.isReadable(STATUS),
        "SKIPPED: the leak test reads resident memory from /proc/self/status, which only Linux has");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms96m",
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:+AlwaysPreTouch",
                // The optimising compiler takes up to 24 MiB for a while, on a busy machine late.
                "-XX:TieredStopAtLevel=1",
                Measured.class.getName(),
                use.name(),
                folder.toString())
            .redirectErrorStream(true);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    long growth =
        output
            .lines()
            .filter(line -> line.startsWith("grew "))
            .mapToLong(line -> Long.parseLong(line.substring(5)))
            .findFirst()
            .orElseThrow();
    assertTrue(
        growth < bound,
        () ->
            what
                + ": expected resident memory to grow by less than "
                + bound / MEBIBYTE
                + " MiB, found "
                + growth / MEBIBYTE);
  }

  @Test
  void thousandsOfCallsLeaveMemoryFlat() throws Exception {
    assertGrowth(Use.CALLS, 12 * MEBIBYTE, "60,000 calls");
  }

  @Test
  void modelsOpenedAndClosedLeaveMemoryFlat() throws Exception {
    assertGrowth(Use.MODELS, 64 * MEBIBYTE, "50 models of 8 MiB");
  }

  @Test
  void batchersLeaveMemoryFlat() throws Exception {
    assertGrowth(Use.BATCHER, 12 * MEBIBYTE, "20,000 calls of a batcher");
  }

  @Test
  void pipelinesLeaveMemoryFlat() throws Exception {
    assertGrowth(Use.PIPELINES, 12 * MEBIBYTE, "100 pipelines");
  }

  private static long ofCalls(Path folder) throws Exception {
    Path file = SmallNetwork.softmax().write(folder);
    List<Radiograph> films = ClassifierContract.films(1, 40);
    try (OnnxClassifier classifier = OnnxClassifier.builder(file).threads(1).open()) {
      call(classifier, films, 20_000);
      long before = resident();
      call(classifier, films, 60_000);
      return resident() - before;
    }
  }

  private static void call(OnnxClassifier classifier, List<Radiograph> films, int calls) {
    for (int i = 0; i < calls; i++) {
      Radiograph film = films.get(i % films.size());
      switch (i % 20) {
        case 0 -> classifier.classify(films.subList(0, i % films.size()));
        case 1, 2, 3, 4 -> classifier.explain(film);
        case 5, 6, 7, 8 -> classifier.explain(film, "NORMAL");
        default -> classifier.classify(film);
      }
    }
  }

  private static long ofModels(Path folder) throws Exception {
    // Eight megabytes of weights a model: forgotten ones would show.
    SmallNetwork network = SmallNetwork.softmax();
    float[] ballast = new float[2 << 20];
    ballast[7] = 1;
    Path file =
        SmallNetwork.write(
            folder,
            network
                .graph("batch", true)
                .weights("ballast", ballast, 1, ballast.length)
                .node("ReduceSum", List.of("flat"), "one")
                .node("Mul", List.of("one", "ballast"), "heavy")
                .output("heavy", "batch", ballast.length)
                .metadata(ModelCard.METADATA_KEY, network.card().toJson())
                .build());
    List<Radiograph> films = ClassifierContract.films(1, 2);
    openAndClose(file, films, 10);
    long before = resident();
    openAndClose(file, films, 50);
    return resident() - before;
  }

  private static void openAndClose(Path file, List<Radiograph> films, int models)
      throws IOException {
    for (int i = 0; i < models; i++) {
      try (OnnxClassifier classifier = OnnxClassifier.builder(file).threads(1).open()) {
        classifier.classify(films);
        classifier.explain(films.get(0));
      }
    }
  }

  private static long ofABatcher(Path folder) throws Exception {
    Path file = SmallNetwork.softmax().write(folder);
    List<Radiograph> films = ClassifierContract.films(1, 40);
    try (MicroBatcher batcher =
        MicroBatcher.builder(OnnxClassifier.builder(file).threads(1).open()).open()) {
      share(batcher, films, 20_000);
      resident();
      share(batcher, films, 20_000);
      long before = resident();
      share(batcher, films, 20_000);
      return resident() - before;
    }
  }

  private static long ofPipelines(Path folder) throws Exception {
    Path file = SmallNetwork.softmax().write(folder);
    List<Radiograph> films = ClassifierContract.films(1, 40);
    try (OnnxClassifier classifier = OnnxClassifier.builder(file).threads(1).open()) {
      pipe(classifier, films, 100);
      resident();
      pipe(classifier, films, 100);
      long before = resident();
      pipe(classifier, films, 100);
      return resident() - before;
    }
  }

  private static void share(MicroBatcher batcher, List<Radiograph> films, int calls)
      throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      threads.add(
          new Thread(
              () -> {
                for (int i = 0; i < calls / 4; i++) {
                  batcher.classify(films.get(i % films.size()));
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void pipe(OnnxClassifier classifier, List<Radiograph> films, int runs) {
    InferencePipeline<Radiograph> pipeline =
        InferencePipeline.<Radiograph>of(classifier, (film, buffers) -> film).build();
    for (int run = 0; run < runs; run++) {
      try (PipelineResults<Radiograph> results = pipeline.run(films)) {
        int taken = 0;
        // Every other run is left half way.
        while (taken < films.size() / (1 + run % 2)) {
          assertTrue(results.next().prediction().isPresent());
          taken++;
        }
      }
    }
  }
}
