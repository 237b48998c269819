package io.cxr.commandline;

import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import io.cxr.model.Resampling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Preprocessing steps as they are written on the command line. */
final class PreprocessingOption {
  private static final int CLAHE_TILES = 8;

  private PreprocessingOption() {}

  /**
   * Reads steps such as {@code crop=0.1,equalize,resize=bilinear,blur=1.5}. A normalisation is
   * named as in a model card, such as {@code normalize=torch-mean-deviation}, or has numbers,
   * {@code normalize=MEAN/DEVIATION} in gray levels; {@code normalize=124:116:104/58:57:57} has
   * those of each channel, and {@code normalize=range=-1024..1024} what black and white become.
   *
   * @param text the steps in their order; the resize comes last unless it is named, and a
   *     normalisation after all others wherever it is named
   * @param size rows and columns of the input
   * @param own the network's own steps, of which the replication is kept, and the normalisation
   *     unless one is named
   * @param layout the network's own
   */
  static PreprocessingSpec parse(
      String text, int size, List<PreprocessingStep> own, InputShape.Layout layout) {
    List<PreprocessingStep> steps = new ArrayList<>();
    ChannelReplication replication = (ChannelReplication) own.get(own.size() - 2);
    PreprocessingStep normalization = own.get(own.size() - 1);
    boolean resized = false;
    boolean normalized = false;
    for (String step : text.split(",", -1)) {
      String[] parts = step.trim().split("=", 2);
      String value = parts.length == 2 ? parts[1] : "";
      switch (parts[0]) {
        case "crop" -> steps.add(new BorderCrop(number(step, value)));
        case "equalize" -> steps.add(new HistogramEqualization());
        case "clahe" -> steps.add(new Clahe(number(step, value), CLAHE_TILES, CLAHE_TILES));
        case "blur" -> steps.add(new GaussianBlur(number(step, value)));
        case "centre-crop" -> steps.add(new CentreCrop());
        case "pad" -> steps.add(new SquarePad(value.isEmpty() ? 0 : (int) number(step, value)));
        case "resize" -> {
          steps.add(new Resize(size, size, resampling(step, value)));
          resized = true;
        }
        case "normalize" -> {
          if (normalized) {
            throw wrong(step);
          }
          normalization = normalization(step, value, replication.channels());
          normalized = true;
        }
        default -> throw wrong(step);
      }
    }
    if (!resized) {
      steps.add(new Resize(size, size, Resampling.BILINEAR));
    }
    steps.add(replication);
    steps.add(normalization);
    return new PreprocessingSpec(steps, layout);
  }

  private static Resampling resampling(String step, String value) {
    for (Resampling each : Resampling.values()) {
      if (each.name().equals(value.toUpperCase(Locale.ROOT))) {
        return each;
      }
    }
    throw wrong(step);
  }

  /**
   * A normalisation as {@code normalize=} has it.
   *
   * @param value its name, its numbers, or the range that levels are spread over
   * @return of one channel where one number is given for all
   * @throws IllegalArgumentException if it is none
   */
  static PreprocessingStep normalization(String value) {
    String most = value.contains(":") ? value.substring(0, value.indexOf('/') + 1) : "";
    int channels = most.isEmpty() ? 1 : most.split(":", -1).length;
    return normalization("normalize=" + value, value, channels);
  }

  /** Black becomes the lower, white the upper number. */
  private static PreprocessingStep range(String step, String value, int channels) {
    String[] bounds = value.split("\\.\\.", -1);
    if (bounds.length != 2) {
      throw wrong(step);
    }
    double low = number(step, bounds[0]);
    double high = number(step, bounds[1]);
    double deviation = 255 / (high - low);
    return new ChannelNormalization(
        Collections.nCopies(channels, -low * deviation), Collections.nCopies(channels, deviation));
  }

  private static PreprocessingStep normalization(String step, String value, int channels) {
    for (Normalization.Kind kind : Normalization.Kind.values()) {
      if (name(kind).equals(value)) {
        return new Normalization(kind);
      }
    }
    if (value.startsWith("range=")) {
      return range(step, value.substring("range=".length()), channels);
    }
    String[] numbers = value.split("/", -1);
    if (numbers.length != 2) {
      throw wrong(step);
    }
    try {
      return new ChannelNormalization(
          byChannel(step, numbers[0], channels), byChannel(step, numbers[1], channels));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--preprocess " + step + ": " + e.getMessage(), e);
    }
  }

  /** One number for all channels, or one for each. */
  private static List<Double> byChannel(String step, String text, int channels) {
    List<Double> numbers = new ArrayList<>();
    for (String each : text.split(":", -1)) {
      numbers.add(number(step, each));
    }
    if (numbers.size() != 1 && numbers.size() != channels) {
      throw new IllegalArgumentException(
          "expected one number or one for each of "
              + channels
              + " channels, found "
              + numbers.size());
    }
    return numbers.size() == channels ? numbers : Collections.nCopies(channels, numbers.get(0));
  }

  /** As in a model card: UNIT_RANGE is unit-range. */
  private static String name(Normalization.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static double number(String step, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw wrong(step);
    }
  }

  private static IllegalArgumentException wrong(String step) {
    return new IllegalArgumentException(
        "--preprocess: expected crop=SHARE, centre-crop, pad[=LEVEL], equalize, clahe=LIMIT,"
            + " blur=SIGMA, resize=nearest|bilinear|bicubic|area or once normalize="
            + Arrays.stream(Normalization.Kind.values())
                .map(PreprocessingOption::name)
                .collect(Collectors.joining("|"))
            + "|MEAN/DEVIATION|range=LOW..HIGH, found '"
            + step
            + "'");
  }
}
