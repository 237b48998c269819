package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.dicom.image.DicomRadiograph;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that other tools' users met, from {@code ../shared/cases}: each is read, says what of it is
 * not as the standard has it, and shows the picture that dcmtk shows, where dcmtk reads it.
 */
class DicomCasesTest {
  private static final Path CASES =
      Path.of(System.getProperty("cxr.shared", "../shared")).resolve("cases");

  /** What is forgiven in each. */
  private static final Map<String, Set<Leniency.Kind>> FORGIVEN =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("duplicate-element", Set.of(Leniency.Kind.REPEATED_ELEMENT)),
              Map.entry("lossless-labelled-baseline", Set.of(Leniency.Kind.TRANSFER_SYNTAX)),
              Map.entry("meta-in-dataset", Set.of(Leniency.Kind.FILE_META_INFORMATION)),
              Map.entry("modality-lut-short", Set.of(Leniency.Kind.LOOKUP_TABLE)),
              Map.entry("no-pixel-delimiter", Set.of(Leniency.Kind.MISSING_DELIMITER)),
              Map.entry(
                  "no-pixel-delimiter-zeros",
                  Set.of(Leniency.Kind.MISSING_DELIMITER, Leniency.Kind.TRAILING_BYTES)),
              Map.entry("photometric-lower-case", Set.of(Leniency.Kind.CODE_STRING)),
              Map.entry("says-explicit-is-implicit", Set.of(Leniency.Kind.TRANSFER_SYNTAX)),
              Map.entry("says-implicit-is-explicit", Set.of(Leniency.Kind.TRANSFER_SYNTAX)),
              Map.entry("slope-0", Set.of(Leniency.Kind.NUMBER)),
              Map.entry("spacing-decimal-comma", Set.of(Leniency.Kind.NUMBER)),
              Map.entry("trailing-newline", Set.of(Leniency.Kind.TRAILING_BYTES)),
              Map.entry("trailing-zeros", Set.of(Leniency.Kind.TRAILING_BYTES)),
              Map.entry("voi-function-unknown", Set.of(Leniency.Kind.CODE_STRING)),
              Map.entry("voi-lut-bits-overstated", Set.of(Leniency.Kind.LOOKUP_TABLE)),
              Map.entry("voi-lut-no-data", Set.of(Leniency.Kind.LOOKUP_TABLE)),
              Map.entry("voi-lut-short", Set.of(Leniency.Kind.LOOKUP_TABLE)),
              Map.entry("vr-question-marks", Set.of(Leniency.Kind.VALUE_REPRESENTATION)),
              Map.entry("window-decimal-comma", Set.of(Leniency.Kind.NUMBER))));

  /**
   * dcmtk 3.6.7 does not read them, and of the lossless codestream it loses bits; GDCM and pydicom
   * read the film of the others.
   */
  private static final Set<String> NOT_READ_BY_DCMTK =
      Set.of(
          "lossless-labelled-baseline",
          "says-explicit-is-implicit",
          "says-implicit-is-explicit",
          "trailing-newline");

  /** Another film, which dcmtk reads once the delimiter is there. */
  private static final Set<String> WITHOUT_DELIMITER =
      Set.of("no-pixel-delimiter", "no-pixel-delimiter-zeros");

  /**
   * By the letter of PS3.3 the first is almost black, and dcmtk shows it so. dcmtk reads a number
   * up to its comma; here it counts as missing, and the film is shown from percentile to
   * percentile.
   */
  private static final Set<String> SHOWN_OTHERWISE =
      Set.of("voi-lut-bits-overstated", "window-decimal-comma");

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> cases() {
    if (!Files.isDirectory(CASES)) {
      System.out.println("DICOM cases: " + CASES + " is missing: skipped");
    }
    assumeTrue(Files.isDirectory(CASES), CASES + " is missing: skipped");
    return FORGIVEN.keySet().stream().map(name -> DynamicTest.dynamicTest(name, () -> check(name)));
  }

  private static Path file(String name) throws IOException {
    try (Stream<Path> files = Files.list(CASES.resolve(name))) {
      return files.filter(file -> file.toString().endsWith(".dcm")).findFirst().orElseThrow();
    }
  }

  private void check(String name) throws Exception {
    Path file = file(name);
    DicomRadiograph read = DicomRadiographReader.standard().read(Files.readAllBytes(file));
    Set<Leniency.Kind> kinds = new TreeSet<>();
    read.leniencies().forEach(leniency -> kinds.add(leniency.kind()));
    System.out.println("DICOM case " + name + ": read; " + read.leniencies());
    assertEquals(FORGIVEN.get(name), kinds);
    Radiograph ours = read.radiograph();
    assertShown(ours);
    if (SHOWN_OTHERWISE.contains(name)) {
      return;
    }
    Path comparable = file;
    if (NOT_READ_BY_DCMTK.contains(name)) {
      comparable = file("slope-0");
    } else if (WITHOUT_DELIMITER.contains(name)) {
      comparable = Files.write(folder.resolve("mended.dcm"), DicomFile.read(file).toBytes());
    }
    String program = WITHOUT_DELIMITER.contains(name) ? "dcmj2pnm" : "dcm2pnm";
    assumeTrue(DicomPeer.isThere(program), program + " is missing: shown without comparison");
    // dcmtk's "first window" fails where a table was asked for, and the other way round.
    List<String> options = name.equals("voi-lut-short") ? List.of("+Wl", "1") : List.of("+Wi", "1");
    DicomPeer.Bitmap theirs = DicomPeer.rendered(folder, program, comparable, false, options);
    int white = ours.bitsStored() == 8 ? 255 : 65535;
    // dcmtk shifts the entries of a table of 12 bits up, where we spread them over the range.
    double allowed = name.equals("voi-lut-short") ? 17 : 1.01;
    for (int i = 0; i < ours.rows() * ours.columns(); i++) {
      double own = ours.pixel(i / ours.columns(), i % ours.columns());
      double gray = theirs.gray(i) * white / theirs.white();
      assertEquals(gray, own, allowed, "pixel " + i);
    }
  }

  /** Neither black nor white. */
  private static void assertShown(Radiograph radiograph) {
    double white = radiograph.bitsStored() == 8 ? 255 : 65535;
    double sum = 0;
    for (int i = 0; i < radiograph.rows() * radiograph.columns(); i++) {
      sum += radiograph.pixel(i / radiograph.columns(), i % radiograph.columns()) / white;
    }
    double mean = sum / (radiograph.rows() * radiograph.columns());
    assertTrue(mean > 0.3 && mean < 0.8, "mean gray " + mean);
  }
}
