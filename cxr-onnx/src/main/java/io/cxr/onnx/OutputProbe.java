package io.cxr.onnx;

import io.cxr.error.ModelFormatException;
import io.cxr.model.OutputActivation;
import io.cxr.model.Task;
import io.cxr.radiograph.Radiograph;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Refuses a network that gives something else than the probabilities that its card promises. */
final class OutputProbe {
  /** Rounding to 8 bits and to halves moves a sum by less. */
  private static final double TOLERANCE = 0.02;

  private static final int SIDE = 64;

  private OutputProbe() {}

  /**
   * Looks at what the graph tells; where it does not tell, the network is asked, with images that
   * are far apart.
   *
   * @throws ModelFormatException if the output is no probability, unless the card promises measured
   *     values
   */
  static void requireProbabilities(LoadedModel model, InputStaging staging) {
    if (model.card().task().kind() == Task.Kind.MEASUREMENTS) {
      return;
    }
    if (model.output() == OutputOrigin.LOGITS) {
      throw noProbabilities(model, "the result of a layer without one");
    }
    if (model.output() == OutputOrigin.PROBABILITIES) {
      return;
    }
    OutputActivation activation = model.card().output();
    for (Radiograph image : probes()) {
      try (InputStaging.Slot slot = staging.lease(1)) {
        slot.add(model.preprocessor(), image);
        slot.run(false);
        float[] output = slot.output(0);
        activation.probabilities(output);
        double sum = 0;
        for (float value : output) {
          sum += value;
        }
        if (activation == OutputActivation.SOFTMAX && Math.abs(sum - 1) > TOLERANCE) {
          throw noProbabilities(model, "values whose sum is " + sum);
        }
      } catch (IllegalArgumentException e) {
        throw noProbabilities(model, String.valueOf(e.getMessage()));
      }
    }
  }

  private static ModelFormatException noProbabilities(LoadedModel model, String found) {
    return new ModelFormatException(
        model.origin()
            + ": the model card promises probabilities ("
            + model.card().output()
            + "), expected an output '"
            + ClassifierGraph.OUTPUT
            + "' after its activation, found "
            + found
            + ". Export the model with its softmax or sigmoid as the last layer.");
  }

  /** Black, white, and a step from one to the other. */
  private static List<Radiograph> probes() {
    byte[] black = new byte[SIDE * SIDE];
    byte[] white = new byte[black.length];
    byte[] step = new byte[black.length];
    Arrays.fill(white, (byte) 255);
    Arrays.fill(step, step.length / 2, step.length, (byte) 255);
    return Stream.of(black, white, step)
        .map(pixels -> Radiograph.ofGray8(SIDE, SIDE, pixels))
        .toList();
  }
}
