package io.cxr.benchmarks;

import io.cxr.Prediction;
import io.cxr.explain.Explanation;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.ResNet50;
import io.cxr.train.export.OnnxExporter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Milliseconds an image for each stage of a classification by ResNet-50 (random weights, two
 * labels), on a synthetic 1024 x 1024 gray image.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ClassificationBenchmark {
  private static final int SIZE = 1024;
  private static final int BATCH = 8;

  /** Threads of ONNX Runtime. */
  @Param({"1", "2"})
  public int threads;

  private final byte[] png = png();
  private final Radiograph radiograph = Radiograph.read(png);
  private final List<Radiograph> batch = Collections.nCopies(BATCH, radiograph);
  private final StandardPreprocessor preprocessor =
      StandardPreprocessor.of(architecture().preprocessing());
  private final FloatBuffer input =
      ByteBuffer.allocateDirect(4 * architecture().inputShape().elements())
          .order(ByteOrder.nativeOrder())
          .asFloatBuffer();
  private final OnnxClassifierHolder holder = new OnnxClassifierHolder();

  /** Opened for each number of threads. */
  private static final class OnnxClassifierHolder {
    private Optional<OnnxClassifier> classifier = Optional.empty();

    OnnxClassifier get() {
      return classifier.orElseThrow();
    }
  }

  /** For the benchmark harness. */
  public ClassificationBenchmark() {}

  private static ResNet50 architecture() {
    return new ResNet50(OutputActivation.SOFTMAX);
  }

  /** Exports a network and opens it. */
  @Setup
  public void open() throws IOException {
    Nd4j.getRandom().setSeed(1);
    ComputationGraph network = architecture().joined(2);
    network.setParams(Nd4j.rand(network.params().shape()).muli(0.02));
    Path file = Files.createTempFile("cxr-benchmark", ".onnx");
    try {
      ModelCard card =
          new ModelCard(
              ModelCard.FORMAT_VERSION,
              "benchmark",
              "1",
              architecture().name(),
              List.of("A", "B"),
              OutputActivation.SOFTMAX,
              architecture().preprocessing(),
              Map.of(),
              Optional.empty(),
              Prediction.NOTICE);
      OnnxExporter.export(network, card, file);
      holder.classifier = Optional.of(OnnxClassifier.builder(file).threads(threads).open());
    } finally {
      Files.delete(file);
    }
  }

  /** Frees the model. */
  @TearDown
  public void close() {
    holder.get().close();
  }

  private static byte[] png() {
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
    SplittableRandom random = new SplittableRandom(1);
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        double wave = 110 + 70 * Math.sin(x / 90.0) * Math.cos(y / 130.0);
        image.getRaster().setSample(x, y, 0, (int) wave + random.nextInt(8));
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new IllegalStateException("Writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  /** Decodes a PNG of 1024 x 1024 pixels. */
  @Benchmark
  public Radiograph decode() {
    return Radiograph.read(png);
  }

  /** Resizes to 224 x 224 and normalises. */
  @Benchmark
  public FloatBuffer preprocess() {
    input.clear();
    preprocessor.preprocess(radiograph, input);
    return input;
  }

  /** Preprocesses and classifies one decoded image. */
  @Benchmark
  public Prediction classify() {
    return holder.get().classify(radiograph);
  }

  /** The same, eight at once; time an image. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public List<Prediction> classifyEight() {
    return holder.get().classify(batch);
  }

  /** Classifies one decoded image and gives the heatmap of its label. */
  @Benchmark
  public Explanation explain() {
    return holder.get().explain(radiograph);
  }
}
