package io.cxr.train.network;

import java.util.List;

/**
 * One weight of a layer, as a Keras file keeps it.
 *
 * @param name Keras' name, such as {@code kernel}
 * @param shape the sizes of its axes in Keras' order; empty for a single number
 * @param trainable whether Keras learns it; the moving statistics of batch norm are not learnt
 */
public record LayerWeight(String name, List<Integer> shape, boolean trainable) {

  /** Copies the shape. */
  public LayerWeight {
    shape = List.copyOf(shape);
  }

  /**
   * How many numbers it has.
   *
   * @return at least 1
   */
  public long elements() {
    long elements = 1;
    for (int size : shape) {
      elements = Math.multiplyExact(elements, (long) size);
    }
    return elements;
  }
}
