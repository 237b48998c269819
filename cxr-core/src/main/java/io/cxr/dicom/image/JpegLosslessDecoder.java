package io.cxr.dicom.image;

import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.ImagePixel;

/**
 * JPEG Lossless, Huffman-coded (process 14; ITU-T T.81, annex H): 2 to 16 bits, predictors 1 to 7,
 * restart intervals, one interleaved scan without subsampling.
 */
final class JpegLosslessDecoder {
  private static final int SOF3 = 0xc3;

  private JpegLosslessDecoder() {}

  static short[] decode(byte[] encoded, ImagePixel image) {
    JpegScan scan = JpegScan.of(encoded, image, SOF3);
    int components = scan.components();
    int predictor = scan.spectralStart();
    int shift = scan.pointTransform();
    if (predictor < 1 || predictor > 7 || scan.precision() < 2 || shift >= scan.precision()) {
      throw DicomRefusal.damaged("a predictor from 1 to 7 and 2 to 16 bits", "others");
    }
    HuffmanTable[] tables = new HuffmanTable[components];
    for (int i = 0; i < components; i++) {
      tables[i] = scan.dc(i);
      if (components > 1 && scan.sampling(i) != scan.sampling(0)) {
        throw DicomRefusal.encoding("JPEG Lossless without subsampling", "a subsampled colour");
      }
    }
    // A code has at least one bit.
    if (image.cells() / 8 > encoded.length) {
      throw DicomRefusal.truncated("a JPEG scan for all pixels", "a shorter one");
    }
    int columns = image.columns();
    int interval = scan.restartInterval();
    if (interval % columns != 0) {
      // T.81 H.1.1: an integer number of rows.
      throw DicomRefusal.damaged("restart intervals of whole rows", "others");
    }
    JpegBits bits = scan.bits();
    short[] cells = new short[image.cells()];
    int initial = 1 << (scan.precision() - shift - 1);
    int restarts = 0;
    int rowCells = columns * components;
    boolean firstRow = true;
    for (int row = 0, at = 0; row < image.rows(); row++) {
      if (interval != 0 && row != 0 && row % (interval / columns) == 0) {
        bits.restart(restarts++);
        firstRow = true;
      }
      for (int column = 0; column < columns; column++) {
        for (int i = 0; i < components; i++, at++) {
          int prediction;
          if (firstRow) {
            prediction = column == 0 ? initial : cells[at - components] & 0xffff;
          } else if (column == 0) {
            prediction = cells[at - rowCells] & 0xffff;
          } else {
            int left = cells[at - components] & 0xffff;
            int above = cells[at - rowCells] & 0xffff;
            int corner = cells[at - rowCells - components] & 0xffff;
            prediction =
                switch (predictor) {
                  case 1 -> left;
                  case 2 -> above;
                  case 3 -> corner;
                  case 4 -> left + above - corner;
                  case 5 -> left + ((above - corner) >> 1);
                  case 6 -> above + ((left - corner) >> 1);
                  default -> (left + above) >> 1;
                };
          }
          int category = tables[i].decode(bits);
          if (category > 16) {
            throw DicomRefusal.damaged("differences of at most 16 bits", "longer ones");
          }
          int difference = category == 16 ? 32768 : bits.extended(category);
          // Modulo 2^16, by H.1.2.1.
          cells[at] = (short) (prediction + difference);
        }
      }
      firstRow = false;
    }
    if (shift > 0) {
      for (int i = 0; i < cells.length; i++) {
        cells[i] = (short) (cells[i] << shift);
      }
    }
    return cells;
  }
}
