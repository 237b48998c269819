package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Explanation;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.PatientSplit;
import io.cxr.file.Sha256;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.OnnxArchitecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.export.ForeignFile;
import io.cxr.train.network.RandomKerasWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads on files of other makers, and on maps of two scales, from images to the model file. */
class OnnxBaseTrainingTest {
  @TempDir Path folder;

  private static final class Counting implements TrainingProgress {
    int images;

    @Override
    public void imagePrepared(int done, int total) {
      images++;
    }
  }

  @BeforeEach
  void drawImages() throws IOException {
    Random random = new Random(1);
    for (String label : List.of("DARK", "LIGHT")) {
      Path target = Files.createDirectories(folder.resolve("images").resolve(label));
      for (int i = 0; i < 8; i++) {
        byte[] pixels = new byte[48 * 40];
        for (int p = 0; p < pixels.length; p++) {
          pixels[p] = (byte) ((label.equals("DARK") ? 20 : 130) + random.nextInt(90));
        }
        Radiograph.ofGray8(48, 40, pixels).writePng(target.resolve(i + ".png"));
      }
    }
  }

  private TrainingResult train(TrainingRecipe.Builder recipe, Counting counting)
      throws IOException {
    ImageFolder images = ImageFolder.open(folder.resolve("images"));
    TrainingPlan plan =
        TrainingPlan.builder(
                recipe.featureCache(folder.resolve("cache")).epochs(8).batchSize(4).build(),
                TrainingData.of(images, PatientSplit.of(images, 0.25, 1)),
                folder.resolve("model.onnx"))
            .build();
    return new Trainer(plan, counting).train();
  }

  private boolean explains() throws IOException {
    try (OnnxClassifier classifier = OnnxClassifier.open(folder.resolve("model.onnx"))) {
      Radiograph light = Radiograph.read(folder.resolve("images/LIGHT/0.png"));
      assertEquals("LIGHT", classifier.classify(light).top().label());
      return classifier.canExplain();
    }
  }

  @Test
  void anOnnxFileIsTrainedOn() throws Exception {
    Path file = ForeignFile.usual(14, "batch", 3, "h", "w").write(folder.resolve("My Base.onnx"));
    OnnxArchitecture map =
        OnnxArchitecture.of(file, "/layer2/Relu_output_0")
            .withPreprocessing(
                PreprocessingSpec.of(
                    48, 40, Resampling.BILINEAR, 3, Normalization.Kind.UNIT_RANGE));
    assertEquals("my-base", map.name());
    assertEquals(12, map.features().channels());
    assertTrue(map.summary(2).toString().contains("26"), "12 features and a bias, two labels");
    Counting first = new Counting();
    TrainingResult result = train(TrainingRecipe.builder(map), first);
    assertEquals(16, first.images);
    assertTrue(explains());
    var settings = result.card().training().orElseThrow().settings();
    assertEquals(Sha256.hex(file), settings.get("baseWeightsSha256"));
    String network = String.valueOf(settings.get("network"));
    assertTrue(network.contains("My Base.onnx") && network.contains("/layer2"), network);
    assertFalse(network.contains(folder.toString()), "a card names no folders");
    try (OnnxClassifier classifier = OnnxClassifier.open(folder.resolve("model.onnx"))) {
      Explanation explanation =
          classifier.explain(Radiograph.read(folder.resolve("images/LIGHT/1.png")));
      assertEquals(12, explanation.heatmap().rows());
      assertEquals(10, explanation.heatmap().columns());
    }

    // The same features again, and others of another value or another file.
    Counting again = new Counting();
    train(TrainingRecipe.builder(map), again);
    assertEquals(0, again.images, "features are on disk");
    Counting vector = new Counting();
    train(
        TrainingRecipe.builder(
            OnnxArchitecture.of(file, "/flatten").withPreprocessing(map.preprocessing())),
        vector);
    assertEquals(16, vector.images);
    assertFalse(explains(), "a vector gives no heatmaps");
    IllegalArgumentException weights =
        assertThrows(
            IllegalArgumentException.class,
            () -> TrainingRecipe.builder(map).weights(file).build());
    assertTrue(weights.getMessage().contains("ONNX file"), weights.getMessage());
  }

  @Test
  void twoScalesAreTrainedOn() throws Exception {
    PretrainedArchitecture scales =
        PretrainedArchitecture.resNet50()
            .withScales(List.of("conv2_block1_out", "conv2_block3_out"))
            .withPreprocessing(
                PreprocessingSpec.of(
                    48, 40, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN));
    assertEquals(2 * 256, scales.features().channels());
    assertTrue(scales.whole(2).contains("scales"));
    RandomKerasWeights.write(scales.layers(), folder.resolve("resnet.h5"), 1, 64);
    TrainingResult result =
        train(TrainingRecipe.builder(scales).weights(folder.resolve("resnet.h5")), new Counting());
    assertTrue(explains());
    try (OnnxClassifier classifier = OnnxClassifier.open(folder.resolve("model.onnx"))) {
      Explanation explanation =
          classifier.explain(Radiograph.read(folder.resolve("images/LIGHT/1.png")));
      assertEquals(12, explanation.heatmap().rows(), "as fine as the first");
      assertEquals(10, explanation.heatmap().columns());
    }
    String network =
        String.valueOf(result.card().training().orElseThrow().settings().get("network"));
    assertTrue(network.contains("conv2_block1_out, conv2_block3_out"), network);
  }

  @Test
  void scalesThatDoNotFitAreRefused() {
    PretrainedArchitecture network = PretrainedArchitecture.resNet50();
    for (List<String> wrong :
        List.of(
            List.<String>of(),
            List.of("conv5_block3_out", "conv3_block4_out"),
            List.of("conv3_block4_out", "conv3_block4_out"),
            List.of("conv3_block4_out", "nowhere"))) {
      assertThrows(IllegalArgumentException.class, () -> network.withScales(wrong));
    }
    PretrainedArchitecture two =
        network.withScales(List.of("conv3_block4_out", "conv5_block3_out"));
    assertThrows(IllegalArgumentException.class, () -> two.withUnfrozen(1));
    assertEquals("resnet50", two.name());
    assertEquals(Architecture.OUTPUT, two.whole(3).output());
  }
}
