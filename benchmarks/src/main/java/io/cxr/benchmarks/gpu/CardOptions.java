package io.cxr.benchmarks.gpu;

import ai.onnxruntime.OrtException;
import io.cxr.Device;
import io.cxr.benchmarks.Report;
import io.cxr.onnx.CudaOptions;
import io.cxr.onnx.CudaOptions.ConvolutionSearch;
import io.cxr.onnx.SessionSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What the options of {@link CudaOptions} are worth that the defaults leave alone: images a second
 * with them, and how far the answers are from those with the defaults. Not thread-safe.
 */
final class CardOptions {
  private static final Map<String, UnaryOperator<CudaOptions>> CHOICES = new LinkedHashMap<>();

  static {
    CHOICES.put("the defaults", UnaryOperator.identity());
    CHOICES.put("channels last", cuda -> cuda.withChannelsLast(true));
    CHOICES.put(
        "exhaustive search", cuda -> cuda.withConvolutionSearch(ConvolutionSearch.EXHAUSTIVE));
  }

  private final Path models;
  private final List<TimedNetwork> networks;
  private final SessionSettings settings;
  private final List<Integer> batches;
  private final double seconds;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * Options that are not measured yet.
   *
   * @param models the folder of networks
   * @param networks which of them
   * @param settings of what is measured
   * @param batches sizes of batches
   * @param seconds how long each is measured
   */
  CardOptions(
      Path models,
      List<TimedNetwork> networks,
      SessionSettings settings,
      List<Integer> batches,
      double seconds) {
    this.models = models;
    this.networks = List.copyOf(networks);
    this.settings = settings;
    this.batches = List.copyOf(batches);
    this.seconds = seconds;
  }

  /** Measures. */
  void measure() throws IOException, OrtException {
    for (TimedNetwork network : networks) {
      for (NumberFormat format : List.of(NumberFormat.FP32, NumberFormat.TF32, NumberFormat.FP16)) {
        if (format.isOn(settings.device())) {
          measure(network, format);
        }
      }
    }
  }

  private void measure(TimedNetwork network, NumberFormat format) throws IOException, OrtException {
    byte[] model = Files.readAllBytes(network.file(models, format));
    byte[] gray = Agreement.images(4);
    float[] expected = {};
    for (Map.Entry<String, UnaryOperator<CudaOptions>> choice : CHOICES.entrySet()) {
      SessionSettings common = format.in(settings);
      SessionSettings chosen = common.withCuda(choice.getValue().apply(common.cuda()));
      List<String> row = new ArrayList<>(List.of(network.id(), format.id(), choice.getKey()));
      try (TimedSession session = new TimedSession(model, chosen)) {
        float[] found =
            session
                .values(gray, 4, TimedNetwork.SIZE, Set.of("logits"))
                .getOrDefault("logits", new float[0]);
        expected = expected.length == 0 ? found : expected;
        row.add(String.format(Locale.ROOT, "%.1e", Agreement.difference(expected, found)));
        for (int batch : batches) {
          row.add(
              Throughput.digits(batch / session.classify(gray, batch, TimedNetwork.SIZE, seconds)));
        }
      }
      System.err.println(String.join(", ", row));
      rows.add(row);
    }
  }

  void report(Report report) {
    report.heading("Options of the card");
    report.paragraph(
        "Images a second with copies, by size of batch, with an option of CudaOptions each; before"
            + " them the largest difference of the logits of four images to those with the"
            + " defaults, relative to the largest."
            + (settings.device().kind() == Device.Kind.CUDA ? "" : " On a CPU they mean nothing."));
    List<String> columns = new ArrayList<>(List.of("network", "format", "option", "difference"));
    batches.forEach(batch -> columns.add(batch.toString()));
    report.table(columns, rows);
    report.data("options", rows);
  }
}
