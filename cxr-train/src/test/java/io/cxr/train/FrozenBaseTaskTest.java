package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.error.ModelFormatException;
import io.cxr.file.OpenCounter;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.augmentation.Augmentation;
import io.cxr.train.network.RandomKerasWeights;
import io.cxr.train.weights.KerasWeights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A head on a frozen base of random weights, from images to the file that classifies them. */
class FrozenBaseTaskTest {
  @TempDir Path folder;

  /** Counts the images whose features are computed. */
  private static final class Counting implements TrainingProgress {
    int images;

    @Override
    public void imagePrepared(int done, int total) {
      images++;
    }
  }

  private TrainingPlan plan(TrainingRecipe.Builder recipe) throws IOException {
    ImageFolder images = ImageFolder.open(folder.resolve("images"));
    return TrainingPlan.builder(
            recipe.featureCache(folder.resolve("cache")).build(),
            TrainingData.of(images, PatientSplit.of(images, 0.25, 1)),
            folder.resolve("model.onnx"))
        .build();
  }

  private int train(OutputActivation head) throws IOException {
    Counting counting = new Counting();
    TrainingPlan plan =
        plan(
            TrainingRecipe.builder(smallVgg().withHead(head))
                .weights(folder.resolve("vgg16.h5"))
                .epochs(2)
                .batchSize(6)
                .learningRate(1e-6));
    TrainingResult result = new Trainer(plan, counting).train();

    assertEquals(
        KerasWeights.read(folder.resolve("vgg16.h5")).sha256(),
        result.card().training().orElseThrow().settings().get("baseWeightsSha256"));
    double expected = result.history().epochs().get(result.bestEpoch() - 1).validationLoss();
    double loss = lossOfTheFile(plan.data().validation());
    assertEquals(expected, loss, 1e-4, "the file gives what the head gave on kept features");
    return counting.images;
  }

  @Test
  void featuresAreComputedOnceAndTheFileClassifiesAsTheHeadDid() throws Exception {
    drawImages();
    RandomKerasWeights.write(smallVgg().layers(), folder.resolve("vgg16.h5"), 1, 0.5);
    assertEquals(16, train(OutputActivation.SOFTMAX));
    byte[] first = Files.readAllBytes(folder.resolve("model.onnx"));
    assertEquals(0, train(OutputActivation.SOFTMAX), "features are on disk");
    assertArrayEquals(first, Files.readAllBytes(folder.resolve("model.onnx")));

    // Another head on the same base uses the same features; damaged ones are computed again.
    try (Stream<Path> files = Files.walk(folder.resolve("cache"))) {
      Path kept =
          files.filter(file -> file.toString().endsWith(".features")).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(kept);
      bytes[bytes.length / 2] ^= 1;
      Files.write(kept, bytes);
    }
    assertEquals(1, train(OutputActivation.SIGMOID_PER_LABEL));

    // Other weights never meet these features.
    RandomKerasWeights.write(smallVgg().layers(), folder.resolve("vgg16.h5"), 2, 0.5);
    assertEquals(16, train(OutputActivation.SOFTMAX));

    TrainingPlan wrong =
        plan(
            TrainingRecipe.builder(PretrainedArchitecture.resNet50())
                .weights(folder.resolve("vgg16.h5")));
    assertThrows(
        ModelFormatException.class, () -> new Trainer(wrong, TrainingProgress.SILENT).train());
  }

  /** Whatever finds the head's weights, the file gives what the head gave on kept features. */
  @Test
  void headsThatAreFittedAtOnceAreInTheFileAsTheyWereFitted() throws Exception {
    drawImages();
    writeResNet();
    int computed = 16;
    for (Solver solver :
        List.of(
            new Solver.Lbfgs(),
            new Solver.LinearSvm(OptionalDouble.empty()),
            new Solver.LinearSvm(OptionalDouble.of(0.01)))) {
      Counting counting = new Counting();
      TrainingPlan plan =
          plan(
              TrainingRecipe.builder(smallResNet())
                  .weights(folder.resolve("resnet.h5"))
                  .solver(solver));
      TrainingResult result = new Trainer(plan, counting).train();
      assertEquals(computed, counting.images, "all heads share their features");
      computed = 0;
      assertEquals(1, result.history().epochs().size());
      Map<String, String> settings = result.card().training().orElseThrow().settings();
      assertEquals(solver.toString(), settings.get("optimizer"));
      if (solver instanceof Solver.LinearSvm svm) {
        double cost = Double.parseDouble(settings.get("svmCost"));
        assertTrue(List.of(1e-5, 1e-4, 1e-3, 1e-2, 1e-1).contains(cost), "C is one that was tried");
        svm.cost().ifPresent(given -> assertEquals(given, cost));
      } else {
        assertFalse(settings.containsKey("svmCost"));
      }
      assertEquals(
          result.history().epochs().get(0).validationLoss(),
          lossOfTheFile(plan.data().validation()),
          1e-4);
    }
    TrainingRecipe.Builder flat =
        TrainingRecipe.builder(PretrainedArchitecture.resNet50().withHead(OutputActivation.SOFTMAX))
            .weights(folder.resolve("resnet.h5"))
            .solver(new Solver.LinearSvm(OptionalDouble.empty()));
    String message = assertThrows(IllegalArgumentException.class, flat::build).getMessage();
    assertTrue(message.contains("global average pooling"), message);
    TrainingRecipe.Builder unfrozen =
        TrainingRecipe.builder(smallResNet().withUnfrozen(1))
            .weights(folder.resolve("resnet.h5"))
            .solver(new Solver.Lbfgs());
    message = assertThrows(IllegalArgumentException.class, unfrozen::build).getMessage();
    assertTrue(message.contains("frozen as a whole"), message);
  }

