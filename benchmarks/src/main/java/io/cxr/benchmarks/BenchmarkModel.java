package io.cxr.benchmarks;

import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.export.FrozenBase;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.export.Precision;
import io.cxr.train.export.TrainedNetwork;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.weights.KerasWeights;
import io.cxr.train.weights.NetworkWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Networks that are timed. Those without a file of their own get random weights of the size that
 * training would give them, are exported once and kept in a folder: the system property {@code
 * cxr.benchmarks.models}, by default {@code target/models}. The base of ResNet-50 has real weights
 * where the system property {@code cxr.benchmarks.weights} names the file of Keras.
 */
public enum BenchmarkModel {
  /** The small model that comes with the library. */
  DEFAULT,
  /** ResNet-50 under Flatten and Dense, two labels. */
  RESNET50,
  /** VGG-16 under Flatten and Dense, two labels. */
  VGG16;

  /** Raise it when what is exported changes, so that older files are not taken for it. */
  private static final String VERSION = "2";

  private static final List<String> LABELS = List.of("A", "B");

  /**
   * How to open the model.
   *
   * @param precision the number format; the {@link #DEFAULT} model has its own
   * @return a builder without the novelty gate, which would refuse synthetic images
   * @throws IOException if the model cannot be exported
   */
  public OnnxClassifier.Builder builder(ModelPrecision precision) throws IOException {
    OnnxClassifier.Builder builder =
        this == DEFAULT ? OnnxClassifier.builder() : OnnxClassifier.builder(file(precision));
    return builder.noveltyGate(false).viewGate(false);
  }

  /**
   * The model file, exported if it is not there.
   *
   * @param precision the number format
   * @return the file
   * @throws IOException if it cannot be written
   */
  public Path file(ModelPrecision precision) throws IOException {
    Path folder = Path.of(System.getProperty("cxr.benchmarks.models", "target/models"));
    String name = (name() + '-' + precision).toLowerCase(Locale.ROOT);
    Path file = folder.resolve(name + "-" + VERSION + ".onnx");
    if (Files.notExists(file)) {
      Files.createDirectories(folder);
      PretrainedArchitecture architecture = architecture();
      if (precision == ModelPrecision.FP32) {
        OnnxExporter.export(
            network(architecture), card(architecture), Optional.empty(), Precision.FP32, file);
      } else {
        precision.write(file(ModelPrecision.FP32), file);
      }
    }
    return file;
  }

  private PretrainedArchitecture architecture() {
    return switch (this) {
      case DEFAULT -> throw new IllegalStateException("The default model is not exported");
      case RESNET50 -> PretrainedArchitecture.resNet50().withHead(OutputActivation.SOFTMAX);
      case VGG16 -> PretrainedArchitecture.vgg16();
    };
  }

  private static ModelCard card(PretrainedArchitecture architecture) {
    return ModelCard.builder("benchmark", VERSION)
        .architecture(architecture.name())
        .labels(LABELS)
        .output(OutputActivation.SOFTMAX)
        .preprocessing(architecture.preprocessing())
        .build();
  }

  /** Random weights that keep the size of activations, under a head whose logits are near 1. */
  private static TrainedNetwork network(PretrainedArchitecture architecture) throws IOException {
    NetworkGraph layers = architecture.frozenLayers();
    String file = System.getProperty("cxr.benchmarks.weights", "");
    boolean isResNet = architecture.network().name().equals("resnet50");
    NetworkWeights weights =
        isResNet && !file.isEmpty()
            ? NetworkWeights.of(layers, KerasWeights.read(Path.of(file)))
            : NetworkWeights.random(layers, 1, isResNet ? 64 : 0.5);
    SplittableRandom random = new SplittableRandom(1);
    float[] head = new float[architecture.features().elements() * LABELS.size()];
    for (int i = 0; i < head.length; i++) {
      head[i] = (float) (0.02 * (random.nextDouble() - 0.5) / Math.sqrt(head.length));
    }
    return TrainedNetwork.of(
        FrozenBase.of(layers, weights),
        architecture.pooling(),
        head,
        new float[LABELS.size()],
        architecture.head());
  }
}
