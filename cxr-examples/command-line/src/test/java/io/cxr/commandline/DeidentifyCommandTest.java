package io.cxr.commandline;

import static io.cxr.commandline.Output.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.dicom.deidentify.DeIdentifier;
import io.cxr.examples.DeIdentifyOneInstance;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** De-identification as a shell sees it. */
class DeidentifyCommandTest {
  private static final DicomTag STUDY_DATE = DicomTag.of(0x00080020);
  private static final DicomTag STUDY = DicomTag.of(0x0020000d);

  @TempDir Path folder;

  private static DicomElement text(int tag, ValueRepresentation vr, String value) {
    return DicomElement.ofText(DicomTag.of(tag), vr, value);
  }

  private static DicomElement number(DicomTag tag, int value) {
    return DicomElement.ofIntegers(tag, ValueRepresentation.US, value);
  }

  /** A DX instance of 8 x 8 pixels. */
  private Path instance(String place, int number, String patient, String burnedIn)
      throws IOException {
    byte[] pixels = new byte[64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * number);
    }
    DicomDataSet dataSet =
        DicomDataSet.of(
            text(0x00080016, ValueRepresentation.UI, "1.2.840.10008.5.1.4.1.1.1.1"),
            text(0x00080018, ValueRepresentation.UI, "1.2.3." + number),
            text(0x00080020, ValueRepresentation.DA, "20260303"),
            text(0x00080068, ValueRepresentation.CS, "FOR PRESENTATION"),
            text(0x00100010, ValueRepresentation.PN, "Smith^" + patient),
            text(0x00100020, ValueRepresentation.LO, patient),
            text(0x00101010, ValueRepresentation.AS, "064Y"),
            text(0x0020000d, ValueRepresentation.UI, "1.2.3.100." + patient.length()),
            text(0x0020000e, ValueRepresentation.UI, "1.2.3.200." + number),
            text(0x00280301, ValueRepresentation.CS, burnedIn),
            number(DicomTag.SAMPLES_PER_PIXEL, 1),
            text(0x00280004, ValueRepresentation.CS, "MONOCHROME2"),
            number(DicomTag.ROWS, 8),
            number(DicomTag.COLUMNS, 8),
            number(DicomTag.BITS_ALLOCATED, 8),
            number(DicomTag.BITS_STORED, 8),
            number(DicomTag.HIGH_BIT, 7),
            number(DicomTag.PIXEL_REPRESENTATION, 0),
            DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OB, pixels));
    Path file = folder.resolve(place);
    Files.createDirectories(file.resolveSibling("."));
    DicomFile written =
        new DicomFile(DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, dataSet);
    return Files.write(file, written.toBytes());
  }

  private Path key(String name, int fill) throws IOException {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) fill);
    return Files.write(folder.resolve(name), key);
  }

  private static List<Path> under(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void aTreeOfClassesBecomesATrainingSet() throws IOException {
    instance("in/SICK/smith1.dcm", 1, "PAT1", "NO");
    instance("in/SICK/smith2", 2, "PAT1", "NO");
    instance("in/CLEAR/smith3.dcm", 3, "PAT22", "NO");
    Files.writeString(folder.resolve("in/SICK/notes.txt"), "Smith");
    Path out = folder.resolve("out");
    Path csv = out.resolve("patients.csv");
    Path key = key("key", 1);
    Output output =
        run(
            "dicom",
            "deidentify",
            folder.resolve("in"),
            "--out",
            out,
            "--key-file",
            key,
            "--csv",
            csv);
    assertEquals(0, output.exitCode(), output.err());
    assertTrue(output.err().contains("passed over 1 files"), output.err());
    assertEquals(3, output.out().lines().count());
    for (Path file : under(out)) {
      String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
      assertFalse(bytes.contains("Smith") || bytes.contains("PAT1"), file.toString());
      assertFalse(file.toString().contains("smith"), file.toString());
      assertFalse(file.getFileName().toString().endsWith(".tmp"), file.toString());
    }
    ImageFolder images = ImageFolder.builder(out).patients(csv).open();
    assertEquals(List.of("CLEAR", "SICK"), images.labels());
    DeIdentifier same = DeIdentifier.builder(Files.readAllBytes(key)).build();
    Set<String> patients = new TreeSet<>();
    for (LabelledRadiograph image : images.items()) {
      patients.add(image.label() + " " + image.patient().orElseThrow());
      assertEquals(8, Radiograph.read(image.file()).rows());
    }
    assertEquals(
        Set.of("CLEAR " + same.pseudonym("PAT22"), "SICK " + same.pseudonym("PAT1")), patients);
    assertTrue(
        Files.exists(out.resolve("SICK").resolve(same.replacement("1.2.3.2") + ".dcm")),
        output.out());
  }

  @Test
  void theSameKeyGivesTheSameFilesAndAnotherOthers() throws IOException {
    Path in = instance("in/a.dcm", 1, "PAT1", "NO");
    Path key = key("key", 1);
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    Path other = folder.resolve("other");
    Path random = folder.resolve("random");
    assertEquals(0, run("dicom", "deidentify", in, "--out", one, "--key-file", key).exitCode());
    assertEquals(0, run("dicom", "deidentify", in, "--out", two, "--key-file", key).exitCode());
    assertEquals(
        0, run("dicom", "deidentify", in, "--out", other, "--key-file", key("o", 2)).exitCode());
    Output keyless = run("dicom", "deidentify", in, "--out", random);
    assertEquals(0, keyless.exitCode());
    assertTrue(keyless.err().contains("--key-file"), keyless.err());
    Path file = under(one).get(0);
    assertEquals(file.getFileName(), under(two).get(0).getFileName());
    assertEquals(-1, Files.mismatch(file, under(two).get(0)));
    assertNotEquals(file.getFileName(), under(other).get(0).getFileName());
    assertNotEquals(file.getFileName(), under(random).get(0).getFileName());
  }

  @Test
  void optionsReachTheFiles() throws IOException {
    Path in = instance("in/a.dcm", 1, "PAT1", "YES");
    Path out = folder.resolve("out");
    Output refused = run("dicom", "deidentify", in, "--out", out);
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("(0028,0301)"), refused.err());
    assertFalse(Files.exists(out), "nothing is written");
    Output allowed =
        run(
            "dicom",
            "deidentify",
            in,
            "--out",
            out,
            "--allow-burned-in",
            "--shift-dates",
            "--keep-patient-characteristics",
            "--keep-uids");
    assertEquals(0, allowed.exitCode(), allowed.err());
    DicomDataSet result = DicomFile.read(out.resolve("1.2.3.1.dcm")).dataSet();
    assertEquals(Optional.of("1.2.3.100.4"), result.string(STUDY));
    assertEquals(Optional.of("064Y"), result.string(DicomTag.PATIENT_AGE));
    assertTrue(result.string(STUDY_DATE).orElseThrow().matches("20(1[56789]|2[0-6])[0-9]{4}"));
    assertNotEquals(Optional.of("20260303"), result.string(STUDY_DATE));
  }

  @Test
  void theExampleWritesWhatTheCommandWrites() throws IOException {
    Path in = instance("in/a.dcm", 1, "PAT1", "NO");
    Path key = key("key", 1);
    Path out = folder.resolve("out");
    Path example = folder.resolve("example.dcm");
    DeIdentifyOneInstance.main(new String[] {in.toString(), key.toString(), example.toString()});
    Output output =
        run(
            "dicom",
            "deidentify",
            in,
            "--out",
            out,
            "--key-file",
            key,
            "--keep-patient-characteristics");
    assertEquals(0, output.exitCode(), output.err());
    assertEquals(-1, Files.mismatch(example, under(out).get(0)));
  }

  @Test
  void badFilesAreNamedAndDoNotStopTheOthers() throws IOException {
    Path good = instance("in/good.dcm", 1, "PAT1", "NO");
    Path twin = Files.copy(good, folder.resolve("in/twin.dcm"));
    Path cut = folder.resolve("in/cut.dcm");
    byte[] whole = Files.readAllBytes(good);
    Files.write(cut, Arrays.copyOf(whole, whole.length - 100));
    Path text = Files.writeString(folder.resolve("text.dcm"), "no DICOM");
    Path missing = folder.resolve("missing.dcm");
    Path out = folder.resolve("out");
    Output output = run("dicom", "deidentify", cut, text, missing, good, twin, "--out", out);
    assertEquals(1, output.exitCode());
    for (Path bad : List.of(cut, text, missing, twin)) {
      assertTrue(output.err().contains("cxr: " + bad + ": "), output.err());
    }
    assertTrue(output.err().contains("4 of 5 files failed"), output.err());
    assertFalse(output.err().contains("Smith"), output.err());
    assertEquals(1, under(out).size());
  }

  @Test
  void wrongUsageIsTold() throws IOException {
    Path in = instance("in/a.dcm", 1, "PAT1", "NO").getParent();
    assertEquals(2, run("dicom", "deidentify", in).exitCode());
    assertEquals(2, run("dicom", "deidentify", "--out", folder.resolve("out")).exitCode());
    Output inside = run("dicom", "deidentify", in, "--out", in.resolve("out"));
    assertEquals(2, inside.exitCode(), inside.err());
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertEquals(2, run("dicom", "deidentify", empty, "--out", folder.resolve("out")).exitCode());
    Path shortKey = Files.writeString(folder.resolve("short"), "secret");
    Output weak =
        run("dicom", "deidentify", in, "--out", folder.resolve("out"), "--key-file", shortKey);
    assertEquals(2, weak.exitCode());
    assertTrue(weak.err().contains("at least 16 random bytes"), weak.err());
    assertFalse(Files.exists(folder.resolve("out")));
  }
}
