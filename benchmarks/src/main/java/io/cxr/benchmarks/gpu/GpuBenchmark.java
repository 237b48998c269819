package io.cxr.benchmarks.gpu;

import ai.onnxruntime.OrtException;
import io.cxr.Device;
import io.cxr.Prediction;
import io.cxr.benchmarks.MachineFacts;
import io.cxr.benchmarks.RadiographKind;
import io.cxr.benchmarks.Report;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.PipelineResults;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import io.cxr.train.export.ExportInput;
import io.cxr.train.export.ModelExport;
import io.cxr.train.export.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@code benchmarks/gpu/unpack-and-run} runs: correctness against the CPU, and only if that
 * holds, images a second beside PyTorch and beside the rate of large matrix products. Writes {@code
 * gpu.md} and {@code gpu.json}.
 */
public final class GpuBenchmark {
  private static final int SIZE = 224;
  private static final float[] NONE = {};
  private static final Set<String> COMPARED = Set.of("output", "logits", "heatmap");

  /** As {@link OnnxClassifier} opens CUDA. */
  private static final Map<String, String> AS_CXR =
      Map.of("cudnn_conv_algo_search", "HEURISTIC", "use_tf32", "0");

  /** Convolutions chosen by trial, and channels last, as tensor cores like them. */
  private static final Map<String, String> TUNED =
      Map.of("cudnn_conv_algo_search", "EXHAUSTIVE", "use_tf32", "0", "prefer_nhwc", "1");

  /** A network that is timed; multiply-adds an image of 224 x 224 pixels, without the head. */
  private enum Network {
    // He et al., CVPR 2016, table 1 (3.8e9); counted for the variant of Keras.
    RESNET50(3.86e9),
    // Simonyan and Zisserman, ICLR 2015, configuration D: thirteen convolutions.
    VGG16(15.35e9);

    private final double multiplyAdds;

    Network(double multiplyAdds) {
      this.multiplyAdds = multiplyAdds;
    }
  }

  /**
   * A number format; the largest difference to the CPU in 32 bits, relative to the largest value.
   */
  private enum Format {
    FP32(Precision.FP32, 1e-3),
    FP16(Precision.FP16_COMPUTE, 3e-2);

    private final Precision precision;
    private final double tolerance;

    Format(Precision precision, double tolerance) {
      this.precision = precision;
      this.tolerance = tolerance;
    }
  }

  private final Path models;
  private final Device device;
  private final boolean dryRun;
  private final JsonNode peer;
  private final Report report;
  private boolean correct = true;

  private GpuBenchmark(Path models, Device device, boolean dryRun, JsonNode peer) {
    this.models = models;
    this.device = device;
    this.dryRun = dryRun;
    this.peer = peer;
    Map<String, String> facts = new LinkedHashMap<>(MachineFacts.read());
    facts.put("device", device.toString());
    facts.put("card", peer.path("card").asString("unknown (no PyTorch to ask)"));
    facts.put("weights", System.getProperty("cxr.benchmarks.weights.note", "unknown"));
    this.report = new Report(dryRun ? "Dry run: figures mean nothing" : "On a GPU", facts);
  }

  /**
   * Runs.
   *
   * @param arguments the folder of models, the folder for results, {@code cpu} or {@code cuda}, the
   *     file of PyTorch's figures (which may be missing), and perhaps {@code --dry-run}
   * @throws IOException if a file cannot be read or written
   * @throws OrtException if ONNX Runtime fails
   */
  public static void main(String[] arguments) throws IOException, OrtException {
    Path peer = Path.of(arguments[3]);
    GpuBenchmark benchmark =
        new GpuBenchmark(
            Path.of(arguments[0]),
            arguments[2].equals("cpu") ? Device.cpu() : Device.cuda(0),
            List.of(arguments).contains("--dry-run"),
            Files.exists(peer)
                ? JsonMapper.shared().readTree(peer)
                : JsonMapper.shared().createObjectNode());
    benchmark.run();
    benchmark.report.write(Path.of(arguments[1]), "gpu");
    System.out.println(benchmark.report.markdown());
    if (!benchmark.correct) {
      System.err.println("FAILED: the device and the CPU differ. Nothing was timed.");
      System.exit(1);
    }
  }

