package io.cxr.webpage.reading;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.PhotometricInterpretation;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import io.cxr.radiograph.ViewPosition;
import java.nio.ByteBuffer;

/** Reads one file after the other, for scripts: what was found stays until the next. */
final class FileReading {
  /** The file was read: there are pixels. */
  private static final int READ = 0;

  /** The file was refused: the message says why. */
  private static final int REFUSED = 1;

  /** The reader failed, which is our fault. */
  private static final int FAILED = 2;

  private static byte[] pixels = {};
  private static int rows;
  private static int columns;
  private static int bits;
  private static String text = "";

  private FileReading() {}

  /** Reads a file, which nobody changes meanwhile. */
  static int read(byte[] file) {
    pixels = new byte[0];
    try {
      Radiograph radiograph = RadiographReader.standard().read(file);
      rows = radiograph.rows();
      columns = radiograph.columns();
      bits = radiograph.bitsStored();
      pixels = bits == 8 ? radiograph.toGray8() : upright(radiograph);
      text = radiograph.viewPosition().map(ViewPosition::name).orElse("");
      return READ;
    } catch (UnsupportedRadiographException e) {
      text = String.valueOf(e.getMessage());
      return REFUSED;
    } catch (RuntimeException | Error e) {
      text = e.getClass().getSimpleName() + ": " + e.getMessage();
      return FAILED;
    }
  }

  /** The stored pixels of more than 8 bits with black at 0, low byte first. */
  private static byte[] upright(Radiograph radiograph) {
    ByteBuffer stored = radiograph.pixels();
    int size = stored.remaining();
    byte[] samples = new byte[size];
    stored.get(samples, 0, size);
    if (radiograph.photometricInterpretation() == PhotometricInterpretation.MONOCHROME1) {
      int most = (1 << bits) - 1;
      for (int i = 0; i < size; i += 2) {
        int value = most - ((samples[i] & 255) | (samples[i + 1] & 255) << 8);
        samples[i] = (byte) value;
        samples[i + 1] = (byte) (value >>> 8);
      }
    }
    return samples;
  }

  static int rows() {
    return rows;
  }

  static int columns() {
    return columns;
  }

  static int bits() {
    return bits;
  }

  /** One byte a pixel, or two of more than 8 bits, the low one first. */
  static byte[] pixels() {
    return pixels;
  }

  /** Why the file was refused, or the name of its view position. */
  static String text() {
    return text;
  }
}
