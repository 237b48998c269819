package io.cxr.explain;

import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.Prediction;
import io.cxr.codec.png.PngEncoder;
import io.cxr.file.PngFile;
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
 * A heatmap laid over its radiograph as translucent colour, with a strip beneath that names the
 * label, says {@link Prediction#NOTICE} and shows the scale of colours. Immutable and thread-safe.
 *
 * <p>A larger radiograph is scaled down first, by {@link Radiograph#fitWithin}: a heatmap has a few
 * hundred cells, so that more pixels show nothing more of it. Inside the heatmap's region a pixel
 * is {@code alpha * colour + (1 - alpha) * gray}, with the heatmap brought to the picture's size
 * first ({@link Heatmap#resampled}) and coloured then, so that no colour is off the map. Outside
 * the region, where the model sees nothing, it is the gray of {@link Radiograph#toGray8()} as it
 * was. (Keras' Grad-CAM example adds {@code 0.4 * jet + gray} and rescales the sum, which makes the
 * radiograph's brightness depend on the heatmap.)
 *
 * <p>Viewers that lay heatmaps over films themselves take a {@link HeatmapLayer}.
 */
public final class HeatmapOverlay {
  /**
   * The most rows and columns of the radiograph in a picture, where none are asked for: {@value}.
   * That fills a panel of a page or a screen beside the film, and is several times the resolution
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
    lines.add(
        label
            + builder
                .probability
                .map(value -> String.format(Locale.ROOT, " %.1f %%", 100 * value))
                .orElse(""));
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
   * the label beneath.
   *
   * @param radiograph what was explained
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
   * @param radiograph what was explained
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
     * @param colormap instead of {@link Colormap#INFERNO}
     * @return this builder
     */
    public Builder colormap(Colormap colormap) {
      this.colormap = Objects.requireNonNull(colormap, "colormap");
      return this;
    }

    /**
     * How much of the colour is seen.
     *
     * @param alpha from 0, the radiograph alone, to 1, the colours alone; instead of 0.4
     * @return this builder
     */
    public Builder alpha(double alpha) {
      this.alpha = alpha;
      return this;
    }

    /**
     * Writes the probability of the heatmap's label beside it.
     *
     * @param probability from 0 to 1
     * @return this builder
     */
    public Builder probability(double probability) {
      this.probability = Optional.of(probability);
      return this;
    }

    /**
     * Writes the probability that a prediction gives to the heatmap's label beside it.
     *
     * @param prediction what the explained model says of the radiograph
     * @return this builder
     * @throws IllegalArgumentException if the prediction does not know the heatmap's label
     */
    public Builder prediction(Prediction prediction) {
      return probability(prediction.probability(heatmap.label()));
    }

    /**
     * Adds a line of text beneath the label, and beneath the lines before. What is not ASCII is
     * written without its accents, or as a question mark; the file's metadata has it in full.
     *
     * @param text the line, without patient data; broken where it is too long
     * @return this builder
     */
    public Builder caption(String text) {
      captions.add(Objects.requireNonNull(text, "text"));
      return this;
    }

    /**
     * Draws the colours from least to most beneath the text, for viewers that do not know the map.
     *
     * @param drawn true by default
     * @return this builder
     */
    public Builder colourScale(boolean drawn) {
      this.colourScale = drawn;
      return this;
    }

    /**
     * Bounds the picture: a radiograph with more rows or columns is drawn smaller, in its own
     * proportions.
     *
     * @param pixels the most rows and columns of the radiograph in the picture, at least 1; instead
     *     of {@link #LONGEST_SIDE}. {@link Integer#MAX_VALUE} draws every pixel.
     * @return this builder
     */
    public Builder longestSide(int pixels) {
      this.longestSide = pixels;
      return this;
    }

    /**
     * Lays the heatmap over the radiograph.
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
   * Rows of the radiograph as it is drawn.
   *
   * @return at least 1
   */
  public int rows() {
    return rows;
  }

  /**
   * Columns of the radiograph as it is drawn.
   *
   * @return at least 1
   */
  public int columns() {
    return columns;
  }

  /**
   * The lines of the strip beneath the radiograph: label, captions where given, notice.
   *
   * @return at least two lines, before they are broken to fit
   */
  public List<String> caption() {
    return caption;
  }

  /**
   * The colour of one pixel of the radiograph as it is drawn.
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
   * Columns of the whole picture, which is the radiograph and the strip beneath.
   *
   * @return at least 128; a narrower radiograph gets black columns at its right
   */
  public int pictureColumns() {
    return Math.max(NARROWEST, columns());
  }

  /**
   * Rows of the whole picture.
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
   * The whole picture's pixels.
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
   * The whole picture for a window or a page.
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
   * The whole picture as a PNG file of 8-bit RGB. The text chunks {@code Description} and {@code
   * Disclaimer} repeat the caption and {@link Prediction#NOTICE}.
   *
   * @return the bytes of the file; the same for the same picture on the same Java runtime
   */
  public byte[] toPng() {
    return png().toBytes();
  }

  /**
   * Writes the picture as a PNG file: under another name in the same folder first, so that a file
   * of this name is always whole. Missing folders are made.
   *
   * @param file a name that ends in {@code .png}, in any case; replaced if it is there
   * @throws IOException if it cannot be written; what was there stays
   * @throws IllegalArgumentException if the name ends in something else, so that other programs
   *     would take the file for what it is not
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
