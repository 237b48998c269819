package io.cxr.dicom;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One data element (DICOM PS3.5 7.1): its tag, its value representation, and one of three kinds of
 * value: bytes (numbers in little-endian order, whatever the byte order of the file), items of a
 * sequence, or fragments of encapsulated pixel data. Immutable and thread-safe; equal to an element
 * with the same tag, representation and value.
 */
public final class DicomElement {
  /** Of a value that is taken apart; tables of 65,536 entries need an eighth. */
  private static final int MOST_BYTES = 1 << 20;

  private final DicomTag tag;
  private final ValueRepresentation vr;

  /** The bytes of the value, read-only, at position 0; empty for items and fragments. */
  private final ByteBuffer value;

  private final @Nullable List<DicomDataSet> items;
  private final @Nullable List<ByteBuffer> fragments;

  private DicomElement(
      DicomTag tag,
      ValueRepresentation vr,
      ByteBuffer value,
      @Nullable List<DicomDataSet> items,
      @Nullable List<ByteBuffer> fragments) {
    this.tag = Objects.requireNonNull(tag, "tag");
    this.vr = Objects.requireNonNull(vr, "vr");
    this.value = value;
    this.items = items;
    this.fragments = fragments;
  }

  /**
   * An element of bytes.
   *
   * @param tag the tag
   * @param vr the representation, not SQ
   * @param value the value, numbers in little-endian order; copied, and padded where it is odd
   * @return the element
   */
  public static DicomElement ofBytes(DicomTag tag, ValueRepresentation vr, byte[] value) {
    if (vr == ValueRepresentation.SQ) {
      throw new IllegalArgumentException("Bytes of " + tag + ": expected no sequence, found SQ");
    }
    byte[] even = Arrays.copyOf(value, value.length + (value.length & 1));
    if (even.length > value.length && vr.isText() && vr != ValueRepresentation.UI) {
      even[value.length] = ' ';
    }
    if (even.length % vr.width() != 0) {
      throw new IllegalArgumentException(
          "Bytes of "
              + tag
              + ": expected a multiple of "
              + vr.width()
              + " for "
              + vr
              + ", found "
              + value.length);
    }
    if (!vr.hasLongLength() && even.length > 0xffff) {
      throw new IllegalArgumentException(
          "Bytes of " + tag + ": expected at most 65534 for " + vr + ", found " + value.length);
    }
    return sharing(tag, vr, even, 0, even.length);
  }

  /** An element whose bytes lie in an array that nobody changes any more. */
  static DicomElement sharing(
      DicomTag tag, ValueRepresentation vr, byte[] source, int offset, int length) {
    ByteBuffer value = ByteBuffer.wrap(source, offset, length).slice().asReadOnlyBuffer();
    return new DicomElement(tag, vr, value, null, null);
  }

  /**
   * An element of text in ASCII.
   *
   * @param tag the tag
   * @param vr a representation of characters
   * @param values the values, written with backslashes between them
   * @return the element
   */
  public static DicomElement ofText(DicomTag tag, ValueRepresentation vr, String... values) {
    return ofText(tag, vr, SpecificCharacterSet.DEFAULT, values);
  }

