package io.cxr.webpage;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What runs in the page is what was tested, or nothing. */
class OnnxRuntimeWebTest {
  @TempDir Path folder;

  @Test
  void anotherContentIsRefusedInFoldersAndArchives() throws IOException {
    byte[] other = {1, 2, 3};
    Files.createDirectories(folder.resolve("dist"));
    Files.write(folder.resolve("dist/ort.wasm.min.mjs"), other);
    Path archive = folder.resolve("onnxruntime-web.tgz");
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(archive)))) {
      TarArchiveEntry entry = new TarArchiveEntry("package/dist/ort.wasm.min.mjs");
      entry.setSize(other.length);
      tar.putArchiveEntry(entry);
      tar.write(other);
      tar.closeArchiveEntry();
    }
    for (Path place : new Path[] {folder, archive}) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> OnnxRuntimeWeb.of(place)).getMessage();
      assertTrue(message.contains("expected dist/ort.wasm.min.mjs"), message);
      // Of the three bytes.
      assertTrue(message.contains("found 039058c6f2c0cb492c533b0a4d14ef77cc0f"), message);
      assertTrue(message.contains("npm pack onnxruntime-web@1.30.0"), message);
    }
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    assertThrows(NoSuchFileException.class, () -> OnnxRuntimeWeb.of(folder.resolve("none.tgz")));
    String message =
        assertThrows(IllegalArgumentException.class, () -> OnnxRuntimeWeb.of(folder)).getMessage();
    assertTrue(message.contains("found none in " + folder), message);
  }
}
