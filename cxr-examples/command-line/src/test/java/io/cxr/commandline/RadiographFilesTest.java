package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files are classified, and under which names their results go. */
class RadiographFilesTest {
  @TempDir Path folder;

  private Path file(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "");
  }

  private List<String> names(String... inputs) throws IOException {
    List<Path> paths = Arrays.stream(inputs).map(folder::resolve).toList();
    return RadiographFiles.of(paths, List.of()).files().stream()
        .map(file -> file.name().toString().replace('\\', '/'))
        .toList();
  }

  @Test
  void resultsAreNamedByTheFilesPlaceBelowItsInput() throws IOException {
    file("s/a.png");
    file("s/b/a.png");
    file("c.png");
    assertEquals(List.of("a.png", "b/a.png", "c.png"), names("s", "c.png"));
  }

  @Test
  void inputsThatShareANameAreToldApartByTheirFolders() throws IOException {
    file("s1/IM1.dcm");
    file("s1/IM2.dcm");
    file("s2/IM1.dcm");
    file("s3/IM9.dcm");
    assertEquals(
        List.of("s1/IM1.dcm", "s1/IM2.dcm", "s2/IM1.dcm", "IM9.dcm"), names("s1", "s2", "s3"));
    assertEquals(
        List.of("s1/IM1.dcm", "s2/IM1.dcm"), names("s1/IM1.dcm", "s2/IM1.dcm"), "named one by one");
    file("x/s1/IM1.dcm");
    file("y/s1/IM1.dcm");
    assertEquals(List.of("x/s1/IM1.dcm", "y/s1/IM1.dcm"), names("x/s1", "y/s1"));
  }

  /** Names that grew must not meet the names of another input. */
  @Test
  void grownNamesMeetNoOthers() throws IOException {
    file("a/s1/IM1.dcm");
    file("s1/IM1.dcm");
    file("s2/IM1.dcm");
    List<String> names = names("a", "s1", "s2");
    assertEquals(3, names.stream().distinct().count(), names::toString);
    assertTrue(names.get(0).endsWith("a/s1/IM1.dcm"), names::toString);
  }

  @Test
  void aFileThatIsNamedTwiceGetsANumber() throws IOException {
    file("s/a.png");
    file("s/a.png-2.png");
    assertEquals(List.of("a.png", "a.png-2"), names("s/a.png", "s/a.png"));
    assertEquals(List.of("a.png", "a.png-2.png", "a.png-2"), names("s", "s/../s/a.png"));
  }

  /** macOS and Windows would write one file. */
  @Test
  void namesThatDifferInCaseOrInHowAccentsAreMadeAreTakenForOne() throws IOException {
    file("s1/IM1.dcm");
    file("s2/im1.dcm");
    assertEquals(List.of("s1/IM1.dcm", "s2/im1.dcm"), names("s1", "s2"));
    file("s/a.png");
    file("s/A.png");
    List<String> names = names("s");
    assertEquals(
        names.size(),
        names.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().count(),
        names::toString);
  }

  @Test
  void earlierResultsInAnInputAreNoRadiographs() throws IOException {
    Path a = file("s/a.png");
    Path results = file("s/heatmaps/a.png.heatmap.png").getParent();
    RadiographFiles found = RadiographFiles.of(List.of(folder.resolve("s")), List.of(results));
    assertEquals(List.of(a), found.files().stream().map(RadiographFiles.Named::path).toList());
    StringWriter said = new StringWriter();
    found.sayLeftOut(new PrintWriter(said));
    assertTrue(said.toString().contains("left out 1 files below the folders for results"), "said");
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> RadiographFiles.of(List.of(folder.resolve("s")), List.of(folder.resolve("s/."))));
    assertTrue(e.getMessage().contains("next run would take them for radiographs"), e.getMessage());
  }

  @Test
  void noResultIsWrittenOverAnInputOrAnotherResult() throws IOException {
    Path input = file("s/a.png");
    Path other = file("out/a.png.heatmap.png");
    RadiographFiles.Named named = new RadiographFiles.Named(input, Path.of("a.png"));
    RadiographFiles.Named result = new RadiographFiles.Named(other, Path.of("b.png"));
    ResultFiles files = new ResultFiles(List.of(named, result));
    Path out = folder.resolve("out");
    assertThrows(
        FileAlreadyExistsException.class,
        () -> files.write(out, named, ".heatmap.png", new byte[1]));
    files.write(out, named, ".sr.dcm", new byte[2]);
    assertThrows(
        FileAlreadyExistsException.class, () -> files.write(out, named, ".sr.dcm", new byte[3]));
    assertEquals(0, files.replaced());
    ResultFiles later = new ResultFiles(List.of(named));
    later.write(out, named, ".sr.dcm", new byte[4]);
    assertEquals(1, later.replaced());
    assertEquals(4, Files.size(out.resolve("a.png.sr.dcm")));
    try (Stream<Path> left = Files.list(out)) {
      assertEquals(2, left.count());
    }
  }
}
