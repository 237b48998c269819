package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.golden.NpyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Real chest X-rays as they were published, bit for bit against Pillow. */
class OriginalsTest {
  private static final Path SHARED = Path.of(System.getProperty("cxr.shared", "../shared"));

  @TestFactory
  Stream<DynamicTest> grayEqualsPillowsBitForBit() throws IOException {
    Path originals = SHARED.resolve("data/originals");
    if (!Files.isDirectory(originals)) {
      return Stream.of(skipped("original radiographs", originals));
    }
    List<String> lines =
        Files.readAllLines(RadiographFile.folder().resolve("originals.txt")).stream()
            .filter(line -> !line.startsWith("#"))
            .toList();
    assertEquals(55, lines.size());
    return lines.stream()
        .map(
            line -> {
              String[] words = line.split(" ", 4);
              return DynamicTest.dynamicTest(
                  words[0],
                  () -> {
                    Radiograph radiograph = Radiograph.read(originals.resolve(words[0]));
                    assertEquals(Integer.parseInt(words[1]), radiograph.rows());
                    assertEquals(Integer.parseInt(words[2]), radiograph.columns());
                    assertEquals(8, radiograph.bitsStored());
                    byte[] hash = MessageDigest.getInstance("SHA-256").digest(radiograph.toGray8());
                    assertEquals(words[3], HexFormat.of().formatHex(hash));
                  });
            });
  }

  @TestFactory
  List<DynamicTest> grayEqualsGoldenPixels() throws IOException {
    Path golden = SHARED.resolve("golden");
    Path originals = SHARED.resolve("data/originals");
    if (!Files.isDirectory(golden) || !Files.isDirectory(originals)) {
      return List.of(skipped("golden files", golden));
    }
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : files(golden)) {
      String name = file.getFileName().toString();
      if (name.endsWith(".gray.npy")) {
        String stem = name.substring(0, name.length() - ".gray.npy".length());
        tests.add(DynamicTest.dynamicTest(stem, () -> compare(file, original(originals, stem))));
      }
    }
    assertEquals(7, tests.size());
    return tests;
  }

  /** A factory that only assumes would vanish from the report. */
  private static DynamicTest skipped(String what, Path folder) {
    String message = "SKIPPED: no " + what + " in " + folder + "; pass -Dcxr.shared=FOLDER";
    return DynamicTest.dynamicTest(message, () -> assumeTrue(false, message));
  }

  private static void compare(Path golden, Path original) throws IOException {
    NpyFile expected = NpyFile.read(golden);
    Radiograph radiograph = Radiograph.read(original);
    assertArrayEquals(
        expected.shape(), new int[] {radiograph.rows(), radiograph.columns()}, "rows, columns");
    assertArrayEquals(expected.bytes(), radiograph.toGray8());
  }

  private static Path original(Path originals, String stem) throws IOException {
    return files(originals).stream()
        .filter(file -> file.getFileName().toString().startsWith(stem + "."))
        .findFirst()
        .orElseThrow();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
