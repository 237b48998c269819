package io.cxr.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaskFolderTest {
  @TempDir Path folder;

  @Test
  void findsMasksByBothNames() throws IOException {
    Radiograph mask = Radiograph.ofGray8(1, 2, new byte[] {0, (byte) 255});
    Files.createDirectories(folder.resolve("A"));
    mask.writePng(folder.resolve("A/film-1.png"));
    mask.writePng(folder.resolve("B-film.2.png"));
    MaskFolder masks = MaskFolder.open(folder);
    assertEquals(Optional.of(mask), masks.read("A/film-1.jpg"));
    assertEquals(Optional.of(mask), masks.read("B/film.2.jpeg"));
    assertEquals(Optional.empty(), masks.read("A/film-2.jpg"));
    assertEquals(Optional.empty(), masks.file("C/film"));
  }

  @Test
  void namesAMaskThatIsNoPicture() throws IOException {
    Files.writeString(folder.resolve("A-film.png"), "no picture");
    UnsupportedRadiographException refusal =
        assertThrows(
            UnsupportedRadiographException.class, () -> MaskFolder.open(folder).read("A/film.jpg"));
    assertTrue(refusal.getMessage().startsWith("A-film.png"), refusal.getMessage());
    assertThrows(NotDirectoryException.class, () -> MaskFolder.open(folder.resolve("A-film.png")));
  }
}
