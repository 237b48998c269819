package io.cxr.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FatBinaryTest {
  private static final int PTX = 1;
  private static final int SASS = 2;
  private static final int CODE = 24;

  @TempDir Path folder;

  @Test
  void codeOfOtherFamiliesIsZeroedAndNothingElseChanges() throws IOException {
    Library library =
        new Library()
            .container(new int[][] {{SASS, 80}, {SASS, 90}, {PTX, 90}, {SASS, 120}, {PTX, 120}})
            .container(new int[][] {{SASS, 90}, {SASS, 75}});
    Path file = library.write(folder);
    byte[] before = Files.readAllBytes(file);

    FatBinary.Reduction done = FatBinary.reduce(file, 90);

    assertEquals(2, done.containers());
    assertEquals(0, done.whole());
    assertEquals(4 * CODE, done.zeroed());
    assertEquals(3 * CODE, done.kept());
    byte[] expected = before.clone();
    for (int entry : new int[] {0, 3, 4, 6}) {
      int code = library.code[entry];
      Arrays.fill(expected, code, code + CODE, (byte) 0);
    }
    assertArrayEquals(expected, Files.readAllBytes(file));
  }

  @Test
  void aContainerThatTheCardCannotDoWithoutStaysWhole() throws IOException {
    Path file =
        new Library().container(new int[][] {{SASS, 80}, {PTX, 80}, {SASS, 100}}).write(folder);
    byte[] before = Files.readAllBytes(file);

    assertEquals(1, FatBinary.reduce(file, 90).whole());
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  @Test
  void damageIsRefusedAndTheFileIsLeftAlone() throws IOException {
    Library library = new Library().container(new int[][] {{SASS, 80}, {SASS, 90}});
    Path file = library.write(folder);
    byte[] damaged = Files.readAllBytes(file);
    // The second header's size: longer than its container.
    ByteBuffer.wrap(damaged)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(library.code[1] - 64 + 8, 1 << 20);
    Files.write(file, damaged);

    assertThrows(IOException.class, () -> FatBinary.reduce(file, 90));
    assertArrayEquals(damaged, Files.readAllBytes(file));
    Path text = Files.writeString(folder.resolve("text"), "no library".repeat(10));
    assertThrows(IOException.class, () -> FatBinary.reduce(text, 90));
  }

  /** An ELF file with nothing but GPU code. */
  private static final class Library {
    private static final int SECTION = 128;

    private final ByteBuffer bytes = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    private final int[] code = new int[16];
    private int entries;

    Library() {
      bytes.position(SECTION);
    }

    Library container(int[][] kinds) {
      bytes.putInt(0xba55ed50).putShort((short) 1).putShort((short) 16);
      bytes.putLong(kinds.length * (64L + CODE));
      for (int[] kind : kinds) {
        int header = bytes.position();
        bytes.putShort((short) kind[0]).putShort((short) 0x101).putInt(64).putLong(CODE);
        bytes.putInt(header + 28, kind[1]);
        code[entries] = header + 64;
        for (int i = 0; i < CODE; i++) {
          bytes.put(code[entries] + i, (byte) (entries + i + 1));
        }
        bytes.position(code[entries++] + CODE);
      }
      return this;
    }

    Path write(Path folder) throws IOException {
      int end = bytes.position();
      byte[] names = "\0.nv_fatbin\0.shstrtab\0".getBytes(StandardCharsets.US_ASCII);
      bytes.put(names);
      int table = (bytes.position() + 7) / 8 * 8;
      section(table + 64, 1, SECTION, end - SECTION);
      section(table + 128, 12, end, names.length);
      bytes.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1);
      bytes.putLong(40, table);
      bytes.putShort(58, (short) 64).putShort(60, (short) 3).putShort(62, (short) 2);
      return Files.write(
          folder.resolve("library.so"), Arrays.copyOf(bytes.array(), table + 3 * 64));
    }

    private void section(int header, int name, int offset, int size) {
      bytes.putInt(header, name).putLong(header + 24, offset).putLong(header + 32, size);
    }
  }
}
