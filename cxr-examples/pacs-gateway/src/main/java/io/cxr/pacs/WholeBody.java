package io.cxr.pacs;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The body of an answer as a whole, in memory that a lease is given for: twice its length, since
 * its part is copied out of it.
 */
final class WholeBody {
  private static final int PIECE = 1 << 20;

  private final String contentType;
  private final byte[] bytes;

  private WholeBody(String contentType, byte[] bytes) {
    this.contentType = contentType;
    this.bytes = bytes;
  }

  /**
   * Reads an answer's body.
   *
   * @throws io.cxr.error.UnsupportedRadiographException if the budget could never hold it
   */
  static WholeBody read(ArchiveConnection.Answer answer, long mostBytes, MemoryBudget.Lease memory)
      throws IOException, InterruptedException {
    InputStream in = answer.body().atMost(mostBytes);
    byte[] bytes;
    if (answer.length().isPresent()) {
      long length = answer.length().getAsLong();
      if (length > mostBytes) {
        throw new ArchiveException(
            ArchiveException.Kind.TOO_LARGE,
            "Answer: expected at most " + mostBytes + " bytes, found " + length);
      }
      memory.resize(2 * length);
      bytes = new byte[(int) length];
      if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
        throw new EOFException("The body ended before its length");
      }
    } else {
      bytes = readAll(in, memory);
    }
    return new WholeBody(answer.contentType(), bytes);
  }

  private static byte[] readAll(InputStream in, MemoryBudget.Lease memory)
      throws IOException, InterruptedException {
    List<byte[]> pieces = new ArrayList<>();
    int length = 0;
    while (true) {
      memory.resize(2L * (length + PIECE));
      byte[] piece = in.readNBytes(PIECE);
      pieces.add(piece);
      length += piece.length;
      if (piece.length < PIECE) {
        break;
      }
    }
    byte[] bytes = new byte[length];
    int at = 0;
    for (byte[] piece : pieces) {
      System.arraycopy(piece, 0, bytes, at, piece.length);
      at += piece.length;
    }
    return bytes;
  }

  String contentType() {
    return contentType;
  }

  /** The bytes themselves, not a copy. */
  byte[] bytes() {
    return bytes;
  }
}
