package io.cxr.train.report;

import io.cxr.evaluation.CalibrationCurve;
import java.awt.Color;
import java.awt.Graphics2D;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Whether a model is right as often as it says: accuracy of its answers by their probability, with
 * the number of answers below. On the diagonal the model is calibrated; below it, too sure of
 * itself (Guo et al., ICML 2017).
 */
public final class ReliabilityDiagram extends Figure {
  private static final int WIDTH = 520;
  private static final int HEIGHT = 640;
  private static final int COUNTS = 170;
  private static final Color BAR = new Color(0xbcd5ea);
  private final CalibrationCurve curve;

  private ReliabilityDiagram(String title, CalibrationCurve curve) {
    super(title, WIDTH, HEIGHT);
    this.curve = curve;
  }

  /**
   * The diagram of a calibration curve.
   *
   * @param title what was measured
   * @param curve accuracy by confidence
   * @return the figure
   */
  public static ReliabilityDiagram of(String title, CalibrationCurve curve) {
    return new ReliabilityDiagram(title, Objects.requireNonNull(curve, "curve"));
  }

  private List<CalibrationCurve.Bin> filled() {
    return curve.bins().stream().filter(bin -> bin.count() > 0).toList();
  }

  private String error() {
    return String.format(
        Locale.ROOT, "expected calibration error %.4f", curve.expectedCalibrationError());
  }

  @Override
  public String description() {
    StringBuilder text = new StringBuilder("Reliability, " + error() + ".");
    for (CalibrationCurve.Bin bin : filled()) {
      text.append(
          String.format(
              Locale.ROOT,
              " Confidence %.2f to %.2f: %d answers, mean confidence %.3f, accuracy %.3f.",
              bin.from(),
              bin.to(),
              bin.count(),
              bin.meanConfidence(),
              bin.accuracy()));
    }
    return text.toString();
  }

  @Override
  void paintContent(Graphics2D g) {
    Key measured = new Key("accuracy; " + error(), BLUE, false, true);
    Key perfect = new Key("calibrated", GRAY, true, false);
    int top = legend(g, List.of(measured, perfect), 44);
    Plot plot =
        Plot.of("", "", "accuracy")
            .horizontal(-0.005, 1.005, 74, Plot::number)
            .vertical(-0.005, 1.01, 60, Plot::number);
    for (CalibrationCurve.Bin bin : filled()) {
      plot.bar(BAR, bin.from(), bin.to(), bin.accuracy());
    }
    plot.line(perfect, new double[] {0, 1}, new double[] {0, 1});
    if (!filled().isEmpty()) {
      plot.line(
          measured,
          filled().stream().mapToDouble(CalibrationCurve.Bin::meanConfidence).toArray(),
          filled().stream().mapToDouble(CalibrationCurve.Bin::accuracy).toArray());
    }
    int middle = bottom() - COUNTS;
    plot.paint(g, MARGIN, top, WIDTH - 2 * MARGIN, middle - top);

    int most = filled().stream().mapToInt(CalibrationCurve.Bin::count).max().orElse(1);
    Plot counts =
        Plot.of("", "confidence: probability of the answer", "answers")
            .horizontal(-0.005, 1.005, 74, Plot::number)
            .vertical(-0.01 * most, 1.08 * most, 40, Plot::number);
    counts.line(perfect, new double[] {0, 0}, new double[] {0, 0});
    for (CalibrationCurve.Bin bin : filled()) {
      counts.bar(GRAY, bin.from(), bin.to(), bin.count());
    }
    counts.paint(g, MARGIN, middle, WIDTH - 2 * MARGIN, COUNTS);
  }
}
