package io.cxr.train.export;

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
      boolean alone =
          operation.inputs().size() == 1
              && consumers.getOrDefault(operation.inputs().get(0), 0) == 1;
      known = operation.simplified(inputs, alone);
      done.put(operation, known);
    }
    return known;
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