  /** Hashing and decoding is one reading; the file's own answers are another, as its users have. */
  @Test
  void eachImageIsReadOnceForItsFeatures() throws Exception {
    drawImages();
    writeResNet();
    OpenCounter counter = new OpenCounter();
    Map<String, Integer> before = Map.of();
    for (int run = 0; run < 2; run++) {
      ImageFolder images = ImageFolder.open(counter.path(folder.resolve("images")));
      PatientSplit split = PatientSplit.of(images, 0.25, 1);
      before = counter.opens();
      TrainingRecipe recipe =
          TrainingRecipe.builder(smallResNet())
              .weights(folder.resolve("resnet.h5"))
              .featureCache(folder.resolve("cache"))
              .augmentation(Augmentation.named("report-resnet50"))
              .views(2)
              .epochs(2)
              .build();
      TrainingPlan plan =
          TrainingPlan.builder(recipe, TrainingData.of(images, split), folder.resolve("model.onnx"))
              .build();
      new Trainer(plan, TrainingProgress.SILENT).train();
      Map<String, Integer> opens = counter.opens();
      for (LabelledRadiograph item : images.items()) {
        String file = item.file().toString();
        assertEquals(
            split.training().contains(item) ? 1 : 2,
            opens.getOrDefault(file, 0) - before.getOrDefault(file, 0),
            file);
      }
    }
  }

  private static PretrainedArchitecture smallVgg() {
    return PretrainedArchitecture.vgg16()
        .withLastLayer("block2_pool")
        .withPreprocessing(
            PreprocessingSpec.of(32, 40, Resampling.NEAREST, 3, Normalization.Kind.UNIT_RANGE));
  }

  private void writeResNet() {
    RandomKerasWeights.write(smallResNet().layers(), folder.resolve("resnet.h5"), 1, 64);
  }

  private static PretrainedArchitecture smallResNet() {
    return PretrainedArchitecture.compactResNet50()
        .withLastLayer("conv2_block2_out")
        .withPreprocessing(
            PreprocessingSpec.of(
                48, 40, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN));
  }

  /** Features end below the last block, which is learnt with the head, on the same images. */
  @Test
  void unfrozenBlocksAreInTheFileAsTheyWereTrained() throws Exception {
    drawImages();
    writeResNet();
    PretrainedArchitecture frozen = smallResNet();
    for (PretrainedArchitecture architecture : List.of(frozen, frozen.withUnfrozen(1))) {
      Counting counting = new Counting();
      TrainingPlan plan =
          plan(
              TrainingRecipe.builder(architecture)
                  .weights(folder.resolve("resnet.h5"))
                  .epochs(6)
                  .batchSize(6)
                  .learningRate(1e-4));
      TrainingResult result = new Trainer(plan, counting).train();
      assertEquals(16, counting.images, "another base has other features");
      assertEquals("compact-resnet50", result.card().architecture());
      List<TrainingHistory.Epoch> epochs = result.history().epochs();
      TrainingHistory.Epoch best = epochs.get(result.bestEpoch() - 1);
      assertTrue(best.validationLoss() < epochs.get(0).validationLoss());
      assertEquals(best.validationLoss(), lossOfTheFile(plan.data().validation()), 1e-4);
    }
  }

  private double lossOfTheFile(List<LabelledRadiograph> items) throws IOException {
    double loss = 0;
    try (OnnxClassifier classifier = OnnxClassifier.open(folder.resolve("model.onnx"))) {
      assertTrue(classifier.canExplain());
      for (LabelledRadiograph item : items) {
        loss -= Math.log(classifier.classify(item.read()).probability(item.label())) / items.size();
      }
    }
    return loss;
  }

  private void drawImages() throws IOException {
    Random random = new Random(1);
    for (String label : List.of("DARK", "LIGHT")) {
      Path target = Files.createDirectories(folder.resolve("images").resolve(label));
      for (int i = 0; i < 8; i++) {
        BufferedImage image = new BufferedImage(60, 50, BufferedImage.TYPE_BYTE_GRAY);
        for (int p = 0; p < 3000; p++) {
          int level = (label.equals("DARK") ? 20 : 150) + random.nextInt(90);
          image.getRaster().setSample(p % 60, p / 60, 0, level);
        }
        ImageIO.write(image, "png", target.resolve(i + ".png").toFile());
      }
    }
  }
}
