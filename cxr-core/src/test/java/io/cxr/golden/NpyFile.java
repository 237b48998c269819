package io.cxr.golden;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An array that numpy saved ({@code .npy}, versions 1 to 3), in C order, of {@code '<f4'}, {@code
 * '|u1'} or {@code '<u2'}.
 */
public final class NpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern TYPE = Pattern.compile("'descr': *'([^']*)'");
  private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([^)]*)\\)");

  private final String type;
  private final int[] shape;
  private final ByteBuffer values;

  private NpyFile(byte[] file) {
    ByteBuffer all = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (!Arrays.equals(Arrays.copyOf(file, MAGIC.length), MAGIC)) {
      throw new IllegalArgumentException("npy: expected numpy's magic bytes, found others");
    }
    boolean shortHeader = file[6] == 1;
    int start = shortHeader ? 10 : 12;
    int length = shortHeader ? all.getChar(8) : all.getInt(8);
    String header = new String(file, start, length, StandardCharsets.ISO_8859_1);
    if (!header.contains("'fortran_order': False")) {
      throw new IllegalArgumentException("npy: expected C order, found " + header);
    }
    type = find(TYPE, header);
    shape =
        Arrays.stream(find(SHAPE, header).split(",", -1))
            .map(String::strip)
            .filter(number -> !number.isEmpty())
            .mapToInt(Integer::parseInt)
            .toArray();
    values = all.position(start + length).slice().order(ByteOrder.LITTLE_ENDIAN);
    int size =
        switch (type) {
          case "<f4" -> 4;
          case "<u2" -> 2;
          case "|u1" -> 1;
          default -> throw new IllegalArgumentException("npy: unexpected type " + type);
        };
    if (values.remaining() != (long) size() * size) {
      throw new IllegalArgumentException(
          "npy: expected "
              + size()
              + " values of "
              + type
              + ", found "
              + values.remaining()
              + " B");
    }
  }

  /** Reads a file. */
  public static NpyFile read(Path file) throws IOException {
    return new NpyFile(Files.readAllBytes(file));
  }

  /** Reads a stream to its end. */
  public static NpyFile read(InputStream stream) throws IOException {
    return new NpyFile(stream.readAllBytes());
  }

  private static String find(Pattern pattern, String header) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw new IllegalArgumentException("npy: expected a dictionary, found " + header);
    }
    return matcher.group(1);
  }

  /** The lengths of the axes, outermost first. */
  public int[] shape() {
    return shape.clone();
  }

  /** How many values there are. */
  public int size() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /** The type as numpy writes it. */
  public String type() {
    return type;
  }

  /** The values of a {@code '<f4'} array, row by row. */
  public float[] floats() {
    check("<f4");
    float[] floats = new float[size()];
    values.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
    return floats;
  }

  /** The values of a {@code '|u1'} array, row by row. */
  public byte[] bytes() {
    check("|u1");
    byte[] bytes = new byte[size()];
    values.duplicate().get(bytes);
    return bytes;
  }

  /** The values of a {@code '<u2'} array, row by row. */
  public short[] shorts() {
    check("<u2");
    short[] shorts = new short[size()];
    values.duplicate().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(shorts);
    return shorts;
  }

  private void check(String wanted) {
    if (!type.equals(wanted)) {
      throw new IllegalStateException("npy: expected " + wanted + ", found " + type);
    }
  }
}
