package io.cxr.dicom;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Reads data sets (DICOM PS3.5, section 7 and annex A) and files (PS3.10, section 7).
 *
 * <p>What is not as the standard has it is read where its meaning is certain, and noted as a {@link
 * Leniency}; a length that goes on after its container, contradicting values of one tag, or pixel
 * data that may be cut off are refused. Bounded: values are views of the file, so that no length
 * can ask for memory; items nest at most {@link #DEEPEST} deep; there are at most {@link
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

  /** Groups that decide what is shown: of two values none may be taken. */
  private static final Set<Integer> DECIDING_GROUPS = Set.of(0x0028, 0x2050, 0x7fe0);

  /** The same of single attributes: characters, kind, identity, view, body part and spacing. */
  private static final Set<Integer> DECIDING_TAGS =
      Set.of(
          0x00020010,
          0x00080005,
          0x00080016,
          0x00080018,
          0x00080068,
          0x00100010,
          0x00100020,
          0x00100021,
          0x00180015,
          0x00181164,
          0x00185101,
          0x0020000d,
          0x0020000e,
          0x00200060,
          0x00200062,
          0x00540220);

  private final byte[] bytes;
  private final ByteBuffer buffer;
  private final Course course;
  private final boolean bigEndian;

  /** From here to the end there are only zeros, spaces and line ends. */
  private int fillerStart = Integer.MAX_VALUE;

  /** Whether codestreams do not end in a marker that tells a whole one. */
  private boolean runLengths;

  private int at;

  /** What is kept over the whole file. */
  private static final class Course {
    private final Leniencies leniencies = new Leniencies();

    /** Whether a fault ends the parsing without losing what was parsed before. */
    private final boolean salvaging;

    private int elements;
    private DicomDataSet meta = DicomDataSet.of();
    private @Nullable TransferSyntax syntax;
    private DicomInspection.@Nullable Break broken;
    private boolean ended;

    Course(boolean salvaging) {
      this.salvaging = salvaging;
    }

    void next() {
      if (++elements > MOST_ELEMENTS) {
        throw DicomRefusal.tooLarge("at most " + MOST_ELEMENTS + " elements and items", "more");
      }
    }

    void note(Leniency.Kind kind, String message) {
      leniencies.add(kind, message);
    }

    /** A fault after which parsing may go on, to show what there is. */
    void refuse(UnsupportedRadiographException refusal, int offset) {
      if (!salvaging) {
        throw refusal;
      }
      // The innermost one is met first.
      if (broken == null) {
        broken = new DicomInspection.Break(refusal, offset);
      }
    }

    /** A fault that ends the parsing. */
    void breakOff(UnsupportedRadiographException refusal, int offset) {
      refuse(refusal, offset);
      ended = true;
    }

    boolean isBroken() {
      return ended;
    }
  }

  private DicomParser(byte[] bytes, int at, boolean bigEndian, Course course) {
    this.bytes = bytes;
    this.at = at;
    this.bigEndian = bigEndian;
    this.course = course;
    buffer =
        ByteBuffer.wrap(bytes).order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }

  private void findFiller() {
    fillerStart = bytes.length;
    while (fillerStart > at && isFiller(bytes[fillerStart - 1])) {
      fillerStart--;
    }
  }

  private static boolean isFiller(byte value) {
    return value == 0 || value == ' ' || value == '\r' || value == '\n' || value == 0x1a;
  }

  // Files ---------------------------------------------------------------------------------------

  static boolean isDicom(byte[] bytes, int length) {
    return hasPrefix(bytes, length) || bareSyntax(bytes, length, 0).isPresent();
  }

  static boolean hasPrefix(byte[] bytes, int length) {
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
   * The encoding that a data set shows by its first element, where the second one bears it out.
   *
   * @return empty if it shows none, or if the two disagree
   */
  private static Optional<TransferSyntax> shownSyntax(byte[] bytes, int at) {
    Optional<TransferSyntax> shown = bareSyntax(bytes, bytes.length, at);
    if (shown.isEmpty()) {
      return shown;
    }
    boolean explicit = shown.get().isExplicit();
    ByteBuffer buffer =
        ByteBuffer.wrap(bytes)
            .order(shown.get().isBigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    ValueRepresentation vr = explicit ? representation(bytes, at + 4) : null;
    boolean wide = vr != null && vr.hasLongLength();
    long value = at + (wide ? 12L : 8L);
    if (value > bytes.length) {
      return Optional.empty();
    }
    long length =
        wide
            ? buffer.getInt(at + 8)
            : explicit ? buffer.getChar(at + 6) : (long) buffer.getInt(at + 4);
    if (length == UNDEFINED) {
      return shown;
    }
    long next = value + (length & 0xffffffffL);
    if (next + 8 > bytes.length) {
      return next == bytes.length ? shown : Optional.empty();
    }
    int place = (int) next;
    int tag = buffer.getChar(place) << 16 | buffer.getChar(place + 2);
    int first = buffer.getChar(at) << 16 | buffer.getChar(at + 2);
    boolean follows =
        Integer.compareUnsigned(tag, first) > 0
            && (!explicit || representation(bytes, place + 4) != null);
    return follows ? shown : Optional.empty();
  }

  /**
   * Reads a file.
   *
   * @param decodable whether there is a decoder for a transfer syntax that is not in {@link
   *     TransferSyntax}
   */
  static DicomFile parse(byte[] encoded, DecodeLimits limits, Predicate<String> decodable) {
    Course course = new Course(false);
    DicomDataSet dataSet = parse(encoded, limits, decodable, course);
    TransferSyntax syntax = Objects.requireNonNull(course.syntax, "syntax");
    TransferSyntax actual = actualSyntax(syntax, dataSet, course);
    return new DicomFile(course.meta, actual, dataSet, course.leniencies.toList());
  }

  /** Reads as much of a file as can be read. */
  static DicomInspection inspect(byte[] encoded, DecodeLimits limits, Predicate<String> decodable) {
    Course course = new Course(true);
    DicomDataSet dataSet = DicomDataSet.of();
    try {
      dataSet = parse(encoded, limits, decodable, course);
    } catch (UnsupportedRadiographException e) {
      course.breakOff(e, 0);
    }
    return new DicomInspection(
        course.meta,
        Optional.ofNullable(course.syntax),
        dataSet,
        course.leniencies.toList(),
        Optional.ofNullable(course.broken));
  }

  private static DicomDataSet parse(
      byte[] encoded, DecodeLimits limits, Predicate<String> decodable, Course course) {
    if (encoded.length > limits.bytes()) {
      throw DicomRefusal.tooLarge("at most " + limits.bytes() + " bytes", "more");
    }
    if (encoded.length == 0) {
      throw DicomRefusal.refused(
          UnsupportedRadiographException.Reason.EMPTY,
          "expected a file, found no bytes; retrieve the instance again");
    }
    boolean prefixed = hasPrefix(encoded, encoded.length);
    int start = prefixed ? PREAMBLE + 4 : 0;
    if (!prefixed && bareSyntax(encoded, encoded.length, 0).isEmpty()) {
      throw DicomRefusal.refused(
          UnsupportedRadiographException.Reason.NOT_AN_IMAGE,
          "expected the prefix DICM after 128 bytes, or a data set, found neither; pass a DICOM"
              + " file");
    }
    DicomParser metaParser = new DicomParser(encoded, start, false, course);
    if (metaParser.isOfGroup2()) {
      course.meta = metaParser.metaInformation();
      start = metaParser.at;
      if (course.isBroken()) {
        return DicomDataSet.of();
      }
    }
    TransferSyntax stated = statedSyntax(encoded, start, prefixed, decodable, course);
    course.syntax = stated;
    byte[] data = encoded;
    if (stated == TransferSyntax.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN) {
      data = inflate(encoded, start, limits);
      start = 0;
    }
    TransferSyntax encoding = encoding(data, start, stated, course);
    if (!stated.isEncapsulated() && stated != TransferSyntax.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN) {
      course.syntax = encoding;
    }
    DicomParser parser = new DicomParser(data, start, encoding.isBigEndian(), course);
    parser.findFiller();
    parser.runLengths = stated == TransferSyntax.RLE_LOSSLESS;
    if (encoding.isBigEndian()) {
      // Numbers are turned round in copies, and frames decoded from those.
      HeapRoom.check(3L * data.length);
    }
    return parser.dataSet(
        data.length, false, encoding.isExplicit(), SpecificCharacterSet.DEFAULT, 0);
  }

  private static TransferSyntax statedSyntax(
      byte[] encoded, int start, boolean prefixed, Predicate<String> decodable, Course course) {
    Optional<String> uid = course.meta.string(DicomTag.TRANSFER_SYNTAX_UID);
    Optional<TransferSyntax> shown = bareSyntax(encoded, encoded.length, start);
    if (uid.isEmpty()) {
      TransferSyntax bare =
          shown.orElseThrow(
              () ->
                  DicomRefusal.damaged(
                      "a transfer syntax, or a data set that shows it", "neither"));
      if (prefixed) {
        course.note(
            Leniency.Kind.FILE_META_INFORMATION,
            "no Transfer Syntax UID (0002,0010): taken from the data set, " + bare.standardName());
      }
      return bare;
    }
    Optional<TransferSyntax> known = TransferSyntax.ofUid(uid.get());
    if (known.isPresent()) {
      return known.get();
    }
    if (!OtherTransferSyntaxes.isEncapsulated(uid.get()) && !decodable.test(uid.get())) {
      course.refuse(DicomRefusal.syntax(uid.get()), start);
      return shown.orElse(TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    }
    return TransferSyntax.OTHER_ENCAPSULATED;
  }

  /** How the elements are encoded, whatever is stated: one of the three native encodings. */
  private static TransferSyntax encoding(
      byte[] data, int start, TransferSyntax stated, Course course) {
    TransferSyntax expected =
        stated.isEncapsulated() || stated == TransferSyntax.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
            ? TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN
            : stated;
    TransferSyntax shown = shownSyntax(data, start).orElse(expected);
    if (shown == expected) {
      return expected;
    }
    if (shown.isBigEndian()) {
      // Nobody reads these, so nobody can say in which order their pixels are.
      throw DicomRefusal.damaged(
          "a data set in little-endian order, as its transfer syntax says",
          "one in big-endian order");
    }
    course.note(
        Leniency.Kind.TRANSFER_SYNTAX,
        "the transfer syntax says "
            + stated.standardName()
            + ", the data set is in "
            + shown.standardName()
            + ": read as it is");
    return shown;
  }

  /** The transfer syntax of the pixel data, which may be another than the stated one. */
  private static TransferSyntax actualSyntax(
      TransferSyntax stated, DicomDataSet dataSet, Course course) {
    DicomElement pixels = dataSet.element(DicomTag.PIXEL_DATA).orElse(null);
    if (pixels == null || stated == TransferSyntax.OTHER_ENCAPSULATED) {
      return stated;
    }
    TransferSyntax actual = stated;
    if (pixels.isEncapsulated()) {
      List<ByteBuffer> fragments = pixels.fragments();
      actual =
          fragments.size() < 2 ? stated : CodestreamSyntax.of(fragments.get(1).slice(), stated);
    } else if (stated.isEncapsulated() && ImagePixel.fitsNative(dataSet, pixels)) {
      actual = TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN;
    }
    if (actual != stated) {
      course.note(
          Leniency.Kind.TRANSFER_SYNTAX,
          "the transfer syntax says "
              + stated.standardName()
              + ", pixel data are "
              + (actual.isEncapsulated() ? actual.standardName() : "native")
              + ": read as they are");
    }
    return actual;
  }

  private boolean isOfGroup2() {
    return bytes.length - at >= 8 && buffer.getChar(at) == 2;
  }

  /**
   * Group 0002, in explicit VR little endian as it has to be, or in implicit VR, up to the first
   * element of another group.
   */
  private DicomDataSet metaInformation() {
    TreeMap<DicomTag, DicomElement> elements = new TreeMap<>();
    boolean explicit = representation(bytes, at + 4) != null;
    if (!explicit) {
      course.note(
          Leniency.Kind.FILE_META_INFORMATION,
          "file meta information in implicit VR, not in explicit VR: read as it is");
    }
    int stated = statedEndOfMeta(explicit);
    while (isOfGroup2()) {
      int start = at;
      if (start >= stated && elements.containsKey(DicomTag.of(tagAt(start)))) {
        // The data set's own copy, which is left out there.
        break;
      }
      try {
        add(elements, element(bytes.length, explicit, SpecificCharacterSet.DEFAULT, 0));
      } catch (UnsupportedRadiographException e) {
        course.breakOff(e, start);
        break;
      }
    }
    return DicomDataSet.owning(elements, SpecificCharacterSet.DEFAULT);
  }

  /** Where the group length, which may be wrong, says that group 0002 ends. */
  private int statedEndOfMeta(boolean explicit) {
    boolean present = bytes.length - at >= 12 && tagAt(at) == 0x00020000;
    long length = present ? Integer.toUnsignedLong(buffer.getInt(at + 8)) : 0;
    boolean fits =
        length <= bytes.length - at - 12L && buffer.getChar(at + (explicit ? 6 : 4)) == 4;
    return present && fits ? (int) (at + 12 + length) : at;
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
    while (!isAtEnd(elements, end, delimited, depth)) {
      int start = at;
      try {
        if (delimited && end - at >= 8 && tagAt(at) == ITEM_DELIMITATION) {
          at += 8;
          break;
        }
        DicomElement element = element(end, explicit, characterSet, depth);
        if (element.tag().group() == 2) {
          course.note(
              Leniency.Kind.FILE_META_INFORMATION,
              element.tag() + " of the file meta information in the data set: left out");
          continue;
        }
        add(elements, element);
        if (element.tag().equals(DicomTag.SPECIFIC_CHARACTER_SET)) {
          characterSet =
              SpecificCharacterSet.of(
                  element.strings(SpecificCharacterSet.DEFAULT).toArray(new String[0]));
        }
      } catch (UnsupportedRadiographException e) {
        if (isBehindPixelData(elements, depth)
            && e.reason() != UnsupportedRadiographException.Reason.TOO_LARGE) {
          noteTrailing(end - start);
          at = end;
          break;
        }
        course.breakOff(e, start);
      }
      if (course.isBroken()) {
        break;
      }
    }
    return DicomDataSet.owning(elements, inherited);
  }

  private boolean isAtEnd(
      NavigableMap<DicomTag, DicomElement> elements, int end, boolean delimited, int depth) {
    boolean filler = depth == 0 && at >= fillerStart && !elements.isEmpty();
    // Group 0000 is of messages; with implicit VR its elements are what zeros look like.
    boolean zeros = isBehindPixelData(elements, depth) && end - at >= 2 && buffer.getChar(at) == 0;
    if (at < end && (filler || zeros)) {
      noteTrailing(end - at);
      at = end;
    }
    return at == end && !delimited;
  }

  /** What comes behind pixel data changes nothing of them. */
  private static boolean isBehindPixelData(
      NavigableMap<DicomTag, DicomElement> elements, int depth) {
    return depth == 0 && elements.containsKey(DicomTag.PIXEL_DATA);
  }

  private void noteTrailing(int count) {
    course.note(Leniency.Kind.TRAILING_BYTES, count + " bytes after the data set: left out");
  }

  private void add(NavigableMap<DicomTag, DicomElement> elements, DicomElement element) {
    DicomTag tag = element.tag();
    DicomElement first = elements.putIfAbsent(tag, element);
    if (first == null) {
      return;
    }
    boolean same = first.equals(element);
    int number = tag.group() << 16 | tag.element();
    if (!same && (DECIDING_GROUPS.contains(tag.group()) || DECIDING_TAGS.contains(number))) {
      throw DicomRefusal.damaged(
          "each tag once", LenientValues.named(tag) + " twice, with different values");
    }
    course.note(
        Leniency.Kind.REPEATED_ELEMENT,
        LenientValues.named(tag)
            + (same
                ? " comes again with the same value: taken once"
                : " comes again with another value: the first one counts"));
  }

  private int tagAt(int place) {
    return buffer.getChar(place) << 16 | buffer.getChar(place + 2);
  }

  private DicomElement element(
      int end, boolean explicit, SpecificCharacterSet characterSet, int depth) {
    course.next();
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
      boolean wide = stated == null ? isWideUnknown(end, tag) : stated.hasLongLength();
      vr = stated == null ? unknownRepresentation(tag) : stated;
      if (wide) {
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
        DicomParser implicit = new DicomParser(bytes, at, false, course);
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

  /** What an element of no known representation is: by PS3.6 if it is a standard one. */
  private ValueRepresentation unknownRepresentation(DicomTag tag) {
    course.note(
        Leniency.Kind.VALUE_REPRESENTATION,
        "no known value representation at " + tag + ": taken from the data dictionary, else UN");
    ValueRepresentation vr = tag.valueRepresentation();
    return vr == ValueRepresentation.SQ ? ValueRepresentation.UN : vr;
  }

  /**
   * Whether an element of no known representation has a length of 32 bits. Future representations
   * have (PS3.5 6.2), other pairs of bytes were seen with 16; whichever it is, another element or
   * the end has to follow.
   */
  private boolean isWideUnknown(int end, DicomTag tag) {
    boolean letters = isCapital(bytes[at + 4]) && isCapital(bytes[at + 5]);
    boolean canBeWide = end - at >= 12 && buffer.getChar(at + 6) == 0;
    boolean wideFollows =
        canBeWide && isFollowed(at + 12L + Integer.toUnsignedLong(buffer.getInt(at + 8)), end, tag);
    boolean shortFollows = isFollowed(at + 8L + buffer.getChar(at + 6), end, tag);
    if (!wideFollows && !shortFollows) {
      throw DicomRefusal.damaged("a value representation at " + tag, "another pair of bytes");
    }
    return letters ? wideFollows : !shortFollows;
  }

  private static boolean isCapital(byte character) {
    return character >= 'A' && character <= 'Z';
  }

  /** Whether at a place there is the end, or what can come after a tag. */
  private boolean isFollowed(long place, int end, DicomTag tag) {
    if (place == end) {
      return true;
    }
    if (place > end - 8L) {
      return false;
    }
    int next = (int) place;
    DicomTag following = DicomTag.of(tagAt(next));
    boolean alike = bytes[next + 4] == bytes[at + 4] && bytes[next + 5] == bytes[at + 5];
    return following.compareTo(tag) > 0
        && (following.group() == 0xfffe || alike || representation(bytes, next + 4) != null);
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
    DicomParser parser = new DicomParser(value, 0, false, new Course(false));
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
      course.next();
      boolean undefined = length == UNDEFINED;
      int itemEnd = undefined ? end : endOf(length, end, "an item of " + tag);
      items.add(dataSet(itemEnd, undefined, explicit, characterSet, depth + 1));
      if (course.isBroken()) {
        break;
      }
    }
    return DicomElement.ofItems(tag, items);
  }

  private DicomElement fragments(DicomTag tag, int end) {
    List<ByteBuffer> fragments = new ArrayList<>();
    while (true) {
      int marker = end - at < 8 ? 0 : tagAt(at);
      if (marker == SEQUENCE_DELIMITATION) {
        at += 8;
        break;
      }
      if (marker != ITEM) {
        if (!isWhole(fragments)) {
          throw DicomRefusal.truncated(
              "fragments of pixel data up to their delimiter", "no delimiter");
        }
        course.note(
            Leniency.Kind.MISSING_DELIMITER,
            "no delimiter after the last fragment of pixel data, which is whole");
        break;
      }
      int length = buffer.getInt(at + 4);
      at += 8;
      if (length == UNDEFINED) {
        throw DicomRefusal.damaged("fragments of pixel data", "one of no length");
      }
      course.next();
      int fragmentEnd = endOf(length, end, "a fragment");
      fragments.add(ByteBuffer.wrap(bytes, at, length).slice().asReadOnlyBuffer());
      at = fragmentEnd;
    }
    if (fragments.isEmpty()) {
      throw DicomRefusal.damaged("an offset table before the fragments", "none");
    }
    return DicomElement.encapsulated(tag, fragments);
  }

  /**
   * Whether fragments without a delimiter end where a codestream does. JPEG and its kin have a
   * marker there; of run lengths the decoder knows how many there must be.
   */
  private boolean isWhole(List<ByteBuffer> fragments) {
    if (fragments.size() < 2) {
      return false;
    }
    return runLengths || CodestreamSyntax.endsInEndMarker(fragments.get(fragments.size() - 1));
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
