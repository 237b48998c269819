package io.cxr.dicom.deidentify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.dicom.Code;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.dicom.deidentify.DeIdentifier.BurnedIn;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * De-identified instances as others see them: Debian's {@code dciodvfy} (dicom3tools), which knows
 * the modules of PS3.3, and GDCM's {@code gdcmanon}, which has its own table of the profile; over
 * phantoms and the files that come with pydicom. Skipped where they are missing.
 */
@Tag("slow")
class DeIdentifierPeersTest {
  private static final Path CORPUS =
      Path.of("/usr/lib/python3/dist-packages/pydicom/data/test_files");
  private static final String CR = "1.2.840.10008.5.1.4.1.1.1";
  private static final String DX = "1.2.840.10008.5.1.4.1.1.1.1";
  private static final String SC = "1.2.840.10008.5.1.4.1.1.7";

  @TempDir Path folder;

  private static final List<DeIdentifier> OPTIONS =
      List.of(
          DeIdentifier.builder(new byte[32]).burnedIn(BurnedIn.ALLOW).build(),
          DeIdentifier.builder(new byte[32])
              .burnedIn(BurnedIn.ALLOW)
              .retainModifiedDates(true)
              .retainPatientCharacteristics(true)
              .retainDeviceIdentity(true)
              .retainUids(true)
              .build());

  private static DicomElement text(int tag, ValueRepresentation vr, String... values) {
    return DicomElement.ofText(DicomTag.of(tag), vr, values);
  }

  private static DicomElement items(int tag, DicomDataSet... items) {
    return DicomElement.ofItems(DicomTag.of(tag), List.of(items));
  }

  private static DicomDataSet reference(String sopClass) {
    return DicomDataSet.of(
        text(0x00081150, ValueRepresentation.UI, sopClass),
        text(0x00081155, ValueRepresentation.UI, "1.2.3.4"));
  }

  private static DicomDataSet code(String value, String scheme, String meaning) {
    return new Code(value, scheme, meaning).toItem();
  }

