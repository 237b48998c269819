package io.cxr.dicom.deidentify;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import java.nio.ByteBuffer;

/**
 * The bits of native pixel data that are no part of the stored values (PS3.5 8.1.1). Until 2004
 * overlays could be there, with names in them.
 */
final class UnusedBits {
  private UnusedBits() {}

  /**
   * A data set whose pixel data have nothing but stored values: unused bits are 0, or above a value
   * below zero copies of its sign, for readers that look at whole cells.
   *
   * @param source any data set
   * @return the same one where there is nothing to clear
   */
  static DicomDataSet cleared(DicomDataSet source) {
    DicomElement pixels = source.element(DicomTag.PIXEL_DATA).orElse(null);
    long allocated = first(source, DicomTag.BITS_ALLOCATED, 0);
    long stored = first(source, DicomTag.BITS_STORED, allocated);
    long high = first(source, DicomTag.HIGH_BIT, stored - 1);
    boolean hasUnused =
        (allocated == 8 || allocated == 16 || allocated == 32)
            && stored >= 1
            && stored < allocated
            && high >= stored - 1
            && high < allocated;
    if (pixels == null || pixels.isEncapsulated() || !hasUnused) {
      return source;
    }
    boolean signed = first(source, DicomTag.PIXEL_REPRESENTATION, 0) == 1;
    int width = (int) allocated / 8;
    int above = 63 - (int) high;
    int below = (int) (high - stored + 1);
    ByteBuffer bytes = pixels.bytes();
    byte[] cleared = new byte[bytes.remaining()];
    bytes.get(cleared);
    boolean changed = false;
    for (int at = 0; at + width <= cleared.length; at += width) {
      long cell = 0;
      for (int i = 0; i < width; i++) {
        cell |= (cleared[at + i] & 0xffL) << (8 * i);
      }
      long value = (signed ? cell << above >> above : cell << above >>> above) >> below << below;
      for (int i = 0; i < width; i++) {
        byte left = (byte) (value >>> (8 * i));
        changed |= left != cleared[at + i];
        cleared[at + i] = left;
      }
    }
    return changed
        ? source.with(DicomElement.ofBytes(DicomTag.PIXEL_DATA, pixels.vr(), cleared))
        : source;
  }

  private static long first(DicomDataSet source, DicomTag tag, long otherwise) {
    long[] values = source.integers(tag);
    return values.length == 0 ? otherwise : values[0];
  }
}
