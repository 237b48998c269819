package io.cxr.model;

import io.cxr.model.PreprocessingStep.Normalization;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The cards of {@code golden-cards.txt}, the same on every run and every JDK. Their texts are what
 * the first release of format version 2 wrote, by Jackson's data binding.
 */
final class GoldenCards {
  private static final int COUNT = 20;

  private static final String[] TEXTS = {
    "",
    " ",
    "plain",
    "Thorax \u00e0 face, M\u00e4nner, \u80f8\u90e8, \u0441\u043d\u0438\u043c\u043e\u043a",
    "\ud83e\ude7b \ud83d\ude00",
    "\"quoted\" \\back\\ 'single' </script>",
    "\t\n\r\b\f\u0000\u0001\u001f\u007f\u0085\u2028\u2029\ufeff\uffff",
    "null",
    "1.0",
    "NaN",
  };

  private static final double[] NUMBERS = {
    0,
    -0.0,
    1,
    -1,
    0.1,
    1e-3,
    1e7,
    123456789,
    1.0 / 3,
    Math.PI,
    1e16,
    1e300,
    Double.MAX_VALUE,
    -Double.MAX_VALUE,
    Double.MIN_VALUE,
    Double.MIN_NORMAL,
    0.9979423868312757,
  };

  private static final double[] NO_NUMBERS = {
    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
  };

  private final Random random;

  private GoldenCards(long seed) {
    random = new Random(seed);
  }

  static List<ModelCard> all() {
    List<ModelCard> cards = new ArrayList<>();
    for (int seed = 0; seed < COUNT; seed++) {
      cards.add(new GoldenCards(seed).card());
    }
    return cards;
  }

  private ModelCard card() {
    int labels = 2 + random.nextInt(3);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < labels; i++) {
      names.add("L" + i + text());
    }
    OutputActivation output =
        labels == 2
            ? one(
                OutputActivation.SOFTMAX,
                OutputActivation.SIGMOID_PER_LABEL,
                OutputActivation.SIGMOID_OF_SECOND_LABEL)
            : one(OutputActivation.SOFTMAX, OutputActivation.SIGMOID_PER_LABEL);
    List<OperatingThreshold> thresholds = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      thresholds.add(
          new OperatingThreshold(
              names.get(i % labels),
              one(OperatingThreshold.Aim.SENSITIVITY, OperatingThreshold.Aim.SPECIFICITY),
              1 - random.nextDouble(),
              random.nextDouble(),
              estimate(),
              estimate()));
    }
    // The draws are in the order in which the golden texts were made.
    return ModelCard.builder(text(), text())
        .architecture(text())
        .labels(names)
        .output(output)
        .preprocessing(preprocessing())
        .metrics(numbers())
        .training(random.nextInt(4) == 0 ? null : training())
        .calibration(calibration(labels))
        .thresholds(thresholds)
        .novelty(
            random.nextBoolean()
                ? null
                : new NoveltyGate(text(), number(), 1 - random.nextDouble(), 0.5))
        .shortcuts(
            random.nextBoolean()
                ? null
                : new ShortcutFinding(random.nextBoolean(), text(), figures()))
        .build();
  }

  private PreprocessingSpec preprocessing() {
    List<PreprocessingStep> steps = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      steps.add(
          switch (random.nextInt(4)) {
            case 0 -> new PreprocessingStep.BorderCrop(random.nextDouble() / 2);
            case 1 -> new PreprocessingStep.HistogramEqualization();
            case 2 ->
                new PreprocessingStep.Clahe(
                    1 + random.nextInt(40) / 8.0, 1 + random.nextInt(256), 1 + random.nextInt(256));
            default -> new PreprocessingStep.GaussianBlur(100 * (1 - random.nextDouble()));
          });
    }
    steps.add(
        random.nextInt(steps.size() + 1),
        new PreprocessingStep.Resize(
            1 + random.nextInt(1024),
            1 + random.nextInt(Integer.MAX_VALUE),
            // Those that there were when the golden texts were made.
            one(Resampling.NEAREST, Resampling.BILINEAR)));
    steps.add(new PreprocessingStep.ChannelReplication(random.nextBoolean() ? 1 : 3));
    // The kinds that there were when the golden texts were made.
    steps.add(
        new Normalization(
            one(
                Normalization.Kind.UNIT_RANGE,
                Normalization.Kind.CAFFE_BGR_MEAN,
                Normalization.Kind.Z_SCORE)));
    return new PreprocessingSpec(steps, one(InputShape.Layout.values()));
  }

  private TrainingProvenance training() {
    int epochs = random.nextInt(300);
    return new TrainingProvenance(
        text().replaceAll("[/\\\\]", ""),
        images(),
        images(),
        random.nextBoolean(),
        random.nextInt(3) == 0 ? random.nextInt() : random.nextLong(),
        epochs,
        random.nextInt(epochs + 1),
        true,
        texts(),
        texts());
  }

  private @Nullable Calibration calibration(int labels) {
    return switch (random.nextInt(3)) {
      case 0 -> null;
      case 1 -> new Calibration.Temperature(0.05 + 19 * random.nextDouble());
      default ->
          labels == 2
              ? new Calibration.Platt(1e3 * (1 - random.nextDouble()), number())
              : new Calibration.Temperature(20);
    };
  }

  private OperatingThreshold.Estimate estimate() {
    double low = random.nextInt(4) == 0 ? NO_NUMBERS[random.nextInt(3)] : random.nextDouble();
    return new OperatingThreshold.Estimate(random.nextDouble(), low, number());
  }

  private Map<String, Integer> images() {
    Map<String, Integer> images = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      images.put(text(), random.nextInt());
    }
    return images;
  }

  private Map<String, String> texts() {
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      texts.put(text(), text());
    }
    return texts;
  }

  private Map<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      numbers.put(text(), number());
    }
    return numbers;
  }

  private Map<String, Double> figures() {
    Map<String, Double> figures = numbers();
    if (random.nextBoolean()) {
      figures.put("undefined", NO_NUMBERS[random.nextInt(NO_NUMBERS.length)]);
    }
    return figures;
  }

  private String text() {
    return TEXTS[random.nextInt(TEXTS.length)];
  }

  private double number() {
    return NUMBERS[random.nextInt(NUMBERS.length)];
  }

  @SafeVarargs
  private <T> T one(T... values) {
    return values[random.nextInt(values.length)];
  }
}
