package io.cxr.dicom;

import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/**
 * JPEG 2000 (ITU-T T.800) by a codec of {@code javax.imageio} on the class path, such as {@code
 * com.github.jai-imageio:jai-imageio-jpeg2000}; without one it is refused. The sizes in the
 * codestream are compared with the data set first. Nothing is written to disk.
 */
final class Jpeg2000Decoder {
  private static final int SIZ = 0xff51;
  private static final int PPM = 0xff60;
  private static final int PPT = 0xff61;
  private static final int SOT = 0xff90;
  private static final int SOD = 0xff93;

  /** How much of the reference grid may be empty, whatever the image's size. */
  private static final int MOST_OFF_GRID = 1 << 22;

  private Jpeg2000Decoder() {}

  static Cells decode(byte[] encoded, ImagePixel image) throws IOException {
    checkSize(encoded, image);
    checkHeaders(encoded, start(encoded));
    ImageReader reader = reader();
    Raster raster;
    try (CodestreamInput stream = new CodestreamInput(encoded)) {
      reader.setInput(stream, true, true);
      raster = reader.readRaster(0, null);
    } catch (OutOfMemoryError e) {
      // What it wanted was the codec's alone, and is free again.
      throw DicomRefusal.tooLarge("a codestream that the codec decodes within the heap", "another");
    } catch (VirtualMachineError e) {
      throw e;
    } catch (Error e) {
      // The codec throws Error and even ThreadDeath where a codestream is damaged.
      throw DicomRefusal.damaged(e);
    } finally {
      reader.dispose();
    }
    if (raster.getWidth() != image.columns()
        || raster.getHeight() != image.rows()
        || raster.getNumBands() != image.samples()) {
      throw DicomRefusal.damaged("a codestream of the stated size", "another");
    }
    short[] cells = new short[image.cells()];
    int[] row = new int[image.columns() * image.samples()];
    for (int y = 0; y < image.rows(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, image.columns(), 1, row);
      for (int i = 0; i < row.length; i++) {
        cells[y * row.length + i] = (short) row[i];
      }
    }
    return image.samples() == 3 ? Cells.ofRgb(cells) : Cells.of(cells, 1);
  }

  private static void checkSize(byte[] encoded, ImagePixel image) {
    ByteBuffer header = ByteBuffer.wrap(encoded);
    int start = start(encoded);
    if (encoded.length < start + 42 + 3 * image.samples()
        || header.getShort(start) != (short) 0xff4f
        || header.getShort(start + 2) != (short) SIZ) {
      throw DicomRefusal.damaged("a JPEG 2000 codestream", "other bytes");
    }
    long right = Integer.toUnsignedLong(header.getInt(start + 8));
    long bottom = Integer.toUnsignedLong(header.getInt(start + 12));
    long columns = right - Integer.toUnsignedLong(header.getInt(start + 16));
    long rows = bottom - Integer.toUnsignedLong(header.getInt(start + 20));
    // The codec takes memory from the origin of the reference grid (T.800 B.2) to the image's end.
    if ((double) right * bottom > 4.0 * image.pixels() + MOST_OFF_GRID) {
      throw DicomRefusal.damaged(
          "a JPEG 2000 image near the origin of its reference grid", "one far from it");
    }
    long tileColumns = Integer.toUnsignedLong(header.getInt(start + 24));
    long tileRows = Integer.toUnsignedLong(header.getInt(start + 28));
    long tilesLeft = Integer.toUnsignedLong(header.getInt(start + 32));
    long tilesTop = Integer.toUnsignedLong(header.getInt(start + 36));
    int components = header.getChar(start + 40);
    if (columns != image.columns() || rows != image.rows() || components != image.samples()) {
      throw DicomRefusal.damaged(
          "a codestream of the data set's rows, columns and samples", "one of other sizes");
    }
    // The image area within the first tiles (T.800 B.3); decoders take memory for every tile, each
    // of which needs a header of 12 bytes.
    if (tilesLeft > right - columns
        || tilesTop > bottom - rows
        || tilesLeft + tileColumns <= right - columns
        || tilesTop + tileRows <= bottom - rows
        || (right - tilesLeft + tileColumns - 1)
                / tileColumns
                * ((bottom - tilesTop + tileRows - 1) / tileRows)
            > Math.max(1, Math.min(65535, encoded.length / 12))) {
      throw DicomRefusal.damaged("JPEG 2000 tiles that have data and cover the image", "others");
    }
    int first = header.get(start + 42);
    for (int i = 0; i < components; i++) {
      int depth = header.get(start + 42 + 3 * i);
      if (depth != first
          || (depth & 127) + 1 > image.bitsAllocated()
          || header.getShort(start + 43 + 3 * i) != 0x0101) {
        throw DicomRefusal.damaged(
            "samples of at most the allocated bits, all of one kind", "others");
      }
    }
  }

  /**
   * Refuses packed packet headers (T.800 A.7.4, A.7.5), which the codec reads for ever where they
   * end too early, and which radiographs do not have. A tile-part must not end within its header,
   * so that the codec finds the same headers as this.
   */
  private static void checkHeaders(byte[] encoded, int start) {
    ByteBuffer bytes = ByteBuffer.wrap(encoded);
    int at = start + 2;
    long partEnd = encoded.length;
    while (at + 4 <= encoded.length) {
      int marker = bytes.getChar(at);
      if (marker == PPM || marker == PPT) {
        throw DicomRefusal.encoding(
            "JPEG 2000 with packet headers before their packets", "packed packet headers");
      }
      if (marker == SOT && at + 10 <= encoded.length) {
        long length = Integer.toUnsignedLong(bytes.getInt(at + 6));
        partEnd = length == 0 ? encoded.length : at + length;
      }
      if (marker != SOD) {
        at += 2 + bytes.getChar(at + 2);
        continue;
      }
      if (partEnd < at + 2) {
        throw DicomRefusal.damaged(
            "JPEG 2000 tile-parts that end behind their headers", "one that ends before");
      }
      at = (int) Math.min(encoded.length, partEnd);
    }
  }

  /** Behind the boxes of a JP2 file, which some writers leave around the codestream. */
  private static int start(byte[] encoded) {
    if (encoded.length < 12 || encoded[0] != 0) {
      return 0;
    }
    for (int at = 0; at + 8 <= encoded.length; ) {
      ByteBuffer box = ByteBuffer.wrap(encoded, at, 8);
      long length = Integer.toUnsignedLong(box.getInt());
      if (box.getInt() == 0x6a703263) {
        return at + 8;
      }
      if (length < 8 || length > encoded.length - at) {
        break;
      }
      at += (int) length;
    }
    return 0;
  }

  private static ImageReader reader() {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg2000");
    if (!readers.hasNext()) {
      readers = ImageIO.getImageReadersByFormatName("jpeg 2000");
    }
    if (!readers.hasNext()) {
      throw DicomRefusal.encoding(
          "a JPEG 2000 codec on the class path (com.github.jai-imageio:jai-imageio-jpeg2000), or"
              + " another transfer syntax",
          "none");
    }
    return readers.next();
  }
}
