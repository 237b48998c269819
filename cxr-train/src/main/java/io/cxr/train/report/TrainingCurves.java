package io.cxr.train.report;

import io.cxr.train.ReportedTraining;
import io.cxr.train.TrainingHistory;
import io.cxr.train.TrainingHistory.Epoch;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * How accuracy and loss went from epoch to epoch, on training and validation images, with the best
 * epoch marked. Where the curve for validation turns while that for training goes on, the network
 * learns its training images by heart.
 */
public final class TrainingCurves extends Figure {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 440;

  /** With more epochs than this, dots would run into each other. */
  private static final int MOST_DOTS = 40;

  /** A single loss this many times the next would flatten all others. */
  private static final double MOST_LOSS = 4;

  private final List<Epoch> epochs;
  private final int bestEpoch;
  private final List<Reported> reported;

  /** A validation figure of another training, for comparison. */
  private record Reported(double accuracy, double loss) {}

  private TrainingCurves(String title, List<Epoch> epochs, int bestEpoch, List<Reported> reported) {
    super(title, WIDTH, HEIGHT);
    this.epochs = epochs;
    this.bestEpoch = bestEpoch;
    this.reported = reported;
  }

  /**
   * The curves of a history.
   *
   * @param title what was trained
   * @param history at least one epoch
   * @param bestEpoch the epoch to mark, one of the history
   * @return the figure
   * @throws IllegalArgumentException if the history is empty or has no such epoch
   */
  public static TrainingCurves of(String title, TrainingHistory history, int bestEpoch) {
    if (history.epochs().isEmpty()) {
      throw new IllegalArgumentException("Training history: expected an epoch or more, found none");
    }
    if (history.epochs().stream().noneMatch(epoch -> epoch.epoch() == bestEpoch)) {
      throw new IllegalArgumentException(
          "Best epoch: expected one of the history's "
              + history.epochs().size()
              + ", found "
              + bestEpoch);
    }
    return new TrainingCurves(title, history.epochs(), bestEpoch, List.of());
  }

  /**
   * The curves of a history; the epoch with the least validation loss is marked.
   *
   * @param title what was trained
   * @param history at least one epoch
   * @return the figure
   * @throws IllegalArgumentException if the history is empty
   */
  public static TrainingCurves of(String title, TrainingHistory history) {
    int best =
        history.epochs().stream()
            .min(Comparator.comparingDouble(Epoch::validationLoss))
            .map(Epoch::epoch)
            .orElse(0);
    return of(title, history, best);
  }

  /**
   * The same curves with those of the report's training beside them.
   *
   * @param network the network of the report
   * @return a new figure
   */
  public TrainingCurves beside(ReportedTraining network) {
    return new TrainingCurves(
        title(),
        epochs,
        bestEpoch,
        network.validation().stream()
            .map(epoch -> new Reported(epoch.accuracy(), epoch.loss().orElse(Double.NaN)))
            .toList());
  }

  @Override
  public String description() {
    Epoch best =
        epochs.stream().filter(epoch -> epoch.epoch() == bestEpoch).findFirst().orElseThrow();
    Epoch last = epochs.get(epochs.size() - 1);
    return String.format(
        Locale.ROOT,
        "Accuracy and loss over %d epochs. Best epoch %d: training accuracy %.4f and loss %.4f,"
            + " validation accuracy %.4f and loss %.4f. Last epoch: validation accuracy %.4f and"
            + " loss %.4f.",
        epochs.size(),
        bestEpoch,
        best.trainingAccuracy(),
        best.trainingLoss(),
        best.validationAccuracy(),
        best.validationLoss(),
        last.validationAccuracy(),
        last.validationLoss());
  }

