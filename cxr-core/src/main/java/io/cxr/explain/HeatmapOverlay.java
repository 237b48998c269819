package io.cxr.explain;

import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.Prediction;
import io.cxr.codec.png.PngEncoder;
import io.cxr.file.PngFile;
import io.cxr.model.Task;
import io.cxr.radiograph.Radiograph;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * A heatmap blended over its radiograph in translucent colour, with a strip below that names the
 * label, shows {@link Prediction#NOTICE} and the colour scale. Immutable and thread-safe.
 *
 * <p>A larger radiograph is first downscaled by {@link Radiograph#fitWithin}: a heatmap has a few
 * hundred cells, so more pixels would show no more of it. Inside the heatmap's region a pixel is
 * {@code alpha * colour + (1 - alpha) * gray}, with the heatmap first resampled to the image's size
 * ({@link Heatmap#resampled}) and then coloured, so that every colour is one of the map. Outside
 * the region, which the model does not see, it is the unchanged gray of {@link
 * Radiograph#toGray8()}. (Keras' Grad-CAM example adds {@code 0.4 * jet + gray} and rescales the
 * sum, which makes the radiograph's brightness depend on the heatmap.)
 *
 * <p>For viewers that blend heatmaps over radiographs themselves, use {@link HeatmapLayer}.
 */
public final class HeatmapOverlay {
  /**
   * The default for the most rows and columns of the radiograph in the overlay: {@value}. That
   * fills a panel of a page or screen next to the radiograph, and is several times the resolution
   * of any heatmap.
   */
  public static final int LONGEST_SIDE = 1024;

  private static final int NARROWEST = 128;
  private static final int CHANNELS = 3;
  private static final short OUTSIDE = -1;

  private final String label;
  private final Colormap colormap;
  private final double alpha;
  private final List<String> caption;
  private final boolean colourScale;

  /** Rows and columns of the radiograph as it is drawn. */
  private final int rows;

  private final int columns;
  private final byte[] gray;

  /** The heatmap's level from 0 to 255 at each pixel, or {@link #OUTSIDE}. */
  private final short[] levels;

  private HeatmapOverlay(Builder builder) {
    Radiograph drawn = builder.radiograph.fitWithin(builder.longestSide);
    this.label = builder.heatmap.label();
    this.colormap = builder.colormap;
    this.alpha = builder.alpha;
    this.colourScale = builder.colourScale;
    this.rows = drawn.rows();
    this.columns = drawn.columns();
    this.gray = drawn.toGray8();
    this.levels = levels(builder.heatmap.resampled(rows, columns));
    List<String> lines = new ArrayList<>();
    lines.add(builder.firstLine());
    lines.addAll(builder.captions);
    lines.add(Prediction.NOTICE);
    this.caption = List.copyOf(lines);
  }

  private static short[] levels(float[] values) {
    short[] levels = new short[values.length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = Float.isNaN(values[i]) ? OUTSIDE : (short) Colormap.level(values[i]);
    }
    return levels;
  }

  /**
   * An overlay in {@link Colormap#INFERNO} at alpha 0.4, no larger than {@link #LONGEST_SIDE}, with
   * the label below.
   *
   * @param radiograph the radiograph that was explained
   * @param heatmap the explanation
   * @return the overlay
   * @throws IllegalArgumentException if the heatmap is of a radiograph of another size
   */
  public static HeatmapOverlay of(Radiograph radiograph, Heatmap heatmap) {
    return builder(radiograph, heatmap).build();
  }

  /**
   * An overlay with options.
   *
   * @param radiograph the radiograph that was explained
   * @param heatmap the explanation
   * @return a builder with the options of {@link #of}
   */
  public static Builder builder(Radiograph radiograph, Heatmap heatmap) {
    return new Builder(radiograph, heatmap);
  }

  /** The options of an overlay. Not thread-safe. */
  public static final class Builder {
    private final Radiograph radiograph;
    private final Heatmap heatmap;
    private Colormap colormap = Colormap.INFERNO;
    private double alpha = 0.4;
    private Optional<Double> probability = Optional.empty();
    private Optional<MeasuredValue> measured = Optional.empty();
    private final List<String> captions = new ArrayList<>();
    private boolean colourScale = true;
    private int longestSide = LONGEST_SIDE;

    private Builder(Radiograph radiograph, Heatmap heatmap) {
      this.radiograph = Objects.requireNonNull(radiograph, "radiograph");
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
     * The opacity of the colours.
     *
     * @param alpha from 0, only the radiograph, to 1, only the colours; by default 0.4
     * @return this builder
     */
    public Builder alpha(double alpha) {
      this.alpha = alpha;
      return this;
    }

    /**
     * Adds a probability after the heatmap's label.
     *
     * @param probability from 0 to 1
     * @return this builder
     */
    public Builder probability(double probability) {
      this.probability = Optional.of(probability);
      this.measured = Optional.empty();
      return this;
    }

    /**
     * Adds the predicted probability, or the measured value with its unit, after the heatmap's
     * label.
     *
     * @param prediction the explained model's prediction for the radiograph
     * @return this builder
     * @throws IllegalArgumentException if the prediction does not have the heatmap's label
     */
    public Builder prediction(Prediction prediction) {
      if (prediction.task() != Task.Kind.MEASUREMENTS) {
        return probability(prediction.probability(heatmap.label()));
      }
      this.measured = Optional.of(prediction.measurement(heatmap.label()));
      this.probability = Optional.empty();
      return this;
    }

    private String firstLine() {
      return measured
          .map(MeasuredValue::format)
          .orElseGet(
              () ->
                  heatmap.label()
                      + probability
                          .map(value -> String.format(Locale.ROOT, " %.1f %%", 100 * value))
                          .orElse(""));
    }

    /**
     * Adds a line of text below the label and below earlier lines. Characters that are not ASCII
     * are drawn without their accents or as question marks; the file's metadata has the text in
     * full.
     *
     * @param text the line, without patient data; wrapped if it is too long
     * @return this builder
     */
    public Builder caption(String text) {
      captions.add(Objects.requireNonNull(text, "text"));
      return this;
    }

    /**
     * Whether the colour scale is drawn below the text.
     *
     * @param drawn true by default
     * @return this builder
     */
    public Builder colourScale(boolean drawn) {
      this.colourScale = drawn;
      return this;
    }

    /**
     * The most rows and columns of the radiograph in the overlay; a larger one is downscaled,
     * keeping its aspect ratio.
     *
     * @param pixels at least 1; by default {@link #LONGEST_SIDE}. {@link Integer#MAX_VALUE} draws
     *     every pixel.
     * @return this builder
     */
    public Builder longestSide(int pixels) {
      this.longestSide = pixels;
      return this;
    }

    /**
     * Draws the overlay.
     *
     * @return the overlay
     * @throws IllegalArgumentException if the heatmap is of a radiograph of another size, or an
     *     option is out of range
     */
    public HeatmapOverlay build() {
      if (heatmap.radiographRows() != radiograph.rows()
          || heatmap.radiographColumns() != radiograph.columns()) {
        throw new IllegalArgumentException(
            "Overlay: expected a heatmap of this radiograph of "
                + radiograph.rows()
                + " x "
                + radiograph.columns()
                + " pixels, found one of "
                + heatmap.radiographRows()
                + " x "
                + heatmap.radiographColumns());
      }
      if (!(alpha >= 0 && alpha <= 1)) {
        throw new IllegalArgumentException("Alpha: expected 0 to 1, found " + alpha);
      }
      if (longestSide < 1) {
        throw new IllegalArgumentException(
            "Longest side: expected at least 1 pixel, found " + longestSide);
      }
      // The record checks the range.
      probability.ifPresent(value -> new LabelProbability(heatmap.label(), value));
      return new HeatmapOverlay(this);
    }
  }

  /**
   * The label that the heatmap explains.
   *
   * @return one of the model's labels
   */
  public String label() {
    return label;
  }

  /**
   * Rows of the radiograph as drawn.
   *
   * @return at least 1
   */
  public int rows() {
    return rows;
  }

  /**
   * Columns of the radiograph as drawn.
   *
   * @return at least 1
   */
  public int columns() {
    return columns;
  }

  /**
   * The lines of the strip below the radiograph: label, captions if any, notice.
   *
   * @return at least two lines, before wrapping
   */
  public List<String> caption() {
    return caption;
  }

  /**
   * The colour of one pixel of the radiograph as drawn.
   *
   * @param row from 0 at the top
   * @param column from 0 at the left
   * @return {@code 0xRRGGBB}
   * @throws IndexOutOfBoundsException if there is no such pixel
   */
  public int rgb(int row, int column) {
    int at = Objects.checkIndex(row, rows) * columns + Objects.checkIndex(column, columns);
    int level = Byte.toUnsignedInt(gray[at]);
    if (levels[at] == OUTSIDE) {
      return level << 16 | level << 8 | level;
    }
    int colour = colormap.rgbOfLevel(levels[at]);
    return blend(colour >> 16, level) << 16
        | blend(colour >> 8 & 0xff, level) << 8
        | blend(colour & 0xff, level);
  }

  private int blend(int colour, int level) {
    // Rounds as Math.round does, but for the branches: neither is below 0.
    return (int) (alpha * colour + (1 - alpha) * level + 0.5);
  }

  /**
   * Columns of the whole image, which consists of the radiograph and the strip below.
   *
   * @return at least 128; a narrower radiograph is padded with black columns on the right
   */
  public int pictureColumns() {
    return Math.max(NARROWEST, columns());
  }

  /**
   * Rows of the whole image.
   *
   * @return more than {@link #rows()}
   */
  public int pictureRows() {
    return rows() + strip().rows();
  }

  private CaptionStrip strip() {
    return CaptionStrip.of(caption, pictureColumns(), colourScale ? colormap : null);
  }

  /**
   * The pixels of the whole image.
   *
   * @return {@code pictureRows() * pictureColumns() * 3} bytes, row by row, red, green and blue
   */
  public byte[] toRgb() {
    int width = pictureColumns();
    int[] strip = strip().toRgb();
    int stripAt = CHANNELS * rows * width;
    byte[] bytes = new byte[Math.addExact(stripAt, CHANNELS * strip.length)];
    for (int row = 0; row < rows; row++) {
      int at = CHANNELS * row * width;
      for (int column = 0; column < columns; column++, at += CHANNELS) {
        put(bytes, at, rgb(row, column));
      }
    }
    for (int i = 0; i < strip.length; i++) {
      put(bytes, stripAt + CHANNELS * i, strip[i]);
    }
    return bytes;
  }

  private static void put(byte[] bytes, int at, int rgb) {
    bytes[at] = (byte) (rgb >> 16);
    bytes[at + 1] = (byte) (rgb >> 8);
    bytes[at + 2] = (byte) rgb;
  }

  /**
   * The whole image for display.
   *
   * @return a new image of {@link BufferedImage#TYPE_INT_RGB}
   */
  public BufferedImage toImage() {
    int width = pictureColumns();
    int[] strip = strip().toRgb();
    BufferedImage image =
        new BufferedImage(width, rows + strip.length / width, BufferedImage.TYPE_INT_RGB);
    int[] line = new int[columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        line[column] = rgb(row, column);
      }
      image.getRaster().setDataElements(0, row, columns, 1, line);
    }
    image.getRaster().setDataElements(0, rows, width, strip.length / width, strip);
    return image;
  }

  /**
   * The whole image as a PNG file of 8-bit RGB. The text chunks {@code Description} and {@code
   * Disclaimer} repeat the caption and {@link Prediction#NOTICE}.
   *
   * @return the bytes of the file; the same for the same overlay on the same Java runtime
   */
  public byte[] toPng() {
    return png().toBytes();
  }

  /**
   * Writes the image as a PNG file, first under another name in the same folder, so that a file of
   * this name is always complete. Missing folders are made.
   *
   * @param file a name that ends in {@code .png}, in upper or lower case; replaced if it exists
   * @throws IOException if it cannot be written; an existing file stays unchanged
   * @throws IllegalArgumentException if the name has another extension, which would mislead other
   *     programs
   */
  public void write(Path file) throws IOException {
    PngEncoder image = png();
    PngFile.write(file, channel -> image.writeTo(Channels.newOutputStream(channel)));
  }

  private PngEncoder png() {
    return PngEncoder.of(PngEncoder.Pixels.RGB_8, pictureRows(), pictureColumns(), toRgb())
        .withText("Disclaimer", Prediction.NOTICE)
        .withText("Description", String.join("\n", caption));
  }
}
