package io.cxr.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  private static void fillDisk(Path file) throws IOException {
    AtomicFile.write(
        file,
        channel -> {
          channel.write(ByteBuffer.wrap(new byte[1000]));
          throw new IOException("No space left on device");
        });
  }

  @Test
  void whatWasThereIsWholeWhenTheDiskIsFull() throws IOException {
    Path file = folder.resolve("model.checkpoint");
    AtomicFile.write(file, "before");
    IOException failure = assertThrows(IOException.class, () -> fillDisk(file));
    assertTrue(failure.getMessage().contains("model.checkpoint"), failure.getMessage());
    assertTrue(failure.getMessage().contains("No space left"), failure.getMessage());
    assertEquals("before", Files.readString(file));
    assertOnly(file);
  }

  @Test
  void writesAndReplacesWithoutALeftover() throws IOException {
    Path file = folder.resolve("new/history.json");
    AtomicFile.write(file, "first");
    AtomicFile.write(file, "second");
    assertEquals("second", Files.readString(file));
    assertOnly(file);
  }

  private static void assertOnly(Path file) throws IOException {
    try (var files = Files.list(file.getParent())) {
      assertEquals(1, files.count(), "no temporary file");
    }
  }
}
