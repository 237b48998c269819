package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.radiograph.RadiographFolder.Omission;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RadiographFolderTest {
  @TempDir Path folder;

  private Path file(String name) throws IOException {
    return file(name, new byte[0]);
  }

  private Path file(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private static byte[] dicom() {
    byte[] bytes = new byte[200];
    System.arraycopy("DICM".getBytes(StandardCharsets.US_ASCII), 0, bytes, 128, 4);
    return bytes;
  }

  @Test
  void filesAreTakenByNameAndDicomByItsBytes() throws IOException {
    List<Path> taken =
        List.of(
            file("1.2.840.113619.2", dicom()),
            file("IM0001", dicom()),
            file("a.PNG"),
            file("b/c/d.Tiff"),
            file("b/x.ima", dicom()),
            file("e.dcm"));
    Path table = file("b/table.csv");
    Path text = file("README");
    Path index = file("DICOMDIR", dicom());
    RadiographFolder found = RadiographFolder.list(folder);
    assertEquals(taken, found.files());
    assertEquals(
        Map.of(
            Omission.NO_RADIOGRAPH, List.of(text, table),
            Omission.DICOM_DIRECTORY, List.of(index)),
        found.leftOut());
  }

  @Test
  void whatIsHiddenAndResourceForksAreLeftOut() throws IOException {
    Path taken = file("a.png");
    Path fork = file("._a.png");
    Path hidden = file(".b.png");
    file(".git/c.png");
    RadiographFolder found = RadiographFolder.list(folder);
    assertEquals(List.of(taken), found.files());
    assertEquals(
        Map.of(
            Omission.RESOURCE_FORK, List.of(fork),
            Omission.HIDDEN, List.of(hidden, folder.resolve(".git")).stream().sorted().toList()),
        found.leftOut());
    assertEquals(1, RadiographFolder.list(folder.resolve(".git")).files().size());
  }

  @Test
  void linksAreFollowedButForLoopsAndBrokenOnes() throws IOException {
    Path a = file("A/a.png");
    Path linked = Files.createSymbolicLink(folder.resolve("A/l.png"), a);
    Path elsewhere = Files.createSymbolicLink(folder.resolve("B"), folder.resolve("A"));
    Path broken = Files.createSymbolicLink(folder.resolve("A/x.jpg"), Path.of("/nonexistent"));
    Path itself = folder.resolve("A/y.jpg");
    Files.createSymbolicLink(itself, itself);
    Path loop = Files.createSymbolicLink(folder.resolve("A/loop"), Path.of("../A"));
    RadiographFolder found = RadiographFolder.list(folder.resolve("A"));
    assertEquals(List.of(a, linked), found.files());
    assertEquals(
        Map.of(Omission.BROKEN_LINK, List.of(broken, itself), Omission.LINK_LOOP, List.of(loop)),
        found.leftOut());
    assertEquals(
        List.of(a, linked, elsewhere.resolve("a.png"), elsewhere.resolve("l.png")),
        RadiographFolder.list(folder).files());
  }

  @Test
  void whatMayNotBeOpenedIsNamedAndDoesNotEndTheOthers() throws IOException {
    Path taken = file("a.png");
    Path closed = file("closed/b.png").getParent();
    assertTrue(closed.toFile().setReadable(false));
    try {
      assumeTrue(!Files.isReadable(closed), "this user may read every folder");
      RadiographFolder found = RadiographFolder.list(folder);
      assertEquals(List.of(taken), found.files());
      assertEquals(Map.of(Omission.UNREADABLE, List.of(closed)), found.leftOut());
    } finally {
      assertTrue(closed.toFile().setReadable(true));
    }
  }

  @Test
  void aFolderIsNeeded() throws IOException {
    Path file = file("a.png");
    assertThrows(NotDirectoryException.class, () -> RadiographFolder.list(file));
    assertThrows(NoSuchFileException.class, () -> RadiographFolder.list(folder.resolve("none")));
  }
}
