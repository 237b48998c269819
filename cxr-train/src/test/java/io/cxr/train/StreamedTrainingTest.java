package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.LabelTable;
import io.cxr.dataset.SplitPlan;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.DarkCovidNet;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.RandomKerasWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Films stay on disk, however many there are. */
class StreamedTrainingTest {
  private static final String TABLE = "films.csv";

  /** With pixels of 20,000 films in memory, 82 MB of 64 x 64, no training fits in this. */
  private static final String HEAP = "-Xmx112m";

  @TempDir Path folder;

  /** Small films of which two findings can be seen, of patients of two films. */
  private static void draw(Path folder, int films) throws IOException {
    String[] rows = new String[films + 1];
    rows[0] = "file,labels,patient";
    IntStream.range(0, films)
        .parallel()
        .forEach(
            i -> {
              Random random = new Random(i);
              boolean left = random.nextInt(3) == 0;
              boolean right = random.nextInt(4) == 0;
              byte[] pixels = new byte[16 * 16];
              for (int p = 0; p < pixels.length; p++) {
                boolean bright = p % 16 < 8 ? left : right;
                pixels[p] = (byte) ((bright ? 130 : 60) + random.nextInt(60));
              }
              String file = "part" + i / 1000 + "/" + i + ".png";
              try {
                Path target = folder.resolve(file);
                Files.createDirectories(target.getParent());
                Radiograph.ofGray8(16, 16, pixels).writePng(target);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              String labels =
                  String.join(
                      "|",
                      Stream.of(left ? "Left" : "", right ? "Right" : "")
                          .filter(name -> !name.isEmpty())
                          .toList());
              rows[i + 1] = file + "," + (labels.isEmpty() ? "No Finding" : labels) + ",p" + i / 2;
            });
    Files.write(folder.resolve(TABLE), List.of(rows));
  }

  /** How much memory is in use as images go by. */
  private static final class Memory implements TrainingProgress {
    private final int first;
    private final List<Long> used = new ArrayList<>();

    Memory(int first) {
      this.first = first;
    }

    @Override
    public void imagePrepared(int done, int total) {
      if (done == first || done == total) {
        used.add(used());
      }
    }

    /** What is reachable, in bytes. */
    static long used() {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
      }
      return least;
    }

    double grownMegabytes() {
      return (used.get(1) - used.get(0)) / 1e6;
    }
  }

  @Test
  void pixelsOfFilmsAreNotKept() throws Exception {
    int films = 320;
    draw(folder, films);
    TrainingData data =
        TrainingData.of(LabelTable.open(folder.resolve(TABLE)), SplitPlan.of(0.2, 1));
    TrainingPlan plan =
        TrainingPlan.builder(
                TrainingRecipe.builder(new DarkCovidNet()).build(), data, folder.resolve("no.onnx"))
            .build();
    Memory memory = new Memory(64);
    try (LearningTask task = LearningTask.of(plan, memory)) {
      assertEquals(data.training().size(), task.training().size());
      // Of 256 x 256 pixels each: 17 MB.
      assertTrue(memory.grownMegabytes() < 3, () -> memory.grownMegabytes() + " MB");
      // They are there all the same.
      double sum =
          task.training()
              .inputs(new int[] {3, data.training().size() - 1})
              .sumNumber()
              .doubleValue();
      assertTrue(sum > 0);
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(), left.filter(file -> file.toString().endsWith(".gray")).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"scratch", "adam", "lbfgs"})
  @Tag("slow")
  void twentyThousandFilmsAreTrainedOnInASmallHeap(String how) throws Exception {
    draw(folder, 20_000);
    Path log = folder.resolve("log.txt");
    Process training =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                // What a network computes with lies outside the heap, and is the same for any
                // films.
                "-Dorg.bytedeco.javacpp.maxbytes=1g",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=4g",
                "-cp",
                System.getProperty("java.class.path"),
                StreamedTrainingTest.class.getName(),
                folder.toString(),
                how)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(log.toFile()))
            .start();
    try {
      assertTrue(training.waitFor(20, TimeUnit.MINUTES));
    } finally {
      training.destroyForcibly();
    }
    String said = Files.readString(log);
    System.out.println(how + ": " + said.lines().reduce("", (before, line) -> line));
    assertEquals(0, training.exitValue(), said);
  }

  /** Trains in a process of its own; fails if memory grows with the films. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    LabelTable films = LabelTable.open(folder.resolve(TABLE));
    TrainingRecipe.Builder recipe;
    if (arguments[1].equals("scratch")) {
      recipe = TrainingRecipe.builder(new LocalMaximaCnn()).epochs(2).stepsPerEpoch(25);
    } else {
      PretrainedArchitecture base =
          PretrainedArchitecture.vgg16()
              .withLastLayer("block2_pool")
              .withPooling(Pooling.FLATTEN)
              .withPreprocessing(
                  PreprocessingSpec.of(
                      32, 32, Resampling.BILINEAR, 3, Normalization.Kind.UNIT_RANGE));
      RandomKerasWeights.write(base.layers(), folder.resolve("vgg16.h5"), 1, 0.5);
      recipe =
          TrainingRecipe.builder(base)
              .weights(folder.resolve("vgg16.h5"))
              .featureCache(folder.resolve("cache"))
              .epochs(2)
              .learningRate(1e-3)
              .solver(arguments[1].equals("adam") ? new Solver.Adam() : new Solver.Lbfgs());
    }
    TrainingData data = TrainingData.of(films, SplitPlan.of(0.1, 1));
    Memory memory = new Memory(films.items().size() / 10);
    TrainingResult result =
        new Trainer(
                TrainingPlan.builder(recipe.build(), data, folder.resolve("model.onnx")).build(),
                memory)
            .train();
    double area = result.card().metrics().get("auroc");
    System.out.printf(
        Locale.ROOT,
        "%d films, area %.3f, memory grew by %.1f MB from a tenth of the films to all%n",
        films.items().size(),
        area,
        memory.grownMegabytes());
    // Some bytes a film for its name and hash, where pixels or features would be thousands.
    System.exit(memory.grownMegabytes() * 1e6 < 700.0 * films.items().size() && area > 0.7 ? 0 : 1);
  }
}
