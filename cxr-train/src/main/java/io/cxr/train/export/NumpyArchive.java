package io.cxr.train.export;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The arrays of a file that NumPy's {@code savez} or {@code savez_compressed} wrote: a ZIP archive
 * of {@code .npy} files of version 1 to 3 (NumPy Enhancement Proposal 1). Little-endian numbers of
 * 32- and 64-bit floats, of unsigned bytes and 16-bit integers, and of 64- and 32-bit integers are
 * read, in C order. Immutable.
 */
final class NumpyArchive {
  /** Of all arrays together. */
  private static final int LARGEST = 1 << 30;

  private static final Pattern HEADER =
      Pattern.compile(
          "'descr': *'([^']+)'.*'fortran_order': *(True|False).*'shape': *\\(([0-9, ]*)\\)");

  private final String name;
  private final Map<String, Array> arrays;

  private NumpyArchive(String name, Map<String, Array> arrays) {
    this.name = name;
    this.arrays = arrays;
  }

  /** An array; not a record, as it holds one. */
  static final class Array {
    private final String type;
    private final int[] shape;
    private final float[] values;

    Array(String type, int[] shape, float[] values) {
      this.type = type;
      this.shape = shape;
      this.values = values;
    }

    /** NumPy's name of the element type, such as {@code <f4}. */
    String type() {
      return type;
    }

    int[] shape() {
      return shape;
    }

    float[] values() {
      return values;
    }
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it is no such file
   */
  static NumpyArchive read(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    Map<String, Array> arrays = new LinkedHashMap<>();
    int left = LARGEST;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().endsWith(".npy")) {
          byte[] bytes = bytes(zip, left, name);
          left -= bytes.length;
          String key = entry.getName().substring(0, entry.getName().length() - 4);
          arrays.put(key, array(bytes, name + ": " + key));
        }
      }
    }
    if (arrays.isEmpty()) {
      throw new IllegalArgumentException(
          name + ": expected arrays as numpy.savez writes them, found none.");
    }
    return new NumpyArchive(name, arrays);
  }

  private static byte[] bytes(InputStream in, int most, String name) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] block = new byte[1 << 16];
    for (int read = in.read(block); read >= 0; read = in.read(block)) {
      if (out.size() > most - read) {
        throw new IllegalArgumentException(
            name + ": expected arrays of at most " + LARGEST + " bytes, found more. Save fewer.");
      }
      out.write(block, 0, read);
    }
    return out.toByteArray();
  }

  private static Array array(byte[] bytes, String what) {
    String form = what + ": expected an array as numpy.save writes it, found ";
    if (bytes.length < 12 || bytes[0] != (byte) 0x93 || bytes[1] != 'N' || bytes[2] != 'U') {
      throw new IllegalArgumentException(form + "other bytes.");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int version = bytes[6];
    int start = version == 1 ? 10 : 12;
    int length = version == 1 ? buffer.getShort(8) & 0xffff : buffer.getInt(8);
    if (version < 1 || version > 3 || length < 0 || length > bytes.length - start) {
      throw new IllegalArgumentException(form + "version " + version + " or a header cut off.");
    }
    Matcher header = HEADER.matcher(new String(bytes, start, length, StandardCharsets.UTF_8));
    if (!header.find()) {
      throw new IllegalArgumentException(form + "a header that tells no plain array.");
    }
    if (header.group(2).equals("True")) {
      throw new IllegalArgumentException(
          form + "one in Fortran order. Save numpy.ascontiguousarray of it.");
    }
    String[] sizes = header.group(3).isBlank() ? new String[0] : header.group(3).split(",");
    int[] shape = new int[sizes.length];
    int axes = 0;
    long elements = 1;
    for (String size : sizes) {
      if (!size.isBlank()) {
        shape[axes] = Integer.parseInt(size.trim());
        elements = Math.multiplyExact(elements, shape[axes]);
        axes++;
      }
    }
    String type = header.group(1);
    buffer.position(start + length);
    return new Array(
        type, Arrays.copyOf(shape, axes), values(buffer.slice(), type, elements, form));
  }

  private static float[] values(ByteBuffer slice, String type, long elements, String form) {
    ByteBuffer data = slice.order(ByteOrder.LITTLE_ENDIAN);
    int each =
        switch (type) {
          case "|u1", "|b1" -> 1;
          case "<u2", "<i2" -> Short.BYTES;
          case "<f4", "<i4" -> Float.BYTES;
          case "<f8", "<i8" -> Double.BYTES;
          default ->
              throw new IllegalArgumentException(
                  form + "numbers of type '" + type + "'. Save them as float32 or uint8.");
        };
    if (elements * each != data.remaining()) {
      throw new IllegalArgumentException(
          form + data.remaining() + " bytes for " + elements + " numbers of " + each + ".");
    }
    float[] values = new float[(int) elements];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case "|u1", "|b1" -> data.get(i) & 0xff;
            case "<u2" -> data.getShort(2 * i) & 0xffff;
            case "<i2" -> data.getShort(2 * i);
            case "<i4" -> data.getInt(4 * i);
            case "<f4" -> data.getFloat(4 * i);
            case "<f8" -> (float) data.getDouble(8 * i);
            default -> data.getLong(8 * i);
          };
    }
    return values;
  }

  /** An array by its name. */
  Optional<Array> array(String key) {
    return Optional.ofNullable(arrays.get(key));
  }

  /** The file and its arrays, for messages. */
  @Override
  public String toString() {
    return name + " with " + arrays.keySet();
  }
}
