package io.cxr.model;

import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.FullDepth;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The ordered preprocessing steps from a radiograph to a network's input. Part of the model card.
 *
 * <p>Exactly one {@link Resize}, one {@link ChannelReplication} and one normalisation ({@link
 * Normalization} or {@link ChannelNormalization}) must be there; replication and normalisation come
 * last, in that order. The steps before them are free.
 *
 * @param steps the steps, in order
 * @param layout the order of the axes of one sample
 */
public record PreprocessingSpec(List<PreprocessingStep> steps, InputShape.Layout layout) {

  /** Checks the values. */
  public PreprocessingSpec {
    steps = List.copyOf(steps);
    Objects.requireNonNull(layout, "layout");
    int last = steps.size() - 1;
    // No streams: this runs before a process' first prediction, where they take long to get going.
    int resizes = 0;
    int replications = 0;
    int normalizations = 0;
    for (PreprocessingStep step : steps) {
      resizes += step instanceof Resize ? 1 : 0;
      replications += step instanceof ChannelReplication ? 1 : 0;
      normalizations += isNormalization(step) ? 1 : 0;
    }
    if (resizes != 1
        || replications != 1
        || normalizations != 1
        || !isNormalization(steps.get(last))
        || !(steps.get(last - 1) instanceof ChannelReplication)) {
      throw new IllegalArgumentException(
          "Preprocessing: expected one resize, then as the last two steps one channel replication"
              + " and one normalization, found "
              + steps);
    }
    checkDepth(steps);
    int channels = ((ChannelReplication) steps.get(last - 1)).channels();
    if (steps.get(last) instanceof ChannelNormalization normalization
        && normalization.channels() != channels) {
      throw new IllegalArgumentException(
          "Preprocessing: expected a normalization of the "
              + channels
              + " channels that the replication leaves, found "
              + normalization);
    }
  }

  private static void checkDepth(List<PreprocessingStep> steps) {
    boolean deep = steps.get(0) instanceof FullDepth;
    for (int i = 0; i < steps.size(); i++) {
      PreprocessingStep step = steps.get(i);
      boolean shallow =
          step instanceof HistogramEqualization
              || step instanceof Clahe
              || step instanceof GaussianBlur;
      if ((step instanceof FullDepth && i > 0) || (deep && shallow)) {
        throw new IllegalArgumentException(
            "Preprocessing: expected full depth as the first step or not at all, and then neither"
                + " equalization nor blur, which are defined on 8 bits, found "
                + steps);
      }
    }
  }

  /**
   * Whether the steps keep all bits of a radiograph.
   *
   * @return whether {@link FullDepth} is the first step
   */
  public boolean fullDepth() {
    return steps.get(0) instanceof FullDepth;
  }

  private static boolean isNormalization(PreprocessingStep step) {
    return step instanceof Normalization || step instanceof ChannelNormalization;
  }

  /**
   * The usual chain: resize, replicate, normalise, channels first.
   *
   * @param rows rows of the input
   * @param columns columns of the input
   * @param resampling how to resize
   * @param channels 1 or 3
   * @param normalization how to normalise
   * @return the specification
   */
  public static PreprocessingSpec of(
      int rows,
      int columns,
      Resampling resampling,
      int channels,
      Normalization.Kind normalization) {
    return of(rows, columns, resampling, channels, new Normalization(normalization));
  }

  /**
   * The usual chain with a normalisation by channel: resize, replicate, normalise, channels first.
   *
   * @param rows rows of the input
   * @param columns columns of the input
   * @param resampling how to resize
   * @param normalization how to normalise; the input has as many channels
   * @return the specification
   */
  public static PreprocessingSpec of(
      int rows, int columns, Resampling resampling, ChannelNormalization normalization) {
    return of(rows, columns, resampling, normalization.channels(), normalization);
  }

  private static PreprocessingSpec of(
      int rows, int columns, Resampling resampling, int channels, PreprocessingStep normalization) {
    return new PreprocessingSpec(
        List.of(
            new Resize(rows, columns, resampling), new ChannelReplication(channels), normalization),
        InputShape.Layout.CHANNELS_FIRST);
  }

  /**
   * The last step as numbers for each channel.
   *
   * @return the normalisation of the channels of {@link #inputShape}; empty where it depends on the
   *     image
   */
  public Optional<ChannelNormalization> channelNormalization() {
    PreprocessingStep last = steps.get(steps.size() - 1);
    return last instanceof ChannelNormalization normalization
        ? Optional.of(normalization)
        : ((Normalization) last).byChannel(channels());
  }

  private int channels() {
    return ((ChannelReplication) steps.get(steps.size() - 2)).channels();
  }

  /**
   * The shape of one sample: the resize's, less what crops after it take, or with what pads add.
   *
   * @return channels, rows, columns and their order
   */
  public InputShape inputShape() {
    int rows = 0;
    int columns = 0;
    for (PreprocessingStep step : steps) {
      if (step instanceof Resize resize) {
        rows = resize.rows();
        columns = resize.columns();
      } else if (step instanceof BorderCrop crop) {
        rows -= 2 * BorderCrop.margin(crop.fraction(), rows);
        columns -= 2 * BorderCrop.margin(crop.fraction(), columns);
      } else if (step instanceof CentreCrop) {
        rows = Math.min(rows, columns);
        columns = rows;
      } else if (step instanceof SquarePad) {
        rows = Math.max(rows, columns);
        columns = rows;
      }
    }
    return new InputShape(channels(), rows, columns, layout);
  }
}
