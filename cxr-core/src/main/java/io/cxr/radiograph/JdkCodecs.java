package io.cxr.radiograph;

import io.cxr.codec.GraySamples;
import io.cxr.codec.jpeg.JpegDecoder;
import io.cxr.codec.png.PngDecoder;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * PNG and JPEG files that are too rare or irregular for our decoders, by the JDK's own codecs and
 * without their colour conversion: {@code BufferedImage.getRGB} would shift gray values by a gamma
 * curve. What they throw refuses the file; that there is no codec is a fault of the machine.
 */
final class JdkCodecs {
  private JdkCodecs() {}

  /** The gray of a PNG file as the JDK's codec decodes it. */
  static GraySamples gray(PngDecoder checked) {
    Raster raster = samples(checked.samplesOnly());
    int columns = checked.columns();
    int values = columns * checked.channels();
    short[] deep = new short[checked.depth() == 16 ? values : 0];
    return checked.grayOf(
        (y, samples) -> {
          if (deep.length == 0) {
            raster.getDataElements(0, y, columns, 1, samples);
            return;
          }
          raster.getDataElements(0, y, columns, 1, deep);
          for (int i = 0; i < values; i++) {
            samples[2 * i] = (byte) (deep[i] >> 8);
            samples[2 * i + 1] = (byte) deep[i];
          }
        });
  }

  /** The gray of a JPEG file as the JDK's codec decodes it; its warnings count as damage. */
  static GraySamples gray(JpegDecoder checked) {
    List<String> warnings = new ArrayList<>();
    Raster raster = components(checked.picture(), warnings);
    for (String warning : warnings) {
      checkWarning(warning);
    }
    if (raster.getWidth() != checked.columns()
        || raster.getHeight() != checked.rows()
        || raster.getNumBands() != checked.components()
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)
        || buffer.getSize() != checked.rows() * checked.columns() * checked.components()) {
      throw Refusal.damaged("JPEG", "one frame of the stated size", "another");
    }
    return checked.grayOf(buffer.getData());
  }

  /**
   * Warnings of the JDK's libjpeg; bytes between segments, which it warns of too, were left out.
   */
  private static void checkWarning(String warning) {
    if (warning.startsWith("Premature end")) {
      throw Refusal.truncated("JPEG", "its end marker before the last pixels");
    }
    if (warning.startsWith("Corrupt JPEG data")
        || warning.startsWith("Inconsistent progression")
        || warning.startsWith("Invalid SOS parameters")) {
      if (warning.contains("premature end of data segment")) {
        throw Refusal.truncated("JPEG", "a scan that ends before the last pixels");
      }
      throw Refusal.damaged("JPEG", "scans without errors", "errors in the compressed pixels");
    }
  }

  /** The samples of a PNG file. */
  private static Raster samples(byte[] encoded) {
    ImageReader reader = reader("png");
    try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
      reader.setInput(stream, true, true);
      return reader.read(0).getRaster();
    } catch (IOException | RuntimeException e) {
      // Codecs answer damage with whatever their own arithmetic runs into.
      throw Refusal.damaged("PNG", e);
    } finally {
      reader.dispose();
    }
  }

  /** The components of a JPEG file, upsampled but not converted, and what the decoder warned of. */
  private static Raster components(byte[] encoded, List<String> warnings) {
    ImageReader reader = reader("jpeg");
    try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
      reader.addIIOReadWarningListener(
          new IIOReadWarningListener() {
            @Override
            public void warningOccurred(ImageReader source, String warning) {
              warnings.add(warning);
            }
          });
      reader.setInput(stream, true, true);
      return reader.readRaster(0, null);
    } catch (EOFException e) {
      throw Refusal.truncated("JPEG", "fewer pixels than the header states");
    } catch (IOException | RuntimeException e) {
      throw Refusal.damaged("JPEG", e);
    } finally {
      reader.dispose();
    }
  }

  private static ImageReader reader(String format) {
    // Another codec on the class path could decode to other values.
    List<String> found = new ArrayList<>();
    Iterator<ImageReaderSpi> providers =
        IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, true);
    while (providers.hasNext()) {
      ImageReaderSpi provider = providers.next();
      if (List.of(provider.getFormatNames()).contains(format)) {
        if (provider.getClass().getModule() == ImageReader.class.getModule()) {
          return instance(provider);
        }
        found.add(provider.getClass().getName());
      }
    }
    throw new IllegalStateException(
        "Image codec: expected the JDK's own for "
            + format
            + ", found "
            + found
            + "; run on a JDK with the whole java.desktop module");
  }

  private static ImageReader instance(ImageReaderSpi provider) {
    try {
      return provider.createReaderInstance();
    } catch (IOException e) {
      throw new UncheckedIOException("The JDK's own image codec could not be opened", e);
    }
  }
}
