package io.cxr.radiograph;

import io.cxr.codec.CodecMemory;
import io.cxr.codec.GraySamples;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Memory for decoding that is reused from file to file: the encoded bytes, the decompressor, rows
 * and samples. Each buffer grows to the largest size that a file needed and keeps it until {@link
 * #close()}.
 *
 * <p>A {@link Radiograph} that was read with buffers has its own pixels, which later reads do not
 * change. When it is no longer needed, {@link #giveBack} makes its memory available to the next
 * read, so that a long run leaves almost no garbage.
 *
 * <p>Not thread-safe: use one instance per thread. The code that opens it must close it; closing is
 * idempotent.
 */
public final class DecodeBuffers implements AutoCloseable {
  /** The channel copies through memory outside the heap, of this size at most. */
  private static final int PIECE = 1 << 17;

  static {
    CodecMemory.heldBy(buffers -> ((DecodeBuffers) buffers).memory);
  }

  private final CodecMemory memory = new CodecMemory();
  private byte[] file = {};
  private @Nullable TurboJpeg turboJpeg;
  private boolean closed;

  /** Creates empty buffers. */
  public DecodeBuffers() {}

  /** Frees the memory, on and off the heap. */
  @Override
  public void close() {
    closed = true;
    memory.close();
    if (turboJpeg != null) {
      turboJpeg.close();
      turboJpeg = null;
    }
    file = new byte[0];
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException(
          "Decode buffers: expected open ones, found them closed; open new ones");
    }
  }

  /**
   * Creates a radiograph in memory that was given back, or in new memory, for decoders of other
   * formats.
   *
   * @param rows rows, at least 1
   * @param columns columns, at least 1
   * @param bitsStored 8 to 16
   * @param fill writes the pixels into an array that is long enough and has arbitrary content, in
   *     the form of {@link Radiograph#pixels()}: row by row, one byte each, or two with the low
   *     byte first. It must not keep the array
   * @return the radiograph, {@link PhotometricInterpretation#MONOCHROME2}
   * @throws IllegalArgumentException if rows, columns or bits are out of range
   * @throws IllegalStateException if the buffers are closed
   */
  public Radiograph radiograph(int rows, int columns, int bitsStored, Consumer<byte[]> fill) {
    checkOpen();
    if (rows < 1 || columns < 1 || bitsStored < 8 || bitsStored > 16) {
      throw new IllegalArgumentException(
          "Radiograph: expected rows, columns and 8 to 16 bits, found "
              + rows
              + ", "
              + columns
              + " and "
              + bitsStored);
    }
    int length = Math.multiplyExact(Math.multiplyExact(rows, columns), bitsStored == 8 ? 1 : 2);
    byte[] pixels = memory.pixels(length);
    fill.accept(pixels);
    return radiograph(new GraySamples(rows, columns, bitsStored, pixels));
  }

  /** The radiograph of samples, whose memory is now its own. */
  Radiograph radiograph(GraySamples gray) {
    memory.lend(gray.samples());
    return Radiograph.sharing(gray.rows(), gray.columns(), gray.bits(), gray.samples());
  }

  /**
   * Makes the memory of a radiograph available to the next read. Its pixels can no longer be read,
   * and existing views of them become invalid: give a radiograph back only if nothing else uses it.
   * One that was not read with these buffers, or not recently, is left unchanged.
   *
   * @param radiograph any radiograph
   * @throws IllegalStateException if the buffers are closed
   */
  public void giveBack(Radiograph radiograph) {
    checkOpen();
    radiograph.giveBack(memory::giveBack);
  }

  /**
   * Reads to the end, or until there is more than a limit.
   *
   * @return how many bytes {@link #file()} holds now
   */
  int readFile(ReadableByteChannel channel, long expected, long most) throws IOException {
    if (file.length < Math.min(expected, most)) {
      file = new byte[(int) Math.min(expected, most)];
    }
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

  /** A decompressor of libjpeg-turbo. */
  TurboJpeg turboJpeg() {
    if (turboJpeg == null) {
      turboJpeg = TurboJpeg.open();
    }
    return turboJpeg;
  }
}
