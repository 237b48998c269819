package io.cxr.train.report;

import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.architecture.UntrainedArchitecture;
import io.cxr.train.export.ModelExport;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.export.Precision;
import io.cxr.train.export.TrainedNetwork;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.Shape;
import io.cxr.train.weights.NetworkWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * What a network's model files cost: their sizes and the time of an answer, which depend on the
 * layers and not on what was learnt. So weights are random.
 *
 * @param network the network's name
 * @param fp32 the file with 32-bit weights
 * @param fp16 the file with 16-bit weights, computed in 32 bits
 * @param int8 the file with 8-bit weights and activations
 */
public record NetworkCost(String network, FileCost fp32, FileCost fp16, FileCost int8) {
  private static final List<String> LABELS = List.of("CLEAR", "OPACITY");
  private static final int WARM_UP = 4;
  private static final int TIMED = 20;

  /**
   * One file.
   *
   * @param bytes its size
   * @param millis median time of one answer for one radiograph in memory, preprocessing included
   * @param ratio the same over the time of the file that it is compared with, whose answers were
   *     timed in turn with these
   */
  public record FileCost(long bytes, double millis, double ratio) {}

  /**
   * Writes a network with random weights, which are no use but for measuring.
   *
   * @param architecture the network
   * @param file the model file, float32
   * @throws IOException if it cannot be written
   */
  public static void write(Architecture architecture, Path file) throws IOException {
    ModelCard card =
        ModelCard.builder(architecture.name(), "random")
            .architecture(architecture.name())
            .labels(LABELS)
            .output(architecture.output(LABELS.size()))
            .preprocessing(architecture.preprocessing())
            .build();
    OnnxExporter.export(network(architecture), card, file);
  }

  private static TrainedNetwork network(Architecture architecture) {
    if (architecture instanceof UntrainedArchitecture untrained) {
      return TrainedNetwork.of(
          untrained.network(LABELS.size(), 1, new NoOp()), architecture.inputShape());
    }
    if (!(architecture instanceof PretrainedArchitecture pretrained)) {
      throw new IllegalArgumentException(
          "Costs: expected a network whose layers are described, found " + architecture.name());
    }
    Shape map = pretrained.layers().shape(pretrained.lastLayer());
    int features = pretrained.pooling() == Pooling.GLOBAL_AVERAGE ? map.channels() : map.elements();
    Random random = new Random(1);
    float[] head = new float[features * LABELS.size()];
    for (int i = 0; i < head.length; i++) {
      head[i] = (float) (random.nextGaussian() / features);
    }
    return TrainedNetwork.of(
        pretrained.base(NetworkWeights.random(pretrained.layers(), 1, 1)),
        pretrained.pooling(),
        head,
        new float[LABELS.size()],
        pretrained.head());
  }

  /**
   * Writes a network's files and measures them. The files stay.
   *
   * @param architecture the network
   * @param reference a model file whose answers are timed in turn with the network's, so that what
   *     else the machine does strikes both
   * @param calibration radiographs for the ranges of the int8 file
   * @param folder where the files are written
   * @return the costs
   * @throws IOException if a file cannot be read or written
   */
  public static NetworkCost measure(
      Architecture architecture, Path reference, List<Path> calibration, Path folder)
      throws IOException {
    Path fp32 = folder.resolve(architecture.name() + ".onnx");
    Path fp16 = folder.resolve(architecture.name() + "-fp16.onnx");
    Path int8 = folder.resolve(architecture.name() + "-int8.onnx");
    write(architecture, fp32);
    ModelExport.of(fp32).precision(Precision.FP16).write(fp16);
    ModelExport.of(fp32).precision(Precision.INT8).calibration(calibration).force(true).write(int8);
    Radiograph radiograph = Radiograph.read(calibration.get(0));
    return new NetworkCost(
        architecture.name(),
        cost(fp32, reference, radiograph),
        cost(fp16, reference, radiograph),
        cost(int8, reference, radiograph));
  }

  private static FileCost cost(Path file, Path reference, Radiograph radiograph)
      throws IOException {
    double[] own = new double[TIMED];
    double[] others = new double[TIMED];
    try (OnnxClassifier classifier = OnnxClassifier.open(file);
        OnnxClassifier other = OnnxClassifier.open(reference)) {
      for (int i = -WARM_UP; i < TIMED; i++) {
        double millis = millis(classifier, radiograph);
        double otherMillis = millis(other, radiograph);
        if (i >= 0) {
          own[i] = millis;
          others[i] = otherMillis;
        }
      }
    }
    return new FileCost(Files.size(file), median(own), median(own) / median(others));
  }

  private static double millis(OnnxClassifier classifier, Radiograph radiograph) {
    long start = System.nanoTime();
    classifier.classify(radiograph);
    return (System.nanoTime() - start) / 1e6;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
