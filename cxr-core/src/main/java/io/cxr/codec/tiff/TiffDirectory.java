package io.cxr.codec.tiff;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecNotes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The first image directory of a TIFF file (TIFF 6.0, section 2) or of a BigTIFF file, whose
 * offsets and counts have 8 bytes. Those that come after it are never looked at.
 */
final class TiffDirectory {
  /** More than any writer makes; each is looked at for every field that is asked for. */
  private static final int MOST_ENTRIES = 0xffff;

  private static final int BIG = 43;

  private final byte[] encoded;
  private final CodecNotes notes;
  private final ByteBuffer buffer;

  /** How many bytes an offset has. */
  private final int wide;

  private final int start;
  private final int entries;
  private boolean signedTold;

  TiffDirectory(byte[] encoded, CodecNotes notes) {
    this.encoded = encoded;
    this.notes = notes;
    buffer =
        ByteBuffer.wrap(encoded)
            .order(encoded[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    boolean big = encoded.length >= 4 && buffer.getChar(2) == BIG;
    wide = big ? 8 : 4;
    if (encoded.length < (big ? 16 : 8)) {
      throw CodecException.truncated("no image directory");
    }
    if (big && (buffer.getChar(4) != 8 || buffer.getChar(6) != 0)) {
      throw CodecException.encoding("BigTIFF with offsets of 8 bytes", "others");
    }
    long at = offset(big ? 8 : 4);
    int countBytes = big ? 8 : 2;
    if (at < 0 || at > encoded.length - countBytes) {
      throw CodecException.truncated("no image directory");
    }
    long count = big ? buffer.getLong((int) at) : buffer.getChar((int) at);
    start = (int) at + countBytes;
    if (count < 0 || count > (encoded.length - start) / entryBytes()) {
      throw CodecException.truncated("an image directory that goes on after the end");
    }
    if (count > MOST_ENTRIES) {
      throw CodecException.damaged("at most " + MOST_ENTRIES + " fields", String.valueOf(count));
    }
    entries = (int) count;
  }

  ByteOrder order() {
    return buffer.order();
  }

  private int entryBytes() {
    return 4 + 2 * wide;
  }

  private long offset(int at) {
    return wide == 8 ? buffer.getLong(at) : Integer.toUnsignedLong(buffer.getInt(at));
  }

  /** Where the field's entry begins, or -1. */
  private int entry(int tag) {
    for (int i = 0; i < entries; i++) {
      int at = start + entryBytes() * i;
      if (buffer.getChar(at) == tag) {
        return at;
      }
    }
    return -1;
  }

  boolean has(int tag) {
    return entry(tag) >= 0;
  }

  /** The first value of a field of whole numbers. */
  long number(int tag, long otherwise) {
    long[] values = numbers(tag, 1);
    return values.length == 0 ? otherwise : values[0];
  }

  /** How many values a field has; 0 if there is no such field. */
  long count(int tag) {
    int at = entry(tag);
    return at < 0 ? 0 : offset(at + 4);
  }

  /** The first values of a field of whole numbers; none if there is no such field. */
  long[] numbers(int tag, int most) {
    int at = entry(tag);
    if (at < 0) {
      return new long[0];
    }
    int type = buffer.getChar(at + 2);
    int size =
        switch (type) {
          case 1, 6 -> 1;
          case 3, 8 -> 2;
          case 4, 9, 13 -> 4;
          case 16, 17, 18 -> 8;
          default -> throw CodecException.damaged("a whole number in field " + tag, "type " + type);
        };
    boolean signed = type == 6 || type == 8 || type == 9 || type == 17;
    int from = place(at, size, tag);
    long[] values = new long[(int) Math.min(most, offset(at + 4))];
    for (int k = 0; k < values.length; k++) {
      int place = from + k * size;
      long value =
          switch (size) {
            case 1 -> signed ? buffer.get(place) : buffer.get(place) & 255;
            case 2 -> signed ? buffer.getShort(place) : buffer.getChar(place);
            case 4 -> signed ? buffer.getInt(place) : Integer.toUnsignedLong(buffer.getInt(place));
            default -> buffer.getLong(place);
          };
      if (value < 0) {
        throw CodecException.damaged("a number from 0 in field " + tag, "another");
      }
      values[k] = value;
    }
    if (signed && values.length > 0 && !signedTold) {
      signedTold = true;
      notes.tell("an unsigned type in field " + tag, "a signed one", "its value counts");
    }
    return values;
  }

  /** The bytes of a field; none if there is no such field. */
  byte[] bytes(int tag) {
    int at = entry(tag);
    if (at < 0) {
      return new byte[0];
    }
    int from = place(at, 1, tag);
    return Arrays.copyOfRange(encoded, from, from + (int) offset(at + 4));
  }

  /** Where the values of an entry begin: they are all within the file. */
  private int place(int at, int size, int tag) {
    long count = offset(at + 4);
    if (count < 0 || count > encoded.length / size) {
      throw CodecException.truncated("field " + tag + " after the end");
    }
    long from = count * size <= wide ? at + 4L + wide : offset(at + 4 + wide);
    if (from < 0 || from > encoded.length - count * size) {
      throw CodecException.truncated("field " + tag + " after the end");
    }
    return (int) from;
  }
}
