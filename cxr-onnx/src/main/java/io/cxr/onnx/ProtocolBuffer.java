package io.cxr.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

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
    FieldCursor field = new FieldCursor(buffer, start, end);
    while (field.advance()) {
      action.accept(
          new Field(
              field.number,
              field.kind == FieldCursor.BYTES,
              new ProtocolBuffer(buffer, field.start, field.to),
              new ProtocolBuffer(buffer, field.from, field.to)));
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

  /**
   * The fields of one number that are texts, in their order.
   *
   * @throws IllegalArgumentException if this is no message
   */
  List<String> texts(int number) {
    return messages(number).stream()
        .map(text -> new String(text.buffer, text.start, text.end - text.start, UTF_8))
        .toList();
  }

  /** Writes a field of a length. */
  static void write(ByteArrayOutputStream out, int number, byte[] content) {
    write(out, (long) number << 3 | FieldCursor.BYTES);
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
}
