package io.cxr.explain;

import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.Prediction;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A heatmap laid over its radiograph as translucent colour, with a strip beneath that names the
 * label and says {@link Prediction#NOTICE}. Immutable and thread-safe.
 *
 * <p>Inside the heatmap's region a pixel is {@code alpha * colour + (1 - alpha) * gray}, with the
 * heatmap brought to the radiograph's size first ({@link Heatmap#valueAt}) and coloured then, so
 * that no colour is off the map. Outside the region, where the model sees nothing, it is the gray
 * of {@link Radiograph#toGray8()} as it was. (Keras' Grad-CAM example adds {@code 0.4 * jet + gray}
 * and rescales the sum, which makes the radiograph's brightness depend on the heatmap.)
 */
public final class HeatmapOverlay {
  private static final int NARROWEST = 128;
  private static final String PNG_METADATA = "javax_imageio_png_1.0";

  private final Heatmap heatmap;
  private final Colormap colormap;
  private final double alpha;
  private final List<String> caption;
  private final boolean colourScale;
  private final byte[] gray;

  private HeatmapOverlay(Builder builder) {
    this.heatmap = builder.heatmap;
    this.colormap = builder.colormap;
    this.alpha = builder.alpha;
    this.colourScale = builder.colourScale;
    this.gray = builder.radiograph.toGray8();
    List<String> lines = new ArrayList<>();
    lines.add(
        heatmap.label()
            + builder
                .probability
                .map(value -> String.format(Locale.ROOT, " %.1f %%", 100 * value))
                .orElse(""));
    lines.addAll(builder.captions);
    lines.add(Prediction.NOTICE);
    this.caption = List.copyOf(lines);
  }

  /**
   * An overlay as in the report: {@link Colormap#JET} at alpha 0.4, with the label beneath.
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
    private Colormap colormap = Colormap.JET;
    private double alpha = 0.4;
    private Optional<Double> probability = Optional.empty();
    private final List<String> captions = new ArrayList<>();
    private boolean colourScale;

    private Builder(Radiograph radiograph, Heatmap heatmap) {
      this.radiograph = Objects.requireNonNull(radiograph, "radiograph");
      this.heatmap = Objects.requireNonNull(heatmap, "heatmap");
    }

    /**
     * The colours.
     *
     * @param colormap instead of {@link Colormap#JET}
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
     * @param drawn false by default
     * @return this builder
     */
    public Builder colourScale(boolean drawn) {
      this.colourScale = drawn;
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
      // The record checks the range.
      probability.ifPresent(value -> new LabelProbability(heatmap.label(), value));
      return new HeatmapOverlay(this);
    }
  }

  /**
   * Rows of the radiograph.
   *
   * @return at least 1
   */
  public int rows() {
    return heatmap.radiographRows();
  }

  /**
   * Columns of the radiograph.
   *
   * @return at least 1
   */
  public int columns() {
    return heatmap.radiographColumns();
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
   * The colour of one pixel of the radiograph.
   *
   * @param row from 0 at the top
   * @param column from 0 at the left
   * @return {@code 0xRRGGBB}
   * @throws IndexOutOfBoundsException if there is no such pixel
   */
  public int rgb(int row, int column) {
    float value = heatmap.valueAt(row, column);
    int level = Byte.toUnsignedInt(gray[row * columns() + column]);
    PixelRegion region = heatmap.region();
    if (row < region.row()
        || row - region.row() >= region.rows()
        || column < region.column()
        || column - region.column() >= region.columns()) {
      return level << 16 | level << 8 | level;
    }
    int colour = colormap.rgb(value);
    return blend(colour >> 16, level) << 16
        | blend(colour >> 8 & 0xff, level) << 8
        | blend(colour & 0xff, level);
  }

  private int blend(int colour, int level) {
    return (int) Math.round(alpha * colour + (1 - alpha) * level);
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
    return CaptionStrip.of(
        caption, pictureColumns(), colourScale ? Optional.of(colormap) : Optional.empty());
  }

  /**
   * The whole picture's pixels.
   *
   * @return {@code pictureRows() * pictureColumns() * 3} bytes, row by row, red, green and blue
   */
  public byte[] toRgb() {
    BufferedImage picture = picture();
    int columns = picture.getWidth();
    byte[] bytes =
        new byte[Math.multiplyExact(3, Math.multiplyExact(columns, picture.getHeight()))];
    int[] line = new int[columns];
    int at = 0;
    for (int row = 0; row < picture.getHeight(); row++) {
      picture.getRGB(0, row, columns, 1, line, 0, columns);
      for (int rgb : line) {
        bytes[at++] = (byte) (rgb >> 16);
        bytes[at++] = (byte) (rgb >> 8);
        bytes[at++] = (byte) rgb;
      }
    }
    return bytes;
  }

  private BufferedImage picture() {
    CaptionStrip strip = strip();
    BufferedImage canvas =
        new BufferedImage(pictureColumns(), rows() + strip.rows(), BufferedImage.TYPE_3BYTE_BGR);
    int[] line = new int[columns()];
    for (int row = 0; row < rows(); row++) {
      for (int column = 0; column < line.length; column++) {
        line[column] = rgb(row, column);
      }
      canvas.setRGB(0, row, line.length, 1, line, 0, line.length);
    }
    strip.draw(canvas, rows());
    return canvas;
  }

  /**
   * The whole picture as a PNG file of 8-bit RGB. The text chunks {@code Description} and {@code
   * Disclaimer} repeat the caption and {@link Prediction#NOTICE}.
   *
   * @return the bytes of the file
   */
  public byte[] toPng() {
    return encode(picture());
  }

  /**
   * Writes the picture as a PNG file: under another name in the same folder first, so that a file
   * of this name is always whole.
   *
   * @param file a name that ends in {@code .png}, in any case; replaced if it is there
   * @throws IOException if it cannot be written; what was there stays
   * @throws IllegalArgumentException if the name ends in something else, so that other programs
   *     would take the file for what it is not
   */
  public void write(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (!name.toLowerCase(Locale.ROOT).endsWith(".png")) {
      int dot = name.lastIndexOf('.');
      throw new IllegalArgumentException(
          "Overlay: expected a file name that ends in .png, found "
              + (dot < 0 ? "one without an extension" : name.substring(dot))
              + ". Overlays are written as PNG; convert the file afterwards, or take toRgb().");
    }
    byte[] png = toPng();
    Path temporary =
        file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      Files.write(temporary, png, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      try {
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private byte[] encode(BufferedImage canvas) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // ImageIO's own choice of stream would use a file.
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      IIOMetadata metadata =
          writer.getDefaultImageMetadata(
              ImageTypeSpecifier.createFromRenderedImage(canvas), writer.getDefaultWriteParam());
      describe(metadata);
      writer.setOutput(out);
      writer.write(new IIOImage(canvas, null, metadata));
    } catch (IOException e) {
      throw new UncheckedIOException("A picture in memory could not be encoded", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private void describe(IIOMetadata metadata) throws IIOInvalidTreeException {
    IIOMetadataNode disclaimer = new IIOMetadataNode("tEXtEntry");
    disclaimer.setAttribute("keyword", "Disclaimer");
    disclaimer.setAttribute("value", Prediction.NOTICE);
    IIOMetadataNode plain = new IIOMetadataNode("tEXt");
    plain.appendChild(disclaimer);
    IIOMetadataNode description = new IIOMetadataNode("iTXtEntry");
    description.setAttribute("keyword", "Description");
    description.setAttribute("compressionFlag", "FALSE");
    description.setAttribute("compressionMethod", "0");
    description.setAttribute("languageTag", "");
    description.setAttribute("translatedKeyword", "");
    description.setAttribute("text", String.join("\n", caption));
    IIOMetadataNode international = new IIOMetadataNode("iTXt");
    international.appendChild(description);
    IIOMetadataNode root = new IIOMetadataNode(PNG_METADATA);
    root.appendChild(plain);
    root.appendChild(international);
    metadata.mergeTree(PNG_METADATA, root);
  }
}
