package io.cxr.dicom.image;

import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.ImagePixel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** RLE Lossless (DICOM PS3.5, annex G): byte planes, the high bytes first, each in PackBits. */
final class RleDecoder {
  private static final int HEADER = 64;

  private RleDecoder() {}

  static short[] decode(byte[] encoded, ImagePixel image) {
    if (encoded.length < HEADER) {
      throw DicomRefusal.truncated("an RLE header of 64 bytes", encoded.length + " bytes");
    }
    ByteBuffer header = ByteBuffer.wrap(encoded, 0, HEADER).order(ByteOrder.LITTLE_ENDIAN);
    int bytes = image.bitsAllocated() / 8;
    int expected = bytes * image.samples();
    int segments = header.getInt(0);
    if (segments != expected) {
      throw DicomRefusal.damaged(expected + " RLE segments", String.valueOf(segments));
    }
    short[] cells = new short[image.cells()];
    for (int segment = 0; segment < segments; segment++) {
      long start = Integer.toUnsignedLong(header.getInt(4 + 4 * segment));
      long end =
          segment + 1 < segments
              ? Integer.toUnsignedLong(header.getInt(8 + 4 * segment))
              : encoded.length;
      if (start < HEADER || end < start || end > encoded.length) {
        throw DicomRefusal.damaged("RLE segments one after the other", "other offsets");
      }
      int shift = 8 * (bytes - 1 - segment % bytes);
      unpack(encoded, (int) start, (int) end, cells, segment / bytes, image.samples(), shift);
    }
    return cells;
  }

  private static void unpack(
      byte[] encoded, int start, int end, short[] cells, int first, int step, int shift) {
    int at = start;
    int to = first;
    while (to < cells.length) {
      if (at >= end) {
        throw DicomRefusal.truncated("RLE segments for all pixels", "a shorter one");
      }
      int control = encoded[at++];
      if (control == -128) {
        continue;
      }
      int count = control >= 0 ? control + 1 : 1 - control;
      if (at + (control >= 0 ? count : 1) > end) {
        throw DicomRefusal.truncated("RLE segments for all pixels", "a shorter one");
      }
      for (int i = 0; i < count && to < cells.length; i++, to += step) {
        int value = encoded[control >= 0 ? at + i : at] & 255;
        cells[to] |= (short) (value << shift);
      }
      at += control >= 0 ? count : 1;
    }
  }
}
