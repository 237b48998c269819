package io.cxr.commandline;

import io.cxr.Prediction;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.file.AtomicFile;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.TrainingProvenance;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.ReportPreset;
import io.cxr.train.Trainer;
import io.cxr.train.TrainingData;
import io.cxr.train.TrainingHistory;
import io.cxr.train.TrainingPlan;
import io.cxr.train.TrainingRecipe;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.NetworkTable;
import io.cxr.train.report.Figure;
import io.cxr.train.report.LocalMaximaExperiment;
import io.cxr.train.report.NetworkComparison;
import io.cxr.train.report.NetworkResult;
import io.cxr.train.report.OneHotMismatch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains networks and writes the report's table of them, with the report's own figures. */
@Command(
    name = "compare",
    description = {
      "Trains networks on one data set, by default the four of the 2022 report, and writes its"
          + " table",
      "of results, ours beside the report's: compare.html with curves, confusion matrices and the",
      "report's small CNN explained by experiment; compare.csv, compare.json, every picture as PNG",
      "and SVG, every model.%n"
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class CompareCommand implements Callable<Integer> {
  /** Radiographs that are timed, and answers before the clock starts. */
  private static final int TIMED = 30;

  private static final int WARM_UP = 5;

  @Spec private CommandSpec spec;

  @Mixin private DataOptions data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where everything is written.")
  private Path out;

  @Option(
      names = "--weights",
      paramLabel = "NAME=FILE.h5",
      description = {
        "Keras ImageNet weights without top of a pretrained network, such as vgg16=FILE.h5;",
        "repeatable. A pretrained network without them is left out."
      })
  private Map<String, Path> weights = new LinkedHashMap<>();

  @Option(
      names = "--networks",
      split = ",",
      paramLabel = "NAME",
      description = "Which networks, by the names that `cxr networks` lists.")
  private List<String> networks =
      new ArrayList<>(List.of("vgg16", "resnet50", "cnn", "local-maxima-cnn"));

  @Option(
      names = "--as-reported",
      description = {
        "Trains with the report's settings, also where they fail here; for its four networks only."
      })
  private boolean asReported;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "The most epochs a network; 30 by default, with --as-reported the report's.")
  private @Nullable Integer epochs;

  @Option(
      names = "--minutes-per-network",
      paramLabel = "X",
      description = "Stops a network's training after the epoch in which so much time is over.")
  private @Nullable Double minutesPerNetwork;

  @Option(
      names = "--sweep-epochs",
      paramLabel = "N",
      description = {
        "Epochs of 8 steps in each of the trainings that show what Adam's settings do to the small",
        "CNN; 0 leaves them out."
      })
  private int sweepEpochs = 10;

  @Option(
      names = "--sweep",
      split = ",",
      paramLabel = "RATE:EPSILON",
      description = "Adam's settings in these trainings; the report's are 0.003:0.1.")
  private List<String> sweep =
      new ArrayList<>(
          List.of(
              "0.003:0.1", "0.001:0.1", "0.0003:0.1", "0.003:1e-7", "0.001:1e-7", "0.0003:1e-7"));

  @Mixin private SeedOption seed;

  @Mixin private ValidationOption validation;

  @Mixin private FeatureCacheOptions cache;

  @Mixin private DeviceOption device;

  @Option(
      names = "--resume",
      description = {
        "Takes what an earlier run with the same settings finished in the folder, and goes on with",
        "the training that it left off."
      })
  private boolean resume;

  /** Trained and measured; the probabilities of the last label are in the validation's order. */
  private record Measured(NetworkResult result, List<Double> lastLabel) {}

  /** A network, and the report's settings and figures of it, if it is one of the report's. */
  private record Contender(Architecture architecture, Optional<ReportPreset> preset) {
    static Contender named(String name) {
      return new Contender(
          Architecture.named(name),
          Arrays.stream(ReportPreset.values())
              .filter(preset -> preset.architecture().name().equals(name))
              .findFirst());
    }

    static Contender of(ReportPreset preset) {
      return new Contender(preset.architecture(), Optional.of(preset));
    }

    String name() {
      return architecture.name();
    }
  }

  @Override
  public Integer call() throws IOException {
    sweep(); // A mistake in it is told now, not after an hour.
    Map<String, String> leftOut = new LinkedHashMap<>();
    List<Contender> chosen = choose(leftOut);
    Figure.checkFonts();
    ImageSet folder = data.open(spec.commandLine().getErr());
    PatientSplit split = validation.plan(seed.seed()).split(folder);
    // All plans are checked before the first training starts.
    Map<Contender, TrainingPlan> plans = new LinkedHashMap<>();
    for (Contender network : chosen) {
      plans.put(network, plan(network, folder, split).build());
    }
    Files.createDirectories(out);

    List<NetworkResult> results = new ArrayList<>();
    Optional<LocalMaximaExperiment> localMaxima = Optional.empty();
    for (Map.Entry<Contender, TrainingPlan> entry : plans.entrySet()) {
      Contender network = entry.getKey();
      Path model = out.resolve(network.name() + ".onnx");
      Measured measured = trained(network, entry.getValue(), model, settings(network), split);
      results.add(measured.result());
      if (network.preset().equals(Optional.of(ReportPreset.LOCAL_MAXIMA_CNN))
          && folder.labels().size() == 2) {
        localMaxima = Optional.of(experiment(measured, folder, split));
      }
    }

    NetworkComparison comparison =
        new NetworkComparison(
            folder.name(),
            folder.labels(),
            counts(folder, split.training()),
            counts(folder, split.validation()),
            split.patientsApart(),
            asReported,
            seed.seed(),
            machine(),
            results,
            leftOut,
            localMaxima);
    write(comparison);
    PrintWriter writer = spec.commandLine().getOut();
    writer.print(comparison.format());
    writer.println(out.resolve("compare.html"));
    writer.flush();
    return 0;
  }

  private List<Contender> choose(Map<String, String> leftOut) {
    for (String name : weights.keySet()) {
      if (!networks.contains(name)) {
        throw new IllegalArgumentException(
            "--weights: expected those of one of the networks " + networks + ", found " + name);
      }
    }
    List<Contender> chosen = new ArrayList<>();
    for (String name : new LinkedHashSet<>(networks)) {
      Contender network = Contender.named(name);
      if (asReported && network.preset().isEmpty()) {
        throw new IllegalArgumentException(
            "--as-reported: expected networks that the report trained, found "
                + name
                + ". Leave it out of --networks, or train without --as-reported.");
      }
      if (network.architecture() instanceof PretrainedArchitecture && !weights.containsKey(name)) {
        leftOut.put(
            name,
            "left out: its ImageNet weights were not given (--weights " + name + "=FILE.h5).");
      } else {
        chosen.add(network);
      }
    }
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "Networks: expected at least one that can be trained, found " + leftOut);
    }
    return chosen;
  }

  private TrainingPlan.Builder plan(Contender contender, ImageSet folder, PatientSplit split) {
    Architecture network = contender.architecture();
    if (!asReported && network instanceof PretrainedArchitecture pretrained) {
      network = pretrained.withHead(OutputActivation.SOFTMAX);
    }
    TrainingRecipe.Builder recipe =
        (asReported ? contender.preset().orElseThrow().recipe() : TrainingRecipe.builder(network))
            .seed(seed.seed());
    Path file = weights.get(contender.name());
    if (file != null) {
      recipe.weights(file);
    }
    cache.set(recipe);
    recipe.session(device.settings());
    if (epochs != null) {
      recipe.epochs(epochs);
    }
    Path model = out.resolve(network.name() + ".onnx");
    TrainingPlan.Builder plan =
        TrainingPlan.builder(recipe.build(), TrainingData.of(folder, split), model);
    if (minutesPerNetwork != null) {
      plan.timeLimit(Duration.ofMillis(Math.round(60_000 * minutesPerNetwork)));
    }
    plan.resume(resume && Files.exists(beside(model, ".checkpoint")));
    return plan;
  }

  /** All that decides a result: with another of these, a finished one is not taken. */
  private Map<String, String> settings(Contender network) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("network", network.name());
    settings.put("settings", asReported ? network.preset().orElseThrow().presetName() : "ours");
    List<String> classes = data.classes();
    settings.put("classes", classes == null ? "all" : String.join(",", classes));
    settings.put("seed", String.valueOf(seed.seed()));
    settings.put("validation", String.valueOf(validation.share()));
    settings.put("epochs", epochs == null ? "default" : String.valueOf(epochs));
    return settings;
  }

  /** Trains, or takes what is there, and measures the model file. */
  private Measured trained(
      Contender network,
      TrainingPlan plan,
      Path model,
      Map<String, String> settings,
      PatientSplit split)
      throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    Path finished = beside(model, ".finished.json");
    String marker = Json.line(settings) + "\n";
    if (resume
        && Files.exists(model)
        && Files.exists(TrainingHistory.besideAsJson(model))
        && Files.exists(finished)
        && Files.readString(finished).equals(marker)) {
      err.println(model.getFileName() + ": taken as it is, finished by an earlier run");
      err.flush();
    } else {
      Files.deleteIfExists(finished);
      err.println("Training " + model.getFileName());
      err.flush();
      try (ProgressBars bars = new ProgressBars(err)) {
        new Trainer(plan, bars).train();
      }
      if (Files.exists(beside(model, ".checkpoint"))) {
        err.printf(
            Locale.ROOT,
            "Stopped after %s minutes; --resume goes on from there.%n",
            minutesPerNetwork);
        return measure(network, model, split);
      }
      AtomicFile.write(finished, marker);
    }
    return measure(network, model, split);
  }

  private static Path beside(Path model, String extension) {
    String name = model.getFileName().toString().replaceFirst("\\.onnx$", "");
    return model.resolveSibling(name + extension);
  }

  private Measured measure(Contender network, Path model, PatientSplit split) throws IOException {
    TrainingHistory history = TrainingHistory.read(TrainingHistory.besideAsJson(model));
    // What the network itself says, as the report's figures do.
    try (OnnxClassifier classifier =
        OnnxClassifier.builder(model)
            .session(device.settings())
            .noveltyGate(false)
            .viewGate(false)
            .calibration(false)
            .open()) {
      ModelCard card = classifier.card();
      ClassificationReport.Builder report = ClassificationReport.builder(card.labels());
      List<LabelledRadiograph> items = split.validation();
      List<Double> lastLabel = new ArrayList<>();
      List<Radiograph> timed = new ArrayList<>();
      for (LabelledRadiograph item : items) {
        Radiograph radiograph = item.read();
        Prediction prediction = classifier.classify(radiograph);
        report.add(item.label(), prediction);
        lastLabel.add(prediction.probability(card.labels().get(card.labels().size() - 1)));
        if (timed.size() < TIMED) {
          timed.add(radiograph);
        }
      }
      NetworkTable summary = network.architecture().summary(card.labels().size());
      Map<String, String> settings =
          card.training().map(TrainingProvenance::settings).orElse(Map.of());
      settings = new LinkedHashMap<>(settings);
      settings.remove("baseWeightsSha256");
      settings.put("output", card.output().name().toLowerCase(Locale.ROOT).replace('_', ' '));
      int bestEpoch =
          card.training().map(TrainingProvenance::bestEpoch).orElse(history.epochs().size());
      NetworkResult result =
          new NetworkResult(
              network.name(),
              network.preset().map(ReportPreset::reported),
              settings,
              history,
              bestEpoch,
              report.build(),
              Files.size(model),
              summary.parameters(),
              summary.trainable(),
              medianMillis(classifier, timed));
      return new Measured(result, lastLabel);
    }
  }

  private static double medianMillis(OnnxClassifier classifier, List<Radiograph> radiographs) {
    double[] millis = new double[TIMED];
    for (int i = -WARM_UP; i < TIMED; i++) {
      Radiograph radiograph = radiographs.get(Math.floorMod(i, radiographs.size()));
      long start = System.nanoTime();
      classifier.classify(radiograph);
      if (i >= 0) {
        millis[i] = (System.nanoTime() - start) / 1e6;
      }
    }
    Arrays.sort(millis);
    return (millis[TIMED / 2 - 1] + millis[TIMED / 2]) / 2;
  }

  private LocalMaximaExperiment experiment(Measured smallCnn, ImageSet folder, PatientSplit split)
      throws IOException {
    String second = folder.labels().get(1);
    boolean[] truth = new boolean[split.validation().size()];
    for (int i = 0; i < truth.length; i++) {
      truth[i] = split.validation().get(i).label().equals(second);
    }
    List<LocalMaximaExperiment.Run> runs = new ArrayList<>();
    for (double[] setting : sweep()) {
      runs.add(run(setting[0], setting[1], folder, split));
    }
    return new LocalMaximaExperiment(
        OneHotMismatch.of(
            smallCnn.lastLabel().stream().mapToDouble(Double::doubleValue).toArray(), truth),
        runs,
        largestShare(folder, split.validation()),
        largestShare(folder, split.training()));
  }

  /** Pairs of learning rate and epsilon. */
  private List<double[]> sweep() {
    List<double[]> settings = new ArrayList<>();
    for (String setting : sweepEpochs > 0 ? sweep : List.<String>of()) {
      String[] parts = setting.split(":", -1);
      try {
        if (parts.length == 2) {
          settings.add(new double[] {Double.parseDouble(parts[0]), Double.parseDouble(parts[1])});
          continue;
        }
      } catch (NumberFormatException e) {
        // Told below.
      }
      throw new IllegalArgumentException(
          "--sweep: expected a learning rate and an epsilon such as 0.003:0.1, found " + setting);
    }
    return settings;
  }

  private LocalMaximaExperiment.Run run(
      double rate, double epsilon, ImageSet folder, PatientSplit split) throws IOException {
    ReportPreset preset = ReportPreset.LOCAL_MAXIMA_CNN;
    Path model = out.resolve("sweep").resolve("adam-" + rate + "-epsilon-" + epsilon + ".onnx");
    TrainingRecipe recipe =
        preset
            .recipe()
            .seed(seed.seed())
            .learningRate(rate)
            .adamEpsilon(epsilon)
            .epochs(sweepEpochs)
            .session(device.settings())
            .build();
    TrainingPlan plan = TrainingPlan.builder(recipe, TrainingData.of(folder, split), model).build();
    Map<String, String> settings = settings(Contender.of(preset));
    settings.put("settings", preset.presetName());
    settings.put("epochs", String.valueOf(sweepEpochs));
    settings.put("learningRate", String.valueOf(rate));
    settings.put("epsilon", String.valueOf(epsilon));
    NetworkResult result = trained(Contender.of(preset), plan, model, settings, split).result();
    List<TrainingHistory.Epoch> epochs = result.history().epochs();
    return new LocalMaximaExperiment.Run(
        rate,
        epsilon,
        epochs.size() * Integer.parseInt(result.settings().get("stepsPerEpoch")),
        epochs.get(epochs.size() - 1),
        result.validation().confusion());
  }

  private static Map<String, Integer> counts(ImageSet folder, List<LabelledRadiograph> items) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    folder.labels().forEach(label -> counts.put(label, 0));
    items.forEach(item -> counts.merge(item.label(), 1, Integer::sum));
    return counts;
  }

  private static double largestShare(ImageSet folder, List<LabelledRadiograph> items) {
    return (double) Collections.max(counts(folder, items).values()) / items.size();
  }

  private static String machine() {
    return String.format(
        Locale.ROOT,
        "%s (%s), %d processors, Java %s",
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"));
  }

  private void write(NetworkComparison comparison) throws IOException {
    AtomicFile.write(out.resolve("compare.csv"), comparison.toCsv());
    AtomicFile.write(out.resolve("compare.json"), comparison.toJson());
    for (Map.Entry<String, Figure> figure : comparison.figures().entrySet()) {
      figure.getValue().write(out.resolve(figure.getKey() + ".png"));
      figure.getValue().write(out.resolve(figure.getKey() + ".svg"));
    }
    AtomicFile.write(out.resolve("compare.html"), comparison.toHtml());
  }
}
