package io.cxr.benchmarks.gpu;

import ai.onnxruntime.OrtException;
import io.cxr.Device;
import io.cxr.benchmarks.Report;
import io.cxr.onnx.SessionSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/**
 * Images a second of each network in each number format, with the copies between process and device
 * and without, beside PyTorch's, the rate of large matrix products and the memory that is taken.
 * Not thread-safe.
 */
final class Throughput {
  /** How figures of both ways are named, in PyTorch's file as well. */
  private enum Pixels {
    /** In the memory of the process; copies to the device and back are part of the time. */
    HOST("hostRates"),
    /** On the device already. */
    DEVICE("rates");

    private final String key;

    Pixels(String key) {
      this.key = key;
    }
  }

  /**
   * What was measured of one way.
   *
   * @param network which network
   * @param format in which format
   * @param pixels where the images are at the start
   * @param images a second, by size of batch
   */
  private record Series(
      TimedNetwork network, NumberFormat format, Pixels pixels, Map<Integer, Double> images) {}

  private final Path models;
  private final List<TimedNetwork> networks;
  private final SessionSettings settings;
  private final Device device;
  private final List<Integer> batches;
  private final double seconds;
  private final JsonNode peer;
  private final GraphicsCard card;
  private final Map<String, Double> rates = new LinkedHashMap<>();
  private final List<Series> measured = new ArrayList<>();
  private final List<List<String>> memory = new ArrayList<>();

  /**
   * Figures that are not measured yet.
   *
   * @param models the folder of networks
   * @param networks which of them
   * @param settings of what is measured
   * @param batches sizes of batches
   * @param seconds how long each is measured
   * @param peer the figures of {@code torch_peer.py}, or an empty object
   */
  Throughput(
      Path models,
      List<TimedNetwork> networks,
      SessionSettings settings,
      List<Integer> batches,
      double seconds,
      JsonNode peer) {
    this.models = models;
    this.networks = List.copyOf(networks);
    this.settings = settings;
    this.device = settings.device();
    this.batches = List.copyOf(batches);
    this.seconds = seconds;
    this.peer = peer;
    this.card = new GraphicsCard(device);
  }

  /**
   * Measures.
   *
   * @param matrix rows and columns of the matrices of the rate
   */
  void measure(int matrix) throws IOException, OrtException {
    rate(NumberFormat.FP32, false, matrix);
    if (device.kind() == Device.Kind.CUDA) {
      rate(NumberFormat.TF32, false, matrix);
      // Processors have no product in 16 bits.
      rate(NumberFormat.FP16, true, matrix);
    }
    for (TimedNetwork network : networks) {
      for (NumberFormat format : NumberFormat.values()) {
        if (format.isOn(device)) {
          measure(network, format);
        }
      }
    }
  }

  private void rate(NumberFormat format, boolean half, int size) throws OrtException {
    double own = MatrixRate.measure(format.in(settings), half, size, seconds);
    rates.put(format.id(), Math.max(own, peer.path("matrixRate").path(format.id()).asDouble(0)));
  }

  private void measure(TimedNetwork network, NumberFormat format) throws IOException, OrtException {
    byte[] model = Files.readAllBytes(network.file(models, format));
    byte[] gray = Agreement.images(4);
    OptionalLong before = card.usedBytes();
    Map<Integer, Double> host = new LinkedHashMap<>();
    try (TimedSession session = new TimedSession(model, format.in(settings))) {
      for (int batch : batches) {
        host.put(batch, batch / session.classify(gray, batch, TimedNetwork.SIZE, seconds));
      }
      tell(network, format, Pixels.HOST, host);
      OptionalLong after = card.usedBytes();
      memory.add(
          List.of(
              network.id(),
              format.id(),
              before.isPresent() && after.isPresent()
                  ? Long.toString((after.getAsLong() - before.getAsLong()) >> 20)
                  : "-",
              number(peer.path("memoryMiB").path(network.id()).path(format.id()))));
    }
    byte[] picture = Agreement.images(1);
    Map<Integer, Double> inside = new LinkedHashMap<>();
    try (TimedSession session =
        new TimedSession(PixelsInside.of(model, picture, TimedNetwork.SIZE), format.in(settings))) {
      for (int batch : batches) {
        inside.put(batch, batch / session.classifyInside(batch, TimedNetwork.SIZE, seconds));
      }
      tell(network, format, Pixels.DEVICE, inside);
    }
    measured.add(new Series(network, format, Pixels.HOST, host));
    measured.add(new Series(network, format, Pixels.DEVICE, inside));
  }

