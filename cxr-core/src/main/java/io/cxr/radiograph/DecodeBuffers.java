package io.cxr.radiograph;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Memory for decoding that is used again from file to file, so that a long run of PNG or JPEG files
 * leaves almost no garbage: the encoded bytes, the decompressor, rows and pixels. Each grows to the
 * most that one file needed and stays so until {@link #close()}.
 *
 * <p>A {@link Radiograph} that was read with buffers shares their memory: it is valid only until
 * they read again or are closed; afterwards its pixels are those of another radiograph. Whoever
 * wants to keep one reads it without buffers.
 *
 * <p>Not thread-safe, nor are the radiographs read with them: one instance a thread. Whoever opens
 * it closes it; closing is idempotent.
 */
public final class DecodeBuffers implements AutoCloseable {
  /** The channel copies through memory outside the heap, of this size at most. */
  private static final int PIECE = 1 << 17;

  private static final byte[] NONE = {};

  private final CRC32 crc = new CRC32();
  private byte[] file = NONE;
  private byte[] filtered = NONE;
  private byte[] row = NONE;
  private byte[] priorRow = NONE;
  private byte[] samples = NONE;
  private byte[] pixels = NONE;
  private byte[] scan = NONE;
  private byte[] secondPlane = NONE;
  private byte[] thirdPlane = NONE;
  private short[] coefficients = {};
  private long[] present = {};
  private @Nullable Inflater inflater;
  private @Nullable TurboJpeg turboJpeg;
  private boolean closed;

  /** Buffers that hold nothing yet. */
  public DecodeBuffers() {}

  /** Frees the memory, also that outside the heap. */
  @Override
  public void close() {
    closed = true;
    if (inflater != null) {
      inflater.end();
      inflater = null;
    }
    if (turboJpeg != null) {
      turboJpeg.close();
      turboJpeg = null;
    }
    file = NONE;
    filtered = NONE;
    row = NONE;
    priorRow = NONE;
    samples = NONE;
    pixels = NONE;
    scan = NONE;
    secondPlane = NONE;
    thirdPlane = NONE;
    coefficients = new short[0];
    present = new long[0];
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException(
          "Decode buffers: expected open ones, found them closed; open new ones");
    }
  }

  /**
   * Reads to the end, or until there is more than a limit.
   *
   * @return how many bytes {@link #file()} holds now
   */
  int readFile(ReadableByteChannel channel, long expected, long most) throws IOException {
    file = atLeast(file, (int) Math.min(expected, most));
    int length = 0;
    while (length <= most) {
      if (length == file.length) {
        // A byte apart, so that an array of the file's own size is enough for most files.
        ByteBuffer next = ByteBuffer.allocate(1);
        if (channel.read(next) < 0) {
          break;
        }
        long size = Math.min(Math.max(2L * length, 1 << 13), most + 1);
        file = Arrays.copyOf(file, (int) size);
        file[length] = next.get(0);
        length += next.position();
        continue;
      }
      int read = channel.read(ByteBuffer.wrap(file, length, Math.min(PIECE, file.length - length)));
      if (read < 0) {
        break;
      }
      length += read;
    }
    return length;
  }

  byte[] file() {
    return file;
  }

  CRC32 crc() {
    crc.reset();
    return crc;
  }

  /** A decompressor at the beginning of a stream. */
  Inflater inflater() {
    if (inflater == null) {
      inflater = new Inflater();
    } else {
      inflater.reset();
    }
    return inflater;
  }

  /** A decompressor of libjpeg-turbo. */
  TurboJpeg turboJpeg() {
    if (turboJpeg == null) {
      turboJpeg = TurboJpeg.open();
    }
    return turboJpeg;
  }

  /** Decompressed rows, still filtered; at least this long, with any content. */
  byte[] filtered(int length) {
    filtered = atLeast(filtered, length);
    return filtered;
  }

  /** One row; at least this long, with any content. */
  byte[] row(int length) {
    row = atLeast(row, length);
    return row;
  }

  /** Another row; at least this long, with any content. */
  byte[] priorRow(int length) {
    priorRow = atLeast(priorRow, length);
    return priorRow;
  }

  /** One row of unpacked samples; at least this long, with any content. */
  byte[] samples(int length) {
    samples = atLeast(samples, length);
    return samples;
  }

  /** Pixels for the radiograph; at least this long, with any content. */
  byte[] pixels(int length) {
    pixels = atLeast(pixels, length);
    return pixels;
  }

  /** The compressed data of a scan; at least this long, with any content. */
  byte[] scan(int length) {
    scan = atLeast(scan, length);
    return scan;
  }

  /** Samples of a second component; at least this long, with any content. */
  byte[] secondPlane(int length) {
    secondPlane = atLeast(secondPlane, length);
    return secondPlane;
  }

  /** Samples of a third component; at least this long, with any content. */
  byte[] thirdPlane(int length) {
    thirdPlane = atLeast(thirdPlane, length);
    return thirdPlane;
  }

  /** Coefficients of a progressive file; at least this long, with any content. */
  short[] coefficients(int length) {
    if (coefficients.length < length) {
      coefficients = new short[length];
    }
    return coefficients;
  }

  /** Which of these are not 0; at least this long, with any content. */
  long[] present(int length) {
    if (present.length < length) {
      present = new long[length];
    }
    return present;
  }

  private static byte[] atLeast(byte[] array, int length) {
    return array.length >= length ? array : new byte[length];
  }
}
