package io.cxr.commandline;

import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.Resampling;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Preprocessing steps as they are written on the command line. */
final class PreprocessingOption {
  private static final int CLAHE_TILES = 8;

  private PreprocessingOption() {}

  /**
   * Reads steps such as {@code crop=0.1,equalize,resize=bilinear,blur=1.5}.
   *
   * @param text the steps in their order; the resize comes last unless it is named
   * @param size rows and columns of the input
   * @param own the network's own steps, of which the replication is kept, and the normalisation
   *     unless it is named
   * @param layout the network's own
   */
  static PreprocessingSpec parse(
      String text, int size, List<PreprocessingStep> own, InputShape.Layout layout) {
    List<PreprocessingStep> steps = new ArrayList<>();
    PreprocessingStep normalization = own.get(own.size() - 1);
    boolean resized = false;
    for (String step : text.split(",", -1)) {
      String[] parts = step.trim().split("=", 2);
      String value = parts.length == 2 ? parts[1] : "";
      switch (parts[0]) {
        case "crop" -> steps.add(new BorderCrop(number(step, value)));
        case "equalize" -> steps.add(new HistogramEqualization());
        case "clahe" -> steps.add(new Clahe(number(step, value), CLAHE_TILES, CLAHE_TILES));
        case "blur" -> steps.add(new GaussianBlur(number(step, value)));
        case "resize" -> {
          steps.add(new Resize(size, size, resampling(step, value)));
          resized = true;
        }
        case "normalize" ->
            normalization =
                normalization(
                    step, value, ((ChannelReplication) own.get(own.size() - 2)).channels());
        default -> throw wrong(step);
      }
    }
    if (!resized) {
      steps.add(new Resize(size, size, Resampling.BILINEAR));
    }
    steps.add(own.get(own.size() - 2));
    steps.add(normalization);
    return new PreprocessingSpec(steps, layout);
  }

  private static PreprocessingStep normalization(String step, String value, int channels) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "unit" -> new Normalization(Normalization.Kind.UNIT_RANGE);
      case "signed" -> new Normalization(Normalization.Kind.SIGNED_UNIT_RANGE);
      case "torch" -> new Normalization(Normalization.Kind.TORCH_MEAN_DEVIATION);
      case "caffe" -> new Normalization(Normalization.Kind.CAFFE_BGR_MEAN);
      case "z-score" -> new Normalization(Normalization.Kind.Z_SCORE);
      default -> {
        String[] numbers = value.split(":", -1);
        if (numbers.length != 2) {
          throw wrong(step);
        }
        yield new ChannelNormalization(
            Collections.nCopies(channels, number(step, numbers[0])),
            Collections.nCopies(channels, number(step, numbers[1])));
      }
    };
  }

  private static Resampling resampling(String step, String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "bilinear" -> Resampling.BILINEAR;
      case "nearest" -> Resampling.NEAREST;
      default -> throw wrong(step);
    };
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
        "--preprocess: expected crop=SHARE, equalize, clahe=LIMIT, blur=SIGMA,"
            + " resize=bilinear|nearest or"
            + " normalize=unit|signed|torch|caffe|z-score|MEAN:DEVIATION, found '"
            + step
            + "'");
  }
}
