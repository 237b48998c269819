package io.cxr.train.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.Locale;
import java.util.function.Function;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** One pair of axes, drawn by XChart in the colours of our figures. */
final class Plot {
  private final XYChart chart;

  private Plot(XYChart chart) {
    this.chart = chart;
  }

  static Plot of(String title, String xTitle, String yTitle) {
    XYChart chart =
        new XYChartBuilder()
            .width(600)
            .height(400)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .theme(Styler.ChartTheme.XChart)
            .build();
    var styler = chart.getStyler();
    styler.setChartBackgroundColor(Figure.PAPER);
    styler.setChartFontColor(Figure.INK);
    styler.setChartTitleBoxVisible(false);
    styler.setChartTitleFont(Figure.font(Font.BOLD, 14));
    styler.setChartTitleVisible(!title.isEmpty());
    styler.setChartPadding(4);
    styler.setChartTitlePadding(6);
    styler.setLegendVisible(false);
    styler.setPlotBackgroundColor(Figure.PAPER);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(Figure.RULE);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotContentSize(1);
    styler.setAxisTitleFont(Figure.font(Font.PLAIN, 12.5f));
    styler.setAxisTickLabelsFont(Figure.font(Font.PLAIN, 12));
    styler.setAxisTickLabelsColor(Figure.FAINT_INK);
    styler.setAxisTickMarksColor(Figure.GRAY);
    styler.setYAxisTitleVisible(!yTitle.isEmpty());
    styler.setAntiAlias(true);
    return new Plot(chart);
  }

  /**
   * The range of the horizontal axis.
   *
   * @param spacing about how many pixels lie between two numbers
   * @param format writes a number, or a space where none is to be
   */
  Plot horizontal(double from, double to, int spacing, Function<Double, String> format) {
    chart.getStyler().setXAxisMin(from);
    chart.getStyler().setXAxisMax(to);
    chart.getStyler().setXAxisTickMarkSpacingHint(spacing);
    chart.setCustomXAxisTickLabelsFormatter(format);
    return this;
  }

  /** The range of the vertical axis; see {@link #horizontal}. */
  Plot vertical(double from, double to, int spacing, Function<Double, String> format) {
    chart.getStyler().setYAxisMin(from);
    chart.getStyler().setYAxisMax(to);
    chart.getStyler().setYAxisTickMarkSpacingHint(spacing);
    chart.setCustomYAxisTickLabelsFormatter(format);
    return this;
  }

  Plot line(Figure.Key key, double[] x, double[] y) {
    XYSeries series = chart.addSeries("line " + chart.getSeriesCollection().size(), x, y);
    series.setLineColor(key.colour());
    series.setLineStyle(key.stroke());
    series.setMarker(key.marked() ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setMarkerColor(key.colour());
    chart.getStyler().setMarkerSize(6);
    return this;
  }

  /** A filled bar from the horizontal axis. */
  Plot bar(Color colour, double from, double to, double height) {
    XYSeries series =
        chart.addSeries(
            "bar " + chart.getSeriesCollection().size(),
            new double[] {from, from, to, to},
            new double[] {0, height, height, 0});
    series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Area);
    series.setFillColor(colour);
    series.setLineColor(colour);
    series.setLineStyle(new BasicStroke(0));
    series.setMarker(SeriesMarkers.NONE);
    return this;
  }

  void paint(Graphics2D g, int x, int y, int width, int height) {
    Graphics2D area = (Graphics2D) g.create(x, y, width, height);
    chart.paint(area, width, height);
    area.dispose();
  }

  /** A share as "97.5 %", with no more digits than it needs. */
  static String percent(double share) {
    return number(100 * share) + " %";
  }

  /** At most two decimals, and no more than needed. */
  static String number(double value) {
    String text = String.format(Locale.ROOT, "%.2f", value);
    return text.replaceFirst("\\.?0+$", "");
  }
}
