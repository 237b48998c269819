package io.cxr.train;

import io.cxr.train.ReportedTraining.ValidationEpoch;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.augmentation.Augmentation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How the 2022 report "COVID-19 detection using chest X-ray" trained each of its four networks, and
 * what it got. Loss and head go together and are the architecture's: categorical cross-entropy on
 * two outputs, or binary cross-entropy on one sigmoid. A checkpoint of the best epoch is what a
 * {@link Trainer} writes anyway.
 *
 * <p>Only initial weights of the heads on frozen bases differ: zeros here, random numbers there.
 */
@SuppressWarnings("ImmutableEnumChecker") // The checker does not know that these records are.
public enum ReportPreset {
  /** VGG-16 with frozen ImageNet weights. */
  VGG16(
      "vgg16",
      30,
      10,
      32,
      0.001,
      1e-7,
      Monitor.VALIDATION_ACCURACY,
      Optional.of(new EarlyStopping(0.01, 3, true)),
      new ReportedTraining(
          7,
          0.9875,
          0.0328,
          0.9792,
          0.0453,
          OptionalDouble.of(59.5),
          14_764_866,
          50_178,
          epochs(
              0.9215,
              0.1453,
              0.9400,
              0.1211,
              0.9630,
              0.0803,
              0.9861,
              0.0309,
              0.9838,
              0.0343,
              0.9954,
              Double.NaN,
              0.9792,
              0.0453))),

  /** ResNet-50 with frozen ImageNet weights. */
  RESNET50(
      "resnet50",
      30,
      10,
      32,
      0.001,
      1e-7,
      Monitor.VALIDATION_ACCURACY,
      Optional.of(new EarlyStopping(0.01, 3, true)),
      new ReportedTraining(
          7,
          0.9969,
          0.0370,
          0.9954,
          0.1256,
          OptionalDouble.of(97.3),
          23_788_418,
          200_706,
          epochs(
              0.9792,
              Double.NaN,
              0.9376,
              1.9962,
              0.9792,
              0.5825,
              0.9931,
              0.1176,
              0.9815,
              0.2832,
              0.9769,
              0.6959,
              0.9954,
              0.1256))),

  /** The CNN of 40 million parameters, from scratch. */
  CNN(
      "cnn",
      100,
      108,
      16,
      0.001,
      1e-7,
      Monitor.VALIDATION_LOSS,
      Optional.of(new EarlyStopping(0.001, 3, true)),
      new ReportedTraining(
          19,
          0.9537,
          0.1261,
          0.9723,
          0.109,
          OptionalDouble.of(483.9),
          40_317_025,
          40_317_025,
          epochs(
              0.8499, 0.4831, 0.9145, 0.3820, 0.9538, 0.2836, 0.9538, 0.3246, 0.9376, 0.2649,
              0.9630, 0.2776, 0.9677, 0.1967, 0.9607, 0.2080, 0.9492, 0.1892, 0.9423, 0.1837,
              0.9469, 0.1383, 0.9654, 0.1223, 0.9607, 0.1304, 0.9515, 0.1454, 0.9746, 0.1004,
              0.9792, 0.0714))),

  /**
   * The small CNN that the report took for stuck in a local maximum. Its validation figures come
   * from one-hot labels against one sigmoid and say nothing; see {@link
   * io.cxr.train.report.OneHotMismatch}. It ran all its epochs and kept the last weights.
   */
  LOCAL_MAXIMA_CNN(
      "local-maxima-cnn",
      10,
      8,
      32,
      0.003,
      0.1,
      Monitor.VALIDATION_LOSS,
      Optional.empty(),
      new ReportedTraining(
          10,
          0.75,
          0.5425,
          0.50,
          0.7244,
          OptionalDouble.empty(),
          1_348_641,
          1_348_641,
          epochs(
              0.5,
              Double.NaN,
              0.5,
              Double.NaN,
              0.5,
              Double.NaN,
              0.5,
              Double.NaN,
              0.5,
              Double.NaN,
              0.5,
              Double.NaN,
              0.5,
              Double.NaN,
              0.5,
              Double.NaN,
              0.5,
              Double.NaN,
              0.5,
              0.7244)));

  private final String network;
  private final int epochs;
  private final int stepsPerEpoch;
  private final int batchSize;
  private final double learningRate;
  private final double adamEpsilon;
  private final Monitor monitor;
  private final Optional<EarlyStopping> earlyStopping;
  private final ReportedTraining reported;

  ReportPreset(
      String network,
      int epochs,
      int stepsPerEpoch,
      int batchSize,
      double learningRate,
      double adamEpsilon,
      Monitor monitor,
      Optional<EarlyStopping> earlyStopping,
      ReportedTraining reported) {
    this.network = network;
    this.epochs = epochs;
    this.stepsPerEpoch = stepsPerEpoch;
    this.batchSize = batchSize;
    this.learningRate = learningRate;
    this.adamEpsilon = adamEpsilon;
    this.monitor = monitor;
    this.earlyStopping = earlyStopping;
    this.reported = reported;
  }

  private static List<ValidationEpoch> epochs(double... accuraciesAndLosses) {
    List<ValidationEpoch> epochs = new ArrayList<>();
    for (int i = 0; i < accuraciesAndLosses.length; i += 2) {
      double loss = accuraciesAndLosses[i + 1];
      epochs.add(
          new ValidationEpoch(
              accuraciesAndLosses[i],
              Double.isNaN(loss) ? OptionalDouble.empty() : OptionalDouble.of(loss)));
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
   * The most epochs.
   *
   * @return at least 1
   */
  public int epochs() {
    return epochs;
  }

  /**
   * Training steps an epoch.
   *
   * @return at least 1
   */
  public int stepsPerEpoch() {
    return stepsPerEpoch;
  }

  /**
   * Images a step.
   *
   * @return at least 1
   */
  public int batchSize() {
    return batchSize;
  }

  /**
   * Adam's learning rate; where the report names none, that of Keras.
   *
   * @return above 0
   */
  public double learningRate() {
    return learningRate;
  }

  /**
   * Adam's epsilon; where the report names none, that of Keras.
   *
   * @return above 0
   */
  public double adamEpsilon() {
    return adamEpsilon;
  }

  /**
   * The figure that decided the best epoch.
   *
   * @return the figure
   */
  public Monitor monitor() {
    return monitor;
  }

  /**
   * When training stopped before its last epoch.
   *
   * @return the rule, or empty if all epochs ran and the last weights were kept
   */
  public Optional<EarlyStopping> earlyStopping() {
    return earlyStopping;
  }

  /**
   * What the report printed.
   *
   * @return its figures
   */
  public ReportedTraining reported() {
    return reported;
  }

  /**
   * Sets everything in a plan that the report tells. Labels, split, weights file and seed are the
   * caller's; the plan's architecture must be {@link #architecture()}.
   *
   * @param plan the plan; changed
   * @return the same builder
   */
  public TrainingPlan.Builder applyTo(TrainingPlan.Builder plan) {
    plan.epochs(epochs)
        .stepsPerEpoch(stepsPerEpoch)
        .batchSize(batchSize)
        .learningRate(learningRate)
        .adamEpsilon(adamEpsilon)
        .monitor(monitor)
        .augmentation(augmentation())
        // A patience that no training outlasts: it never stops, and keeps the last weights.
        .earlyStopping(earlyStopping.orElse(new EarlyStopping(0, Integer.MAX_VALUE, false)));
    return plan;
  }
}
