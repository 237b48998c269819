package io.cxr.train.report;

import io.cxr.evaluation.ClassificationReport;
import io.cxr.evaluation.RocCurve;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Sensitivity at every rate of false alarms, a curve a label, one label against the rest. The
 * dashed diagonal is chance.
 */
public final class RocChart extends Figure {
  private static final int WIDTH = 520;
  private final Map<String, RocCurve> curves;

  private RocChart(String title, Map<String, RocCurve> curves) {
    super(title, WIDTH, 560 + 20 * (curves.size() / 2));
    this.curves = curves;
  }

  /**
   * The curves of an evaluation. Of two labels only the first has one: the other's mirrors it.
   *
   * @param title what was measured
   * @param report the evaluation
   * @return the figure
   * @throws IllegalArgumentException if all radiographs have one label, so that no curve is defined
   */
  public static RocChart of(String title, ClassificationReport report) {
    Map<String, RocCurve> curves = new LinkedHashMap<>();
    for (String label : report.labels()) {
      Optional<RocCurve> curve = report.rocCurve(label);
      if (curve.isPresent() && !(report.labels().size() == 2 && curves.size() == 1)) {
        curves.put(label, curve.get());
      }
    }
    if (curves.isEmpty()) {
      throw new IllegalArgumentException(
          "ROC curve: expected radiographs of two labels or more, found those of one.");
    }
    return new RocChart(title, curves);
  }

  private static String name(String label, RocCurve curve) {
    return String.format(Locale.ROOT, "%s, AUROC %.4f", label, curve.area());
  }

  @Override
  public String description() {
    List<String> parts = new ArrayList<>();
    curves.forEach((label, curve) -> parts.add(name(label, curve)));
    return "Receiver operating characteristic: " + String.join("; ", parts) + ".";
  }

  @Override
  void paintContent(Graphics2D g) {
    List<Key> keys = new ArrayList<>();
    Plot plot =
        Plot.of("", "false positive rate (1 - specificity)", "sensitivity")
            .horizontal(-0.005, 1.005, 74, Plot::number)
            .vertical(-0.005, 1.01, 60, Plot::number);
    Key chance = new Key("chance", GRAY, true, false);
    plot.line(chance, new double[] {0, 1}, new double[] {0, 1});
    curves.forEach(
        (label, curve) -> {
          Key key =
              new Key(name(label, curve), COLOURS.get(keys.size() % COLOURS.size()), false, false);
          keys.add(key);
          plot.line(
              key,
              curve.points().stream().mapToDouble(RocCurve.Point::falsePositiveRate).toArray(),
              curve.points().stream().mapToDouble(RocCurve.Point::truePositiveRate).toArray());
        });
    keys.add(chance);
    int top = legend(g, keys, 44);
    plot.paint(g, MARGIN, top, WIDTH - 2 * MARGIN, bottom() - top);
  }
}
