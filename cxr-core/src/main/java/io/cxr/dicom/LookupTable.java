package io.cxr.dicom;

import java.nio.ByteBuffer;

/** A table of the Modality LUT, the VOI LUT or a palette (DICOM PS3.3 C.11.1.1, C.7.6.3.1.5). */
final class LookupTable {
  private final int[] values;
  private final int first;
  private final int bits;

  private LookupTable(int[] values, int first, int bits) {
    this.values = values;
    this.first = first;
    this.bits = bits;
  }

  /**
   * The table of two elements.
   *
   * @param signedInput whether the first value that is mapped may be below zero
   */
  static LookupTable of(
      DicomDataSet dataSet, DicomTag descriptorTag, DicomTag dataTag, boolean signedInput) {
    long[] descriptor = dataSet.integers(descriptorTag);
    DicomElement data = dataSet.element(dataTag).orElse(null);
    if (descriptor.length != 3 || data == null) {
      throw DicomRefusal.damaged("a LUT descriptor of three numbers, and LUT data", "others");
    }
    int entries = (int) descriptor[0] & 0xffff;
    entries = entries == 0 ? 1 << 16 : entries;
    int first = signedInput ? (short) descriptor[1] : (int) descriptor[1];
    int bits = (int) descriptor[2];
    ByteBuffer bytes = data.bytes();
    boolean wide = bytes.remaining() >= 2 * entries;
    if (bits < 1 || bits > 16 || bytes.remaining() < entries) {
      throw DicomRefusal.damaged(
          "LUT data of " + entries + " values with 1 to 16 bits",
          bytes.remaining() + " bytes and " + bits + " bits");
    }
    int[] values = new int[entries];
    for (int i = 0; i < entries; i++) {
      values[i] = wide ? bytes.getChar(2 * i) : bytes.get(i) & 255;
    }
    return new LookupTable(values, first, bits);
  }

  /** The entry of a value; values beyond the ends have that of the end. */
  int apply(int value) {
    return values[Math.max(0, Math.min(values.length - 1, value - first))];
  }

  int bits() {
    return bits;
  }

  /** The largest value that the bits can have. */
  int maximum() {
    return (1 << bits) - 1;
  }
}
