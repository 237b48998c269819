package io.cxr.benchmarks.gpu;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The GPU code of a shared library, reduced to one family of cards.
 *
 * <p>The ELF section {@code .nv_fatbin} is a row of containers, each with entries for several
 * architectures: machine code (SASS), or PTX, which the driver compiles. Machine code runs on cards
 * of its own major version only (CUDA C++ Programming Guide, "Binary Compatibility"), so that a
 * card of sm_90 never reads what was compiled for sm_80. Such entries keep their headers and their
 * place; their code is overwritten with zeros. Nothing moves, so that the rest of the library stays
 * as it is, byte for byte, and compression removes the zeros. PTX for a newer architecture goes,
 * too: the driver cannot compile it for an older card.
 *
 * <p>A container without machine code for the wanted family is left whole. Not thread-safe.
 */
public final class FatBinary {
  private static final int ELF_MAGIC = 0x464c457f;
  private static final int CONTAINER_MAGIC = 0xba55ed50;
  private static final int CONTAINER_HEADER = 16;
  private static final int PTX = 1;
  private static final int SASS = 2;

  private FatBinary() {}

  /**
   * What an entry is.
   *
   * @param offset in the file, of its header
   * @param header bytes of its header
   * @param size bytes of its code
   * @param ptx whether it is PTX; else it is machine code
   * @param architecture such as 90 for sm_90
   */
  record Entry(int offset, int header, int size, boolean ptx, int architecture) {
    boolean runsOn(int wanted) {
      return ptx
          ? architecture <= wanted
          : architecture / 10 == wanted / 10 && architecture <= wanted;
    }
  }

  /**
   * What was done.
   *
   * @param containers how many there are
   * @param whole how many were left whole
   * @param kept bytes of code that stayed
   * @param zeroed bytes of code that were overwritten
   * @param architectures bytes of code before, by name such as {@code sm_90}
   */
  public record Reduction(
      int containers, int whole, long kept, long zeroed, Map<String, Long> architectures) {}