  /** On the terminal, as all of it takes minutes. */
  private static void tell(
      TimedNetwork network, NumberFormat format, Pixels pixels, Map<Integer, Double> images) {
    List<String> figures = new ArrayList<>();
    images.forEach((batch, rate) -> figures.add(batch + ": " + digits(rate)));
    System.err.printf(
        "%s, %s, pixels on the %s: images a second by batch %s%n",
        network.id(),
        format.id(),
        pixels.name().toLowerCase(Locale.ROOT),
        String.join(", ", figures));
  }

  /** The share of the device's peak: operations a second over the rate of matrix products. */
  private double share(Series series, int batch) {
    double rate =
        rates.getOrDefault(series.format().arithmetic(), rates.getOrDefault("fp32", Double.NaN));
    return series.images().getOrDefault(batch, Double.NaN) * series.network().operations() / rate;
  }

  private JsonNode torch(Series series, int batch) {
    return peer.path(series.pixels().key)
        .path(series.network().id())
        .path(series.format().id())
        .path(Integer.toString(batch));
  }

  private static String number(JsonNode value) {
    return value.isNumber() ? digits(value.asDouble()) : "-";
  }

  static String digits(double value) {
    return value < 10
        ? String.format(Locale.ROOT, "%.2f", value)
        : String.format(Locale.ROOT, "%,.0f", value);
  }

  void report(Report report) {
    report.heading("Images a second");
    report.paragraph(
        "By size of batch; in parentheses the ratio to PyTorch in the same format. With copies:"
            + " from gray pixels in the process to probabilities in it. ONNX Runtime's Java"
            + " interface has neither IoBinding nor page-locked memory: inputs are direct buffers"
            + " that the driver copies page by page, outputs are pinned to buffers; PyTorch takes"
            + " them from page-locked memory. Without: the pixels lie on the device.");
    report.paragraph(
        "Peak: the largest rate of matrix products measured here, by ONNX Runtime or PyTorch: "
            + String.join(
                ", ",
                rates.entrySet().stream()
                    .map(rate -> digits(rate.getValue() / 1e9) + " GFLOP/s in " + rate.getKey())
                    .toList())
            + (device.kind() == Device.Kind.CUDA
                ? ". int8 is held against fp32, in which ONNX Runtime computes its convolutions on"
                    + " a card."
                : ". Every format is held against it on a CPU."));
    if (peer.path("note").isString()) {
      report.paragraph("PyTorch " + peer.path("note").asString() + ".");
    } else {
      report.paragraph("No PyTorch: its ratios are missing.");
    }
    int largest = batches.get(batches.size() - 1);
    for (Pixels pixels : Pixels.values()) {
      report.paragraph(pixels == Pixels.HOST ? "With copies:" : "Without copies:");
      List<String> columns = new ArrayList<>(List.of("network", "format"));
      batches.forEach(batch -> columns.add(batch.toString()));
      columns.add("share of the peak at " + largest);
      List<List<String>> rows = new ArrayList<>();
      for (Series series : measured) {
        if (series.pixels() == pixels) {
          rows.add(row(series, largest));
        }
      }
      report.table(columns, rows);
    }
    report.heading("Memory");
    report.paragraph(
        "MiB after a batch of "
            + largest
            + (device.kind() == Device.Kind.CUDA
                ? ": what the card has in use more than before the model was opened (its arena"
                    + " grows by powers of two), and the most that PyTorch's tensors took."
                : ": what the process has in use more than before the model was opened."));
    report.table(List.of("network", "format", "cxr", "PyTorch"), memory);
    report.data("matrixRate", rates);
    report.data("memory", memory);
    report.data("pytorch", peer);
    report.data("speed", measured.stream().flatMap(series -> data(series).stream()).toList());
  }

  private List<String> row(Series series, int largest) {
    List<String> row = new ArrayList<>(List.of(series.network().id(), series.format().id()));
    series
        .images()
        .forEach(
            (batch, images) -> {
              JsonNode torch = torch(series, batch);
              row.add(
                  digits(images)
                      + (torch.isNumber()
                          ? String.format(Locale.ROOT, " (%.2f)", images / torch.asDouble())
                          : ""));
            });
    row.add(String.format(Locale.ROOT, "%.1f %%", 100 * share(series, largest)));
    return row;
  }

  private List<Map<String, Object>> data(Series series) {
    List<Map<String, Object>> rows = new ArrayList<>();
    series
        .images()
        .forEach(
            (batch, images) ->
                rows.add(
                    Map.of(
                        "network",
                        series.network().id(),
                        "format",
                        series.format().id(),
                        "pixels",
                        series.pixels().name(),
                        "batch",
                        batch,
                        "imagesPerSecond",
                        images,
                        "shareOfPeak",
                        share(series, batch))));
    return rows;
  }
}
