package io.cxr.dicom.image;

import io.cxr.dicom.DicomRefusal;
import java.util.Arrays;

/** A Huffman table of JPEG (ITU-T T.81, annex C), looked up by the next 16 bits. */
final class HuffmanTable {
  /** Length in the high byte, value in the low one; zero for no code. */
  private final short[] codes = new short[1 << 16];

  HuffmanTable(byte[] encoded, int counts) {
    int code = 0;
    int value = counts + 16;
    for (int length = 1; length <= 16; length++) {
      int count = encoded[counts + length - 1] & 255;
      for (int i = 0; i < count; i++, code++, value++) {
        if (code >= 1 << length) {
          throw DicomRefusal.damaged("a Huffman table", "more codes than there are");
        }
        int from = code << (16 - length);
        short entry = (short) (length << 8 | (encoded[value] & 255));
        Arrays.fill(codes, from, from + (1 << (16 - length)), entry);
      }
      code <<= 1;
    }
  }

  int decode(JpegBits bits) {
    int entry = codes[bits.peek16()];
    if (entry == 0) {
      // Also past the end, where the zeros may mean nothing.
      throw DicomRefusal.damaged("Huffman codes", "bits that are none");
    }
    bits.skip(entry >>> 8);
    return entry & 255;
  }
}
