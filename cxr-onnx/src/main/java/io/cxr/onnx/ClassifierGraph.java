package io.cxr.onnx;

import io.cxr.error.ModelFormatException;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a classifier's graph takes and gives, once it is known to fit the model card.
 *
 * @param input one sample as the card's preprocessing gives it
 * @param takesGray whether the graph takes the gray pixels before replication and normalisation, as
 *     unsigned bytes {@code [batch, 1, row, column]}, and does these steps itself
 * @param units values a sample of the output
 * @param labels how many labels, and so heatmaps, a sample has
 * @param heatmapRows rows of a heatmap, 0 without heatmaps
 * @param heatmapColumns columns of a heatmap, 0 without heatmaps
 * @param hasNovelty whether the graph tells how unlike its training images a sample is
 * @param oneAtATime whether the graph takes no more than one sample a run
 */
record ClassifierGraph(
    InputShape input,
    boolean takesGray,
    int units,
    int labels,
    int heatmapRows,
    int heatmapColumns,
    boolean hasNovelty,
    boolean oneAtATime) {

  /**
   * Samples, {@code [batch, channel, row, column]} or with the channels last; or gray pixels,
   * unsigned bytes {@code [batch, 1, row, column]}.
   */
  static final String INPUT = "input";

  /** What the last layer gives after its activation, {@code [batch, unit]}. */
  static final String OUTPUT = "output";

  /** Grad-CAM after its ReLU, {@code [batch, label, row, column]}; not in every model. */
  static final String HEATMAP = "heatmap";

  /** How unlike the training images a sample is, {@code [batch, 1]}; not in every model. */
  static final String NOVELTY = "novelty";

  boolean hasHeatmap() {
    return heatmapElements() > 0;
  }

  int heatmapElements() {
    return heatmapRows * heatmapColumns;
  }

  /** How many bytes one sample of the input has. */
  int sampleBytes() {
    return takesGray
        ? input.rows() * input.columns()
        : Math.multiplyExact(input.elements(), Float.BYTES);
  }

  /** The sizes of a batch of the input. */
  long[] inputShape(int samples) {
    if (takesGray) {
      return new long[] {samples, 1, input.rows(), input.columns()};
    }
    return input.layout() == InputShape.Layout.CHANNELS_FIRST
        ? new long[] {samples, input.channels(), input.rows(), input.columns()}
        : new long[] {samples, input.rows(), input.columns(), input.channels()};
  }

  /** The most samples whose input and heatmaps one direct buffer each can hold. */
  int largestBatch() {
    int widest =
        Math.max(input.elements(), Math.multiplyExact(labels, Math.max(1, heatmapElements())));
    return Integer.MAX_VALUE / Float.BYTES / widest;
  }

  /**
   * Compares a graph with its card.
   *
   * @throws ModelFormatException if they do not fit
   */
  static ClassifierGraph check(NativeSession session, ModelCard card) {
    InputShape sample = card.preprocessing().inputShape();
    int labels = card.labels().size();
    int units = card.output().units(labels);

    if (!session.inputNames().equals(Set.of(INPUT))) {
      throw misfit(
          session, "one input named '" + INPUT + "'", "inputs " + session.inputNames().toString());
    }
    long[] input = session.inputShape(INPUT);
    boolean takesGray = session.takesBytes(INPUT);
    long[] expected =
        takesGray
            ? new long[] {NativeSession.OPEN_AXIS, 1, sample.rows(), sample.columns()}
            : sample.layout() == InputShape.Layout.CHANNELS_FIRST
                ? new long[] {
                  NativeSession.OPEN_AXIS, sample.channels(), sample.rows(), sample.columns()
                }
                : new long[] {
                  NativeSession.OPEN_AXIS, sample.rows(), sample.columns(), sample.channels()
                };
    require(session, "input '" + INPUT + "'", expected, input);

    long[] output = session.outputShape(OUTPUT);
    boolean hasHeatmap = session.outputNames().contains(HEATMAP);
    long[] heatmap = hasHeatmap ? session.outputShape(HEATMAP) : new long[0];
    if (hasOpenAxis(output) || hasOpenAxis(heatmap)) {
      // The graph does not tell, so look: pinned outputs need sizes.
      long[] one = expected.clone();
      one[0] = 1;
      Map<String, long[]> measured = session.measureOutputs(INPUT, one);
      output = withOpenBatch(output, measured.get(OUTPUT));
      heatmap = hasHeatmap ? withOpenBatch(heatmap, measured.get(HEATMAP)) : heatmap;
    }
    require(
        session,
        "output '" + OUTPUT + "' of " + card.output() + " for the labels " + card.labels(),
        new long[] {NativeSession.OPEN_AXIS, units},
        output);
    if (hasHeatmap) {
      require(
          session,
          "output '" + HEATMAP + "' with one map for each of the labels " + card.labels(),
          new long[] {
            NativeSession.OPEN_AXIS, labels, NativeSession.OPEN_AXIS, NativeSession.OPEN_AXIS
          },
          heatmap);
    }
    boolean hasNovelty = session.outputNames().contains(NOVELTY);
    if (hasNovelty) {
      require(
          session,
          "output '" + NOVELTY + "'",
          new long[] {NativeSession.OPEN_AXIS, 1},
          session.outputShape(NOVELTY));
    } else if (card.novelty().isPresent()) {
      throw misfit(session, "output '" + NOVELTY + "'", "outputs " + session.outputNames());
    }
    boolean oneAtATime = input[0] == 1 || output[0] == 1 || (hasHeatmap && heatmap[0] == 1);
    return new ClassifierGraph(
        sample,
        takesGray,
        units,
        labels,
        hasHeatmap ? Math.toIntExact(heatmap[2]) : 0,
        hasHeatmap ? Math.toIntExact(heatmap[3]) : 0,
        hasNovelty,
        oneAtATime);
  }

  private static boolean hasOpenAxis(long[] shape) {
    return Arrays.stream(shape).skip(1).anyMatch(size -> size == NativeSession.OPEN_AXIS);
  }

  /** The sizes measured on one sample, with the batch axis as the graph declares it. */
  private static long[] withOpenBatch(long[] declared, long @Nullable [] measured) {
    if (measured == null || measured.length == 0 || declared.length == 0) {
      return declared;
    }
    long[] shape = measured.clone();
    shape[0] = declared[0];
    return shape;
  }

  /** Where the expected size is open, any size will do; an open size in the graph fits as well. */
  private static void require(NativeSession session, String what, long[] expected, long[] found) {
    boolean fits = expected.length == found.length;
    for (int axis = 1; fits && axis < expected.length; axis++) {
      fits =
          expected[axis] == NativeSession.OPEN_AXIS
              || found[axis] == NativeSession.OPEN_AXIS
              || expected[axis] == found[axis];
    }
    // A batch axis fixed at one sample is slow but sound; any other fixed size is not.
    if (!fits || (found[0] != NativeSession.OPEN_AXIS && found[0] != 1)) {
      throw misfit(session, what + " of shape " + describe(expected), "shape " + describe(found));
    }
  }

  private static ModelFormatException misfit(NativeSession session, String expected, String found) {
    return new ModelFormatException(
        session.origin()
            + ": the model card asks for an "
            + expected
            + ", found "
            + found
            + ". Card and graph do not belong together: export the model again with cxr.");
  }

  /** As in {@code [batch, 3, 224, 224]}, with a question mark for an open size. */
  private static String describe(long[] shape) {
    StringBuilder text = new StringBuilder("[");
    for (int axis = 0; axis < shape.length; axis++) {
      boolean open = shape[axis] == NativeSession.OPEN_AXIS;
      text.append(axis == 0 ? "" : ", ")
          .append(open ? (axis == 0 ? "batch" : "any") : Long.toString(shape[axis]));
    }
    return text.append(']').toString();
  }
}
