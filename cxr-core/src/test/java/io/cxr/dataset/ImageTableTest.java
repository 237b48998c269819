package io.cxr.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageTableTest {
  @TempDir private Path folder;

  private ImageTable table(String text) throws IOException {
    return ImageTable.read(Files.writeString(folder.resolve("images.csv"), text));
  }

  @Test
  void saysWhatEachImageIs() throws IOException {
    ImageTable table =
        table("source,file,note\nrsna,A/1.png,\"x, \"\"y\"\"\"\n spain ,./A/2.png,\n");
    assertEquals(List.of("source", "file", "note"), table.columns());
    assertEquals(Optional.of("rsna"), table.value("A/1.png", "source"));
    assertEquals(Optional.of("x, \"y\""), table.value("A/1.png", "note"));
    assertEquals(Optional.of("spain"), table.value("A/2.png", "source"));
    assertEquals(Optional.empty(), table.value("A/2.png", "note"));
  }

  @Test
  void whatIsNotThereIsNamed() throws IOException {
    ImageTable table = table("file,source\nA/1.png,rsna\nA/1.png,spain\n");
    assertTrue(message(() -> table.value("A/1.png", "view")).contains("'view'"));
    assertTrue(message(() -> table.value("A/2.png", "source")).contains("A/2.png"));
    assertTrue(message(() -> table.value("A/1.png", "source")).contains("line 3"));
    assertTrue(message(() -> table("name,source\n1,2\n")).contains("'file'"));
    assertTrue(message(() -> table("")).contains("empty"));
  }

  private static String message(org.junit.jupiter.api.function.Executable run) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, run).getMessage());
  }
}
