package io.cxr.benchmarks;

import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.architecture.ResNet50;
import io.cxr.train.architecture.Vgg16;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.export.Precision;
import io.cxr.train.weights.KerasWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

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
  private static final String VERSION = "1";

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
    return builder.noveltyGate(false);
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
      case RESNET50 -> new ResNet50(OutputActivation.SOFTMAX);
      case VGG16 -> new Vgg16(OutputActivation.SOFTMAX);
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

  /**
   * Random weights that keep the size of activations from layer to layer (He et al., ICCV 2015), so
   * that no number overflows, vanishes or saturates a softmax.
   */
  private static ComputationGraph network(PretrainedArchitecture architecture) throws IOException {
    ComputationGraph network = architecture.joined(LABELS.size());
    SplittableRandom random = new SplittableRandom(1);
    for (Layer layer : network.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      layer
          .paramTable()
          .forEach(
              (key, values) -> {
                switch (key) {
                  case "W" -> values.assign(gaussian(random, deviation(values), values.shape()));
                  // The sum of a residual block would double the variance sixteen times.
                  case "gamma" -> values.assign(name.endsWith("_3_bn") ? 0.25 : 1);
                  case "var" -> values.assign(1);
                  default -> values.assign(0);
                }
              });
    }
    String weights = System.getProperty("cxr.benchmarks.weights", "");
    if (architecture instanceof ResNet50 && !weights.isEmpty()) {
      architecture.loadFrozen(KerasWeights.read(Path.of(weights)), network);
    }
    return network;
  }

  private static double deviation(INDArray weights) {
    long[] shape = weights.shape();
    if (shape.length == 4) {
      return Math.sqrt(2.0 / (double) (shape[1] * shape[2] * shape[3]));
    }
    // Logits near 1 from features of the size of the input, which may be gray levels.
    return 0.01 / Math.sqrt((double) shape[0]);
  }

  private static INDArray gaussian(SplittableRandom random, double deviation, long[] shape) {
    int elements = 1;
    for (long size : shape) {
      elements = Math.toIntExact(elements * size);
    }
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return Nd4j.createFromArray(values).reshape('c', shape);
  }
}
