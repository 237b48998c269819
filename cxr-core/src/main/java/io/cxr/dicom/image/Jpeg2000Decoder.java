package io.cxr.dicom.image;

import io.cxr.codec.SampleLayout;
import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.ImagePixel;
import io.cxr.error.UnsupportedRadiographException;
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
  private static final int COD = 0xff52;
  private static final int COC = 0xff53;
  private static final int PPM = 0xff60;
  private static final int PPT = 0xff61;
  private static final int SOT = 0xff90;
  private static final int SOD = 0xff93;

  /** Precincts, code-blocks and packets that any image may have. */
  private static final int MOST_PARTS = 1 << 12;

  /** How much of the reference grid may be empty, whatever the image's size. */
  private static final int MOST_OFF_GRID = 1 << 22;

  private Jpeg2000Decoder() {}

  static Cells decode(byte[] encoded, ImagePixel image, byte[] into) {
    long tiles = checkSize(encoded, image);
    checkHeaders(encoded, start(encoded), image, tiles);
    ImageReader reader = reader();
    Raster raster;
    try (CodestreamInput stream = new CodestreamInput(encoded)) {
      reader.setInput(stream, true, true);
      raster = reader.readRaster(0, null);
    } catch (OutOfMemoryError e) {
      // What it wanted was the codec's alone, and is free again.
      throw DicomRefusal.tooLarge("a codestream that the codec decodes within the heap", "another");
    } catch (VirtualMachineError | UnsupportedRadiographException e) {
      throw e;
    } catch (LinkageError e) {
      throw DicomRefusal.unloadable("a JPEG 2000 codec", e);
    } catch (IOException | RuntimeException | Error e) {
      // The codec answers damage with whatever its own arithmetic runs into, even with Error and
      // ThreadDeath.
      throw DicomRefusal.damaged(e);
    } finally {
      reader.dispose();
    }
    if (raster.getWidth() != image.columns()
        || raster.getHeight() != image.rows()
        || raster.getNumBands() != image.samples()) {
      throw DicomRefusal.damaged("a codestream of the stated size", "another");
    }
    SampleLayout layout = Cells.layout(image);
    int[] row = new int[image.columns() * image.samples()];
    for (int y = 0; y < image.rows(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, image.columns(), 1, row);
      for (int i = 0; i < row.length; i++) {
        Cells.put(into, layout, y * row.length + i, row[i]);
      }
    }
    ByteBuffer bytes = ByteBuffer.wrap(into);
    return image.samples() == 3 ? Cells.ofRgb(bytes, layout) : Cells.of(bytes, layout);
  }

  /** Compares the sizes; returns the number of tiles. */
  private static long checkSize(byte[] encoded, ImagePixel image) {
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
    boolean covered =
        tilesLeft <= right - columns
            && tilesTop <= bottom - rows
            && tilesLeft + tileColumns > right - columns
            && tilesTop + tileRows > bottom - rows;
    long tiles =
        covered
            ? (right - tilesLeft + tileColumns - 1)
                / tileColumns
                * ((bottom - tilesTop + tileRows - 1) / tileRows)
            : 0;
    if (!covered || tiles > Math.max(1, Math.min(65535, encoded.length / 12))) {
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
    return tiles;
  }

  /**
   * Refuses packed packet headers (T.800 A.7.4, A.7.5), which the codec reads for ever where they
   * end too early, and which radiographs do not have. A tile-part must not end within its header,
   * so that the codec finds the same headers as this.
   */
  private static void checkHeaders(byte[] encoded, int start, ImagePixel image, long tiles) {
    ByteBuffer bytes = ByteBuffer.wrap(encoded);
    int at = start + 2;
    long partEnd = encoded.length;
    while (at + 4 <= encoded.length) {
      int marker = bytes.getChar(at);
      if (marker == PPM || marker == PPT) {
        throw DicomRefusal.encoding(
            "JPEG 2000 with packet headers before their packets", "packed packet headers");
      }
      if (marker == COD && at + 14 <= encoded.length) {
        boolean own = (bytes.get(at + 4) & 1) != 0;
        checkParts(bytes, at + 9, own, bytes.getChar(at + 6), image, tiles);
      } else if (marker == COC && at + 11 <= encoded.length) {
        checkParts(bytes, at + 6, (bytes.get(at + 5) & 1) != 0, 1, image, tiles);
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

  /**
   * Refuses more precincts, code-blocks or packets than radiographs have (T.800 A.6.1, B.6, B.7),
   * for each of which the codec takes memory and time, however little it codes.
   *
   * @param levels where the number of decomposition levels is, before the code-blocks' size
   * @param own whether sizes of precincts follow
   */
  private static void checkParts(
      ByteBuffer bytes, int levels, boolean own, int layers, ImagePixel image, long tiles) {
    int most = bytes.get(levels) & 255;
    int blockBits = (bytes.get(levels + 1) & 15) + (bytes.get(levels + 2) & 15) + 4;
    if (most > 32 || (own && levels + 6 + most > bytes.limit())) {
      throw DicomRefusal.damaged(
          "at most 32 levels of JPEG 2000, each with its precincts", "others");
    }
    long precincts = tiles * (most + 1);
    for (int level = 0; own && level <= most; level++) {
      int size = bytes.get(levels + 5 + level);
      long across = 1L << Math.min(40, most - level + (size & 15));
      long down = 1L << Math.min(40, most - level + (size >> 4 & 15));
      precincts += ((image.columns() + across - 1) / across) * ((image.rows() + down - 1) / down);
    }
    precincts *= image.samples();
    long blocks = ((long) image.cells() >> blockBits) + precincts;
    if (precincts > MOST_PARTS + image.cells() / 256
        || blocks > MOST_PARTS + image.cells() / 64
        || precincts * layers > MOST_PARTS + (long) bytes.limit()) {
      throw DicomRefusal.encoding(
          "a JPEG 2000 codestream with no more precincts, code-blocks and layers than radiographs"
              + " have",
          "one with more");
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
