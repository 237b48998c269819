package io.cxr.commandline;

import io.cxr.Explanation;
import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SessionSettings;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.EarlyStopping;
import io.cxr.train.Trainer;
import io.cxr.train.TrainingData;
import io.cxr.train.TrainingPlan;
import io.cxr.train.TrainingRecipe;
import io.cxr.train.TrainingResult;
import io.cxr.train.architecture.Architecture;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The whole way on synthetic phantoms: draw, train, evaluate, export, classify, explain. */
@Command(
    name = "demo",
    description = {
      "Draws synthetic chest phantoms, trains the small CNN on them, exports it, classifies three",
      "of them through ONNX Runtime and writes heatmaps. Needs no data and no network.%n"
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--out", paramLabel = "DIR", description = "Where everything is written.")
  private Path out = Path.of("cxr-demo");

  @Option(names = "--images", paramLabel = "N", description = "How many phantoms a class.")
  private int images = 150;

  @Option(names = "--epochs", paramLabel = "N", description = "The most epochs.")
  private int epochs = 15;

  @Option(names = "--seed", paramLabel = "N", description = "The seed of everything.")
  private long seed = 1;

  /** The phantom of the picture in the documents; drawn larger than those of the training. */
  private static final long PICTURE_SEED = 10;

  private static final int PICTURE_FILM = 1024;
  private static final int PICTURE_SIDE = 360;

  @Mixin private DeviceOption device;

  @Override
  public Integer call() throws IOException {
    PrintWriter writer = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    SessionSettings session = device.settings();
    Path phantoms = out.resolve("synthetic-phantoms");
    Path model = out.resolve("synthetic-demo.onnx");
    Path heatmaps = Files.createDirectories(out.resolve("heatmaps"));

    err.printf("Drawing %d synthetic chest phantoms in %s%n", 2 * images, phantoms);
    err.flush();
    SyntheticChestPhantom.writeFolder(phantoms, images, seed);
    ImageFolder folder =
        ImageFolder.builder(phantoms).patients(phantoms.resolve("patients.csv")).open();
    PatientSplit split = PatientSplit.of(folder, 0.2, seed);

    TrainingRecipe recipe =
        TrainingRecipe.builder(Architecture.named("local-maxima-cnn"))
            .epochs(epochs)
            .batchSize(16)
            .learningRate(5e-4)
            .earlyStopping(new EarlyStopping(0.001, 6, true))
            .seed(seed)
            .session(session)
            .build();
    TrainingData data = TrainingData.of("synthetic chest phantoms", folder.labels(), split);
    TrainingPlan plan = TrainingPlan.builder(recipe, data, model).build();
    TrainingResult result;
    try (ProgressBars bars = new ProgressBars(err)) {
      result = new Trainer(plan, bars).train();
    }
    writer.println(result.validation().format());

    try (OnnxClassifier classifier = OnnxClassifier.builder(model).session(session).open()) {
      for (LabelledRadiograph item : threeOf(split.validation())) {
        Radiograph radiograph = item.read();
        Explanation explanation = classifier.explain(radiograph);
        Prediction prediction = explanation.prediction();
        Path heatmap =
            heatmaps.resolve(item.label() + "-" + item.file().getFileName() + ".heatmap.png");
        HeatmapOverlay.builder(radiograph, explanation.heatmap())
            .prediction(prediction)
            .build()
            .write(heatmap);
        writer.printf(
            Locale.ROOT,
            "%s is %s: %s %.2f %%, shown in %s%n",
            folder.nameOf(item),
            item.label(),
            prediction.top().label(),
            100 * prediction.top().probability(),
            heatmap);
      }
      writePicture(classifier, out.resolve("overlay.png"));
    }
    writer.printf("Model: %s%n%s%n", model, Prediction.NOTICE);
    writer.flush();
    return 0;
  }

  private static void writePicture(OnnxClassifier classifier, Path file) throws IOException {
    Radiograph phantom = SyntheticChestPhantom.draw(true, PICTURE_SEED, PICTURE_FILM);
    Explanation explanation = classifier.explain(phantom);
    HeatmapOverlay.builder(phantom, explanation.heatmap())
        .prediction(explanation.prediction())
        .caption("Synthetic phantom, no patient")
        .longestSide(PICTURE_SIDE)
        .build()
        .write(file);
  }

  /** Two phantoms with opacities and one without. */
  private static List<LabelledRadiograph> threeOf(List<LabelledRadiograph> items) {
    List<LabelledRadiograph> chosen = new ArrayList<>();
    items.stream()
        .filter(item -> item.label().equals(SyntheticChestPhantom.OPACITY))
        .limit(2)
        .forEach(chosen::add);
    items.stream()
        .filter(item -> item.label().equals(SyntheticChestPhantom.CLEAR))
        .limit(1)
        .forEach(chosen::add);
    return chosen;
  }
}