  /**
   * Reduces libraries in place.
   *
   * @param arguments the architecture, such as 90, and files
   * @throws IOException if a file cannot be read, written or understood
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 2) {
      throw new IllegalArgumentException("Expected an architecture, such as 90, and files");
    }
    for (int i = 1; i < arguments.length; i++) {
      Path file = Path.of(arguments[i]);
      System.out.println(file.getFileName() + ": " + reduce(file, parse(arguments[0])));
    }
  }

  private static int parse(String architecture) {
    return Integer.parseInt(architecture.replace("sm_", ""));
  }

  /**
   * Overwrites the code for other cards with zeros.
   *
   * @param library a 64-bit little-endian ELF file of less than 2 GiB; changed in place
   * @param architecture the wanted one, such as 90
   * @return what was done; nothing where the library has no GPU code
   * @throws IOException if the file is none such; it is unchanged then
   */
  public static Reduction reduce(Path library, int architecture) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(library.toFile(), "rw")) {
      if (file.length() > Integer.MAX_VALUE) {
        throw new IOException(library + ": expected less than 2 GiB, found " + file.length());
      }
      MappedByteBuffer bytes =
          file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, file.length());
      bytes.order(ByteOrder.LITTLE_ENDIAN);
      // All of it is read before any of it is changed.
      List<List<Entry>> containers = new ArrayList<>();
      try {
        for (int[] section : sections(bytes, library)) {
          containers.addAll(containers(bytes, section[0], section[0] + section[1], library));
        }
      } catch (IndexOutOfBoundsException e) {
        throw new IOException(library + ": expected a whole ELF file, found its end", e);
      }
      Reduction done = reduce(bytes, containers, architecture);
      bytes.force();
      return done;
    }
  }

  private static Reduction reduce(ByteBuffer bytes, List<List<Entry>> containers, int wanted) {
    int whole = 0;
    long kept = 0;
    long zeroed = 0;
    Map<String, Long> architectures = new TreeMap<>();
    for (List<Entry> entries : containers) {
      boolean reducible = entries.stream().anyMatch(entry -> !entry.ptx() && entry.runsOn(wanted));
      whole += reducible ? 0 : 1;
      for (Entry entry : entries) {
        architectures.merge(
            (entry.ptx() ? "compute_" : "sm_") + entry.architecture(),
            (long) entry.size(),
            Long::sum);
        if (!reducible || entry.runsOn(wanted)) {
          kept += entry.size();
        } else {
          bytes.put(entry.offset() + entry.header(), new byte[entry.size()]);
          zeroed += entry.size();
        }
      }
    }
    return new Reduction(containers.size(), whole, kept, zeroed, architectures);
  }

  /** Offset and size of the sections of GPU code. */
  private static List<int[]> sections(ByteBuffer bytes, Path file) throws IOException {
    if (bytes.capacity() < 64
        || bytes.getInt(0) != ELF_MAGIC
        || bytes.get(4) != 2
        || bytes.get(5) != 1) {
      throw new IOException(file + ": expected a 64-bit little-endian ELF file, found none");
    }
    int table = Math.toIntExact(bytes.getLong(40));
    int each = bytes.getShort(58) & 0xffff;
    int count = bytes.getShort(60) & 0xffff;
    int names = Math.toIntExact(bytes.getLong(table + each * (bytes.getShort(62) & 0xffff) + 24));
    List<int[]> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int header = table + i * each;
      String name = name(bytes, names + bytes.getInt(header));
      if (name.equals(".nv_fatbin") || name.equals("__nv_relfatbin")) {
        found.add(
            new int[] {
              Math.toIntExact(bytes.getLong(header + 24)),
              Math.toIntExact(bytes.getLong(header + 32))
            });
      }
    }
    return found;
  }

  private static String name(ByteBuffer bytes, int offset) {
    int end = offset;
    while (bytes.get(end) != 0) {
      end++;
    }
    byte[] name = new byte[end - offset];
    bytes.get(offset, name);
    return new String(name, StandardCharsets.US_ASCII);
  }

  private static List<List<Entry>> containers(ByteBuffer bytes, int from, int to, Path file)
      throws IOException {
    List<List<Entry>> containers = new ArrayList<>();
    int at = from;
    while (at < to) {
      if (bytes.get(at) == 0) {
        // Between containers, up to the next multiple of eight.
        at++;
        continue;
      }
      if (bytes.getInt(at) != CONTAINER_MAGIC
          || bytes.getShort(at + 4) != 1
          || bytes.getShort(at + 6) != CONTAINER_HEADER) {
        throw new IOException(file + ": expected a container of GPU code, found none at " + at);
      }
      int end = at + CONTAINER_HEADER + Math.toIntExact(bytes.getLong(at + 8));
      containers.add(entries(bytes, at + CONTAINER_HEADER, end, file));
      at = end;
    }
    if (at != to) {
      throw new IOException(file + ": expected GPU code to end at " + to + ", found " + at);
    }
    return containers;
  }

  private static List<Entry> entries(ByteBuffer bytes, int from, int to, Path file)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    int at = from;
    while (at < to) {
      int kind = bytes.getShort(at);
      int header = bytes.getInt(at + 4);
      int size = Math.toIntExact(bytes.getLong(at + 8));
      int architecture = bytes.getInt(at + 28);
      if ((kind != PTX && kind != SASS)
          || header < 64
          || size < 0
          || to - at - header < size
          || architecture < 10
          || architecture > 999) {
        throw new IOException(
            file
                + ": expected an entry of GPU code at "
                + at
                + ", found kind "
                + kind
                + ", header "
                + header
                + ", size "
                + size
                + ", architecture "
                + architecture);
      }
      entries.add(new Entry(at, header, size, kind == PTX, architecture));
      at += header + size;
    }
    return entries;
  }
}
