package io.cxr.explain;

import io.cxr.Heatmap;
import io.cxr.Prediction;
import io.cxr.codec.png.PngEncoder;
import io.cxr.file.PngFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A heatmap as a transparent image, for viewers that blend it over the radiograph themselves:
 * stretched to the radiograph's size it is aligned with it. Higher values are more opaque: the
 * opacity is {@code round(255 * opacity * value)}, and 0 outside the heatmap's region. {@link
 * Prediction#NOTICE} is drawn at the bottom edge, so that every viewer of the layer shows it.
 * Immutable and thread-safe.
 *
 * <p>For viewers that apply their own colours, use {@link Heatmap#resampled}; for an image with the
 * radiograph and a caption, {@link HeatmapOverlay}.
 */
public final class HeatmapLayer {
  /**
   * The default for the most rows and columns: {@value}. A heatmap is smooth between its cells, so
   * a viewer that stretches the layer loses nothing.
   */
  public static final int LONGEST_SIDE = 512;

  private static final int CHANNELS = 4;
  private static final int OPAQUE = 255;

  /** How much of the film is seen behind the notice: the rest is black. */
  private static final int NOTICE_OPACITY = 160;

  private static final int NARROWEST = 64;

  private final int rows;
  private final int columns;

  /** Each as {@code 0xAARRGGBB}. */
  private final int[] pixels;

  private HeatmapLayer(Builder builder) {
    Heatmap heatmap = builder.heatmap;
    int longest = Math.max(heatmap.radiographRows(), heatmap.radiographColumns());
    double scale = Math.min(1, (double) builder.longestSide / longest);
    rows = (int) Math.max(1, Math.round(heatmap.radiographRows() * scale));
    columns = (int) Math.max(1, Math.round(heatmap.radiographColumns() * scale));
    pixels = pixels(heatmap.resampled(rows, columns), builder.colormap, builder.opacity);
    if (columns >= NARROWEST) {
      writeNotice();
    }
  }

  private static int[] pixels(float[] values, Colormap colormap, double opacity) {
    int[] pixels = new int[values.length];
    for (int i = 0; i < pixels.length; i++) {
      if (!Float.isNaN(values[i])) {
        int alpha = (int) Math.round(OPAQUE * opacity * values[i]);
        pixels[i] = alpha == 0 ? 0 : alpha << 24 | colormap.rgb(values[i]);
      }
    }
    return pixels;
  }

  private void writeNotice() {
    CaptionStrip strip = CaptionStrip.of(List.of(Prediction.NOTICE), columns, null);
    int[] notice = strip.toRgb();
    int first = pixels.length - notice.length;
    // On a layer so low the notice would hide the heatmap.
    if (first < pixels.length / 2) {
      return;
    }
    for (int i = 0; i < notice.length; i++) {
      int alpha = notice[i] == 0 ? NOTICE_OPACITY : OPAQUE;
      pixels[first + i] = alpha << 24 | notice[i];
    }
  }

  /**
   * A layer in {@link Colormap#INFERNO}, where the highest value has an opacity of 0.6, no larger
   * than {@link #LONGEST_SIDE}.
   *
   * @param heatmap the explanation
   * @return the layer
   */
  public static HeatmapLayer of(Heatmap heatmap) {
    return builder(heatmap).build();
  }

  /**
   * A layer with options.
   *
   * @param heatmap the explanation
   * @return a builder with the options of {@link #of}
   */
  public static Builder builder(Heatmap heatmap) {
    return new Builder(heatmap);
  }

  /** The options of a layer. Not thread-safe. */
  public static final class Builder {
    private final Heatmap heatmap;
    private Colormap colormap = Colormap.INFERNO;
    private double opacity = 0.6;
    private int longestSide = LONGEST_SIDE;

    private Builder(Heatmap heatmap) {
      this.heatmap = Objects.requireNonNull(heatmap, "heatmap");
    }

    /**
     * The colours.
     *
     * @param colormap by default {@link Colormap#INFERNO}
     * @return this builder
     */
    public Builder colormap(Colormap colormap) {
      this.colormap = Objects.requireNonNull(colormap, "colormap");
      return this;
    }

    /**
     * The opacity of the highest value.
     *
     * @param opacity from 0, invisible, to 1; by default 0.6
     * @return this builder
     */
    public Builder opacity(double opacity) {
      this.opacity = opacity;
      return this;
    }

    /**
     * The most rows and columns of the image, which otherwise has those of the radiograph.
     *
     * @param pixels at least 1; by default {@link #LONGEST_SIDE}
     * @return this builder
     */
    public Builder longestSide(int pixels) {
      this.longestSide = pixels;
      return this;
    }

    /**
     * Draws the layer.
     *
     * @return the layer
     * @throws IllegalArgumentException if an option is out of range
     */
    public HeatmapLayer build() {
      if (!(opacity >= 0 && opacity <= 1)) {
        throw new IllegalArgumentException("Opacity: expected 0 to 1, found " + opacity);
      }
      if (longestSide < 1) {
        throw new IllegalArgumentException(
            "Longest side: expected at least 1 pixel, found " + longestSide);
      }
      return new HeatmapLayer(this);
    }
  }

  /**
   * Rows of the image.
   *
   * @return at least 1
   */
  public int rows() {
    return rows;
  }

  /**
   * Columns of the image.
   *
   * @return at least 1
   */
  public int columns() {
    return columns;
  }

  /**
   * The colour and opacity of one pixel.
   *
   * @param row from 0 at the top
   * @param column from 0 at the left
   * @return {@code 0xAARRGGBB}, the colour not premultiplied by the opacity
   * @throws IndexOutOfBoundsException if there is no such pixel
   */
  public int argb(int row, int column) {
    return pixels[Objects.checkIndex(row, rows) * columns + Objects.checkIndex(column, columns)];
  }

  /**
   * The layer as an image.
   *
   * @return a new image of {@link BufferedImage#TYPE_INT_ARGB}
   */
  public BufferedImage toImage() {
    BufferedImage image = new BufferedImage(columns, rows, BufferedImage.TYPE_INT_ARGB);
    image.getRaster().setDataElements(0, 0, columns, rows, pixels);
    return image;
  }

  /**
   * The layer as a PNG file of 8-bit RGBA. The text chunk {@code Disclaimer} repeats {@link
   * Prediction#NOTICE}; if the layer is too small for the text, only the chunk has it.
   *
   * @return the bytes of the file; the same for the same layer on the same Java runtime
   */
  public byte[] toPng() {
    return png().toBytes();
  }

  /**
   * Writes the layer as a PNG file, first under another name in the same folder, so that a file of
   * this name is always complete.
   *
   * @param file a name that ends in {@code .png}, in upper or lower case; replaced if it exists
   * @throws IOException if it cannot be written; an existing file stays unchanged
   * @throws IllegalArgumentException if the name ends in something else
   */
  public void write(Path file) throws IOException {
    PngEncoder image = png();
    PngFile.write(file, channel -> image.writeTo(Channels.newOutputStream(channel)));
  }

  private PngEncoder png() {
    byte[] bytes = new byte[Math.multiplyExact(CHANNELS, pixels.length)];
    for (int i = 0; i < pixels.length; i++) {
      int at = CHANNELS * i;
      bytes[at] = (byte) (pixels[i] >> 16);
      bytes[at + 1] = (byte) (pixels[i] >> 8);
      bytes[at + 2] = (byte) pixels[i];
      bytes[at + 3] = (byte) (pixels[i] >>> 24);
    }
    return PngEncoder.of(PngEncoder.Pixels.RGBA_8, rows, columns, bytes)
        .withText("Disclaimer", Prediction.NOTICE);
  }
}