  /** What a modality and a hospital put into an instance, the optional attributes as well. */
  static DicomDataSet hospital(String sopClass) {
    DicomDataSet person =
        DicomDataSet.of(
            items(0x00401101, code("4711", "99HOSP", "Technician Smith")),
            text(0x00080080, ValueRepresentation.LO, "St. Elsewhere"));
    DicomDataSet common =
        DicomPhantom.dataSet(12, false, "MONOCHROME2")
            .with(
                text(0x00080016, ValueRepresentation.UI, sopClass),
                text(0x00080008, ValueRepresentation.CS, "ORIGINAL", "PRIMARY", ""),
                text(0x00080012, ValueRepresentation.DA, "20260303"),
                text(0x00080013, ValueRepresentation.TM, "101112"),
                text(0x00080020, ValueRepresentation.DA, "20260303"),
                text(0x00080021, ValueRepresentation.DA, "20260303"),
                text(0x00080022, ValueRepresentation.DA, "20260303"),
                text(0x00080023, ValueRepresentation.DA, "20260303"),
                text(0x0008002a, ValueRepresentation.DT, "20260303101112"),
                text(0x00080030, ValueRepresentation.TM, "101112"),
                text(0x00080031, ValueRepresentation.TM, "101112"),
                text(0x00080032, ValueRepresentation.TM, "101112"),
                text(0x00080033, ValueRepresentation.TM, "101112"),
                text(0x00080050, ValueRepresentation.SH, "ACC4711"),
                text(0x00080070, ValueRepresentation.LO, "Maker"),
                text(0x00080080, ValueRepresentation.LO, "St. Elsewhere"),
                text(0x00080081, ValueRepresentation.ST, "Elsewhere Street 1"),
                items(0x00080082, code("4712", "99HOSP", "St. Elsewhere")),
                text(0x00080090, ValueRepresentation.PN, "Referrer^Ruth"),
                text(0x00081010, ValueRepresentation.SH, "ROOM1"),
                text(0x00081030, ValueRepresentation.LO, "Chest of Smith"),
                text(0x0008103e, ValueRepresentation.LO, "Chest PA of Smith"),
                text(0x00081040, ValueRepresentation.LO, "Radiology"),
                text(0x00081050, ValueRepresentation.PN, "Performer^Paul"),
                text(0x00081070, ValueRepresentation.PN, "Operator^Olga"),
                items(0x00081072, person),
                text(0x00081090, ValueRepresentation.LO, "Model"),
                items(0x00081110, reference("1.2.840.10008.3.1.2.3.1")),
                items(0x00081111, reference("1.2.840.10008.3.1.2.3.3")),
                items(0x00081140, reference(sopClass)),
                items(0x00082112, reference(sopClass)),
                text(0x00082111, ValueRepresentation.ST, "Edges of Smith enhanced"),
                text(0x00100010, ValueRepresentation.PN, "Smith^Jane"),
                text(0x00100020, ValueRepresentation.LO, "PAT4711"),
                text(0x00100030, ValueRepresentation.DA, "19620102"),
                text(0x00100040, ValueRepresentation.CS, "F"),
                text(0x00101020, ValueRepresentation.DS, "1.7"),
                text(0x00101030, ValueRepresentation.DS, "70"),
                text(0x00102160, ValueRepresentation.SH, "Elsewhereian"),
                text(0x00102180, ValueRepresentation.SH, "Nurse"),
                text(0x001021b0, ValueRepresentation.LT, "Coughs"),
                text(0x00104000, ValueRepresentation.LT, "Lives alone"),
                text(0x00120010, ValueRepresentation.LO, "Sponsor"),
                text(0x00120020, ValueRepresentation.LO, "Protocol 1"),
                text(0x00120021, ValueRepresentation.LO, "Protocol"),
                text(0x00120030, ValueRepresentation.LO, "Site 1"),
                text(0x00120031, ValueRepresentation.LO, "Site"),
                text(0x00120040, ValueRepresentation.LO, "Subject 1"),
                text(0x00180015, ValueRepresentation.CS, "CHEST"),
                text(0x00181000, ValueRepresentation.LO, "SN4711"),
                text(0x00181004, ValueRepresentation.LO, "PLATE4711"),
                text(0x00181020, ValueRepresentation.LO, "1.0"),
                text(0x00181030, ValueRepresentation.LO, "Protocol of Smith"),
                text(0x00181200, ValueRepresentation.DA, "20260101"),
                text(0x00181201, ValueRepresentation.TM, "080000"),
                text(0x00200010, ValueRepresentation.SH, "STUDY1"),
                text(0x00200011, ValueRepresentation.IS, "1"),
                text(0x00200013, ValueRepresentation.IS, "1"),
                text(0x00200020, ValueRepresentation.CS, "L", "F"),
                text(0x00200052, ValueRepresentation.UI, "1.2.3.52"),
                text(0x00201040, ValueRepresentation.LO, ""),
                text(0x00204000, ValueRepresentation.LT, "Smith, lying"),
                text(0x00321060, ValueRepresentation.LO, "Chest for Smith"),
                items(
                    0x00400275,
                    DicomDataSet.of(
                        text(0x00401001, ValueRepresentation.SH, "RP1"),
                        text(0x00400009, ValueRepresentation.SH, "SPS1"))),
                text(0x00400244, ValueRepresentation.DA, "20260303"),
                text(0x00400245, ValueRepresentation.TM, "101112"),
                text(0x00400253, ValueRepresentation.SH, "PPS1"),
                text(0x00400254, ValueRepresentation.LO, "Chest of Smith"),
                DicomElement.ofBytes(
                    DicomTag.of(0x00091010), ValueRepresentation.UN, new byte[] {'S', 'm'}),
                text(0x00090010, ValueRepresentation.LO, "MAKER PRIVATE"));
    return switch (sopClass) {
      case DX ->
          common.with(
              text(0x00080060, ValueRepresentation.CS, "DX"),
              items(0x00082218, code("43799004", "SCT", "Chest")),
              items(0x00540220, code("399348003", "SCT", "antero-posterior")),
              text(0x00185101, ValueRepresentation.CS, "AP"),
              text(0x00200062, ValueRepresentation.CS, "U"),
              text(0x0018700a, ValueRepresentation.SH, "DET4711"),
              text(0x0018700c, ValueRepresentation.DA, "20260101"),
              text(0x0018700e, ValueRepresentation.TM, "080000"),
              text(0x00187004, ValueRepresentation.CS, "DIRECT"),
              text(0x00181400, ValueRepresentation.LO, "Smith's edges"),
              text(0x00181508, ValueRepresentation.CS, "NONE"),
              text(0x00281040, ValueRepresentation.CS, "LIN"),
              DicomElement.ofIntegers(DicomTag.of(0x00281041), ValueRepresentation.SS, 1),
              text(0x00281052, ValueRepresentation.DS, "0"),
              text(0x00281053, ValueRepresentation.DS, "1"),
              text(0x00281054, ValueRepresentation.LO, "US"),
              text(0x00282110, ValueRepresentation.CS, "00"),
              text(0x20500020, ValueRepresentation.CS, "IDENTITY"),
              items(
                  0x00400555,
                  DicomDataSet.of(
                      text(0x0040a040, ValueRepresentation.CS, "TEXT"),
                      items(0x0040a043, code("109054", "DCM", "Patient State")),
                      text(0x0040a160, ValueRepresentation.UT, "Smith coughs"))));
      case CR ->
          common.with(
              text(0x00080060, ValueRepresentation.CS, "CR"),
              text(0x00185101, ValueRepresentation.CS, "AP"));
      default ->
          common.with(
              text(0x00080060, ValueRepresentation.CS, "OT"),
              text(0x00080064, ValueRepresentation.CS, "WSD"),
              text(0x00181010, ValueRepresentation.LO, "CAPTURE4711"),
              text(0x00181012, ValueRepresentation.DA, "20260303"),
              text(0x00181014, ValueRepresentation.TM, "101112"));
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {CR, DX, SC})
  void validInstancesStayValid(String sopClass) throws Exception {
    assumeTrue(isThere("dciodvfy"), "dciodvfy (Debian's dicom3tools) is missing: skipped");
    DicomFile source =
        new DicomFile(
            DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, hospital(sopClass));
    Set<String> before = errors(source);
    assertEquals(Set.of(), before, "valid before");
    for (DeIdentifier deIdentifier : OPTIONS) {
      DicomFile result = deIdentifier.deIdentify(source);
      assertEquals(Set.of(), added(before, errors(result)));
      String all = new String(result.toBytes(), StandardCharsets.ISO_8859_1);
      for (String name : List.of("Smith", "4711", "Elsewhere Street", "Ruth", "Olga", "19620102")) {
        boolean isDevice = deIdentifier != OPTIONS.get(0) && name.equals("4711");
        assertTrue(isDevice || !all.contains(name), name);
      }
    }
  }

  private static Set<String> added(Set<String> before, Set<String> after) {
    Set<String> added = new TreeSet<>(after);
    added.removeAll(before);
    return added;
  }

  private Set<String> errors(DicomFile file) throws Exception {
    Path path = Files.write(folder.resolve("validated.dcm"), file.toBytes());
    Set<String> errors = new TreeSet<>();
    run("dciodvfy", path.toString())
        .lines()
        .filter(line -> line.startsWith("Error"))
        // New UIDs in old errors.
        .map(line -> line.replaceAll("(UID |<)[0-9.]+>?$", "UID"))
        .forEach(errors::add);
    return errors;
  }

  @Test
  void theCorpusStaysAsValidAsItWas() throws Exception {
    assumeTrue(Files.isDirectory(CORPUS), "pydicom's files are missing: skipped");
    assumeTrue(isThere("dciodvfy"), "dciodvfy (Debian's dicom3tools) is missing: skipped");
    TreeMap<String, Set<String>> invalid = new TreeMap<>();
    int compared = 0;
    for (Path path : corpus()) {
      Optional<DicomFile> source = read(path);
      // It says of others only that they are no instances.
      if (source.isEmpty() || source.get().dataSet().element(DicomTag.SOP_CLASS_UID).isEmpty()) {
        continue;
      }
      Set<String> before = errors(source.get());
      for (DeIdentifier deIdentifier : OPTIONS) {
        Set<String> added = added(before, errors(deIdentifier.deIdentify(source.get())));
        if (!added.isEmpty()) {
          invalid.put(path.getFileName().toString(), added);
        }
      }
      compared++;
    }
    System.out.println("De-identified corpus: " + compared + " files with dciodvfy");
    assertEquals(new TreeMap<>(), invalid);
    assertTrue(compared > 50, compared + " files");
  }

  /** What GDCM's table of the profile takes out or replaces, ours does, too. */
  @Test
  void whatGdcmTakesOutIsTakenOut() throws Exception {
    assumeTrue(Files.isDirectory(CORPUS), "pydicom's files are missing: skipped");
    assumeTrue(
        isThere("gdcmanon") && isThere("openssl"), "gdcmanon or openssl is missing: skipped");
    Path certificate = folder.resolve("certificate.pem");
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=test",
        "-keyout",
        folder.resolve("key.pem").toString(),
        "-out",
        certificate.toString());
    List<Path> sources = new ArrayList<>(corpus());
    for (String sopClass : List.of(CR, DX, SC)) {
      sources.add(
          Files.write(
              folder.resolve(sopClass + ".dcm"),
              DicomPhantom.file(hospital(sopClass), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN)));
    }
    TreeMap<String, Set<DicomTag>> remaining = new TreeMap<>();
    int compared = 0;
    int attributes = 0;
    // Most of the time is that of starting a process a file.
    IntStream.range(0, sources.size())
        .parallel()
        .forEach(i -> anonymize(certificate, sources.get(i), folder.resolve("theirs" + i)));
    for (int i = 0; i < sources.size(); i++) {
      Path path = sources.get(i);
      Optional<DicomFile> source = read(path);
      Path theirs = folder.resolve("theirs" + i);
      if (source.isEmpty() || !Files.exists(theirs)) {
        continue;
      }
      DicomDataSet original = source.get().dataSet();
      DicomDataSet peer = DicomFile.read(theirs).dataSet();
      DicomDataSet ours = OPTIONS.get(0).deIdentify(source.get()).dataSet();
      compared++;
      for (DicomElement element : original.elements()) {
        // GDCM writes what came in implicit VR as UN, which changes no value.
        boolean isChanged =
            !peer.element(element.tag())
                .filter(
                    kept ->
                        kept.bytes().equals(element.bytes())
                            && kept.items().equals(element.items()))
                .isPresent();
        boolean isPixelData = element.tag().equals(DicomTag.PIXEL_DATA);
        if (!isChanged || isPixelData || element.isEmpty()) {
          continue;
        }
        attributes++;
        DicomElement left = ours.element(element.tag()).orElse(null);
        // Not equal elements: ours may have got its representation.
        if (left != null
            && left.bytes().equals(element.bytes())
            && left.items().equals(element.items())) {
          remaining
              .computeIfAbsent(path.getFileName().toString(), name -> new TreeSet<>())
              .add(element.tag());
        }
      }
    }
    System.out.println(
        "De-identified corpus: " + compared + " files with gdcmanon, " + attributes + " changes");
    assertEquals(new TreeMap<>(), remaining);
    assertTrue(compared > 30 && attributes > 500, compared + " files, " + attributes);
  }

  /** Leaves no file where GDCM cannot read the source. */
  private static void anonymize(Path certificate, Path source, Path theirs) {
    String[] command = {
      "gdcmanon", "-e", "-c", certificate.toString(), source.toString(), theirs.toString()
    };
    try {
      new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(source.toString(), e);
    }
  }

  private static List<Path> corpus() throws IOException {
    try (Stream<Path> all = Files.list(CORPUS)) {
      return all.filter(file -> file.toString().endsWith(".dcm")).sorted().toList();
    }
  }

  /** Those that can be read: some of the corpus are broken on purpose. */
  private static Optional<DicomFile> read(Path path) throws IOException {
    try {
      return Optional.of(DicomFile.read(Files.readAllBytes(path), DecodeLimits.DEFAULT));
    } catch (UnsupportedRadiographException e) {
      return Optional.empty();
    }
  }

  private static boolean isThere(String program) {
    return new File("/usr/bin", program).canExecute();
  }

  /** What a program says; some say by their status that a file is invalid. */
  private String run(String... command) throws IOException, InterruptedException {
    Path log = folder.resolve("log.txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    process.waitFor();
    return Files.readString(log, StandardCharsets.ISO_8859_1);
  }
}
