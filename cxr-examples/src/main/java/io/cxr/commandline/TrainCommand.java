package io.cxr.commandline;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.PatientSplit;
import io.cxr.model.OutputActivation;
import io.cxr.train.EarlyStopping;
import io.cxr.train.Monitor;
import io.cxr.train.Trainer;
import io.cxr.train.TrainingPlan;
import io.cxr.train.TrainingResult;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a network on a folder of radiographs. */
@Command(
    name = "train",
    description = {
      "Trains a network on a folder of radiographs and writes a model file.",
      "The folder holds one folder a class, or train/CLASS and test/CLASS.%n"
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class TrainCommand implements Callable<Integer> {
  /** True of most public sets: each class comes from other hospitals, and that is easy to learn. */
  private static final String SAME_SOURCE =
      "Note: these figures hold for images from the same sources. Where classes come from different"
          + " sources, a network learns the source; measure it on another hospital's images first.";

  @Spec private CommandSpec spec;

  @Option(names = "--data", required = true, paramLabel = "DIR", description = "The radiographs.")
  private Path data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "MODEL.onnx",
      description = "The model file to write.")
  private Path out;

  @Option(
      names = "--architecture",
      paramLabel = "NAME",
      description = "resnet50, vgg16, cnn or local-maxima-cnn.")
  private String architecture = "resnet50";

  @Option(
      names = "--head",
      paramLabel = "ACTIVATION",
      description = {
        "softmax, or sigmoid as the report's ResNet-50 has it; for resnet50 and vgg16. Softmax by",
        "default: a sigmoid's own logit says little when only the ratio to the others is trained."
      })
  private @Nullable String head;

  @Option(
      names = "--classes",
      split = ",",
      paramLabel = "CLASS",
      description = "The classes to tell apart, in the order of the outputs; all by default.")
  private @Nullable List<String> classes;

  @Option(
      names = "--patients",
      paramLabel = "FILE",
      description = "CSV with the columns file, label, patient: keeps patients on one side.")
  private @Nullable Path patients;

  @Option(
      names = "--weights",
      paramLabel = "FILE.h5",
      description = "Keras ImageNet weights without top, for resnet50 and vgg16.")
  private @Nullable Path weights;

  @Option(names = "--epochs", paramLabel = "N", description = "The most epochs.")
  private int epochs = 30;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images a step; 32, or 16 for the CNNs.")
  private @Nullable Integer batch;

  @Option(
      names = "--steps-per-epoch",
      paramLabel = "N",
      description = "Steps an epoch; by default as many as show every image once.")
  private @Nullable Integer stepsPerEpoch;

  @Option(
      names = "--validation",
      paramLabel = "SHARE",
      description = "Share of the images to validate on; not used with train/ and test/.")
  private double validation = 0.2;

  @Option(names = "--seed", paramLabel = "N", description = "Split, initial weights and order.")
  private long seed = 1;

  @Option(names = "--learning-rate", paramLabel = "X", description = "Adam's learning rate.")
  private @Nullable Double learningRate;

  @Option(
      names = "--class-weight",
      paramLabel = "CLASS=X",
      description = "How much an image of the class counts in the training loss; repeatable.")
  private Map<String, Double> classWeights = new LinkedHashMap<>();

  @Option(
      names = "--balanced",
      description = "Weights classes so that each counts the same in the training loss.")
  private boolean balanced;

  @Option(
      names = "--monitor",
      paramLabel = "FIGURE",
      description = "val-loss or val-accuracy: decides the best epoch and when to stop.")
  private String monitor = "val-loss";

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "Stops after so many epochs without a gain; 0 runs all epochs.")
  private int patience = 5;

  @Option(names = "--min-delta", paramLabel = "X", description = "The least gain that counts.")
  private double minimumDelta = 0.001;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Where features of frozen bases are kept for the next training.")
  private @Nullable Path cache;

  @Option(names = "--json", description = "Prints the result as one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Architecture network = network();
    ImageFolder.Builder builder = ImageFolder.builder(data);
    if (classes != null) {
      builder.classes(classes);
    }
    if (patients != null) {
      builder.patients(patients);
    }
    ImageFolder folder = builder.open();
    Optional<PatientSplit> given = folder.givenSplit();
    PatientSplit split =
        given.isPresent() ? given.get() : PatientSplit.of(folder, validation, seed);

    TrainingPlan.Builder plan =
        TrainingPlan.builder(network, folder.labels(), split, out)
            .data(folder.name())
            .epochs(epochs)
            .seed(seed)
            .monitor(monitor());
    if (weights != null) {
      plan.weights(weights);
    }
    if (batch != null) {
      plan.batchSize(batch);
    }
    if (stepsPerEpoch != null) {
      plan.stepsPerEpoch(stepsPerEpoch);
    }
    if (learningRate != null) {
      plan.learningRate(learningRate);
    }
    if (balanced) {
      plan.balancedClassWeights();
    }
    if (!classWeights.isEmpty()) {
      plan.classWeights(classWeights);
    }
    if (patience == 0) {
      plan.noEarlyStopping();
    } else {
      plan.earlyStopping(new EarlyStopping(minimumDelta, patience, true));
    }
    if (cache != null) {
      plan.featureCache(cache);
    }

    PrintWriter err = spec.commandLine().getErr();
    err.printf(
        "Training %s on %d images, validating on %d: %s%n",
        network.name(), split.training().size(), split.validation().size(), folder.countByLabel());
    err.flush();
    TrainingResult result;
    try (ProgressBars bars = new ProgressBars(err)) {
      result = new Trainer(plan.build(), bars).train();
    }
    err.println(SAME_SOURCE);
    err.flush();
    PrintWriter writer = spec.commandLine().getOut();
    if (json) {
      writer.println(Json.line(Json.training(result)));
    } else {
      writer.println(result.validation().format());
      writer.printf(
          Locale.ROOT,
          "%s: best epoch %d of %d, validation accuracy %.4f%n",
          result.model(),
          result.bestEpoch(),
          result.history().epochs().size(),
          result.validation().accuracy());
    }
    writer.flush();
    return 0;
  }

  private Architecture network() {
    Architecture network = Architecture.named(architecture);
    if (!(network instanceof PretrainedArchitecture pretrained)) {
      if (head != null) {
        throw new IllegalArgumentException(
            "--head: expected for resnet50 and vgg16 only, found with " + architecture);
      }
      return network;
    }
    return switch (head == null ? "softmax" : head) {
      case "softmax" -> pretrained.withHead(OutputActivation.SOFTMAX);
      case "sigmoid" -> pretrained.withHead(OutputActivation.SIGMOID_PER_LABEL);
      default ->
          throw new IllegalArgumentException("--head: expected softmax or sigmoid, found " + head);
    };
  }

  private Monitor monitor() {
    return switch (monitor) {
      case "val-loss" -> Monitor.VALIDATION_LOSS;
      case "val-accuracy" -> Monitor.VALIDATION_ACCURACY;
      default ->
          throw new IllegalArgumentException(
              "--monitor: expected val-loss or val-accuracy, found " + monitor);
    };
  }
}
