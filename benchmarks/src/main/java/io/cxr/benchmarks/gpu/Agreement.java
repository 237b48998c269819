package io.cxr.benchmarks.gpu;

import ai.onnxruntime.OrtException;
import io.cxr.Device;
import io.cxr.Prediction;
import io.cxr.benchmarks.RadiographKind;
import io.cxr.benchmarks.Report;
import io.cxr.onnx.NodePlacement;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SessionSettings;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Whether a device answers what the CPU answers, and which nodes of each graph run there. Not
 * thread-safe.
 */
final class Agreement {
  private static final int SIZE = TimedNetwork.SIZE;
  private static final float[] NONE = {};
  private static final Set<String> COMPARED = Set.of("output", "logits", "heatmap");

  private final Path models;
  private final List<TimedNetwork> networks;
  private final SessionSettings settings;
  private final Device device;
  private final int images;
  private final List<List<String>> differences = new ArrayList<>();
  private final List<List<String>> placements = new ArrayList<>();
  private boolean holds = true;

  /**
   * A comparison that has not begun.
   *
   * @param models the folder of networks
   * @param networks which of them
   * @param settings of what is compared with the CPU
   * @param images how many images
   */
  Agreement(Path models, List<TimedNetwork> networks, SessionSettings settings, int images) {
    this.models = models;
    this.networks = List.copyOf(networks);
    this.settings = settings;
    this.device = settings.device();
    this.images = images;
  }

  /** Different images: one turned upside down, inverted and shifted. */
  static byte[] images(int count) {
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

  /** Compares, and says whether all differences are within their limits. */
  boolean measure() throws IOException, OrtException {
    byte[] gray = images(images);
    for (TimedNetwork network : networks) {
      for (NumberFormat format : NumberFormat.values()) {
        if (format.isOn(device)) {
          measure(network, format, gray);
        }
      }
    }
    return holds;
  }

  private void measure(TimedNetwork network, NumberFormat format, byte[] gray)
      throws IOException, OrtException {
    Path right = network.file(models, format.reference());
    Path file = network.file(models, format);
    byte[] model = Files.readAllBytes(file);
    SessionSettings there = format.in(settings);
    Map<String, float[]> expected;
    try (TimedSession cpu =
        new TimedSession(
            Files.readAllBytes(right), format.reference().in(settings.withDevice(Device.cpu())))) {
      expected = cpu.values(gray, images, SIZE, COMPARED);
    }
    try (TimedSession session = new TimedSession(model, there)) {
      Map<String, float[]> found = session.values(gray, images, SIZE, COMPARED);
      for (String output : COMPARED.stream().sorted().toList()) {
        compare(
            network,
            format,
            output,
            difference(expected.getOrDefault(output, NONE), found.getOrDefault(output, NONE)));
      }
    }
    // The graph whose pixels lie on the device, which is timed, answers the same for its picture.
    try (TimedSession session = new TimedSession(PixelsInside.of(model, images(1), SIZE), there)) {
      float[] found = session.valuesInside(1, SIZE, COMPARED).getOrDefault("logits", NONE);
      float[] first = Arrays.copyOf(expected.getOrDefault("logits", NONE), found.length);
      compare(network, format, "logits, pixels inside", difference(first, found));
    }
    compare(network, format, "probability by OnnxClassifier", classified(right, file, format));
    NodePlacement placement = TimedSession.placement(model, there, images(1), SIZE);
    placements.add(
        List.of(
            network.id(),
            format.id(),
            count(placement, true),
            count(placement, false),
            placement.costlyElsewhere().isEmpty() ? "none" : placement.costlyElsewhere()));
  }

  private static String count(NodePlacement placement, boolean onCard) {
    return placement.counts().entrySet().stream()
            .filter(entry -> entry.getKey().equals(NodePlacement.CUDA) == onCard)
            .flatMap(entry -> entry.getValue().values().stream())
            .mapToInt(Integer::intValue)
            .sum()
        + "";
  }

  private double classified(Path right, Path file, NumberFormat format) throws IOException {
    Radiograph film = Radiograph.ofGray8(SIZE, SIZE, images(1));
    try (OnnxClassifier cpu =
            open(right, format.reference().in(settings.withDevice(Device.cpu())));
        OnnxClassifier there = open(file, format.in(settings))) {
      Prediction expected = cpu.classify(film);
      Prediction found = there.classify(film);
      return expected.probabilities().stream()
          .mapToDouble(one -> Math.abs(one.probability() - found.probability(one.label())))
          .max()
          .orElseThrow();
    }
  }

  static OnnxClassifier open(Path file, SessionSettings settings) throws IOException {
    return OnnxClassifier.builder(file)
        .session(settings)
        .noveltyGate(false)
        .viewGate(false)
        .batchLimit(64)
        .open();
  }

  private void compare(
      TimedNetwork network, NumberFormat format, String output, double difference) {
    boolean within = difference <= format.tolerance();
    holds &= within;
    differences.add(
        List.of(
            network.id(),
            format.id(),
            output,
            String.format(Locale.ROOT, "%.1e", difference),
            String.format(Locale.ROOT, "%.0e", format.tolerance()),
            within ? "yes" : "NO"));
  }

  /** The largest difference, relative to the largest value. */
  static double difference(float[] expected, float[] found) {
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

  void report(Report report) {
    report.heading("Against the CPU");
    report.paragraph(
        "The largest difference over "
            + images
            + " images, relative to the largest value; probabilities as they are. Expected are the"
            + " answers of the CPU in 32 bits, for int8 those of the same file on the CPU.");
    List<String> columns = List.of("network", "format", "output", "difference", "limit", "holds");
    report.table(columns, differences);
    report.data("agreement", differences);
    report.heading("Where nodes run");
    report.paragraph(
        "By ONNX Runtime's profile of a run: nodes of the graph that the card computes, nodes that"
            + " the CPU computes, and which of the latter are convolutions or dense layers.");
    report.table(List.of("network", "format", "card", "CPU", "costly on the CPU"), placements);
    report.data("placement", placements);
  }
}
