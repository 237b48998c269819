package io.cxr.onnx;

import io.cxr.error.ModelFormatException;
import io.cxr.model.ModelCard;
import io.cxr.model.ModelInput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a classifier's graph takes and gives, once it is known to fit the model card.
 *
 * @param inputs the inputs of the card, in its order
 * @param units values a sample of the output
 * @param labels how many labels, and so heatmaps, a sample has
 * @param heatmapRows rows of a heatmap, 0 without heatmaps
 * @param heatmapColumns columns of a heatmap, 0 without heatmaps
 * @param hasNovelty whether the graph tells how unlike its training images a sample is
 * @param views how many views its view head tells apart, 0 without one that the card knows
 * @param oneAtATime whether the graph takes no more than one sample a run
 */
record ClassifierGraph(
    List<GraphInput> inputs,
    int units,
    int labels,
    int heatmapRows,
    int heatmapColumns,
    boolean hasNovelty,
    int views,
    boolean oneAtATime) {

  /** What the last layer gives after its activation, {@code [batch, unit]}. */
  static final String OUTPUT = "output";

  /** Grad-CAM after its ReLU, {@code [batch, label, row, column]}; not in every model. */
  static final String HEATMAP = "heatmap";

  /** How unlike the training images a sample is, {@code [batch, 1]}; not in every model. */
  static final String NOVELTY = "novelty";

  /** A probability a view, {@code [batch, view]}; not in every model. */
  static final String VIEW = "view";

  /** The sizes of each input for one sample, by name. */
  Map<String, long[]> sizesOfOne() {
    return sizesOfOne(inputs);
  }

  private static Map<String, long[]> sizesOfOne(List<GraphInput> inputs) {
    Map<String, long[]> one = new HashMap<>();
    inputs.forEach(input -> one.put(input.name(), input.sizes(1)));
    return one;
  }

  boolean hasViews() {
    return views > 0;
  }

  boolean hasHeatmap() {
    return heatmapElements() > 0;
  }

  int heatmapElements() {
    return heatmapRows * heatmapColumns;
  }

  /** The most samples whose inputs and heatmaps one direct buffer each can hold. */
  int largestBatch() {
    int widest = Math.multiplyExact(labels, Math.max(1, heatmapElements()));
    for (GraphInput input : inputs) {
      widest = Math.max(widest, input.shape().elements());
    }
    return Integer.MAX_VALUE / Float.BYTES / widest;
  }

  /**
   * Compares a graph with its card.
   *
   * @throws ModelFormatException if they do not fit
   */
  static ClassifierGraph check(NativeSession session, ModelCard card) {
    int labels = card.labels().size();
    int units = card.output().units(labels);
    List<GraphInput> inputs = checkInputs(session, card);

    long[] output = session.outputShape(OUTPUT);
    boolean hasHeatmap = session.outputNames().contains(HEATMAP);
    long[] heatmap = hasHeatmap ? session.outputShape(HEATMAP) : new long[0];
    if (hasOpenAxis(output) || hasOpenAxis(heatmap)) {
      // The graph does not tell, so look: pinned outputs need sizes.
      Map<String, long[]> measured = session.measureOutputs(sizesOfOne(inputs));
      output = withOpenBatch(output, measured.get(OUTPUT));
      heatmap = hasHeatmap ? withOpenBatch(heatmap, measured.get(HEATMAP)) : heatmap;
    }
    require(
        session,
        "an output '" + OUTPUT + "' of " + card.output() + " for the labels " + card.labels(),
        new long[] {NativeSession.OPEN_AXIS, units},
        output);
    if (hasHeatmap) {
      require(
          session,
          "an output '" + HEATMAP + "' with one map for each of the labels " + card.labels(),
          new long[] {
            NativeSession.OPEN_AXIS, labels, NativeSession.OPEN_AXIS, NativeSession.OPEN_AXIS
          },
          heatmap);
    }
    boolean hasNovelty = session.outputNames().contains(NOVELTY);
    if (hasNovelty) {
      require(
          session,
          "an output '" + NOVELTY + "'",
          new long[] {NativeSession.OPEN_AXIS, 1},
          session.outputShape(NOVELTY));
    } else if (card.novelty().isPresent()) {
      throw misfit(session, "an output '" + NOVELTY + "'", "outputs " + session.outputNames());
    }
    int views = card.views().map(gate -> gate.views().size()).orElse(0);
    if (views > 0 && !session.outputNames().contains(VIEW)) {
      throw misfit(session, "an output '" + VIEW + "'", "outputs " + session.outputNames());
    } else if (views > 0) {
      require(
          session,
          "an output '" + VIEW + "' with a probability for each view",
          new long[] {NativeSession.OPEN_AXIS, views},
          session.outputShape(VIEW));
    }
    boolean oneAtATime = output[0] == 1 || (hasHeatmap && heatmap[0] == 1);
    for (GraphInput input : inputs) {
      oneAtATime |= session.inputShape(input.name())[0] == 1;
    }
    return new ClassifierGraph(
        inputs,
        units,
        labels,
        hasHeatmap ? Math.toIntExact(heatmap[2]) : 0,
        hasHeatmap ? Math.toIntExact(heatmap[3]) : 0,
        hasNovelty,
        views,
        oneAtATime);
  }

  /** The card's inputs and no others, each of the shape that its preprocessing gives. */
  private static List<GraphInput> checkInputs(NativeSession session, ModelCard card) {
    List<ModelInput> wanted = card.inputs();
    Set<String> names = new LinkedHashSet<>();
    for (ModelInput input : wanted) {
      names.add(input.name());
    }
    if (!session.inputNames().equals(names)) {
      throw misfit(
          session,
          wanted.size() == 1
              ? "one input named '" + wanted.get(0).name() + "'"
              : wanted.size() + " inputs named " + names,
          "inputs " + session.inputNames());
    }
    List<GraphInput> inputs = new ArrayList<>();
    for (ModelInput input : wanted) {
      long[] found = session.inputShape(input.name());
      GraphInput fitting =
          new GraphInput(
              input.name(), input.preprocessing().inputShape(), session.takesBytes(input.name()));
      require(
          session,
          "an input '" + input.name() + "'",
          fitting.sizes(NativeSession.OPEN_AXIS),
          found);
      inputs.add(fitting);
    }
    return List.copyOf(inputs);
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
            + ": expected "
            + expected
            + ", which the model card asks for, found "
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
