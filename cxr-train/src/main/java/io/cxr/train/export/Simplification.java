package io.cxr.train.export;

import io.cxr.train.export.Operation.Activation;
import io.cxr.train.export.Operation.Concatenation;
import io.cxr.train.export.Operation.Convolution;
import io.cxr.train.export.Operation.Dense;
import io.cxr.train.export.Operation.Flatten;
import io.cxr.train.export.Operation.Function;
import io.cxr.train.export.Operation.GlobalPooling;
import io.cxr.train.export.Operation.Normalization;
import io.cxr.train.export.Operation.Padding;
import io.cxr.train.export.Operation.Pool;
import io.cxr.train.export.Operation.Pooling;
import io.cxr.train.export.Operation.Sum;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Makes a network cheaper without changing what it computes: batch normalisation goes into the
 * weights before it, zero padding into the convolution or pool after it.
 */
final class Simplification {
  private final IdentityHashMap<Operation, Integer> consumers = new IdentityHashMap<>();
  private final IdentityHashMap<Operation, Operation> done = new IdentityHashMap<>();

  private Simplification() {}

  static Operation of(Operation output) {
    Simplification simplification = new Simplification();
    simplification.count(output);
    return simplification.simplify(output);
  }

  private void count(Operation operation) {
    if (consumers.merge(operation, 1, Integer::sum) == 1) {
      operation.inputs().forEach(this::count);
    }
  }

  private Operation simplify(Operation operation) {
    Operation known = done.get(operation);
    if (known == null) {
      List<Operation> inputs = new ArrayList<>();
      operation.inputs().forEach(input -> inputs.add(simplify(input)));
      known = rebuild(operation, inputs);
      done.put(operation, known);
    }
    return known;
  }

  private Operation rebuild(Operation operation, List<Operation> inputs) {
    if (operation instanceof Convolution convolution) {
      return convolution(convolution, inputs.get(0));
    } else if (operation instanceof Pooling pooling) {
      return pooling(pooling, inputs.get(0));
    } else if (operation instanceof Normalization normalization) {
      boolean alone = consumers.getOrDefault(normalization.input(), 0) == 1;
      return normalization(normalization, inputs.get(0), alone);
    } else if (operation instanceof GlobalPooling pooling) {
      return new GlobalPooling(pooling.name(), inputs.get(0), pooling.pool(), pooling.flat());
    } else if (operation instanceof Padding padding) {
      return new Padding(
          padding.name(),
          inputs.get(0),
          padding.top(),
          padding.bottom(),
          padding.left(),
          padding.right());
    } else if (operation instanceof Activation activation) {
      return new Activation(
          activation.name(), inputs.get(0), activation.function(), activation.alpha());
    } else if (operation instanceof Flatten flatten) {
      return new Flatten(flatten.name(), inputs.get(0));
    } else if (operation instanceof Dense dense) {
      return new Dense(dense.name(), inputs.get(0), dense.weights(), dense.bias());
    } else if (operation instanceof Sum sum) {
      return new Sum(sum.name(), List.copyOf(inputs));
    } else if (operation instanceof Concatenation concatenation) {
      return new Concatenation(concatenation.name(), List.copyOf(inputs));
    }
    return operation;
  }

  private static Operation convolution(Convolution convolution, Operation input) {
    Window window = convolution.window();
    Operation source = input;
    if (input instanceof Padding padding) {
      window = merged(window, padding);
      source = padding.input();
    }
    return new Convolution(
        convolution.name(), source, window, convolution.weights(), convolution.bias());
  }

  private static Operation pooling(Pooling pooling, Operation input) {
    if (input instanceof Padding padding && pooling.pool() == Pool.MAXIMUM) {
      Window merged = merged(pooling.window(), padding);
      // A pool never takes its own padding for the maximum; zeros may be it, unless nothing is
      // below zero anyway.
      if (merged.suitsPool() && nonNegative(padding.input())) {
        return new Pooling(
            pooling.name(), padding.input(), pooling.pool(), merged, pooling.countsPadding());
      }
    }
    return new Pooling(
        pooling.name(), input, pooling.pool(), pooling.window(), pooling.countsPadding());
  }

  private static Window merged(Window window, Padding padding) {
    return new Window(
        window.rows().padded(padding.top(), padding.bottom()),
        window.columns().padded(padding.left(), padding.right()));
  }

  private static boolean nonNegative(Operation operation) {
    if (operation instanceof Activation activation) {
      return activation.function() == Function.RELU
          || activation.function() == Function.SIGMOID
          || activation.function() == Function.SOFTMAX;
    }
    return (operation instanceof Pooling || operation instanceof Padding)
        && nonNegative(operation.inputs().get(0));
  }

  private static Operation normalization(
      Normalization normalization, Operation input, boolean alone) {
    if (alone && input instanceof Convolution convolution) {
      int channels = convolution.weights().dimension(0);
      int each = convolution.weights().length() / channels;
      float[] weights = convolution.weights().values().clone();
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) (weights[i] * normalization.scale(i / each));
      }
      return new Convolution(
          convolution.name(),
          convolution.input(),
          convolution.window(),
          Tensor.of(weights, convolution.weights().dimensions()),
          bias(convolution.bias(), normalization));
    } else if (alone && input instanceof Dense dense) {
      int units = dense.weights().dimension(1);
      float[] weights = dense.weights().values().clone();
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) (weights[i] * normalization.scale(i % units));
      }
      return new Dense(
          dense.name(),
          dense.input(),
          Tensor.of(weights, dense.weights().dimensions()),
          bias(dense.bias(), normalization));
    }
    return new Normalization(
        normalization.name(),
        input,
        normalization.gamma(),
        normalization.beta(),
        normalization.mean(),
        normalization.variance(),
        normalization.epsilon());
  }

  private static Tensor bias(Tensor bias, Normalization normalization) {
    float[] values = bias.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * normalization.scale(i) + normalization.shift(i));
    }
    return Tensor.of(values, values.length);
  }

  /** Every operation that the output needs, each after what feeds it. */
  static List<Operation> inOrder(Operation output) {
    List<Operation> order = new ArrayList<>();
    visit(output, new IdentityHashMap<>(), order);
    return order;
  }

  private static void visit(
      Operation operation, IdentityHashMap<Operation, Boolean> seen, List<Operation> order) {
    if (seen.put(operation, true) == null) {
      operation.inputs().forEach(input -> visit(input, seen, order));
      order.add(operation);
    }
  }
}
