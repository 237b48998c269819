package io.cxr.benchmarks.peers;

import io.cxr.Prediction;
import io.cxr.benchmarks.BenchmarkModel;
import io.cxr.benchmarks.ModelPrecision;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.PipelineResults;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.JpegCodec;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Our side of {@code benchmarks/peers/run}: reads a line {@code stage rounds file...} at a time
 * from standard input, does the stage that often with every file, and answers with nanoseconds an
 * item and the bytes of garbage an item. The line {@code tensor file} is answered with the SHA-256
 * of the float tensor, so that both sides can be seen to compute the same; {@code keep file target}
 * writes the tensor; {@code answer file} gives the probabilities for the film at the network's
 * size, {@code film file} and {@code novelty file} those of the film as it is, and {@code input
 * file target} writes what the model's own preprocessing makes of it.
 */
public final class StageServer {
  private static final int SIZE = 224;

  private final StandardPreprocessor preprocessor =
      StandardPreprocessor.of(
          PreprocessingSpec.of(
              SIZE, SIZE, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN));
  private final DecodeBuffers buffers = new DecodeBuffers();
  private final ByteBuffer tensor =
      ByteBuffer.allocateDirect(Float.BYTES * 3 * SIZE * SIZE).order(ByteOrder.nativeOrder());
  private final ByteBuffer gray = ByteBuffer.allocateDirect(SIZE * SIZE);
  private final OnnxClassifier classifier;

  private StageServer(OnnxClassifier classifier) {
    this.classifier = classifier;
  }

