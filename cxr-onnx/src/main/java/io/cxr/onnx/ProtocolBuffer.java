package io.cxr.onnx;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A message in the wire format of protocol buffers, as far as it takes to walk through a model
 * file: fields of a length are found, the others skipped. Nothing is copied on the way. Immutable.
 *
 * <p>Source: Protocol Buffers documentation, "Encoding".
 */
final class ProtocolBuffer {
  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int OF_A_LENGTH = 2;
  private static final int FIXED_32 = 5;

  private final byte[] buffer;
  private final int start;
  private final int end;

  ProtocolBuffer(byte[] message) {
    this(message, 0, message.length);
  }

  private ProtocolBuffer(byte[] buffer, int start, int end) {
    this.buffer = buffer;
    this.start = start;
    this.end = end;
  }

  /** The content: of a field, its bytes. */
  byte[] bytes() {
    return Arrays.copyOfRange(buffer, start, end);
  }

  /**
   * A field of a message.
   *
   * @param number which field it is
   * @param ofALength whether it has a length, and so a content
   * @param whole the field with its number, kind and length
   * @param content a message, a string or bytes; else empty
   */
  record Field(int number, boolean ofALength, ProtocolBuffer whole, ProtocolBuffer content) {

    /** Writes the field as it is. */
    void copy(ByteArrayOutputStream out) {
      out.write(whole.buffer, whole.start, whole.end - whole.start);
    }
  }

  /**
   * Shows all fields, in their order.
   *
   * @throws IllegalArgumentException if this is no message
   */
  void forEach(Consumer<Field> action) {
    int at = start;
    while (at < end) {
      int from = at;
      long tag = number(at);
      at = afterNumber(at);
      int content = at;
      int kind = (int) (tag & 7);
      switch (kind) {
        case VARINT -> {
          at = afterNumber(at);
          content = at;
        }
        case FIXED_64 -> {
          at = advanced(at, Long.BYTES);
          content = at;
        }
        case OF_A_LENGTH -> {
          long length = number(at);
          content = afterNumber(at);
          at = advanced(content, length);
        }
        case FIXED_32 -> {
          at = advanced(at, Integer.BYTES);
          content = at;
        }
        default -> throw new IllegalArgumentException("Expected a field's kind, found " + kind);
      }
      action.accept(
          new Field(
              (int) (tag >>> 3),
              kind == OF_A_LENGTH,
              new ProtocolBuffer(buffer, from, at),
              new ProtocolBuffer(buffer, content, at)));
    }
  }

  /**
   * The fields of one number, in their order: messages, strings or bytes.
   *
   * @throws IllegalArgumentException if this is no message
   */
  List<ProtocolBuffer> messages(int number) {
    List<ProtocolBuffer> found = new ArrayList<>();
    forEach(
        field -> {
          if (field.ofALength() && field.number() == number) {
            found.add(field.content());
          }
        });
    return found;
  }

  /** Writes a field of a length. */
  static void write(ByteArrayOutputStream out, int number, byte[] content) {
    write(out, (long) number << 3 | OF_A_LENGTH);
    write(out, content.length);
    out.writeBytes(content);
  }

  private static void write(ByteArrayOutputStream out, long value) {
    long rest = value;
    while (rest >>> 7 != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private int advanced(int at, long length) {
    if (length < 0 || length > end - at) {
      throw new IllegalArgumentException(
          "Expected at most " + (end - at) + " bytes more, found a length of " + length);
    }
    return (int) (at + length);
  }

  private long number(int at) {
    long value = 0;
    for (int i = at, shift = 0; shift < Long.SIZE; i++, shift += 7) {
      byte part = buffer[advanced(i, 1) - 1];
      value |= (long) (part & 0x7f) << shift;
      if (part >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("Expected a number of at most ten bytes");
  }

  private int afterNumber(int at) {
    int after = advanced(at, 1);
    while (buffer[after - 1] < 0) {
      after = advanced(after, 1);
    }
    return after;
  }
}
