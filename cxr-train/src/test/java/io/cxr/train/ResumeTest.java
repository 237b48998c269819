package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.SplitPlan;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.augmentation.Augmentation;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training in a process of its own is killed, resumed, and compared with an unbroken one. */
class ResumeTest {
  private static final int EPOCHS = 4;
  @TempDir Path folder;

  @BeforeEach
  void drawImages() throws IOException {
    Random random = new Random(1);
    for (String label : List.of("LEFT", "RIGHT")) {
      Path target = Files.createDirectories(folder.resolve("images").resolve(label));
      for (int i = 0; i < 12; i++) {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_GRAY);
        for (int p = 0; p < 64 * 64; p++) {
          boolean bright = label.equals("LEFT") == p % 64 < 32;
          image.getRaster().setSample(p % 64, p / 64, 0, (bright ? 120 : 60) + random.nextInt(60));
        }
        ImageIO.write(image, "png", target.resolve(i + ".png").toFile());
      }
    }
  }

  private static TrainingPlan.Builder plan(Path folder, String name) throws IOException {
    return plan(folder, name, recipe().build());
  }

  private static TrainingPlan.Builder plan(Path folder, String name, TrainingRecipe recipe)
      throws IOException {
    ImageFolder images = ImageFolder.open(folder.resolve("images"));
    TrainingData data = TrainingData.of(images, new SplitPlan(0.25, 0.2, List.of(), 3));
    return TrainingPlan.builder(recipe, data, folder.resolve(name)).name("resumed or not");
  }

  private static TrainingRecipe.Builder recipe() {
    return TrainingRecipe.builder(new LocalMaximaCnn())
        .batchSize(8)
        .learningRate(1e-3)
        .schedule(new LearningRateSchedule.Cosine(0.1))
        .augmentation(Augmentation.named("report-local-maxima-cnn"))
        .weightDecay(0.01)
        .labelSmoothing(0.05)
        .gradientClip(1)
        .epochs(EPOCHS)
        .noEarlyStopping();
  }

  /** The process that is killed: it trains, and waits for that in the middle of the third epoch. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] arguments) throws IOException {
      TrainingProgress says =
          new TrainingProgress() {
            @Override
            public void stepDone(int epoch, int epochs, int step, int steps, double l, double a) {
              if (epoch == 3 && step == 2) {
                System.out.println("3.2");
                try {
                  System.in.read();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            }
          };
      new Trainer(plan(Path.of(arguments[0]), "killed.onnx").build(), says).train();
    }
  }

  @Test
  void aKilledTrainingEndsWithTheSameWeights() throws Exception {
    new Trainer(plan(folder, "unbroken.onnx").build(), TrainingProgress.SILENT).train();
    byte[] expected = Files.readAllBytes(folder.resolve("unbroken.onnx"));

    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var lines = victim.inputReader()) {
      String line = lines.readLine();
      while (line != null && !line.equals("3.2")) {
        line = lines.readLine();
      }
      assertEquals("3.2", line, "the victim got to the middle of the third epoch");
      victim.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
    }
    Path checkpoint = folder.resolve("killed.checkpoint");
    assertTrue(Files.exists(checkpoint));
    OnnxClassifier.open(folder.resolve("killed.onnx")).close();

    TrainingResult resumed =
        new Trainer(plan(folder, "killed.onnx").resume(true).build(), TrainingProgress.SILENT)
            .train();
    assertEquals(EPOCHS, resumed.history().epochs().size());
    assertArrayEquals(expected, Files.readAllBytes(folder.resolve("killed.onnx")));
    assertFalse(Files.exists(checkpoint), "nothing is left to resume");
  }

  @Test
  void aTrainingWithoutTimeIsResumedWithTheSameSettingsOnly() throws Exception {
    TrainingPlan.Builder shortOfTime = plan(folder, "slow.onnx").timeLimit(Duration.ofNanos(1));
    TrainingResult first = new Trainer(shortOfTime.build(), TrainingProgress.SILENT).train();
    assertEquals(1, first.history().epochs().size());
    OnnxClassifier.open(folder.resolve("slow.onnx")).close();

    TrainingPlan other =
        plan(folder, "slow.onnx", recipe().learningRate(2e-3).build()).resume(true).build();
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new Trainer(other, TrainingProgress.SILENT).train())
            .getMessage();
    assertTrue(message.contains("same images, settings and seed"), message);

    Path checkpoint = folder.resolve("slow.checkpoint");
    byte[] bytes = Files.readAllBytes(checkpoint);
    bytes[bytes.length / 2] ^= 1;
    Files.write(checkpoint, bytes);
    TrainingPlan damaged = plan(folder, "slow.onnx").resume(true).build();
    String damage =
        assertThrows(IOException.class, () -> new Trainer(damaged, TrainingProgress.SILENT).train())
            .getMessage();
    assertTrue(damage.contains("damaged"), damage);

    bytes[bytes.length / 2] ^= 1;
    Files.write(checkpoint, bytes);
    TrainingResult rest =
        new Trainer(plan(folder, "slow.onnx").resume(true).build(), TrainingProgress.SILENT)
            .train();
    assertEquals(EPOCHS, rest.history().epochs().size());
    new Trainer(plan(folder, "unbroken.onnx").build(), TrainingProgress.SILENT).train();
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("unbroken.onnx")),
        Files.readAllBytes(folder.resolve("slow.onnx")));
  }

  @Test
  void aTrainingThatIsAskedToStopEndsAfterTheEpochAndIsResumedToTheSameModel() throws Exception {
    AtomicBoolean asked = new AtomicBoolean();
    TrainingProgress stopsInTheSecond =
        new TrainingProgress() {
          @Override
          public void stepDone(
              int epoch, int epochs, int step, int steps, double loss, double accuracy) {
            asked.set(epoch == 2);
          }
        };
    TrainingPlan.Builder stopped = plan(folder, "stopped.onnx").stopWhen(asked::get);
    TrainingResult first = new Trainer(stopped.build(), stopsInTheSecond).train();
    assertEquals(2, first.history().epochs().size());
    assertTrue(Files.exists(folder.resolve("stopped.checkpoint")));
    OnnxClassifier.open(folder.resolve("stopped.onnx")).close();

    TrainingPlan.Builder rest = plan(folder, "stopped.onnx").resume(true).stopWhen(() -> false);
    TrainingResult resumed = new Trainer(rest.build(), TrainingProgress.SILENT).train();
    assertEquals(EPOCHS, resumed.history().epochs().size());
    new Trainer(plan(folder, "whole.onnx").build(), TrainingProgress.SILENT).train();
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("whole.onnx")),
        Files.readAllBytes(folder.resolve("stopped.onnx")));
  }
}
