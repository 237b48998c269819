package io.cxr.commandline;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelTable;
import io.cxr.model.Measurement;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.Resampling;
import io.cxr.model.Task;
import io.cxr.train.AdoptedFit;
import io.cxr.train.export.ModelAdoption;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a model file of an ONNX file of any maker. */
@Command(
    name = "adopt",
    description = {
      "Makes a model file of a classifier that others trained, from an ONNX file of any maker.",
      "Labels, task and preprocessing are told here; nothing is claimed that was not measured."
    },
    mixinStandardHelpOptions = true)
final class AdoptCommand implements Callable<Integer> {
  /** What the outputs mean. */
  enum TaskName {
    EXCLUSIVE,
    FINDINGS,
    MEASUREMENTS
  }

  @Spec private CommandSpec spec;

  @Mixin private DeviceOption device;

  @Parameters(paramLabel = "NETWORK.onnx", description = "An ONNX file of any maker.")
  private Path network;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE.onnx",
      description = "The file to write.")
  private Path file;

  @Option(
      names = "--labels",
      required = true,
      paramLabel = "FILE|LIST",
      description = {
        "The labels in the order of the outputs: a text file with one a line, or a list with",
        "commas. Measurements as NAME or NAME;UNIT."
      })
  private String labels;

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description = "exclusive, findings or measurements.%nDefault: exclusive",
      defaultValue = "exclusive")
  private TaskName task;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      description = {
        "softmax, sigmoid, sigmoid-per-label (of exclusive labels, divided by their sum),",
        "sigmoid-of-second-label or identity; by default that of the task."
      })
  private @Nullable String activation;

  @Option(
      names = "--gives",
      paramLabel = "NAME",
      description = "What the output holds: auto, logits or probabilities.%nDefault: auto",
      defaultValue = "auto")
  private String gives;

  @Option(names = "--input", paramLabel = "NAME", description = "The input, where it is ambiguous.")
  private String input = "";

  @Option(
      names = "--output",
      paramLabel = "NAME",
      description = "The output, where it is ambiguous, or any value of the graph.")
  private String output = "";

  @Option(
      names = "--channels",
      paramLabel = "N",
      description = "1 or 3, where the file leaves it open.")
  private int channels;

  @Option(
      names = "--size",
      paramLabel = "N|ROWSxCOLUMNS",
      description = "The size of an image, where the file leaves it open.")
  private @Nullable String size;

  @Option(
      names = "--fit",
      paramLabel = "NAME",
      description = "stretch, centre-crop or pad, to fit the input.%nDefault: stretch",
      defaultValue = "stretch")
  private String fit;

  @Option(
      names = "--resampling",
      paramLabel = "NAME",
      description = "nearest, bilinear, bicubic or area.%nDefault: bilinear",
      defaultValue = "bilinear")
  private Resampling resampling;

  @Option(
      names = "--cut-from",
      paramLabel = "N",
      description = "Resizes to N x N and cuts the border off, as 256 for an input of 224.")
  private int cutFrom;

  @Option(names = "--full-depth", description = "Keeps all bits of radiographs, not 8.")
  private boolean fullDepth;

  @Option(
      names = "--normalize",
      paramLabel = "NAME",
      description = {
        "What levels from 0 to 255 become: unit-range, signed-unit-range, torch-mean-deviation,",
        "caffe-bgr-mean, z-score, MEAN/DEVIATION (of one channel, or with colons of each) or",
        "range=LOW..HIGH.%nDefault: unit-range"
      },
      defaultValue = "unit-range")
  private String normalize;

  @Option(
      names = "--heatmap",
      paramLabel = "auto|none|NODE",
      description = "The map that Grad-CAM is added for.%nDefault: auto",
      defaultValue = "auto")
  private String heatmap;

  @Option(names = "--name", paramLabel = "TEXT", description = "The model's name.")
  private String name = "";

  @Option(
      names = "--model-version",
      paramLabel = "TEXT",
      description = "The model's version.%nDefault: 1")
  private String version = "1";

  @Option(names = "--architecture", paramLabel = "TEXT", description = "The kind of network.")
  private String architecture = "";

  @Option(names = "--origin", paramLabel = "TEXT", description = "Whose network it is.")
  private String origin = "";

  @Option(names = "--licence", paramLabel = "TEXT", description = "The licence of its weights.")
  private String licence = "";

  @Option(names = "--url", paramLabel = "URL", description = "Where it is published.")
  private String url = "";

  @Option(
      names = "--thresholds",
      paramLabel = "FILE",
      description = {
        "CSV of LABEL,THRESHOLD without a header: operating points that the network's authors",
        "published, on its own probabilities."
      })
  private @Nullable Path thresholds;

  @Option(
      names = "--verify",
      paramLabel = "FILE.npz",
      description = {
        "Numbers of the framework that the network comes from: input, output, and perhaps image",
        "and heatmap. Nothing is written if they differ."
      })
  private @Nullable Path golden;

  @Option(
      names = "--tolerance",
      paramLabel = "SHARE",
      description = "By which share of the greatest they may differ.%nDefault: 1e-4")
  private double tolerance = 1e-4;

  @Option(
      names = "--fit-on",
      paramLabel = "DIR|FILE.csv",
      description = {
        "Films in folders named as labels, or a table of films, to fit calibration, thresholds,",
        "label sets and the novelty gate to. Of findings, films in folders NO_FINDING have none."
      })
  private @Nullable Path films;

  @Option(
      names = "--patients",
      paramLabel = "FILE",
      description = "CSV with the columns file, label, patient, of the films of --fit-on.")
  private @Nullable Path patients;

  @Option(
      names = "--sources",
      paramLabel = "FILE",
      description = "The same CSV with a column source as well; instead of --patients.")
  private @Nullable Path sources;

  @Mixin private TableOptions table;

  @Option(names = "--seed", paramLabel = "N", description = "Of resamples.%nDefault: 1")
  private long seed = 1;

  @Override
  public Integer call() throws IOException {
    OutputName.check("--out", file, ".onnx");
    PrintWriter err = spec.commandLine().getErr();
    ModelAdoption.Result made = adoption().write(file);
    made.notes().forEach(note -> err.println("cxr: " + note));
    ModelCard card = made.card();
    if (films != null) {
      AdoptedFit.Result fitted =
          AdoptedFit.fit(file, images(films, card, err), seed, device.settings());
      fitted.notes().forEach(note -> err.println("cxr: " + note));
      card = fitted.card();
    }
    err.flush();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s: %s of %s, heatmap %s, %s%n",
        file,
        card.name(),
        String.join(", ", card.labels()),
        made.heatmap().map(map -> "of " + map).orElse("none"),
        card.calibration().isPresent()
            ? "calibrated, " + card.thresholds().size() + " operating points"
            : "not calibrated");
    out.flush();
    return 0;
  }

  private ModelAdoption adoption() throws IOException {
    Task meant = task();
    ModelAdoption adoption =
        ModelAdoption.of(network, meant, activation(meant))
            .input(input)
            .output(output)
            .gives(
                choice(
                    "--gives",
                    gives.equals("auto") ? "automatic" : gives,
                    ModelAdoption.Values.values()))
            .channels(channels)
            .fit(choice("--fit", fit, ModelAdoption.Fit.values()))
            .resampling(resampling)
            .cutFrom(cutFrom)
            .fullDepth(fullDepth)
            .normalization(PreprocessingOption.normalization(normalize))
            .heatmap(heatmap)
            .name(name, version)
            .architecture(architecture)
            .origin(origin, licence, url);
    if (thresholds != null) {
      adoption.thresholds(published(thresholds));
    }
    if (size != null) {
      int[] sides = sides(size);
      adoption.size(sides[0], sides[1]);
    }
    return golden == null ? adoption : adoption.verify(golden, tolerance);
  }

  private Task task() throws IOException {
    List<String> names = names();
    return switch (task) {
      case EXCLUSIVE -> new Task.ExclusiveLabels(names);
      case FINDINGS -> new Task.Findings(names);
      case MEASUREMENTS -> {
        List<Measurement> measurements = new ArrayList<>();
        for (String each : names) {
          String[] parts = each.split(";", 2);
          measurements.add(
              new Measurement(parts[0].trim(), parts.length == 2 ? parts[1].trim() : "1"));
        }
        yield new Task.Measurements(measurements);
      }
    };
  }

  private List<String> names() throws IOException {
    boolean listed = labels.indexOf(',') >= 0;
    List<String> lines =
        listed ? Arrays.asList(labels.split(",", -1)) : Files.readAllLines(Path.of(labels));
    List<String> names = new ArrayList<>();
    for (String line : lines) {
      if (!line.isBlank() || listed) {
        names.add(line.trim());
      }
    }
    return names;
  }

  private static Map<String, Double> published(Path table) throws IOException {
    Map<String, Double> points = new LinkedHashMap<>();
    for (String line : Files.readAllLines(table)) {
      int comma = line.lastIndexOf(',');
      if (line.isBlank()) {
        continue;
      }
      try {
        points.put(
            line.substring(0, Math.max(0, comma)).trim(),
            Double.parseDouble(line.substring(comma + 1).trim()));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "--thresholds: expected lines LABEL,THRESHOLD, found '" + line + "'.", e);
      }
    }
    return points;
  }

  private OutputActivation activation(Task meant) {
    if (activation == null) {
      return switch (meant.kind()) {
        case EXCLUSIVE_LABELS -> OutputActivation.SOFTMAX;
        case FINDINGS -> OutputActivation.SIGMOID;
        case MEASUREMENTS -> OutputActivation.IDENTITY;
      };
    }
    boolean sigmoid = activation.equalsIgnoreCase("sigmoid");
    if (sigmoid && meant.kind() == Task.Kind.EXCLUSIVE_LABELS) {
      throw new IllegalArgumentException(
          "--activation: expected for exclusive labels softmax, sigmoid-per-label or"
              + " sigmoid-of-second-label, found sigmoid, which is for --task findings.");
    }
    return choice("--activation", activation, OutputActivation.values());
  }

  private static <E extends Enum<E>> E choice(String option, String value, E[] constants) {
    List<String> names = new ArrayList<>();
    for (E each : constants) {
      String own = each.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (own.equalsIgnoreCase(value)) {
        return each;
      }
      names.add(own);
    }
    throw new IllegalArgumentException(
        option + ": expected one of " + String.join(", ", names) + ", found '" + value + "'.");
  }

  private static int[] sides(String size) {
    String[] parts = size.toLowerCase(Locale.ROOT).split("x", -1);
    try {
      int first = Integer.parseInt(parts[0].trim());
      int second = parts.length == 1 ? first : Integer.parseInt(parts[1].trim());
      if (parts.length <= 2 && first > 0 && second > 0) {
        return new int[] {first, second};
      }
    } catch (NumberFormatException e) {
      // Named below.
    }
    throw new IllegalArgumentException(
        "--size: expected a number of pixels, or ROWSxCOLUMNS, found '" + size + "'.");
  }

  private ImageSet images(Path root, ModelCard card, PrintWriter err) throws IOException {
    if (TableOptions.isTable(root)) {
      return table(root, card, err);
    }
    table.checkNone();
    ImageFolder.Builder builder = ImageFolder.builder(root);
    if (card.task().kind() == Task.Kind.EXCLUSIVE_LABELS) {
      builder.classes(card.labels());
    }
    if (patients != null) {
      builder.patients(patients);
    }
    if (sources != null) {
      builder.sources(sources);
    }
    ImageFolder folder = builder.open();
    RadiographFiles.sayLeftOut(err, folder.leftOut());
    return folder;
  }

  private ImageSet table(Path csv, ModelCard card, PrintWriter err) throws IOException {
    if (patients != null || sources != null || table.findings() != null) {
      throw new IllegalArgumentException(
          "--patients, --sources, --findings: expected with a folder, found a table as --fit-on."
              + " It has patients and sources in columns of its own, which --columns names, and"
              + " --labels says which findings are taken.");
    }
    LabelTable.Builder builder = table.builder(csv);
    if (card.task().kind() == Task.Kind.EXCLUSIVE_LABELS) {
      builder.classes(card.labels());
    } else {
      builder.findings(card.labels());
    }
    LabelTable opened = builder.open();
    RadiographFiles.sayLeftOut(err, opened.leftOut());
    RadiographFiles.say(err, opened.notes());
    return opened;
  }
}
