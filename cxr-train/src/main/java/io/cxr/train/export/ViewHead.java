package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import io.cxr.train.linear.LinearModel;
import io.cxr.train.loss.LogitLoss;
import java.util.List;

/**
 * Tells the view of a radiograph from the means of the last convolutional map's channels in each of
 * its quarters: one linear layer and a softmax. A mean over the whole map hardly knows left from
 * right, the quarters do. Thread-safe.
 */
public final class ViewHead {
  /** From quarters to logits. */
  private final LinearModel model;

  /**
   * A head.
   *
   * @param model from the means of the quarters, {@code [channel, quarter]}, to a logit a view; not
   *     to be changed any more
   */
  public ViewHead(LinearModel model) {
    this.model = model;
  }

  /**
   * The probability of each view, as the graph gives it in {@code view}.
   *
   * @param quadrants the means of the quarters
   * @return a probability a view
   */
  public double[] probabilities(float[] quadrants) {
    double[] logits = new double[model.units()];
    model.logits(quadrants, 1, logits);
    double[] probabilities = new double[logits.length];
    LogitLoss.softmax(logits, probabilities);
    return probabilities;
  }

  int features() {
    return model.features();
  }

  int views() {
    return model.units();
  }

  /** Adds the output {@code view} {@code [N, views]} for means {@code [N, features]}. */
  void writeOnQuadrants(OnnxGraph graph, String quadrants) {
    String weights = graph.constant("view/W", model.matrix(), model.features(), model.units());
    String biases = graph.exactConstant("view/B", model.biases(), 1, model.units());
    String products = graph.node("MatMul", "view/products", List.of(quadrants, weights));
    String logits = graph.node("Add", "view/logits", List.of(products, biases));
    graph.node("Softmax", OnnxExporter.VIEW, List.of(logits), attribute("axis", 1L));
    graph.output(OnnxExporter.VIEW, model.units());
  }
}