  private void run() throws IOException, OrtException {
    for (Network network : Network.values()) {
      for (Format format : Format.values()) {
        if (Files.notExists(file(network, format))) {
          ModelExport.of(models.resolve(name(network) + ".onnx"))
              .precision(format.precision)
              .input(ExportInput.UINT8)
              .write(file(network, format));
        }
      }
    }
    correctness();
    if (correct) {
      speed();
      pipeline();
    }
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private Path file(Network network, Format format) {
    return models.resolve(name(network) + "-" + name(format) + ".onnx");
  }

  /** Different images: one turned upside down, inverted and shifted. */
  private static byte[] images(int count) {
    byte[] one = RadiographKind.GRAY_PNG.gray(SIZE);
    byte[] all = new byte[count * one.length];
    for (int image = 0; image < count; image++) {
      for (int i = 0; i < one.length; i++) {
        int level = one[(image & 1) == 0 ? i : one.length - 1 - i] & 0xff;
        int changed = (image & 2) == 0 ? level : 255 - level;
        all[image * one.length + i] = (byte) Math.max(0, changed - 9 * (image >> 2));
      }
    }
    return all;
  }

  private void correctness() throws IOException, OrtException {
    int count = dryRun ? 2 : 16;
    byte[] gray = images(count);
    List<List<String>> rows = new ArrayList<>();
    for (Network network : Network.values()) {
      Map<String, float[]> expected;
      Path reference = file(network, Format.FP32);
      try (TimedSession cpu =
          new TimedSession(Files.readAllBytes(reference), Device.cpu(), Map.of())) {
        expected = cpu.values(gray, count, SIZE, COMPARED);
      }
      for (Format format : Format.values()) {
        byte[] model = Files.readAllBytes(file(network, format));
        for (Map<String, String> options : options()) {
          try (TimedSession session = new TimedSession(model, device, options)) {
            Map<String, float[]> found = session.values(gray, count, SIZE, COMPARED);
            for (String output : COMPARED.stream().sorted().toList()) {
              compare(
                  rows,
                  List.of(name(network), name(format), label(options), output),
                  difference(expected.getOrDefault(output, NONE), found.getOrDefault(output, NONE)),
                  format.tolerance);
            }
          }
        }
        compare(
            rows,
            List.of(name(network), name(format), "OnnxClassifier", "probability"),
            classified(reference, file(network, format)),
            format.tolerance);
      }
    }
    report.heading("Against the CPU in 32 bits");
    report.paragraph(
        "The largest difference over "
            + count
            + " images, relative to the largest value; probabilities as they are.");
    report.table(
        List.of("network", "format", "options", "output", "difference", "limit", "holds"), rows);
    report.data("correctness", rows);
  }

  private List<Map<String, String>> options() {
    return device.kind() == Device.Kind.CUDA ? List.of(AS_CXR, TUNED) : List.of(AS_CXR);
  }

  private String label(Map<String, String> options) {
    return device.kind() == Device.Kind.CPU ? "cpu" : options.equals(AS_CXR) ? "as cxr" : "tuned";
  }

  private void compare(
      List<List<String>> rows, List<String> what, double difference, double limit) {
    boolean holds = difference <= limit;
    correct &= holds;
    List<String> row = new ArrayList<>(what);
    row.add(String.format(Locale.ROOT, "%.1e", difference));
    row.add(String.format(Locale.ROOT, "%.0e", limit));
    row.add(holds ? "yes" : "NO");
    rows.add(row);
  }

  private static double difference(float[] expected, float[] found) {
    if (expected.length == 0 || expected.length != found.length) {
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    double most = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double difference = Math.abs(expected[i] - found[i]);
      if (Double.isNaN(difference)) {
        return Double.POSITIVE_INFINITY;
      }
      most = Math.max(most, difference);
    }
    return largest == 0 ? most : most / largest;
  }

  private double classified(Path reference, Path file) throws IOException {
    byte[] gray = images(1);
    Radiograph film = Radiograph.ofGray8(SIZE, SIZE, gray);
    try (OnnxClassifier cpu =
            OnnxClassifier.builder(reference).noveltyGate(false).viewGate(false).open();
        OnnxClassifier there =
            OnnxClassifier.builder(file).noveltyGate(false).viewGate(false).device(device).open()) {
      Prediction expected = cpu.classify(film);
      Prediction found = there.classify(film);
      return expected.probabilities().stream()
          .mapToDouble(one -> Math.abs(one.probability() - found.probability(one.label())))
          .max()
          .orElseThrow();
    }
  }

  private void speed() throws IOException, OrtException {
    List<Integer> batches = dryRun ? List.of(1, 2) : List.of(1, 8, 32, 128, 256);
    double single = matrixRate(false);
    // Processors have no product in 16 bits.
    double half = device.kind() == Device.Kind.CUDA ? matrixRate(true) : single;
    List<List<String>> rows = new ArrayList<>();
    List<Map<String, Object>> data = new ArrayList<>();
    for (Network network : Network.values()) {
      for (Format format : Format.values()) {
        byte[] model = Files.readAllBytes(file(network, format));
        for (Map<String, String> options : options()) {
          try (TimedSession session = new TimedSession(model, device, options)) {
            for (int batch : batches) {
              int rounds = dryRun ? 2 : Math.max(20, 400 / batch);
              long time = session.classify(images(4), batch, SIZE, rounds);
              double images = batch / (time * 1e-9);
              double share =
                  images * 2 * network.multiplyAdds / (format == Format.FP16 ? half : single);
              JsonNode torch =
                  peer.path("rates").path(name(network)).path(name(format)).path("" + batch);
              rows.add(
                  List.of(
                      name(network),
                      name(format),
                      label(options),
                      "" + batch,
                      digits(images),
                      torch.isNumber() ? digits(torch.asDouble()) : "-",
                      torch.isNumber()
                          ? String.format(Locale.ROOT, "%.2f", images / torch.asDouble())
                          : "-",
                      String.format(Locale.ROOT, "%.1f %%", 100 * share)));
              data.add(
                  Map.of(
                      "network",
                      name(network),
                      "format",
                      name(format),
                      "options",
                      label(options),
                      "batch",
                      batch,
                      "imagesPerSecond",
                      images,
                      "shareOfMatrixRate",
                      share));
            }
          }
        }
      }
    }
    report.heading("Images a second");
    report.paragraph(
        "From gray pixels in the Java process to probabilities there, copies to the device and back"
            + " included. The Java interface of ONNX Runtime has neither IoBinding nor page-locked"
            + " memory: inputs are direct buffers that the driver copies page by page, outputs are"
            + " pinned to buffers. PyTorch's figures have their input on the device already.");
    report.paragraph(
        "Matrix rate measured here: "
            + digits(single / 1e9)
            + " GFLOP/s in fp32, "
            + digits(half / 1e9)
            + (device.kind() == Device.Kind.CUDA ? " in fp16." : " in fp32 again, for fp16."));
    report.table(
        List.of(
            "network",
            "format",
            "options",
            "batch",
            "cxr",
            "PyTorch",
            "cxr / PyTorch",
            "of the matrix rate"),
        rows);
    report.data("speed", data);
    report.data("matrixRate", Map.of("fp32", single, "fp16", half));
    report.data("pytorch", peer);
    if (peer.path("note").isString()) {
      report.paragraph("PyTorch: " + peer.path("note").asString());
    }
  }

  private double matrixRate(boolean half) throws OrtException {
    return MatrixRate.measure(device, half, dryRun ? 512 : 8192, dryRun ? 3 : 10, AS_CXR);
  }

  private void pipeline() throws IOException {
    int count = dryRun ? 8 : 4000;
    byte[] png = RadiographKind.GRAY_PNG.encode(dryRun ? 256 : 1024);
    report.heading("The pipeline: PNG files in memory to predictions");
    List<List<String>> rows = new ArrayList<>();
    for (Format format : Format.values()) {
      try (OnnxClassifier classifier =
          OnnxClassifier.builder(file(Network.RESNET50, format))
              .noveltyGate(false)
              .viewGate(false)
              .device(device)
              .batchLimit(dryRun ? 2 : 64)
              .open()) {
        InferencePipeline<byte[]> pipeline =
            InferencePipeline.<byte[]>of(
                    classifier,
                    (bytes, buffers) -> RadiographReader.standard().read(bytes, buffers))
                .batchLimit(dryRun ? 2 : 64)
                .build();
        // The first run also plans the network for every size of batch.
        double first = filesPerSecond(pipeline, count, png);
        double second = filesPerSecond(pipeline, count, png);
        rows.add(
            List.of(
                name(Network.RESNET50), name(format), "" + count, digits(first), digits(second)));
      }
    }
    report.table(List.of("network", "format", "files", "files a second", "again"), rows);
    report.data("pipeline", rows);
  }

  private static double filesPerSecond(InferencePipeline<byte[]> pipeline, int count, byte[] file) {
    long start = System.nanoTime();
    int done = 0;
    try (PipelineResults<byte[]> results = pipeline.run(Collections.nCopies(count, file))) {
      while (results.hasNext()) {
        // A failure ends the benchmark.
        done += results.next().prediction().orElseThrow().probabilities().isEmpty() ? 0 : 1;
      }
    }
    return done / ((System.nanoTime() - start) * 1e-9);
  }

  private static String digits(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.0f", value);
  }
}
