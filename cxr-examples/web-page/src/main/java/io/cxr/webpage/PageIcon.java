package io.cxr.webpage;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;

/**
 * The icon of the installed page: two lungs on a dark film, as in {@code icon.svg}. Drawn here,
 * since phones want it as PNG in several sizes.
 */
final class PageIcon {
  /** The side of the square that the drawing's coordinates are in. */
  private static final double SIDE = 100;

  /** What phones may cut off around a maskable icon: it is drawn smaller. */
  private static final double SAFE = 0.74;

  private static final Color FILM = new Color(0x0b1620);
  private static final Color LUNG = new Color(0x9fd3ee);
  private static final Color WINDPIPE = new Color(0xe8f4fa);

  private PageIcon() {}

  /** The icons as PNG files by name. */
  static Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    files.put("icon-180.png", png(180, true));
    files.put("icon-192.png", png(192, false));
    files.put("icon-512.png", png(512, false));
    files.put("icon-maskable-512.png", png(512, true));
    return files;
  }

  private static byte[] png(int size, boolean maskable) {
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_ARGB);
    Graphics2D pen = image.createGraphics();
    try {
      pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      pen.scale(size / SIDE, size / SIDE);
      pen.setColor(FILM);
      if (maskable) {
        pen.fillRect(0, 0, (int) SIDE, (int) SIDE);
        double margin = SIDE * (1 - SAFE) / 2;
        pen.translate(margin, margin);
        pen.scale(SAFE, SAFE);
      } else {
        pen.fillRoundRect(0, 0, (int) SIDE, (int) SIDE, 36, 36);
      }
      draw(pen);
    } finally {
      pen.dispose();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void draw(Graphics2D pen) {
    pen.setColor(LUNG);
    pen.fill(lung(1));
    pen.fill(lung(-1));
    pen.setColor(WINDPIPE);
    pen.setStroke(new BasicStroke(5, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    Path2D windpipe = new Path2D.Double();
    windpipe.moveTo(50, 16);
    windpipe.lineTo(50, 42);
    windpipe.moveTo(50, 42);
    windpipe.lineTo(40, 52);
    windpipe.moveTo(50, 42);
    windpipe.lineTo(60, 52);
    pen.draw(windpipe);
  }

  /** The lung at the right (1) or at the left (-1) of the icon. */
  private static Path2D lung(int side) {
    Path2D lung = new Path2D.Double();
    lung.moveTo(50 + side * 9, 40);
    lung.curveTo(50 + side * 10, 22, 50 + side * 20, 20, 50 + side * 25, 30);
    lung.curveTo(50 + side * 34, 46, 50 + side * 37, 62, 50 + side * 35, 78);
    lung.curveTo(50 + side * 34, 84, 50 + side * 18, 76, 50 + side * 9, 74);
    lung.closePath();
    return lung;
  }
}
