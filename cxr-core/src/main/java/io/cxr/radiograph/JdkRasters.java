package io.cxr.radiograph;

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
 * The samples of PNG and JPEG files as the JDK's own codecs decode them, without colour conversion:
 * {@code BufferedImage.getRGB} would shift gray values by a gamma curve. What they throw refuses
 * the file; that there is no codec is a fault of the machine.
 */
final class JdkRasters {
  private JdkRasters() {}

  /** The samples of a PNG file. */
  static Raster png(byte[] encoded) {
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
  static Raster jpeg(byte[] encoded, List<String> warnings) {
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
