package io.cxr.dicom;

import io.cxr.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Reads data sets (DICOM PS3.5, section 7 and annex A) and files (PS3.10, section 7).
 *
 * <p>Strict: a length that goes on after its container, a tag that comes twice, an unknown
 * representation or a missing delimiter is refused. Bounded: values are views of the file, so that
 * no length can ask for memory; items nest at most {@link #DEEPEST} deep; there are at most {@link
 * #MOST_ELEMENTS} elements and items; a deflated data set grows at most {@link #MOST_INFLATION}
 * times, or to {@link #SMALL}.
 */
final class DicomParser {
  /** How deep sequences may nest; real objects stay below ten. */
  static final int DEEPEST = 64;

  /** Each costs some hundred bytes of memory for as few as eight in the file. */
  static final int MOST_ELEMENTS = 1 << 18;

  /** Radiographs deflate to about a half; the method can go beyond a thousand. */
  static final int MOST_INFLATION = 100;

  /** A deflated data set may always become as large as this. */
  static final int SMALL = 1 << 24;

  private static final int PREAMBLE = 128;
  private static final int UNDEFINED = -1;
  private static final int ITEM = 0xfffee000;
  private static final int ITEM_DELIMITATION = 0xfffee00d;
  private static final int SEQUENCE_DELIMITATION = 0xfffee0dd;
  private static final int PIXEL_DATA = 0x7fe00010;

  private final byte[] bytes;
  private final ByteBuffer buffer;
  private final Count count;
  private final boolean bigEndian;
  private int at;

  /** Counted over the whole file. */
  private static final class Count {
    private int elements;

    void next() {
      if (++elements > MOST_ELEMENTS) {
        throw DicomRefusal.tooLarge("at most " + MOST_ELEMENTS + " elements and items", "more");
      }
    }
  }

  private DicomParser(byte[] bytes, int at, boolean bigEndian, Count count) {
    this.bytes = bytes;
    this.at = at;
    this.bigEndian = bigEndian;
    this.count = count;
    buffer =
        ByteBuffer.wrap(bytes).order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }

  // Files ---------------------------------------------------------------------------------------

  static boolean isDicom(byte[] bytes, int length) {
    return hasPrefix(bytes, length) || bareSyntax(bytes, length, 0).isPresent();
  }

  private static boolean hasPrefix(byte[] bytes, int length) {
    return length >= PREAMBLE + 4
        && bytes[PREAMBLE] == 'D'
        && bytes[PREAMBLE + 1] == 'I'
        && bytes[PREAMBLE + 2] == 'C'
        && bytes[PREAMBLE + 3] == 'M';
  }

  /**
   * The transfer syntax that the first element of a data set shows: of group 0002 or 0008, with a
   * known representation, or else with a length that the file has. Only its encoding counts.
   */
  private static Optional<TransferSyntax> bareSyntax(byte[] bytes, int length, int at) {
    if (length - at < 8) {
      return Optional.empty();
    }
    int low = bytes[at] & 255;
    int high = bytes[at + 1] & 255;
    boolean little = high == 0 && (low == 2 || low == 8);
    boolean big = low == 0 && (high == 2 || high == 8);
    if (!little && !big) {
      return Optional.empty();
    }
    ByteBuffer buffer =
        ByteBuffer.wrap(bytes).order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    if (buffer.getChar(at + 2) > 0x2000) {
      return Optional.empty();
    }
    if (representation(bytes, at + 4) != null) {
      return Optional.of(
          big ? TransferSyntax.EXPLICIT_VR_BIG_ENDIAN : TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    }
    long value = Integer.toUnsignedLong(buffer.getInt(at + 4));
    boolean sequence = value == 0xffffffffL;
    return little && (value <= length - at - 8L || sequence)
        ? Optional.of(TransferSyntax.IMPLICIT_VR_LITTLE_ENDIAN)
        : Optional.empty();
  }

  /**
   * Reads a file.
   *
   * @param decodable whether there is a decoder for a transfer syntax that is not in {@link
   *     TransferSyntax}
   */
  static DicomFile parse(byte[] encoded, DecodeLimits limits, Predicate<String> decodable) {
    if (encoded.length > limits.bytes()) {
      throw DicomRefusal.tooLarge("at most " + limits.bytes() + " bytes", "more");
    }
    if (encoded.length == 0) {
      throw DicomRefusal.refused(
          UnsupportedRadiographException.Reason.EMPTY,
          "expected a file, found no bytes; retrieve the instance again");
    }
    Count count = new Count();
    int start = hasPrefix(encoded, encoded.length) ? PREAMBLE + 4 : 0;
    if (start == 0 && bareSyntax(encoded, encoded.length, 0).isEmpty()) {
      throw DicomRefusal.refused(
          UnsupportedRadiographException.Reason.NOT_AN_IMAGE,
          "expected the prefix DICM after 128 bytes, or a data set, found neither; pass a DICOM"
              + " file");
    }
    DicomDataSet meta = DicomDataSet.of();
    DicomParser metaParser = new DicomParser(encoded, start, false, count);
    if (metaParser.isOfGroup2()) {
      meta = metaParser.metaInformation();
      start = metaParser.at;
    }
    Optional<String> uid = meta.string(DicomTag.TRANSFER_SYNTAX_UID);
    TransferSyntax syntax =
        uid.isPresent()
            ? syntax(uid.get(), decodable)
            : bareSyntax(encoded, encoded.length, start)
                .orElseThrow(
                    () ->
                        DicomRefusal.damaged(
                            "a transfer syntax, or a data set that shows it", "neither"));
    byte[] data = encoded;
    if (syntax == TransferSyntax.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN) {
      data = inflate(encoded, start, limits);
      start = 0;
    }
    DicomParser parser = new DicomParser(data, start, syntax.isBigEndian(), count);
    if (syntax.isBigEndian()) {
      // Numbers are turned round in copies, and frames decoded from those.
      HeapRoom.check(3L * data.length);
    }
    // Some writers forget that encapsulated pixel data need an explicit VR (PS3.5 A.4).
    boolean explicit =
        syntax.isExplicit()
            && (!syntax.isEncapsulated()
                || bareSyntax(data, data.length, start).orElse(syntax)
                    != TransferSyntax.IMPLICIT_VR_LITTLE_ENDIAN);
    DicomDataSet dataSet =
        parser.dataSet(data.length, false, explicit, SpecificCharacterSet.DEFAULT, 0);
    return new DicomFile(meta, syntax, dataSet);
  }

  private static TransferSyntax syntax(String uid, Predicate<String> decodable) {
    Optional<TransferSyntax> known = TransferSyntax.ofUid(uid);
    if (known.isPresent()) {
      return known.get();
    }
    if (OtherTransferSyntaxes.isEncapsulated(uid) || decodable.test(uid)) {
      return TransferSyntax.OTHER_ENCAPSULATED;
    }
    throw DicomRefusal.syntax(uid);
  }

  private boolean isOfGroup2() {
    return bytes.length - at >= 8 && buffer.getChar(at) == 2;
  }

  /** Group 0002, always in explicit VR little endian, up to the first element of another group. */
  private DicomDataSet metaInformation() {
    TreeMap<DicomTag, DicomElement> elements = new TreeMap<>();
    while (isOfGroup2()) {
      if (representation(bytes, at + 4) == null) {
        throw DicomRefusal.damaged(
            "file meta information in explicit VR little endian", "another encoding");
      }
      add(elements, element(bytes.length, true, SpecificCharacterSet.DEFAULT, 0));
    }
    return DicomDataSet.owning(elements, SpecificCharacterSet.DEFAULT);
  }

  private static byte[] inflate(byte[] encoded, int start, DecodeLimits limits) {
    long most =
        Math.min(limits.bytes(), Math.max(SMALL, (long) MOST_INFLATION * (encoded.length - start)));
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(encoded, start, encoded.length - start);
      List<byte[]> pieces = new ArrayList<>();
      long length = 0;
      while (!inflater.finished()) {
        byte[] piece = new byte[1 << 16];
        int filled = 0;
        while (filled < piece.length && !inflater.finished()) {
          int more = inflater.inflate(piece, filled, piece.length - filled);
          if (more == 0 && !inflater.finished()) {
            throw DicomRefusal.truncated("a whole deflated data set", "its beginning");
          }
          filled += more;
        }
        length += filled;
        if (length > most) {
          throw DicomRefusal.tooLarge("a deflated data set of at most " + most + " bytes", "more");
        }
        pieces.add(piece);
        HeapRoom.check(2 * length);
      }
      byte[] data = new byte[(int) length];
      for (int i = 0; i < pieces.size(); i++) {
        int offset = i << 16;
        System.arraycopy(pieces.get(i), 0, data, offset, Math.min(1 << 16, data.length - offset));
      }
      return data;
    } catch (DataFormatException e) {
      throw DicomRefusal.damaged(e);
    } finally {
      inflater.end();
    }
  }

  // Data sets -----------------------------------------------------------------------------------

  /** A data set up to an end, or up to its delimiter. */
  private DicomDataSet dataSet(
      int end, boolean delimited, boolean explicit, SpecificCharacterSet inherited, int depth) {
    if (depth > DEEPEST) {
      throw DicomRefusal.tooLarge("sequences at most " + DEEPEST + " deep", "deeper ones");
    }
    TreeMap<DicomTag, DicomElement> elements = new TreeMap<>();
    SpecificCharacterSet characterSet = inherited;
    while (true) {
      if (at == end && !delimited) {
        return DicomDataSet.owning(elements, inherited);
      }
      if (end - at < 8) {
        throw DicomRefusal.truncated("whole data elements", "the beginning of one");
      }
      if (delimited && tagAt(at) == ITEM_DELIMITATION) {
        at += 8;
        return DicomDataSet.owning(elements, inherited);
      }
      DicomElement element = element(end, explicit, characterSet, depth);
      add(elements, element);
      if (element.tag().equals(DicomTag.SPECIFIC_CHARACTER_SET)) {
        characterSet =
            SpecificCharacterSet.of(
                element.strings(SpecificCharacterSet.DEFAULT).toArray(new String[0]));
      }
    }
  }

  private static void add(NavigableMap<DicomTag, DicomElement> elements, DicomElement element) {
    if (elements.put(element.tag(), element) != null) {
      throw DicomRefusal.damaged("each tag once", element.tag() + " twice");
    }
  }

  private int tagAt(int place) {
    return buffer.getChar(place) << 16 | buffer.getChar(place + 2);
  }

  private DicomElement element(
      int end, boolean explicit, SpecificCharacterSet characterSet, int depth) {
    count.next();
    if (end - at < 8) {
      throw DicomRefusal.truncated("whole data elements", "the beginning of one");
    }
    int number = tagAt(at);
    DicomTag tag = DicomTag.of(number);
    if (tag.group() == 0xfffe) {
      throw DicomRefusal.damaged("a data element", "an item or delimiter outside a sequence");
    }
    ValueRepresentation vr;
    int length;
    if (explicit) {
      ValueRepresentation stated = representation(bytes, at + 4);
      if (stated == null) {
        throw DicomRefusal.damaged("a value representation at " + tag, "another pair of bytes");
      }
      vr = stated;
      if (vr.hasLongLength()) {
        if (end - at < 12) {
          throw DicomRefusal.truncated("whole data elements", "the beginning of one");
        }
        length = buffer.getInt(at + 8);
        at += 12;
      } else {
        length = buffer.getChar(at + 6);
        at += 8;
      }
    } else {
      vr = tag.valueRepresentation();
      length = buffer.getInt(at + 4);
      at += 8;
    }
    if (length == UNDEFINED) {
      if (number == PIXEL_DATA && vr != ValueRepresentation.SQ) {
        return fragments(tag, end);
      }
      if (vr == ValueRepresentation.SQ) {
        return items(tag, end, true, explicit, characterSet, depth);
      }
      if (vr == ValueRepresentation.UN) {
        // Implicit VR little endian, whatever is around it (PS3.5 6.2.2, note 4).
        DicomParser implicit = new DicomParser(bytes, at, false, count);
        DicomElement element = implicit.items(tag, end, true, false, characterSet, depth);
        at = implicit.at;
        return element;
      }
      throw DicomRefusal.damaged(
          "a defined length at " + tag + " of representation " + vr, "an undefined one");
    }
    int valueEnd = endOf(length, end, tag.toString());
    if (vr == ValueRepresentation.SQ) {
      return items(tag, valueEnd, false, explicit, characterSet, depth);
    }
    int start = at;
    at = valueEnd;
    if (bigEndian && vr.width() > 1) {
      return DicomElement.sharing(tag, vr, swapped(start, length, vr.width(), tag), 0, length);
    }
    return DicomElement.sharing(tag, vr, bytes, start, length);
  }

  private byte[] swapped(int start, int length, int width, DicomTag tag) {
    if (length % width != 0) {
      throw DicomRefusal.damaged(
          "a length at " + tag + " that is a multiple of " + width, "another");
    }
    byte[] swapped = Arrays.copyOfRange(bytes, start, start + length);
    swap(swapped, width);
    return swapped;
  }

  /** Turns the bytes of every number round. */
  static void swap(byte[] numbers, int width) {
    for (int i = 0; i < numbers.length; i += width) {
      for (int low = i, high = i + width - 1; low < high; low++, high--) {
        byte kept = numbers[low];
        numbers[low] = numbers[high];
        numbers[high] = kept;
      }
    }
  }

  private int endOf(int length, int end, String what) {
    long unsigned = Integer.toUnsignedLong(length);
    if (unsigned > end - at) {
      throw DicomRefusal.truncated(
          "a value of " + unsigned + " bytes at " + what, (end - at) + " bytes");
    }
    return at + length;
  }

  /**
   * A sequence whose writer did not know that it was one (PS3.5 6.2.2, note 4).
   *
   * @return empty if the bytes are no items in implicit VR little endian
   */
  static Optional<DicomElement> unknownSequence(
      DicomElement element, SpecificCharacterSet characterSet) {
    byte[] value = new byte[element.bytes().remaining()];
    element.bytes().get(value);
    DicomParser parser = new DicomParser(value, 0, false, new Count());
    try {
      return Optional.of(parser.items(element.tag(), value.length, false, false, characterSet, 0));
    } catch (UnsupportedRadiographException e) {
      return Optional.empty();
    }
  }

  private DicomElement items(
      DicomTag tag,
      int end,
      boolean delimited,
      boolean explicit,
      SpecificCharacterSet characterSet,
      int depth) {
    List<DicomDataSet> items = new ArrayList<>();
    while (true) {
      if (at == end && !delimited) {
        break;
      }
      if (end - at < 8) {
        throw DicomRefusal.truncated("whole items in " + tag, "the beginning of one");
      }
      int marker = tagAt(at);
      int length = buffer.getInt(at + 4);
      at += 8;
      if (marker == SEQUENCE_DELIMITATION && delimited) {
        break;
      }
      if (marker != ITEM) {
        throw DicomRefusal.damaged("an item in " + tag, "another tag");
      }
      count.next();
      boolean undefined = length == UNDEFINED;
      int itemEnd = undefined ? end : endOf(length, end, "an item of " + tag);
      items.add(dataSet(itemEnd, undefined, explicit, characterSet, depth + 1));
    }
    return DicomElement.ofItems(tag, items);
  }

  private DicomElement fragments(DicomTag tag, int end) {
    List<ByteBuffer> fragments = new ArrayList<>();
    while (true) {
      if (end - at < 8) {
        throw DicomRefusal.truncated(
            "fragments of pixel data up to their delimiter", "no delimiter");
      }
      int marker = tagAt(at);
      int length = buffer.getInt(at + 4);
      at += 8;
      if (marker == SEQUENCE_DELIMITATION) {
        break;
      }
      if (marker != ITEM || length == UNDEFINED) {
        throw DicomRefusal.damaged("fragments of pixel data", "another tag or no length");
      }
      count.next();
      int fragmentEnd = endOf(length, end, "a fragment");
      fragments.add(ByteBuffer.wrap(bytes, at, length).slice().asReadOnlyBuffer());
      at = fragmentEnd;
    }
    if (fragments.isEmpty()) {
      throw DicomRefusal.damaged("an offset table before the fragments", "none");
    }
    return DicomElement.encapsulated(tag, fragments);
  }

  private static @Nullable ValueRepresentation representation(byte[] bytes, int place) {
    for (ValueRepresentation vr : REPRESENTATIONS) {
      if (bytes[place] == vr.name().charAt(0) && bytes[place + 1] == vr.name().charAt(1)) {
        return vr;
      }
    }
    return null;
  }

  private static final ValueRepresentation[] REPRESENTATIONS = ValueRepresentation.values();
}