  /**
   * An element of text.
   *
   * @param tag the tag
   * @param vr a representation of characters
   * @param characterSet the set of the data set that the element goes into
   * @param values the values, written with backslashes between them
   * @return the element
   */
  public static DicomElement ofText(
      DicomTag tag, ValueRepresentation vr, SpecificCharacterSet characterSet, String... values) {
    if (!vr.isText()) {
      throw new IllegalArgumentException(
          "Text of " + tag + ": expected a representation of characters, found " + vr);
    }
    for (String value : values) {
      if (value.contains("\\") && vr.isMultiValued()) {
        throw new IllegalArgumentException(
            "Text of " + tag + ": expected values without a backslash, found one");
      }
    }
    if (values.length > 1 && !vr.isMultiValued()) {
      throw new IllegalArgumentException(
          "Text of " + tag + ": expected one value for " + vr + ", found " + values.length);
    }
    SpecificCharacterSet used = vr.isOfCharacterSet() ? characterSet : SpecificCharacterSet.DEFAULT;
    byte[] bytes =
        used.encode(String.join("\\", values))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "Text of "
                            + tag
                            + ": expected characters of the character set '"
                            + used
                            + "', found others; use ISO_IR 192"));
    return ofBytes(tag, vr, bytes);
  }

  /**
   * An element of integers.
   *
   * @param tag the tag
   * @param vr AT, OB, OW, OL, SL, SS, UL or US
   * @param values the values, of which the low bytes are written
   * @return the element
   */
  public static DicomElement ofIntegers(DicomTag tag, ValueRepresentation vr, int... values) {
    int width = vr == ValueRepresentation.AT ? 4 : vr.width();
    boolean fits =
        switch (vr) {
          case AT, OB, OL, OW, SL, SS, UL, US -> true;
          default -> false;
        };
    if (!fits) {
      throw new IllegalArgumentException(
          "Integers of " + tag + ": expected AT, OB, OL, OW, SL, SS, UL or US, found " + vr);
    }
    ByteBuffer bytes = ByteBuffer.allocate(values.length * width).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      if (vr == ValueRepresentation.AT) {
        bytes.putShort((short) (value >>> 16)).putShort((short) value);
      } else if (width == 1) {
        bytes.put((byte) value);
      } else if (width == 2) {
        bytes.putShort((short) value);
      } else {
        bytes.putInt(value);
      }
    }
    return ofBytes(tag, vr, bytes.array());
  }

  /**
   * A sequence.
   *
   * @param tag the tag
   * @param items its items
   * @return the element
   */
  public static DicomElement ofItems(DicomTag tag, List<DicomDataSet> items) {
    return new DicomElement(
        tag, ValueRepresentation.SQ, ByteBuffer.allocate(0), List.copyOf(items), null);
  }

  /**
   * Encapsulated pixel data (PS3.5 A.4).
   *
   * @param tag the tag
   * @param fragments the offset table, which may be empty, then the fragments; of even lengths;
   *     shared, not copied
   * @return the element, of representation OB
   */
  public static DicomElement ofFragments(DicomTag tag, List<ByteBuffer> fragments) {
    if (fragments.isEmpty()) {
      throw new IllegalArgumentException(
          "Fragments of " + tag + ": expected an offset table, which may be empty, found nothing");
    }
    List<ByteBuffer> shared = new ArrayList<>(fragments.size());
    for (ByteBuffer fragment : fragments) {
      if ((fragment.remaining() & 1) != 0) {
        throw new IllegalArgumentException(
            "Fragments of " + tag + ": expected even lengths, found " + fragment.remaining());
      }
      shared.add(fragment.slice().asReadOnlyBuffer());
    }
    return encapsulated(tag, shared);
  }

  static DicomElement encapsulated(DicomTag tag, List<ByteBuffer> fragments) {
    return new DicomElement(
        tag, ValueRepresentation.OB, ByteBuffer.allocate(0), null, List.copyOf(fragments));
  }

  /**
   * The tag.
   *
   * @return the tag
   */
  public DicomTag tag() {
    return tag;
  }

  /**
   * The value representation, stated by the file or taken from the dictionary.
   *
   * @return the representation
   */
  public ValueRepresentation vr() {
    return vr;
  }

  /**
   * The bytes of the value.
   *
   * @return a read-only view in little-endian order, at position 0; empty for sequences and
   *     encapsulated pixel data
   */
  public ByteBuffer bytes() {
    return value.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Whether there is no value.
   *
   * @return true for no bytes, items or fragments
   */
  public boolean isEmpty() {
    return !value.hasRemaining()
        && (items == null || items.isEmpty())
        && (fragments == null || fragments.isEmpty());
  }

  /**
   * The items of a sequence.
   *
   * @return none if it is no sequence
   */
  public List<DicomDataSet> items() {
    return items == null ? List.of() : items;
  }

  /**
   * The offset table and the fragments of encapsulated pixel data.
   *
   * @return read-only views; none if it is not encapsulated
   */
  public List<ByteBuffer> fragments() {
    if (fragments == null) {
      return List.of();
    }
    return fragments.stream().map(ByteBuffer::duplicate).toList();
  }

  /**
   * Whether the value is fragments.
   *
   * @return true for encapsulated pixel data
   */
  public boolean isEncapsulated() {
    return fragments != null;
  }

  /**
   * The values of a text, without padding.
   *
   * @param characterSet the set of the data set
   * @return none for other representations, and for no value
   * @throws io.cxr.error.UnsupportedRadiographException if several values are possible and they
   *     take more than 1 MiB
   */
  public List<String> strings(SpecificCharacterSet characterSet) {
    if (!vr.isText() || !value.hasRemaining()) {
      return List.of();
    }
    byte[] copy = new byte[value.remaining()];
    value.duplicate().get(copy);
    String text =
        vr.isOfCharacterSet()
            ? characterSet.decode(copy, vr == ValueRepresentation.PN)
            : new String(copy, StandardCharsets.ISO_8859_1);
    if (!vr.isMultiValued()) {
      return List.of(trimmed(text, false));
    }
    checkLength();
    List<String> values = new ArrayList<>();
    int start = 0;
    for (int end = text.indexOf('\\'); end >= 0; end = text.indexOf('\\', start)) {
      values.add(trimmed(text.substring(start, end), true));
      start = end + 1;
    }
    values.add(trimmed(text.substring(start), true));
    return values;
  }

  private static String trimmed(String text, boolean leading) {
    int start = 0;
    int end = text.length();
    while (end > start && (text.charAt(end - 1) == ' ' || text.charAt(end - 1) == 0)) {
      end--;
    }
    while (leading && start < end && text.charAt(start) == ' ') {
      start++;
    }
    return text.substring(start, end);
  }

  /**
   * The values of integers, binary or as an integer string.
   *
   * @return none for other representations; of integer strings those before the first one that is
   *     no integer
   * @throws io.cxr.error.UnsupportedRadiographException if the value is longer than 1 MiB; {@link
   *     #bytes()} has no such bound
   */
  public long[] integers() {
    checkLength();
    ByteBuffer bytes = bytes();
    int width = vr.width();
    switch (vr) {
      case IS -> {
        return numberTexts()
            .map(DicomElement::integer)
            .takeWhile(Optional::isPresent)
            .mapToLong(Optional::get)
            .toArray();
      }
      case AT -> {
        long[] values = new long[bytes.remaining() / 4];
        for (int i = 0; i < values.length; i++) {
          values[i] = (long) bytes.getChar(4 * i) << 16 | bytes.getChar(4 * i + 2);
        }
        return values;
      }
      case OB, OW, OL, SL, SS, SV, UL, US, UV -> {
        long[] values = new long[bytes.remaining() / width];
        boolean signed =
            vr == ValueRepresentation.SS
                || vr == ValueRepresentation.SL
                || vr == ValueRepresentation.SV;
        for (int i = 0; i < values.length; i++) {
          values[i] =
              switch (width) {
                case 1 -> bytes.get(i) & 255;
                case 2 -> signed ? bytes.getShort(2 * i) : bytes.getChar(2 * i);
                case 4 ->
                    signed ? bytes.getInt(4 * i) : Integer.toUnsignedLong(bytes.getInt(4 * i));
                default -> bytes.getLong(8 * i);
              };
        }
        return values;
      }
      default -> {
        return new long[0];
      }
    }
  }

  /**
   * The values of numbers, binary or as decimal strings.
   *
   * @return none for other representations; of decimal strings those before the first one that is
   *     no finite number in the notation of PS3.5 6.2
   * @throws io.cxr.error.UnsupportedRadiographException if the value is longer than 1 MiB; {@link
   *     #bytes()} has no such bound
   */
  public double[] decimals() {
    checkLength();
    ByteBuffer bytes = bytes();
    switch (vr) {
      case DS -> {
        return numberTexts()
            .map(DicomElement::decimal)
            .takeWhile(Optional::isPresent)
            .mapToDouble(Optional::get)
            .toArray();
      }
      case FL, OF -> {
        double[] values = new double[bytes.remaining() / 4];
        Arrays.setAll(values, i -> bytes.getFloat(4 * i));
        return values;
      }
      case FD, OD -> {
        double[] values = new double[bytes.remaining() / 8];
        Arrays.setAll(values, i -> bytes.getDouble(8 * i));
        return values;
      }
      default -> {
        return Arrays.stream(integers()).asDoubleStream().toArray();
      }
    }
  }

  /** A value becomes up to eighty times larger as a list, so a forged one could fill the heap. */
  private void checkLength() {
    if (value.remaining() > MOST_BYTES) {
      throw DicomRefusal.damaged(
          "at most " + MOST_BYTES + " bytes in the values of " + tag, value.remaining() + " bytes");
    }
  }

  /** Whether a text that should be numbers holds one that is none. */
  boolean hasUnreadableNumber() {
    return switch (vr) {
      case IS -> numberTexts().map(DicomElement::integer).anyMatch(Optional::isEmpty);
      case DS -> numberTexts().map(DicomElement::decimal).anyMatch(Optional::isEmpty);
      default -> false;
    };
  }

  private Stream<String> numberTexts() {
    return strings(SpecificCharacterSet.DEFAULT).stream().filter(text -> !text.isEmpty());
  }

  private static Optional<Long> integer(String text) {
    try {
      return Optional.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<Double> decimal(String text) {
    // Double.parseDouble also takes NaN, hexadecimal digits and type suffixes.
    for (int i = 0; i < text.length(); i++) {
      if ("+-.eE0123456789".indexOf(text.charAt(i)) < 0) {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(Double.parseDouble(text)).filter(Double::isFinite);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DicomElement that
        && tag.equals(that.tag)
        && vr == that.vr
        && value.equals(that.value)
        && Objects.equals(items, that.items)
        && Objects.equals(fragments, that.fragments);
  }

  @Override
  public int hashCode() {
    return Objects.hash(tag, vr, value, items, fragments);
  }

  /** Its tag and size; not its value, which may name a patient. */
  @Override
  public String toString() {
    String size =
        items != null
            ? items.size() + " items"
            : fragments != null ? fragments.size() + " fragments" : value.remaining() + " bytes";
    return tag + " " + vr + " " + size;
  }
}
