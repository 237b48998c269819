package io.cxr.dicom.image;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.Leniency;
import io.cxr.dicom.LenientValues;
import io.cxr.error.UnsupportedRadiographException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A table of the Modality LUT, the VOI LUT or a palette (DICOM PS3.3 C.11.1.1, C.7.6.3.1.5).
 *
 * <p>Descriptors are often wrong, and data are not: where the two disagree on the number of entries
 * or of bits, the data decide, as in other viewers. The number of entries is that of the data, in
 * words unless there is one byte an entry. The bits are those that the largest entry needs.
 */
final class LookupTable {
  private static final int MOST_ENTRIES = 1 << 16;

  private final int[] values;
  private final int first;
  private final int statedBits;
  private final int bits;

  private LookupTable(int[] values, int first, int statedBits) {
    this.values = values;
    this.first = first;
    this.statedBits = statedBits;
    int largest = Arrays.stream(values).max().orElse(0);
    bits = Math.max(1, 32 - Integer.numberOfLeadingZeros(largest));
  }

  /**
   * The table of two elements.
   *
   * @param signedInput whether the first value that is mapped may be below zero
   * @return empty if there is no whole descriptor, or no data
   */
  static Optional<LookupTable> of(
      LenientValues item, DicomTag descriptorTag, DicomTag dataTag, boolean signedInput) {
    long[] descriptor = item.integers(descriptorTag);
    DicomElement data = item.dataSet().element(dataTag).orElse(null);
    if (descriptor.length != 3 || data == null || !data.bytes().hasRemaining()) {
      return Optional.empty();
    }
    int stated = (int) descriptor[0] & 0xffff;
    stated = stated == 0 ? MOST_ENTRIES : stated;
    int statedBits = (int) descriptor[2];
    int first = signedInput ? (short) descriptor[1] : (int) descriptor[1];
    int[] values = entries(data.bytes(), stated, statedBits);
    if (values.length != stated) {
      item.note(
          Leniency.Kind.LOOKUP_TABLE,
          LenientValues.named(descriptorTag)
              + " says "
              + stated
              + " entries, the data hold "
              + values.length
              + ": these count");
    }
    return Optional.of(new LookupTable(values, first, statedBits));
  }

  /**
   * The table in an item of a sequence.
   *
   * @param number which item, from 0
   * @param signedInput whether the first value that is mapped may be below zero
   * @param name what messages call it
   * @return empty if there is no such item, or none with a descriptor and data
   */
  static Optional<LookupTable> ofItem(
      LenientValues dataSet, DicomTag sequence, int number, boolean signedInput, String name) {
    List<DicomDataSet> items = dataSet.dataSet().items(sequence);
    if (number >= items.size()) {
      return Optional.empty();
    }
    Optional<LookupTable> table =
        of(dataSet.of(items.get(number)), DicomTag.LUT_DESCRIPTOR, DicomTag.LUT_DATA, signedInput);
    if (table.isEmpty()) {
      dataSet.note(
          Leniency.Kind.LOOKUP_TABLE,
          name + " without a descriptor of three numbers or without data: counts as missing");
    } else if (table.get().isConstant()) {
      throw DicomRefusal.damaged("a " + name + " of several values", "one value in all entries");
    }
    return table;
  }

  private static int[] entries(ByteBuffer data, int stated, int statedBits) {
    int length = data.remaining();
    int words = length / 2;
    if (words == stated) {
      return words(data, words);
    }
    boolean few = statedBits >= 1 && statedBits <= 8;
    // Odd numbers of bytes are padded.
    boolean fits = length == stated || length == stated + (stated & 1);
    if (fits) {
      int[] bytes = bytes(data, stated);
      if (few || isMonotonous(bytes)) {
        return bytes;
      }
      throw contradiction(stated, statedBits, length);
    }
    int[] wide = words(data, Math.min(words, MOST_ENTRIES));
    if (!few || Arrays.stream(wide).allMatch(entry -> entry < 256)) {
      if (wide.length == 0) {
        throw contradiction(stated, statedBits, length);
      }
      return wide;
    }
    int[] bytes = bytes(data, Math.min(length, MOST_ENTRIES));
    if (isMonotonous(bytes)) {
      return bytes;
    }
    if (isMonotonous(wide)) {
      return wide;
    }
    throw contradiction(stated, statedBits, length);
  }

  private static UnsupportedRadiographException contradiction(int stated, int bits, int length) {
    return DicomRefusal.refused(
        UnsupportedRadiographException.Reason.DAMAGED,
        String.format(
            Locale.ROOT,
            "expected LUT data of the %d entries with %d bits that their descriptor says, found %d"
                + " bytes that may be either bytes or words; retrieve the instance again, or, if it"
                + " is a VOI LUT, choose a window (VoiTransform.Chosen, classify --window)",
            stated,
            bits,
            length));
  }

  private static int[] words(ByteBuffer data, int count) {
    int[] values = new int[count];
    Arrays.setAll(values, i -> data.getChar(2 * i));
    return values;
  }

  private static int[] bytes(ByteBuffer data, int count) {
    int[] values = new int[count];
    Arrays.setAll(values, i -> data.get(i) & 255);
    return values;
  }

  /** As tables for radiographs are; bytes that are halves of words are not. */
  private static boolean isMonotonous(int[] values) {
    boolean rising = true;
    boolean falling = true;
    for (int i = 1; i < values.length; i++) {
      rising &= values[i] >= values[i - 1];
      falling &= values[i] <= values[i - 1];
    }
    return rising || falling;
  }

  /** The entry of a value; values beyond the ends have that of the end. */
  int apply(int value) {
    return values[Math.max(0, Math.min(values.length - 1, value - first))];
  }

  /** How many bits the descriptor says, whatever the entries need. */
  int statedBits() {
    return statedBits;
  }

  /** How many bits the largest entry needs. */
  int bits() {
    return bits;
  }

  /** The largest value that the bits can have. */
  int maximum() {
    return (1 << bits) - 1;
  }

  /** Whether nothing could be seen through it. */
  boolean isConstant() {
    return Arrays.stream(values).allMatch(entry -> entry == values[0]);
  }
}