  @Override
  void paintContent(Graphics2D g) {
    boolean dots = epochs.size() <= MOST_DOTS;
    Key training = new Key("training", BLUE, false, dots);
    Key validation = new Key("validation", ORANGE, false, dots);
    List<Key> keys = new ArrayList<>(List.of(training, validation));
    Key bestKey = new Key("best epoch: " + bestEpoch, GREEN, true, false);
    keys.add(bestKey);
    Key reportedKey = new Key("validation in the 2022 report", GRAY, true, true);
    if (!reported.isEmpty()) {
      keys.add(reportedKey);
    }
    int top = legend(g, keys, 44);
    int panel = (WIDTH - 3 * MARGIN) / 2;

    double least =
        epochs.stream()
            .mapToDouble(e -> Math.min(e.trainingAccuracy(), e.validationAccuracy()))
            .filter(Double::isFinite)
            .min()
            .orElse(0);
    for (Reported epoch : reported) {
      least = Math.min(least, epoch.accuracy());
    }
    double floor = Math.max(0, Math.floor(20 * least - 0.2) / 20);
    Plot accuracy = plot("Accuracy").vertical(floor - 0.003, 1.005, 40, Plot::percent);
    best(accuracy, bestKey, floor, 1.005);
    if (!reported.isEmpty()) {
      curve(accuracy, reportedKey, reported, Reported::accuracy, 1);
    }
    curve(accuracy, training, epochs, Epoch::trainingAccuracy, 1);
    curve(accuracy, validation, epochs, Epoch::validationAccuracy, 1);
    accuracy.paint(g, MARGIN, top, panel, bottom() - top);

    double ceiling = ceiling();
    Plot loss = plot("Loss").vertical(-0.01 * ceiling, ceiling, 40, Plot::number);
    best(loss, bestKey, 0, ceiling);
    if (!reported.isEmpty()) {
      curve(loss, reportedKey, reported, Reported::loss, ceiling);
    }
    curve(loss, training, epochs, Epoch::trainingLoss, ceiling);
    curve(loss, validation, epochs, Epoch::validationLoss, ceiling);
    loss.paint(g, 2 * MARGIN + panel, top, panel, bottom() - top);
  }

  private Plot plot(String title) {
    int most = Math.max(reported.size(), epochs.get(epochs.size() - 1).epoch());
    // About the plot's width an epoch, so that numbers stand at whole epochs only.
    int spacing = (int) Math.min(150, Math.max(36, 385.0 / most));
    return Plot.of(title, "epoch", "").horizontal(0.5, most + 0.5, spacing, Plot::number);
  }

  private void best(Plot plot, Key key, double from, double to) {
    plot.line(key, new double[] {bestEpoch, bestEpoch}, new double[] {from, to});
  }

  /** The end of the loss axis: the greatest loss, unless it would flatten all others. */
  private double ceiling() {
    List<Double> losses = new ArrayList<>();
    epochs.forEach(e -> losses.addAll(List.of(e.trainingLoss(), e.validationLoss())));
    losses.removeIf(loss -> !Double.isFinite(loss));
    losses.sort(Comparator.reverseOrder());
    if (losses.isEmpty()) {
      return 1;
    }
    boolean outlier = losses.size() > 4 && losses.get(0) > MOST_LOSS * losses.get(1);
    double own = losses.get(outlier ? 1 : 0);
    double shown = own;
    for (Reported epoch : reported) {
      if (Double.isFinite(epoch.loss())) {
        shown = Math.max(shown, Math.min(epoch.loss(), 2 * own));
      }
    }
    return 1.08 * Math.max(shown, 0.01);
  }

  private static <E> void curve(
      Plot plot, Key key, List<E> rows, ToDoubleFunction<E> figure, double most) {
    List<double[]> points = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      double epoch = rows.get(i) instanceof Epoch row ? row.epoch() : i + 1;
      double y = figure.applyAsDouble(rows.get(i));
      if (!Double.isNaN(y)) {
        points.add(new double[] {epoch, Math.min(y, most)});
      }
    }
    if (!points.isEmpty()) {
      plot.line(
          key,
          points.stream().mapToDouble(point -> point[0]).toArray(),
          points.stream().mapToDouble(point -> point[1]).toArray());
    }
  }
}
