package io.cxr.train.report;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import io.cxr.Prediction;
import io.cxr.file.AtomicFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A figure on how a model learns or answers, as PNG, as SVG, or as SVG text in a page. Every figure
 * has a title and says {@link Prediction#NOTICE}. Immutable and thread-safe; no display is needed,
 * but a font is.
 */
public abstract sealed class Figure
    permits TrainingCurves, ConfusionMatrixChart, RocChart, ReliabilityDiagram {
  static final Color INK = new Color(0x1d2733);
  static final Color FAINT_INK = new Color(0x5b6775);
  static final Color RULE = new Color(0xe3e7ec);
  static final Color PAPER = Color.WHITE;
  static final Color BLUE = new Color(0x1f6fb4);
  static final Color ORANGE = new Color(0xd4690f);
  static final Color GREEN = new Color(0x2e8540);
  static final Color PURPLE = new Color(0x7b4fa3);
  static final Color GRAY = new Color(0x8793a1);
  static final List<Color> COLOURS = List.of(BLUE, ORANGE, GREEN, PURPLE, GRAY);

  static final int MARGIN = 18;
  private static final int MOST_COLUMNS = 10_000;
  private static final Pattern LONG_NUMBER = Pattern.compile("-?\\d+\\.\\d{3,}(?:[eE]-?\\d+)?");
  private static final Pattern PATH = Pattern.compile(" d=\"[^\"]*\"");

  private final String title;
  private final int width;
  private final int height;

  Figure(String title, int width, int height) {
    this.title = Objects.requireNonNull(title, "title");
    this.width = width;
    this.height = height;
    if (title.isBlank()) {
      throw new IllegalArgumentException("Title of a figure: expected text, found none.");
    }
  }

  /**
   * Makes sure that this machine can draw text. Call it before hours of work that end in a figure.
   *
   * @throws IllegalStateException if Java finds no font
   */
  public static void checkFonts() {
    try {
      BufferedImage probe = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
      Graphics2D g = probe.createGraphics();
      g.getFontMetrics(font(Font.PLAIN, 12)).stringWidth("0");
      g.dispose();
    } catch (RuntimeException | LinkageError | InternalError e) {
      // What Java throws without fonts differs from release to release.
      throw new IllegalStateException(
          "Fonts for figures: expected at least one, found none that Java can use. Install"
              + " fontconfig and a font (on Debian: fontconfig and fonts-dejavu-core).",
          e);
    }
  }

  /**
   * The title.
   *
   * @return one line
   */
  public final String title() {
    return title;
  }

  /**
   * The natural width, in CSS pixels.
   *
   * @return above 0
   */
  public final int width() {
    return width;
  }

  /**
   * The natural height, in CSS pixels.
   *
   * @return above 0
   */
  public final int height() {
    return height;
  }

  /**
   * What the figure shows, in words and numbers, for those who cannot see it.
   *
   * @return one paragraph
   */
  public abstract String description();

  /** Draws everything between title and notice, within {@link #width()} and {@link #bottom()}. */
  abstract void paintContent(Graphics2D g);

  /**
   * The figure as PNG.
   *
   * @param columns the width in pixels, from 100 to 10,000; the height follows
   * @return the file's bytes
   * @throws IllegalStateException if Java finds no font
   */
  public final byte[] toPng(int columns) {
    if (columns < 100 || columns > MOST_COLUMNS) {
      throw new IllegalArgumentException(
          "Width of a picture: expected 100 to " + MOST_COLUMNS + " pixels, found " + columns);
    }
    checkFonts();
    double scale = (double) columns / width;
    BufferedImage canvas =
        new BufferedImage(
            columns, (int) Math.max(1, Math.round(height * scale)), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = canvas.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    // Scaled, the background would cover the last pixels by a part only.
    g.setColor(PAPER);
    g.fillRect(0, 0, canvas.getWidth(), canvas.getHeight());
    g.scale(scale, scale);
    paint(g);
    g.dispose();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // ImageIO's own choice of stream would use a file.
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      if (!ImageIO.write(canvas, "png", out)) {
        throw new IllegalStateException("Every Java platform writes PNG");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("A picture in memory could not be encoded", e);
    }
    return bytes.toByteArray();
  }

  /**
   * The figure as an SVG file: title and legend are text, numbers on axes are outlines.
   *
   * @return a whole XML document
   * @throws IllegalStateException if Java finds no font
   */
  public final String toSvg() {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        + svg("xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height)
        + "\n";
  }

  /**
   * The figure as an {@code svg} element for an HTML page. It has a view box and no size, so that
   * the page decides how large it is.
   *
   * @return the element
   * @throws IllegalStateException if Java finds no font
   */
  public final String toInlineSvg() {
    return svg("class=\"figure");
  }

  private String svg(String attributes) {
    checkFonts();
    VectorGraphics2D g = new VectorGraphics2D();
    paint(g);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      new SVGProcessor()
          .getDocument(g.getCommands(), new PageSize(0, 0, width, height))
          .writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("A picture in memory could not be encoded", e);
    }
    String document = bytes.toString(StandardCharsets.UTF_8);
    // The library's root element refers to a DTD on the web; ours does not, and has words.
    int root = document.indexOf("<svg");
    String content =
        document.substring(document.indexOf('>', root) + 1, document.lastIndexOf("</svg>"));
    // Clip paths of two figures in one page must not share a name.
    String prefix = "f" + Integer.toHexString(31 * title.hashCode() + content.hashCode()) + "-";
    content =
        content
            .replace("id=\"clip", "id=\"" + prefix)
            .replace("url(#clip", "url(#" + prefix)
            .replaceAll("font-family:(&quot;.*?&quot;|[^;\"]*);", "font-family:sans-serif;")
            .replaceAll(">\\s+<", ">\n<");
    return "<svg "
        + attributes
        + "\" viewBox=\"0 0 "
        + width
        + " "
        + height
        + "\" role=\"img\">\n<title>"
        + Html.escape(title)
        + "</title>\n<desc>"
        + Html.escape(description())
        + "</desc>"
        + shortened(content)
        + "</svg>";
  }

  /** Hundredths of a pixel are enough for outlines. */
  private static String shortened(String content) {
    return PATH.matcher(content)
        .replaceAll(
            path ->
                Matcher.quoteReplacement(
                    LONG_NUMBER
                        .matcher(path.group())
                        .replaceAll(
                            number ->
                                String.format(
                                    Locale.ROOT, "%.2f", Double.parseDouble(number.group())))));
  }

  /**
   * Writes the figure under a temporary name and moves it into place. PNGs are twice as wide as the
   * natural size, for sharp screens and print.
   *
   * @param file a name that ends in {@code .png} or {@code .svg}
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException if the name ends in something else
   * @throws IllegalStateException if Java finds no font
   */
  public final void write(Path file) throws IOException {
    checkName(file);
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".svg")) {
      AtomicFile.write(file, toSvg());
    } else {
      AtomicFile.write(file, ByteBuffer.wrap(toPng(2 * width)));
    }
  }

  /**
   * Makes sure that a file name tells how the figure is to be written.
   *
   * @param file the file to write
   * @throws IllegalArgumentException if the name ends in neither {@code .png} nor {@code .svg}
   */
  public static void checkName(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (!name.endsWith(".svg") && !name.endsWith(".png")) {
      throw new IllegalArgumentException(
          "Figure: expected a file name that ends in .png or .svg, found " + file);
    }
  }

  private void paint(Graphics2D g) {
    g.setColor(PAPER);
    g.fill(new Rectangle2D.Double(0, 0, width, height));
    g.setColor(INK);
    Font heading = fitting(g, title, font(Font.BOLD, 17), width - 2 * MARGIN);
    text(g, title, heading, INK, MARGIN, 31);
    paintContent(g);
    text(g, Prediction.NOTICE, font(Font.PLAIN, 11), FAINT_INK, MARGIN, height - 12);
  }

  /** Where the content has to end. */
  final int bottom() {
    return height - 32;
  }

  static Font font(int style, float size) {
    return new Font(Font.SANS_SERIF, style, 1).deriveFont(size);
  }

  /** The font, made smaller where the text would be wider than {@code room}. */
  static Font fitting(Graphics2D g, String text, Font font, double room) {
    double needed = g.getFontMetrics(font).stringWidth(text);
    return needed <= room
        ? font
        : font.deriveFont((float) Math.max(5, font.getSize2D() * room / needed));
  }

  static void text(Graphics2D g, String text, Font font, Color colour, double x, double y) {
    g.setFont(font);
    g.setColor(colour);
    g.drawString(text, (float) x, (float) y);
  }

  static void centred(Graphics2D g, String text, Font font, Color colour, double x, double y) {
    text(g, text, font, colour, x - g.getFontMetrics(font).stringWidth(text) / 2.0, y);
  }

  /** How a line looks, in the legend and in the plot. */
  record Key(String name, Color colour, boolean dashed, boolean marked) {
    BasicStroke stroke() {
      return dashed
          ? new BasicStroke(
              1.6f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 4, new float[] {5, 4}, 0)
          : new BasicStroke(2.2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    }
  }

  /** Draws a row of keys, broken where it is full; gives the y below it. */
  final int legend(Graphics2D g, List<Key> keys, int top) {
    Font font = font(Font.PLAIN, 12.5f);
    double x = MARGIN;
    int y = top;
    for (Key key : keys) {
      double room = 34 + g.getFontMetrics(font).stringWidth(key.name()) + 22;
      if (x > MARGIN && x + room > width - MARGIN) {
        x = MARGIN;
        y += 20;
      }
      g.setColor(key.colour());
      g.setStroke(key.stroke());
      g.draw(new Line2D.Double(x + 2, y + 9, x + 26, y + 9));
      if (key.marked()) {
        g.fill(new Ellipse2D.Double(x + 11, y + 6, 6, 6));
      }
      text(g, key.name(), font, INK, x + 34, y + 13.5);
      x += room;
    }
    return y + 26;
  }
}
