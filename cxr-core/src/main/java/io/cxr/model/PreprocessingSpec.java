package io.cxr.model;

import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import java.util.List;
import java.util.Objects;

/**
 * The ordered preprocessing steps from a radiograph to a network's input. Part of the model card.
 *
 * <p>Exactly one {@link Resize}, one {@link ChannelReplication} and one {@link Normalization} must
 * be there; replication and normalisation come last, in that order. The steps before them are free.
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
      normalizations += step instanceof Normalization ? 1 : 0;
    }
    if (resizes != 1
        || replications != 1
        || normalizations != 1
        || !(steps.get(last) instanceof Normalization)
        || !(steps.get(last - 1) instanceof ChannelReplication)) {
      throw new IllegalArgumentException(
          "Preprocessing: expected one resize, then as the last two steps one channel replication"
              + " and one normalization, found "
              + steps);
    }
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
    return new PreprocessingSpec(
        List.of(
            new Resize(rows, columns, resampling),
            new ChannelReplication(channels),
            new Normalization(normalization)),
        InputShape.Layout.CHANNELS_FIRST);
  }

  /**
   * The shape of one sample: the resize's, less what crops after it take.
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
      }
    }
    ChannelReplication replication = (ChannelReplication) steps.get(steps.size() - 2);
    return new InputShape(replication.channels(), rows, columns, layout);
  }
}
