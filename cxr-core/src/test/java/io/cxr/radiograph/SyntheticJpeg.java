package io.cxr.radiograph;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.w3c.dom.NodeList;

/** Small JPEG files of every kind that the JDK's codec can write. */
final class SyntheticJpeg {
  /** What a picture shows. */
  enum Content {
    GRAY,
    /** Gray that is saved as colour. */
    NEUTRAL,
    /** Neutral but for a spot, as burned-in text is. */
    SPOT,
    COLOUR
  }

  /** Sampling factors of the first component; the others have 1 x 1. */
  enum Sampling {
    FULL(1, 1),
    HALF_ACROSS(2, 1),
    HALF(2, 2),
    HALF_DOWN(1, 2);

    private final int across;
    private final int down;

    Sampling(int across, int down) {
      this.across = across;
      this.down = down;
    }
  }

  /**
   * How a file is made.
   *
   * @param noise from 0 to 255
   * @param quality from 0 to 1
   * @param restartInterval in MCUs; 0 for none
   */
  record Kind(
      Content content,
      Sampling sampling,
      boolean progressive,
      int noise,
      float quality,
      int restartInterval) {}

  private static final String FORMAT = "javax_imageio_jpeg_image_1.0";

  private SyntheticJpeg() {}

  static byte[] of(Kind kind, int rows, int columns, long seed) throws IOException {
    BufferedImage image = image(kind, rows, columns, new Random(seed));
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(kind.quality());
      if (kind.progressive()) {
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      }
      IIOMetadata metadata =
          writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(image), param);
      IIOMetadataNode tree = (IIOMetadataNode) metadata.getAsTree(FORMAT);
      if (kind.content() != Content.GRAY) {
        IIOMetadataNode first =
            (IIOMetadataNode) tree.getElementsByTagName("componentSpec").item(0);
        first.setAttribute("HsamplingFactor", String.valueOf(kind.sampling().across));
        first.setAttribute("VsamplingFactor", String.valueOf(kind.sampling().down));
      }
      if (kind.restartInterval() > 0) {
        IIOMetadataNode restart = new IIOMetadataNode("dri");
        restart.setAttribute("interval", String.valueOf(kind.restartInterval()));
        NodeList sequence = tree.getElementsByTagName("markerSequence");
        sequence.item(0).insertBefore(restart, sequence.item(0).getFirstChild());
      }
      metadata.setFromTree(FORMAT, tree);
      ByteArrayOutputStream encoded = new ByteArrayOutputStream();
      try (var stream = new MemoryCacheImageOutputStream(encoded)) {
        writer.setOutput(stream);
        writer.write(null, new IIOImage(image, null, metadata), param);
      }
      return encoded.toByteArray();
    } finally {
      writer.dispose();
    }
  }

  /** A ramp with a wave over it, and noise. */
  private static BufferedImage image(Kind kind, int rows, int columns, Random random) {
    boolean gray = kind.content() == Content.GRAY;
    BufferedImage image =
        new BufferedImage(
            columns, rows, gray ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    WritableRaster raster = image.getRaster();
    double wave = 1 + 20 * random.nextDouble();
    int spotRow = random.nextInt(rows);
    int spotColumn = random.nextInt(columns);
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        int level = level(128 + 120 * Math.sin((x + 2 * y) / wave), kind, random);
        for (int band = 0; band < (gray ? 1 : 3); band++) {
          boolean spot = Math.abs(y - spotRow) < 3 && Math.abs(x - spotColumn) < 3;
          if (kind.content() == Content.COLOUR || (kind.content() == Content.SPOT && spot)) {
            level = level(128 + 120 * Math.sin((x * (band + 1) - y) / wave), kind, random);
          }
          raster.setSample(x, y, band, level);
        }
      }
    }
    return image;
  }

  private static int level(double smooth, Kind kind, Random random) {
    double noisy = smooth + kind.noise() * (random.nextDouble() - 0.5);
    return (int) Math.max(0, Math.min(255, noisy));
  }
}
