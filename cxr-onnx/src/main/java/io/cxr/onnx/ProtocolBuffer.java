package io.cxr.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
   * The fields of one number, in their order: messages, strings or bytes.
   *
   * @throws IllegalArgumentException if this is no message
   */
  List<ProtocolBuffer> messages(int number) {
    List<ProtocolBuffer> found = new ArrayList<>();
    int at = start;
    while (at < end) {
      long tag = number(at);
      at = afterNumber(at);
      int kind = (int) (tag & 7);
      switch (kind) {
        case 0 -> at = afterNumber(at);
        case 1 -> at = advanced(at, Long.BYTES);
        case 2 -> {
          long length = number(at);
          at = afterNumber(at);
          int after = advanced(at, length);
          if (tag >>> 3 == number) {
            found.add(new ProtocolBuffer(buffer, at, after));
          }
          at = after;
        }
        case 5 -> at = advanced(at, Integer.BYTES);
        default -> throw new IllegalArgumentException("Expected a field's kind, found " + kind);
      }
    }
    return found;
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
