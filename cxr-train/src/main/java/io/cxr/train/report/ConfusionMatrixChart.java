package io.cxr.train.report;

import io.cxr.evaluation.ConfusionMatrix;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Which label a model answered for which, as a table of coloured cells: rows are the truth, columns
 * the answers. A cell holds the count and its share of the row; the share colours it.
 */
public final class ConfusionMatrixChart extends Figure {
  private static final int TOP = 84;
  private final ConfusionMatrix matrix;
  private final int left;
  private final int cellWidth;
  private final int cellHeight;

  private ConfusionMatrixChart(
      String title, ConfusionMatrix matrix, int left, int cellWidth, int cellHeight) {
    super(
        title,
        left + matrix.labels().size() * cellWidth + MARGIN,
        TOP + matrix.labels().size() * cellHeight + 44);
    this.matrix = matrix;
    this.left = left;
    this.cellWidth = cellWidth;
    this.cellHeight = cellHeight;
  }

  /**
   * The picture of a matrix.
   *
   * @param title what answered
   * @param matrix the counts
   * @return the figure
   */
  public static ConfusionMatrixChart of(String title, ConfusionMatrix matrix) {
    Objects.requireNonNull(matrix, "matrix");
    boolean few = matrix.labels().size() <= 3;
    int longest = matrix.labels().stream().mapToInt(String::length).max().orElse(0);
    int room = Math.min(240, 10 * longest);
    return new ConfusionMatrixChart(
        title,
        matrix,
        Math.max(138, room + 54),
        Math.max(few ? 156 : 104, room + 12),
        few ? 96 : 72);
  }

  @Override
  public String description() {
    List<String> parts = new ArrayList<>();
    for (String truth : matrix.labels()) {
      for (String answer : matrix.labels()) {
        parts.add(
            String.format(
                Locale.ROOT,
                "%s answered for %s: %d of %d",
                answer,
                truth,
                matrix.count(truth, answer),
                matrix.truths(truth)));
      }
    }
    return String.join("; ", parts) + ".";
  }

  @Override
  void paintContent(Graphics2D g) {
    List<String> labels = matrix.labels();
    Font small = font(Font.PLAIN, 12.5f);
    double middle = left + labels.size() * cellWidth / 2.0;
    centred(g, "answer", small, FAINT_INK, middle, TOP - 26);
    AffineTransform upright = g.getTransform();
    g.translate(MARGIN + 8, TOP + labels.size() * cellHeight / 2.0);
    g.rotate(-Math.PI / 2);
    centred(g, "truth", small, FAINT_INK, 0, 0);
    g.setTransform(upright);
    for (int row = 0; row < labels.size(); row++) {
      String truth = labels.get(row);
      double y = TOP + row * cellHeight;
      Font fitted = fitting(g, truth, font(Font.BOLD, 13), left - MARGIN - 32);
      double textWidth = g.getFontMetrics(fitted).stringWidth(truth);
      text(g, truth, fitted, INK, left - 10 - textWidth, y + cellHeight / 2.0 - 2);
      String support = "n = " + matrix.truths(truth);
      Font counted = font(Font.PLAIN, 11);
      double supportWidth = g.getFontMetrics(counted).stringWidth(support);
      text(g, support, counted, FAINT_INK, left - 10 - supportWidth, y + cellHeight / 2.0 + 14);
      for (int column = 0; column < labels.size(); column++) {
        cell(g, truth, labels.get(column), left + column * cellWidth, y);
      }
    }
    for (int column = 0; column < labels.size(); column++) {
      String answer = labels.get(column);
      Font fitted = fitting(g, answer, font(Font.BOLD, 13), cellWidth - 8);
      centred(g, answer, fitted, INK, left + (column + 0.5) * cellWidth, TOP - 8);
    }
  }

  private void cell(Graphics2D g, String truth, String answer, double x, double y) {
    int count = matrix.count(truth, answer);
    int row = matrix.truths(truth);
    double share = row == 0 ? 0 : (double) count / row;
    g.setColor(mix(new Color(0xf2f6fa), BLUE, share));
    g.fill(new Rectangle2D.Double(x + 1, y + 1, cellWidth - 2, cellHeight - 2));
    Color ink = share > 0.5 ? PAPER : INK;
    String number = String.valueOf(count);
    Font large = fitting(g, number, font(Font.BOLD, cellHeight > 80 ? 26 : 20), cellWidth - 16);
    centred(g, number, large, ink, x + cellWidth / 2.0, y + cellHeight / 2.0 + 2);
    String part = row == 0 ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
    centred(g, part, font(Font.PLAIN, 12.5f), ink, x + cellWidth / 2.0, y + cellHeight / 2.0 + 21);
  }

  private static Color mix(Color from, Color to, double share) {
    return new Color(
        channel(from.getRed(), to.getRed(), share),
        channel(from.getGreen(), to.getGreen(), share),
        channel(from.getBlue(), to.getBlue(), share));
  }

  private static int channel(int from, int to, double share) {
    return (int) Math.round(from + (to - from) * share);
  }
}
