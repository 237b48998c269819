package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Heatmap;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.PatientSplit;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.Network;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.RandomKerasWeights;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sanity checks of heatmaps (Adebayo and others, "Sanity checks for saliency maps", NeurIPS 2018):
 * a heatmap is of what was learnt, not of the image. Trainings that differ by chance give similar
 * maps; labels that were shuffled give others.
 */
class HeatmapSanityTest {
  private static final int SIDE = 48;
  private static final int IMAGES = 40;
  private static final int ASKED = 12;

  @TempDir Path folder;

  private static BufferedImage picture(boolean spot, Random random) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    int middleX = 8 + random.nextInt(SIDE - 16);
    int middleY = 8 + random.nextInt(SIDE - 16);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double distance = Math.hypot(x - middleX, y - middleY);
        double peak = (spot ? 120 : -60) * Math.exp(-distance * distance / 32);
        double gray = 90 + peak + random.nextInt(30);
        image.getRaster().setSample(x, y, 0, (int) Math.max(0, Math.min(255, gray)));
      }
    }
    return image;
  }

  /** Spots in pictures of SPOT; in which folder a picture lies may be told by chance instead. */
  private ImageFolder draw(String name, boolean shuffled) throws Exception {
    Random random = new Random(3);
    for (int i = 0; i < 2 * IMAGES; i++) {
      boolean spot = i % 2 == 0;
      String label = (shuffled ? random.nextBoolean() : spot) ? "SPOT" : "HOLE";
      Path target = Files.createDirectories(folder.resolve(name).resolve(label));
      ImageIO.write(picture(spot, random), "png", target.resolve(i + ".png").toFile());
    }
    return ImageFolder.open(folder.resolve(name));
  }

  private List<Heatmap> heatmaps(ImageFolder images, long seed, List<Radiograph> asked)
      throws Exception {
    PretrainedArchitecture network =
        PretrainedArchitecture.of(Network.named("mobilenet").orElseThrow())
            .withLastLayer("conv_pw_2_relu")
            .withPooling(Pooling.GLOBAL_AVERAGE)
            .withPreprocessing(
                PreprocessingSpec.of(
                    SIDE, SIDE, Resampling.BILINEAR, 3, Normalization.Kind.SIGNED_UNIT_RANGE));
    Path weights = folder.resolve("mobilenet.h5");
    RandomKerasWeights.write(network.layers(), weights, 1, 0.5);
    TrainingRecipe recipe =
        TrainingRecipe.builder(network)
            .weights(weights)
            .featureCache(folder.resolve("features"))
            .epochs(40)
            .batchSize(8)
            .learningRate(1e-2)
            .seed(seed)
            .build();
    Path model = folder.resolve("model.onnx");
    new Trainer(
            TrainingPlan.builder(
                    recipe, TrainingData.of(images, PatientSplit.of(images, 0.3, seed)), model)
                .build(),
            TrainingProgress.SILENT)
        .train();
    List<Heatmap> heatmaps = new ArrayList<>();
    try (OnnxClassifier classifier =
        OnnxClassifier.builder(model).noveltyGate(false).viewGate(false).open()) {
      for (Radiograph each : asked) {
        heatmaps.add(classifier.explain(each, "SPOT").heatmap());
      }
    }
    return heatmaps;
  }

  private static double alike(List<Heatmap> some, List<Heatmap> others) {
    double sum = 0;
    for (int i = 0; i < some.size(); i++) {
      sum += correlation(some.get(i), others.get(i));
    }
    return sum / some.size();
  }

  private static double correlation(Heatmap one, Heatmap other) {
    int count = one.rows() * one.columns();
    double[] a = new double[count];
    double[] b = new double[count];
    for (int i = 0; i < count; i++) {
      a[i] = one.value(i / one.columns(), i % one.columns());
      b[i] = other.value(i / one.columns(), i % one.columns());
    }
    double meanA = Arrays.stream(a).average().orElseThrow();
    double meanB = Arrays.stream(b).average().orElseThrow();
    double product = 0;
    double squareA = 0;
    double squareB = 0;
    for (int i = 0; i < count; i++) {
      product += (a[i] - meanA) * (b[i] - meanB);
      squareA += (a[i] - meanA) * (a[i] - meanA);
      squareB += (b[i] - meanB) * (b[i] - meanB);
    }
    return squareA == 0 || squareB == 0 ? 0 : product / Math.sqrt(squareA * squareB);
  }

  @Test
  void heatmapsAreOfWhatWasLearnt() throws Exception {
    Random random = new Random(11);
    List<Radiograph> asked = new ArrayList<>();
    for (int i = 0; i < ASKED; i++) {
      Path file = folder.resolve("asked-" + i + ".png");
      ImageIO.write(picture(true, random), "png", file.toFile());
      asked.add(Radiograph.read(file));
    }
    ImageFolder images = draw("images", false);
    List<Heatmap> learnt = heatmaps(images, 1, asked);
    double repeated = alike(learnt, heatmaps(images, 2, asked));
    double chance = alike(learnt, heatmaps(draw("shuffled", true), 1, asked));
    String found = String.format("repeated %.3f, labels shuffled %.3f", repeated, chance);
    assertTrue(repeated > 0.8, found);
    assertTrue(Math.abs(chance) < 0.5, found);
  }
}
