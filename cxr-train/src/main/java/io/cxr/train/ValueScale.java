package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.linear.LinearModel;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The mean and the deviation of each measurement of the training images. What learns sees values of
 * mean 0 and deviation 1, so that all measurements count alike and a learning rate fits any unit;
 * the model file gives values in their units. Immutable and thread-safe.
 */
final class ValueScale {
  /** Of tasks without measurements. */
  static final ValueScale NONE = new ValueScale(new double[0], new double[0]);

  private final double[] means;
  private final double[] deviations;

  private ValueScale(double[] means, double[] deviations) {
    this.means = means;
    this.deviations = deviations;
  }

  static ValueScale of(List<String> names, List<LabelledRadiograph> training) {
    double[] means = new double[names.size()];
    double[] deviations = new double[names.size()];
    for (int i = 0; i < means.length; i++) {
      int index = i;
      double[] values =
          training.stream()
              .flatMapToDouble(item -> item.measured().value(index).stream())
              .toArray();
      double mean = 0;
      for (double value : values) {
        mean += value / values.length;
      }
      double squares = 0;
      for (double value : values) {
        squares += (value - mean) * (value - mean) / values.length;
      }
      if (!(squares > 0)) {
        throw new IllegalArgumentException(
            "Measurement "
                + names.get(i)
                + ": expected training images with different values, found one value only");
      }
      means[i] = mean;
      deviations[i] = Math.sqrt(squares);
    }
    return new ValueScale(means, deviations);
  }

  /** A value in deviations from the mean; NaN stays NaN. */
  float scaled(int measurement, float value) {
    return (float) ((value - means[measurement]) / deviations[measurement]);
  }

  /** The same head with values in their units. */
  LinearModel inUnits(LinearModel head) {
    if (means.length == 0) {
      return head;
    }
    LinearModel inUnits = new LinearModel(head.features(), head.units());
    double[] weights = new double[head.features()];
    for (int unit = 0; unit < means.length; unit++) {
      for (int feature = 0; feature < weights.length; feature++) {
        weights[feature] = head.weight(feature, unit) * deviations[unit];
      }
      inUnits.set(unit, weights, head.bias(unit) * deviations[unit] + means[unit]);
    }
    return inUnits;
  }

  /** A copy of a network that ends with {@link Architecture#OUTPUT}, with values in their units. */
  ComputationGraph inUnits(ComputationGraph network) {
    if (means.length == 0) {
      return network;
    }
    ComputationGraph copy = network.clone();
    Layer last = copy.getLayer(Architecture.OUTPUT);
    INDArray weights = last.getParam("W");
    INDArray biases = last.getParam("b");
    for (int unit = 0; unit < means.length; unit++) {
      weights.getColumn(unit).muli(deviations[unit]);
      biases.putScalar(0, unit, biases.getDouble(0, unit) * deviations[unit] + means[unit]);
    }
    return copy;
  }
}
