package io.cxr.train;

import io.cxr.train.ReportedTraining.ValidationEpoch;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.augmentation.Augmentation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/**
 * How the 2022 report "COVID-19 detection using chest X-ray" trained each of its four networks, and
 * what it got. Loss and head go together and are the architecture's: categorical cross-entropy on
 * two outputs, or binary cross-entropy on one sigmoid. A checkpoint of the best epoch is what a
 * {@link Trainer} writes anyway.
 *
 * <p>Only initial weights of the heads on frozen bases differ: zeros here, random numbers there.
 */
@SuppressWarnings("ImmutableEnumChecker") // The checker does not know that these are.
public enum ReportPreset {
  /** VGG-16 with frozen ImageNet weights. */
  VGG16(
      "vgg16",
      recipe ->
          recipe
              .epochs(30)
              .stepsPerEpoch(10)
              .batchSize(32)
              .monitor(Monitor.VALIDATION_ACCURACY)
              .earlyStopping(new EarlyStopping(0.01, 3, true)),
      new ReportedTraining(
          7,
          0.9875,
          0.0328,
          0.9792,
          0.0453,
          OptionalDouble.of(59.5),
          14_764_866,
          50_178,
          history(
              "0.9215 0.1453, 0.9400 0.1211, 0.9630 0.0803, 0.9861 0.0309, "
                  + "0.9838 0.0343, 0.9954 -, 0.9792 0.0453"))),

  /** ResNet-50 with frozen ImageNet weights. */
  RESNET50(
      "resnet50",
      recipe ->
          recipe
              .epochs(30)
              .stepsPerEpoch(10)
              .batchSize(32)
              .monitor(Monitor.VALIDATION_ACCURACY)
              .earlyStopping(new EarlyStopping(0.01, 3, true)),
      new ReportedTraining(
          7,
          0.9969,
          0.0370,
          0.9954,
          0.1256,
          OptionalDouble.of(97.3),
          23_788_418,
          200_706,
          history(
              "0.9792 -, 0.9376 1.9962, 0.9792 0.5825, 0.9931 0.1176, 0.9815 0.2832, "
                  + "0.9769 0.6959, 0.9954 0.1256"))),

  /** The CNN of 40 million parameters, from scratch. */
  CNN(
      "cnn",
      recipe ->
          recipe
              .epochs(100)
              .stepsPerEpoch(108)
              .batchSize(16)
              .monitor(Monitor.VALIDATION_LOSS)
              .earlyStopping(new EarlyStopping(0.001, 3, true)),
      new ReportedTraining(
          19,
          0.9537,
          0.1261,
          0.9723,
          0.109,
          OptionalDouble.of(483.9),
          40_317_025,
          40_317_025,
          history(
              "0.8499 0.4831, 0.9145 0.3820, 0.9538 0.2836, 0.9538 0.3246, "
                  + "0.9376 0.2649, 0.9630 0.2776, 0.9677 0.1967, 0.9607 0.2080, "
                  + "0.9492 0.1892, 0.9423 0.1837, 0.9469 0.1383, 0.9654 0.1223, "
                  + "0.9607 0.1304, 0.9515 0.1454, 0.9746 0.1004, 0.9792 0.0714"))),

  /**
   * The small CNN that the report took for stuck in a local maximum. Its validation figures come
   * from one-hot labels against one sigmoid and say nothing; see {@link
   * io.cxr.train.report.OneHotMismatch}. It ran all its epochs and kept the last weights.
   */
  LOCAL_MAXIMA_CNN(
      "local-maxima-cnn",
      recipe ->
          recipe
              .epochs(10)
              .stepsPerEpoch(8)
              .batchSize(32)
              .learningRate(0.003)
              .adamEpsilon(0.1)
              .monitor(Monitor.VALIDATION_LOSS)
              // A patience that no training outlasts: it never stops, and keeps the last weights.
              .earlyStopping(new EarlyStopping(0, Integer.MAX_VALUE, false)),
      new ReportedTraining(
          10,
          0.75,
          0.5425,
          0.50,
          0.7244,
          OptionalDouble.empty(),
          1_348_641,
          1_348_641,
          history(
              "0.5 -, 0.5 -, 0.5 -, 0.5 -, 0.5 -, 0.5 -, 0.5 -, 0.5 -, 0.5 -, " + "0.5 0.7244")));

  private final String network;
  private final UnaryOperator<TrainingRecipe.Builder> settings;
  private final ReportedTraining reported;

  ReportPreset(
      String network, UnaryOperator<TrainingRecipe.Builder> settings, ReportedTraining reported) {
    this.network = network;
    this.settings = settings;
    this.reported = reported;
  }

  /** Accuracy and loss of each epoch; a dash where the report leaves the loss out. */
  private static List<ValidationEpoch> history(String accuraciesAndLosses) {
    List<ValidationEpoch> epochs = new ArrayList<>();
    for (String epoch : accuraciesAndLosses.split(", ", -1)) {
      String[] figures = epoch.split(" ", -1);
      epochs.add(
          new ValidationEpoch(
              Double.parseDouble(figures[0]),
              figures[1].equals("-")
                  ? OptionalDouble.empty()
                  : OptionalDouble.of(Double.parseDouble(figures[1]))));
    }
    return List.copyOf(epochs);
  }

  /**
   * The preset of that name.
   *
   * @param name {@code report-vgg16}, {@code report-resnet50}, {@code report-cnn} or {@code
   *     report-local-maxima-cnn}
   * @return the preset
   * @throws IllegalArgumentException if there is none of that name
   */
  public static ReportPreset named(String name) {
    return Arrays.stream(values())
        .filter(preset -> preset.presetName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Preset: expected one of "
                        + Arrays.stream(values()).map(ReportPreset::presetName).toList()
                        + ", found '"
                        + name
                        + "'"));
  }

  /**
   * The preset's name on the command line.
   *
   * @return {@code report-} and the network's name
   */
  public String presetName() {
    return "report-" + network;
  }

  /**
   * The network, with the report's head: softmax on VGG-16, a sigmoid a label on ResNet-50, one
   * sigmoid on the CNNs.
   *
   * @return the architecture
   */
  public Architecture architecture() {
    return Architecture.named(network);
  }

  /**
   * How training images were changed: zoom, shear and horizontal flip.
   *
   * @return the augmentation with this preset's name
   */
  public Augmentation augmentation() {
    return Augmentation.named(presetName());
  }

  /**
   * Starts a recipe with everything that the report tells of a training; where it names no learning
   * rate, with that of Keras. Weights file and seed are the caller's.
   *
   * @return a builder
   */
  public TrainingRecipe.Builder recipe() {
    return settings.apply(
        TrainingRecipe.builder(architecture()).augmentation(augmentation()).learningRate(0.001));
  }

  /**
   * What the report printed.
   *
   * @return its figures
   */
  public ReportedTraining reported() {
    return reported;
  }
}
