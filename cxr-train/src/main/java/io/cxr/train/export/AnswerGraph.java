package io.cxr.train.export;

import io.cxr.model.Calibration;
import io.cxr.model.FilmView;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.model.ViewGate;
import io.cxr.train.export.GraphArithmetic.Value;
import java.util.Arrays;
import java.util.List;

/**
 * What {@code OnnxClassifier} makes of a network's outputs, as nodes of the graph: calibrated
 * probabilities, and whether a gate refuses the image. Computed in 64-bit floats.
 */
final class AnswerGraph {
  /** As {@code Calibration} takes them: a logarithm has to be a number. */
  private static final double LEAST = 1e-12;

  private final GraphArithmetic graph;
  private final ModelCard card;

  AnswerGraph(GraphArithmetic graph, ModelCard card) {
    this.graph = graph;
    this.card = card;
  }

  /**
   * The probability of each label, {@code [1, labels]}, 32-bit floats.
   *
   * @throws IllegalArgumentException if the card's output or calibration has no form in a graph
   */
  Value probabilities() {
    return calibrated(uncalibrated(graph.value(OnnxExporter.OUTPUT).asDoubles())).asFloats();
  }

  /** As {@code OutputActivation.probabilities}. */
  private Value uncalibrated(Value output) {
    return switch (card.output()) {
      case SOFTMAX, SIGMOID_PER_LABEL -> shares(output);
      case SIGMOID_OF_SECOND_LABEL -> pair(output.atMost(graph.constant(1.0)));
      default ->
          throw new IllegalArgumentException(
              "Self-contained export: expected an output that a graph can turn into probabilities"
                  + " (softmax, sigmoid per label, sigmoid of the second label), found "
                  + card.output()
                  + ". Export without it, and let cxr read the output.");
    };
  }

  private Value shares(Value output) {
    Value sum = output.sum(1).withAxes(1);
    Value zero = graph.constant(0.0);
    double[] even = new double[card.labels().size()];
    Arrays.fill(even, 1.0 / even.length);
    Value shares = output.over(sum.atLeast(graph.constant(Double.MIN_NORMAL)));
    // All sigmoids at 0 say nothing of any label.
    return graph.choice(sum.isGreater(zero), shares, graph.constant(even, 1, even.length));
  }

  private Value pair(Value second) {
    return graph.concatenation(1, graph.constant(1.0).minus(second), second);
  }

  private Value calibrated(Value probabilities) {
    if (card.calibration().isEmpty()) {
      return probabilities;
    }
    Calibration calibration = card.calibration().get();
    if (calibration instanceof Calibration.Temperature temperature) {
      return probabilities
          .atLeast(graph.constant(LEAST))
          .logarithm()
          .over(graph.constant(temperature.temperature()))
          .softmax(1);
    } else if (calibration instanceof Calibration.Platt platt) {
      Value second =
          probabilities
              .gather(1, graph.constant(1L))
              .atLeast(graph.constant(LEAST))
              .atMost(graph.constant(1 - LEAST));
      Value logit = second.over(graph.constant(1.0).minus(second)).logarithm();
      return pair(
          logit
              .times(graph.constant(platt.slope()))
              .plus(graph.constant(platt.intercept()))
              .sigmoid());
    }
    throw new IllegalArgumentException(
        "Self-contained export: expected a calibration that a graph can do (temperature, Platt),"
            + " found "
            + calibration
            + ". Export without it, and let cxr calibrate.");
  }

  /** Why a gate refuses the image, {@code [1]}, a 64-bit {@link RefusalCode}. */
  Value refusal() {
    Value code = graph.constant(RefusalCode.NONE.code());
    if (card.novelty().isPresent()) {
      code = novel(card.novelty().get(), code);
    }
    // A view says more than that the image is also novel.
    return card.views().isPresent() ? ofView(card.views().get(), code) : code;
  }

  private Value novel(NoveltyGate gate, Value admitted) {
    // What is not a number is not accepted.
    Value accepted =
        graph
            .value(OnnxExporter.NOVELTY)
            .asDoubles()
            .reshaped(1)
            .isAtMost(graph.constant(gate.threshold()));
    return graph.choice(accepted, admitted, graph.constant(RefusalCode.NOVEL.code()));
  }

  private Value ofView(ViewGate gate, Value otherwise) {
    List<FilmView> views = gate.views();
    double[] thresholds = new double[views.size()];
    long[] codes = new long[views.size()];
    for (int i = 0; i < thresholds.length; i++) {
      thresholds[i] = gate.thresholds().getOrDefault(views.get(i), 1.0);
      codes[i] = RefusalCode.of(views.get(i)).code();
    }
    Value probabilities = graph.value(OnnxExporter.VIEW).reshaped(-1);
    Value top = probabilities.greatest(0);
    Value probability = probabilities.gather(0, top).asDoubles().atMost(graph.constant(1.0));
    return graph.choice(
        probability.isGreater(graph.constant(thresholds).gather(0, top)),
        graph.constant(codes).gather(0, top),
        otherwise);
  }
}
