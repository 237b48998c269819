package io.cxr.commandline;

import static io.cxr.commandline.Output.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How the command line reads DICOM, looks into it, and says what it forgave. */
class DicomReadingTest {
  @TempDir Path folder;

  private static DicomElement code(DicomTag tag, String value) {
    return DicomElement.ofText(tag, ValueRepresentation.CS, value);
  }

  private static DicomElement number(DicomTag tag, int value) {
    return DicomElement.ofIntegers(tag, ValueRepresentation.US, value);
  }

  /** A phantom of 8 bits with some frames. */
  private Path film(String name, int frames, DicomElement... elements) throws IOException {
    Radiograph radiograph = PHANTOM;
    byte[] frame = radiograph.toGray8();
    byte[] pixels = new byte[frames * frame.length];
    for (int i = 0; i < frames; i++) {
      System.arraycopy(frame, 0, pixels, i * frame.length, frame.length);
    }
    DicomDataSet dataSet =
        DicomDataSet.of(
                DicomElement.ofText(DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, "2.25.1"),
                number(DicomTag.SAMPLES_PER_PIXEL, 1),
                code(DicomTag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2"),
                number(DicomTag.ROWS, radiograph.rows()),
                number(DicomTag.COLUMNS, radiograph.columns()),
                number(DicomTag.BITS_ALLOCATED, 8),
                number(DicomTag.BITS_STORED, 8),
                number(DicomTag.HIGH_BIT, 7),
                number(DicomTag.PIXEL_REPRESENTATION, 0),
                DicomElement.ofText(
                    DicomTag.NUMBER_OF_FRAMES, ValueRepresentation.IS, String.valueOf(frames)),
                DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OB, pixels))
            .with(elements);
    return Files.write(
        folder.resolve(name),
        new DicomFile(DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, dataSet)
            .toBytes());
  }

  private static final Radiograph PHANTOM = Radiograph.ofGray8(64, 64, gray());

  private static byte[] gray() {
    byte[] gray = new byte[64 * 64];
    for (int i = 0; i < gray.length; i++) {
      gray[i] = (byte) (i * 255 / gray.length);
    }
    return gray;
  }

  /** The reason of a refusal, or the empty text; no other film is in the way. */
  private static String reason(Output output) {
    JsonNode node = new JsonMapper().readTree(output.out().lines().findFirst().orElseThrow());
    return node.has("reason") ? node.get("reason").asString() : "";
  }

  @Test
  void whatIsRefusedByItsKindIsReadIfAskedFor() throws IOException {
    Path raw = film("raw.dcm", 1, code(DicomTag.PRESENTATION_INTENT_TYPE, "FOR PROCESSING"));
    Output refused = run("classify", "--json", raw);
    assertEquals("NOT_FOR_PRESENTATION", reason(refused));
    assertTrue(refused.err().contains("--for-processing"), refused.err());
    assertFalse(reason(run("classify", "--json", "--for-processing", raw)).startsWith("NOT_FOR"));

    Path hand = film("hand.dcm", 1, code(DicomTag.BODY_PART_EXAMINED, "HAND"));
    refused = run("classify", "--json", hand);
    assertEquals("UNSUPPORTED_BODY_PART", reason(refused));
    assertTrue(refused.err().contains("--any-body-part"), refused.err());
    assertFalse(reason(run("classify", "--json", "--any-body-part", hand)).endsWith("BODY_PART"));
  }

  @Test
  void framesAndWindowsAreChosen() throws IOException {
    Path three = film("three.dcm", 3);
    Output missing = run("classify", "--json", "--frame", 4, three);
    assertEquals(1, missing.exitCode());
    assertTrue(missing.err().contains("expected an instance with a frame 4, found one of 3"));
    DicomReadingOption third = parsed("--frame", "3");
    List<String> notes = new ArrayList<>();
    third.read(DicomFile.read(three), notes::add);
    assertEquals(List.of("frame 3 of 3 was read"), notes);
    // 8 bits without a window are shown as they are; a window of half the range is steeper.
    Radiograph plain = parsed().read(DicomFile.read(three), note -> {}).radiograph();
    assertEquals(PHANTOM, plain);
    Radiograph windowed =
        parsed("--window", "128,129").read(DicomFile.read(three), note -> {}).radiograph();
    for (int row = 0; row < 64; row++) {
      int expected =
          Math.max(0, Math.min(255, (int) Math.round((plain.pixel(row, 5) - 63.5) * 255 / 128)));
      assertEquals(expected, windowed.pixel(row, 5), 1);
    }
    for (String window : List.of("2048", "a,b", "1,0", "1,2,3")) {
      Output usage = run("classify", "--window", window, three);
      assertEquals(2, usage.exitCode());
      assertTrue(usage.err().contains("such as 2048,4096"), usage.err());
    }
    assertEquals(2, run("classify", "--frame", 0, three).exitCode());
  }

  private static DicomReadingOption parsed(String... arguments) {
    DicomReadingOption option = new DicomReadingOption();
    new CommandLine(option).parseArgs(arguments);
    return option;
  }

  @Test
  void dumpTellsWhatIsForgiven() throws IOException {
    Path film = film("lower.dcm", 1, code(DicomTag.PHOTOMETRIC_INTERPRETATION, "monochrome2"));
    Files.write(film, new byte[] {'\r', '\n'}, StandardOpenOption.APPEND);
    Output dump = run("dicom", "dump", film);
    assertEquals(0, dump.exitCode(), dump.err());
    assertTrue(dump.out().contains("# forgiven: 2 bytes after the data set"), dump.out());
    assertTrue(dump.out().contains("# forgiven: PhotometricInterpretation"), dump.out());
    assertFalse(dump.out().contains("# refused"), dump.out());
    Path hand = film("hand.dcm", 1, code(DicomTag.BODY_PART_EXAMINED, "HAND"));
    assertTrue(run("dicom", "dump", hand).out().contains("# refused as a radiograph: "));
  }

  @Test
  void dumpShowsARefusedFileUpToWhereItBreaksOff() throws IOException {
    Path film = film("short.dcm", 1);
    byte[] whole = Files.readAllBytes(film);
    Files.write(film, Arrays.copyOf(whole, whole.length - 100));
    Output dump = run("dicom", "dump", film);
    assertEquals(1, dump.exitCode());
    assertTrue(dump.out().contains("(0028,0010) US Rows 64"), dump.out());
    int header = whole.length - 64 * 64 - 12;
    assertTrue(dump.out().contains("# broken off at byte " + header + ": DICOM: "), dump.out());
  }
}
