package io.cxr.commandline;

import io.cxr.file.AtomicFile;
import io.cxr.model.InputShape;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Shape;
import io.cxr.train.report.NetworkCost;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the networks, and measures what their model files cost. */
@Command(
    name = "networks",
    description = {
      "Lists the networks: parameters, operations, input, heatmap, cuts, whose weights they take.",
      "With --measure writes files with random weights and measures their size and speed.%n"
    },
    mixinStandardHelpOptions = true)
final class NetworksCommand implements Callable<Integer> {
  private static final int LABELS = 2;
  private static final String REFERENCE = "resnet50";

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "One JSON object a network and line.")
  private boolean json;

  @Option(
      names = "--names",
      split = ",",
      paramLabel = "NAME",
      description = "Only these networks; by default all.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--measure",
      description = {
        "Prints a table in Markdown with file sizes in fp32, fp16 and int8 and the time of an",
        "answer, also as a multiple of resnet50's in fp32, which is timed in turn with each."
      })
  private boolean measure;

  @Option(
      names = "--out",
      paramLabel = "FILE.md",
      description = "Writes the table of --measure into a file instead.")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException {
    List<Architecture> networks =
        names.isEmpty() ? Architecture.all() : names.stream().map(Architecture::named).toList();
    PrintWriter writer = spec.commandLine().getOut();
    if (measure) {
      String table = measured(networks);
      if (out == null) {
        writer.print(table);
      } else {
        AtomicFile.write(out, table);
      }
    } else if (json) {
      networks.forEach(network -> writer.println(Json.line(object(network))));
    } else {
      networks.forEach(network -> print(writer, network));
    }
    writer.flush();
    return 0;
  }

  private static void print(PrintWriter writer, Architecture network) {
    NetworkGraph base = network.withoutTop().orElseThrow();
    writer.println(network.name());
    if (network instanceof PretrainedArchitecture pretrained) {
      writer.printf("  %s%n", pretrained.network().title());
    }
    writer.printf(
        Locale.ROOT,
        "  %,d parameters without top, %,d with %d labels; %.2f GFLOP an image%n",
        base.parameters(),
        network.summary(LABELS).parameters(),
        LABELS,
        base.operations() / 1e9);
    writer.printf("  input %s, heatmap %s%n", input(network), heatmap(base));
    if (network instanceof PretrainedArchitecture pretrained) {
      writer.printf("  cuts: %s%n", String.join(", ", pretrained.network().cuts()));
      writer.printf("  weights: %s%n", pretrained.network().weights());
    } else {
      writer.println("  weights: none, learnt from the radiographs");
    }
    writer.println();
  }

  private static Map<String, Object> object(Architecture network) {
    NetworkGraph base = network.withoutTop().orElseThrow();
    InputShape input = network.inputShape();
    Shape heatmap = base.lastMap();
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", network.name());
    object.put("parametersWithoutTop", base.parameters());
    object.put("parameters", network.summary(LABELS).parameters());
    object.put("labels", LABELS);
    object.put("operations", base.operations());
    object.put("input", List.of(input.channels(), input.rows(), input.columns()));
    object.put("heatmap", List.of(heatmap.rows(), heatmap.columns()));
    if (network instanceof PretrainedArchitecture pretrained) {
      object.put("title", pretrained.network().title());
      object.put("cuts", pretrained.network().cuts());
      object.put("weights", pretrained.network().weights());
    }
    return object;
  }

  private static String input(Architecture network) {
    return network.inputShape().rows() + " x " + network.inputShape().columns();
  }

  private static String heatmap(NetworkGraph base) {
    return base.lastMap().rows() + " x " + base.lastMap().columns();
  }

  private String measured(List<Architecture> networks) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    StringBuilder table =
        new StringBuilder(
            """
            | network | parameters without top | with 2 labels | GFLOP | input | heatmap | fp32, MB | fp16, MB | int8, MB | fp32, ms | int8, ms | fp32 / resnet50 | int8 / resnet50 |
            |---|---:|---:|---:|---|---|---:|---:|---:|---:|---:|---:|---:|
            """);
    Path folder = Files.createTempDirectory("cxr-networks");
    try {
      SyntheticChestPhantom.writeFolder(folder.resolve("phantoms"), 2, 1);
      List<Path> phantoms;
      try (Stream<Path> files = Files.walk(folder.resolve("phantoms"))) {
        phantoms = files.filter(file -> file.toString().endsWith(".png")).sorted().toList();
      }
      Path reference = folder.resolve("reference.onnx");
      NetworkCost.write(Architecture.named(REFERENCE), reference);
      for (Architecture network : networks) {
        err.println("Measuring " + network.name());
        err.flush();
        Path own = Files.createDirectory(folder.resolve("files"));
        table.append(row(network, NetworkCost.measure(network, reference, phantoms, own)));
        delete(own);
      }
    } finally {
      delete(folder);
    }
    return table.toString();
  }

  private static String row(Architecture network, NetworkCost cost) {
    NetworkGraph base = network.withoutTop().orElseThrow();
    return String.format(
        Locale.ROOT,
        "| %s | %,d | %,d | %.2f | %s | %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.2f | %.2f |\n",
        network.name(),
        base.parameters(),
        network.summary(LABELS).parameters(),
        base.operations() / 1e9,
        input(network),
        heatmap(base),
        cost.fp32().bytes() / 1e6,
        cost.fp16().bytes() / 1e6,
        cost.int8().bytes() / 1e6,
        cost.fp32().millis(),
        cost.int8().millis(),
        cost.fp32().ratio(),
        cost.int8().ratio());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