  /**
   * Serves until the end of standard input.
   *
   * @param arguments name of a {@link BenchmarkModel} or a model file, how many threads run it, and
   *     the {@link ModelPrecision}; or {@code export} and the name: prints where its file is
   * @throws IOException if a file cannot be read
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals("export")) {
      System.out.println(
          BenchmarkModel.valueOf(arguments[1]).file(ModelPrecision.FP32).toAbsolutePath());
      return;
    }
    try (OnnxClassifier classifier =
        model(arguments[0], ModelPrecision.valueOf(arguments[2]))
            .threads(Integer.parseInt(arguments[1]))
            .open()) {
      StageServer server = new StageServer(classifier);
      BufferedReader requests =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        System.out.println(server.answer(line.split("\t")));
        System.out.flush();
      }
    }
  }

  private static OnnxClassifier.Builder model(String name, ModelPrecision precision)
      throws IOException {
    return name.endsWith(".onnx")
        ? OnnxClassifier.builder(Path.of(name)).noveltyGate(false)
        : BenchmarkModel.valueOf(name).builder(precision);
  }

  private String answer(String[] request) throws IOException {
    if (request[0].equals("tensor")) {
      fill(Path.of(request[1]));
      return sha256();
    }
    if (request[0].equals("keep")) {
      fill(Path.of(request[1]));
      Files.write(Path.of(request[2]), bytes());
      return "kept";
    }
    if (request[0].equals("input")) {
      Files.write(Path.of(request[2]), input(Path.of(request[1])));
      return "kept";
    }
    if (request[0].equals("novelty")) {
      return Double.toString(
          classifier
              .classify(Radiograph.read(Path.of(request[1])))
              .novelty()
              .orElseThrow()
              .score());
    }
    if (request[0].equals("film")) {
      return probabilities(Radiograph.read(Path.of(request[1])));
    }
    if (request[0].equals("answer")) {
      return probabilities(small(Path.of(request[1])));
    }
    List<Path> files = new ArrayList<>();
    for (int i = 2; i < request.length; i++) {
      files.add(Path.of(request[i]));
    }
    List<Radiograph> films = new ArrayList<>();
    if (!request[0].startsWith("file") && !request[0].equals("folder")) {
      for (Path file : files) {
        films.add(request[0].equals("network") ? small(file) : Radiograph.read(file));
      }
    }
    int rounds = Integer.parseInt(request[1]);
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    long start = System.nanoTime();
    for (int round = 0; round < rounds; round++) {
      stage(request[0], files, films);
    }
    long nanos = System.nanoTime() - start;
    allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - allocated;
    long items = (long) rounds * files.size();
    return nanos / items + " " + allocated / items;
  }

  private String probabilities(Radiograph film) {
    return classifier.classify(film).probabilities().stream()
        .map(each -> Double.toString(each.probability()))
        .collect(Collectors.joining(" "));
  }

  /** What the network gets of a film, float32 in native order. */
  private byte[] input(Path file) throws IOException {
    StandardPreprocessor own = StandardPreprocessor.of(classifier.card().preprocessing());
    float[] values = new float[own.inputShape().elements()];
    own.preprocess(Radiograph.read(file), FloatBuffer.wrap(values));
    ByteBuffer kept =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.nativeOrder());
    kept.asFloatBuffer().put(values);
    return kept.array();
  }

  private void stage(String stage, List<Path> files, List<Radiograph> films) throws IOException {
    switch (stage) {
      case "file-to-tensor" -> {
        for (Path file : files) {
          fill(file);
        }
      }
      case "file-to-tensor-turbo" -> {
        RadiographReader turbo = RadiographReader.standard().withJpegCodec(JpegCodec.LIBJPEG_TURBO);
        for (Path file : files) {
          fill(file, turbo);
        }
      }
      case "file-to-prediction" -> {
        for (Path file : files) {
          Radiograph film = RadiographReader.standard().read(file, buffers);
          check(classifier.classify(film));
          buffers.giveBack(film);
        }
      }
      case "file-to-heatmap" -> {
        for (Path file : files) {
          Radiograph film = RadiographReader.standard().read(file, buffers);
          Prediction prediction = classifier.explain(film).prediction();
          check(prediction);
          if (!Double.isFinite(prediction.novelty().orElseThrow().score())) {
            throw new IllegalStateException("Expected a novelty, found " + prediction);
          }
          buffers.giveBack(film);
        }
      }
      case "resize" -> {
        for (Radiograph film : films) {
          preprocessor.preprocessGray(film, gray.clear());
        }
      }
      case "network", "classify" -> {
        for (Radiograph film : films) {
          check(classifier.classify(film));
        }
      }
      case "explain" -> {
        for (Radiograph film : films) {
          check(classifier.explain(film).prediction());
        }
      }
      case "folder" -> {
        try (PipelineResults<Path> results =
            InferencePipeline.ofFiles(classifier).build().run(files)) {
          while (results.hasNext()) {
            check(results.next().prediction().orElseThrow());
          }
        }
      }
      default -> throw new IllegalArgumentException("Stage: expected a known one, found " + stage);
    }
  }

  /** A radiograph of the network's own size, so that nearly all of the time is the network's. */
  private Radiograph small(Path file) throws IOException {
    byte[] pixels = new byte[SIZE * SIZE];
    preprocessor.preprocessGray(Radiograph.read(file), gray.clear());
    gray.clear().get(pixels);
    return Radiograph.ofGray8(SIZE, SIZE, pixels);
  }

  private static void check(Prediction prediction) {
    if (!Double.isFinite(prediction.top().probability())) {
      throw new IllegalStateException("Expected a probability, found " + prediction);
    }
  }

  private void fill(Path file) throws IOException {
    fill(file, RadiographReader.standard());
  }

  private void fill(Path file, RadiographReader reader) throws IOException {
    FloatBuffer floats = tensor.clear().asFloatBuffer();
    Radiograph film = reader.read(file, buffers);
    preprocessor.preprocess(film, floats);
    buffers.giveBack(film);
  }

  private String sha256() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  private byte[] bytes() {
    byte[] bytes = new byte[tensor.capacity()];
    tensor.clear().get(bytes);
    return bytes;
  }
}
