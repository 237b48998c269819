package io.cxr.benchmarks.gpu;

import ai.onnxruntime.OrtException;
import io.cxr.Device;
import io.cxr.benchmarks.MachineFacts;
import io.cxr.benchmarks.RadiographKind;
import io.cxr.benchmarks.Report;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.PipelineResults;
import io.cxr.onnx.SessionSettings;
import io.cxr.radiograph.RadiographReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@code benchmarks/gpu/run} runs: agreement with the CPU, and only if that holds, images a
 * second. Writes {@code gpu.md} and {@code gpu.json}.
 */
public final class GpuBenchmark {
  private final Path models;
  private final Device device;
  private final boolean dryRun;
  private final JsonNode peer;

  private GpuBenchmark(Path models, Device device, boolean dryRun, JsonNode peer) {
    this.models = models;
    this.device = device;
    this.dryRun = dryRun;
    this.peer = peer;
  }

  /**
   * Runs.
   *
   * @param arguments the folder of models, the folder for results, {@code cpu}, {@code cuda} or
   *     {@code cuda:N}, the file of PyTorch's figures (which may be missing), and perhaps {@code
   *     --dry-run}
   * @throws IOException if a file cannot be read or written
   * @throws OrtException if ONNX Runtime fails
   */
  public static void main(String[] arguments) throws IOException, OrtException {
    Path peer = Path.of(arguments[3]);
    boolean agrees =
        new GpuBenchmark(
                Path.of(arguments[0]),
                Device.parse(arguments[2]),
                List.of(arguments).contains("--dry-run"),
                Files.exists(peer)
                    ? JsonMapper.shared().readTree(peer)
                    : JsonMapper.shared().createObjectNode())
            .run(Path.of(arguments[1]));
    if (!agrees) {
      System.err.println("FAILED: the device and the CPU differ. Nothing was timed.");
    }
    // Deeplearning4j leaves threads behind where it made the networks.
    System.exit(agrees ? 0 : 1);
  }

  private boolean run(Path results) throws IOException, OrtException {
    GraphicsCard card = new GraphicsCard(device);
    Map<String, String> facts = new LinkedHashMap<>(MachineFacts.read());
    facts.put("device", device.toString());
    facts.put("card", card.description());
    facts.put(
        "weights", System.getProperty("cxr.benchmarks.weights.note", "random: speed alone counts"));
    Report report =
        new Report(dryRun ? "Dry run: figures mean nothing" : "On " + card.description(), facts);
    // One network goes the whole way; the other is four times as dear on a CPU.
    List<TimedNetwork> networks =
        dryRun ? List.of(TimedNetwork.RESNET50) : List.of(TimedNetwork.values());
    // Threads that wait for each other make no progress where others want the processors, too.
    SessionSettings settings =
        (dryRun ? SessionSettings.defaults().withThreads(1) : SessionSettings.defaults())
            .withDevice(device);
    Agreement agreement = new Agreement(models, networks, settings, dryRun ? 2 : 16);
    boolean agrees = agreement.measure();
    agreement.report(report);
    // What a run that is cut off has measured is kept.
    report.write(results, "gpu");
    if (agrees) {
      Throughput throughput =
          new Throughput(
              models,
              networks,
              settings,
              dryRun ? List.of(1, 2) : List.of(1, 8, 32, 128, 256),
              dryRun ? 0.05 : 0.5,
              peer);
      throughput.measure(dryRun ? 512 : 8192);
      throughput.report(report);
      report.write(results, "gpu");
      pipeline(settings, report);
      report.write(results, "gpu");
      CardOptions options =
          new CardOptions(
              models,
              networks,
              settings,
              dryRun ? List.of(1, 2) : List.of(1, 32, 256),
              dryRun ? 0.05 : 0.5);
      options.measure();
      options.report(report);
    }
    report.write(results, "gpu");
    System.out.println(report.markdown());
    return agrees;
  }

  private void pipeline(SessionSettings settings, Report report) throws IOException {
    int count = dryRun ? 4 : 2000;
    byte[] png = RadiographKind.GRAY_PNG.encode(dryRun ? 256 : 1024);
    List<List<String>> rows = new ArrayList<>();
    for (NumberFormat format : List.of(NumberFormat.FP32, NumberFormat.FP16)) {
      Path file = TimedNetwork.RESNET50.file(models, format);
      try (OnnxClassifier classifier = Agreement.open(file, format.in(settings))) {
        rows.add(row("resnet50, " + format.id(), classifier, count, png));
      }
    }
    try (OnnxClassifier classifier =
        OnnxClassifier.builder()
            .session(NumberFormat.FP32.in(settings))
            .noveltyGate(false)
            .viewGate(false)
            .batchLimit(64)
            .open()) {
      rows.add(row("the model that ships", classifier, count, png));
    }
    report.heading("The pipeline: PNG files in memory to predictions");
    report.table(List.of("model", "files", "files a second", "again"), rows);
    report.data("pipeline", rows);
  }

  private static List<String> row(String model, OnnxClassifier classifier, int count, byte[] png)
      throws IOException {
    InferencePipeline<byte[]> pipeline =
        InferencePipeline.<byte[]>of(
                classifier, (bytes, buffers) -> RadiographReader.standard().read(bytes, buffers))
            .batchLimit(64)
            .build();
    // The first run also plans the network for growing sizes of batch.
    String first = Throughput.digits(filesPerSecond(pipeline, count, png));
    String second = Throughput.digits(filesPerSecond(pipeline, count, png));
    return List.of(model, Integer.toString(count), first, second);
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
}
