package io.cxr.codec.png;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes one image as a PNG file (ISO/IEC 15948): not interlaced, each row with the filter that
 * leaves the smallest differences (section 12.8). The same samples always give the same bytes on
 * the same Java runtime. Immutable and thread-safe, as long as nobody changes the samples.
 *
 * <p>Radiographs are noise in their lowest bits. Behind the filters it repeats nothing, so that
 * looking for repetitions takes ten times as long as Huffman coding alone and saves nothing. Rows
 * that are flat, such as captions and collimated borders, repeat themselves. Each band of rows is
 * compressed in the way that fits it.
 */
public final class PngEncoder {
  private static final long SIGNATURE = 0x89504e470d0a1a0aL;

  private static final int CHUNK = 1 << 16;

  /** So many bytes of rows at least are compressed in one way. */
  private static final int BAND = 1 << 15;

  private static final int LONGEST_KEYWORD = 79;

  /** What a pixel is made of. */
  public enum Pixels {
    /** One byte; 0 is black. */
    GRAY_8(0, 8, 1),
    /** Two bytes, the high one first; 0 is black. */
    GRAY_16(0, 16, 2),
    /** Red, green and blue, a byte each. */
    RGB_8(2, 8, 3),
    /** Red, green, blue and opacity, a byte each; the colours are not multiplied by the opacity. */
    RGBA_8(6, 8, 4);

    private final int colourType;
    private final int depth;
    private final int bytes;

    Pixels(int colourType, int depth, int bytes) {
      this.colourType = colourType;
      this.depth = depth;
      this.bytes = bytes;
    }

    /**
     * How many bytes a pixel takes.
     *
     * @return 1 to 4
     */
    public int bytes() {
      return bytes;
    }
  }

  private final Pixels pixels;
  private final int rows;
  private final int columns;
  private final byte[] samples;
  private final Map<String, String> texts;

  private PngEncoder(
      Pixels pixels, int rows, int columns, byte[] samples, Map<String, String> texts) {
    this.pixels = pixels;
    this.rows = rows;
    this.columns = columns;
    this.samples = samples;
    this.texts = texts;
  }

  /**
   * An image.
   *
   * @param pixels what a pixel is made of
   * @param rows rows, at least 1
   * @param columns columns, at least 1
   * @param samples the pixels, row by row from the top left; not copied
   * @return the image, without text
   */
  public static PngEncoder of(Pixels pixels, int rows, int columns, byte[] samples) {
    if (rows < 1 || columns < 1 || (long) rows * columns * pixels.bytes != samples.length) {
      throw new IllegalArgumentException(
          "PNG: expected rows * columns pixels of "
              + pixels.bytes
              + " bytes and at least one, found "
              + rows
              + " x "
              + columns
              + " and "
              + samples.length
              + " bytes");
    }
    return new PngEncoder(pixels, rows, columns, samples, Map.of());
  }

  /**
   * The same image with another text: in a chunk {@code tEXt} where it is ASCII, else in {@code
   * iTXt}.
   *
   * @param keyword such as {@code Description}: 1 to 79 characters of ASCII
   * @param text the text, without NUL
   * @return an image that shares these samples
   */
  public PngEncoder withText(String keyword, String text) {
    if (!keyword.matches("[!-~]([ -~]*[!-~])?")
        || keyword.length() > LONGEST_KEYWORD
        || text.indexOf(0) >= 0) {
      throw new IllegalArgumentException(
          "PNG: expected a keyword of 1 to 79 characters of ASCII and a text without NUL, found"
              + " others");
    }
    Map<String, String> more = new LinkedHashMap<>(texts);
    more.put(keyword, text);
    return new PngEncoder(pixels, rows, columns, samples, more);
  }

  /**
   * The file in memory.
   *
   * @return its bytes
   */
  public byte[] toBytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(samples.length / 2 + CHUNK);
    try {
      writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("Memory: expected to be writable", e);
    }
    return out.toByteArray();
  }

  /**
   * Writes the file to a stream, which stays open.
   *
   * @param out where to; at most 64 KiB at a time
   * @throws IOException if the stream fails
   */
  public void writeTo(OutputStream out) throws IOException {
    out.write(ByteBuffer.allocate(Long.BYTES).putLong(SIGNATURE).array());
    byte[] header =
        ByteBuffer.allocate(13)
            .putInt(columns)
            .putInt(rows)
            .put((byte) pixels.depth)
            .put((byte) pixels.colourType)
            .array();
    chunk(out, "IHDR", header, header.length);
    for (Map.Entry<String, String> text : texts.entrySet()) {
      text(out, text.getKey(), text.getValue());
    }
    Deflater deflater = new Deflater();
    try {
      DeflaterOutputStream deflated = new DeflaterOutputStream(new Data(out), deflater, CHUNK);
      rows(deflated, deflater);
      // Closes what the chunks are collected in, not the caller's stream.
      deflated.close();
    } finally {
      deflater.end();
    }
    chunk(out, "IEND", new byte[0], 0);
  }

  private void rows(OutputStream out, Deflater deflater) throws IOException {
    int length = columns * pixels.bytes;
    RowFilter filter = new RowFilter(length, pixels.bytes);
    int most = Math.min(rows, BAND / (length + 1) + 1);
    byte[] band = new byte[Math.multiplyExact(most, length + 1)];
    for (int first = 0; first < rows; first += most) {
      int count = Math.min(most, rows - first);
      for (int row = 0; row < count; row++) {
        filter.apply(samples, (first + row) * length, band, row * (length + 1));
      }
      int size = count * (length + 1);
      deflater.setStrategy(repeats(band, size) ? Deflater.DEFAULT_STRATEGY : Deflater.HUFFMAN_ONLY);
      out.write(band, 0, size);
    }
  }

  /** Whether half of the bytes are as the ones before. */
  private static boolean repeats(byte[] bytes, int length) {
    int same = 0;
    for (int i = 1; i < length; i++) {
      same += bytes[i] == bytes[i - 1] ? 1 : 0;
    }
    return same > length / 2;
  }

  private static void text(OutputStream out, String keyword, String text) throws IOException {
    boolean isAscii = StandardCharsets.US_ASCII.newEncoder().canEncode(text);
    Charset charset = isAscii ? StandardCharsets.US_ASCII : StandardCharsets.UTF_8;
    // Between keyword and text: no compression, no language, no translated keyword.
    byte[] data = (keyword + (isAscii ? "\0" : "\0\0\0\0\0") + text).getBytes(charset);
    chunk(out, isAscii ? "tEXt" : "iTXt", data, data.length);
  }

  private static void chunk(OutputStream out, String type, byte[] data, int length)
      throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 check = new CRC32();
    check.update(name);
    check.update(data, 0, length);
    out.write(ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
    out.write(name);
    out.write(data, 0, length);
    out.write(ByteBuffer.allocate(Integer.BYTES).putInt((int) check.getValue()).array());
  }

  /** Collects compressed data into chunks. */
  private static final class Data extends OutputStream {
    private final OutputStream out;
    private final byte[] data = new byte[CHUNK];
    private int length;

    Data(OutputStream out) {
      this.out = Objects.requireNonNull(out, "out");
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      for (int at = 0; at < count; ) {
        int part = Math.min(count - at, CHUNK - length);
        System.arraycopy(bytes, offset + at, data, length, part);
        at += part;
        length += part;
        if (length == CHUNK) {
          emit();
        }
      }
    }

    private void emit() throws IOException {
      chunk(out, "IDAT", data, length);
      length = 0;
    }

    @Override
    public void close() throws IOException {
      if (length > 0) {
        emit();
      }
    }
  }
}
