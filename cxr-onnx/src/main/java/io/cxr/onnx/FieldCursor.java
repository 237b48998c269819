package io.cxr.onnx;

/**
 * Walks through the fields of one message in the wire format of protocol buffers. Nothing is
 * copied, and the content of a field is skipped in one step however long it is. For one thread.
 *
 * <p>Source: Protocol Buffers documentation, "Encoding".
 */
final class FieldCursor {
  /** A number of variable length. */
  static final int VARINT = 0;

  /** Eight bytes. */
  static final int FIXED64 = 1;

  /** A length and as many bytes: a message, a text, bytes or packed numbers. */
  static final int BYTES = 2;

  /** Four bytes. */
  static final int FIXED32 = 5;

  private final byte[] buffer;
  private final int end;
  private int next;

  /** Where the field begins, once {@link #advance} was true. */
  int start;

  /** The field's number. */
  int number;

  /** Its kind: one of the constants. */
  int kind;

  /** The value of a {@link #VARINT}. */
  long value;

  /** Where the content begins. */
  int from;

  /** Where the content ends, exclusive. */
  int to;

  FieldCursor(byte[] buffer, int start, int end) {
    this.buffer = buffer;
    this.next = start;
    this.end = end;
  }

  /**
   * Moves to the next field.
   *
   * @return false at the end of the message
   * @throws IllegalArgumentException if this is no message
   */
  boolean advance() {
    if (next >= end) {
      return false;
    }
    start = next;
    long tag = varint();
    number = (int) Math.min(tag >>> 3, Integer.MAX_VALUE);
    kind = (int) (tag & 7);
    if (number == 0) {
      throw new IllegalArgumentException("a field without a number at byte " + next);
    }
    from = next;
    switch (kind) {
      case VARINT -> value = varint();
      case FIXED64 -> skip(Long.BYTES);
      case BYTES -> {
        long length = varint();
        from = next;
        skip(length);
      }
      case FIXED32 -> skip(Integer.BYTES);
      default ->
          throw new IllegalArgumentException(
              "a field of the kind " + kind + " at byte " + from + ", which no model has");
    }
    to = next;
    return true;
  }

  /** Whether this is a message, text or bytes of this number. */
  boolean isBytes(int wanted) {
    return number == wanted && kind == BYTES;
  }

  /** A cursor through the content of this field, taken for a message. */
  FieldCursor inside() {
    return new FieldCursor(buffer, from, to);
  }

  /** A cursor that goes on from here on its own. */
  FieldCursor copy() {
    return new FieldCursor(buffer, next, end);
  }

  /** How many bytes the content has. */
  int length() {
    return to - from;
  }

  private void skip(long length) {
    if (length < 0 || length > end - next) {
      throw new IllegalArgumentException(
          "a part of "
              + Long.toUnsignedString(length)
              + " bytes where "
              + (end - next)
              + " are left, at byte "
              + next);
    }
    next += (int) length;
  }

  private long varint() {
    long result = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (next >= end) {
        throw new IllegalArgumentException("an end within a number, at byte " + next);
      }
      byte part = buffer[next++];
      result |= (long) (part & 0x7f) << shift;
      if (part >= 0) {
        return result;
      }
    }
    throw new IllegalArgumentException("a number of more than ten bytes, at byte " + next);
  }
}
