package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.image.CodestreamSeeds;
import io.cxr.dicom.image.DicomRadiograph;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.radiograph.DecodeLimits;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused by its kind, what a caller may allow, and what a refused file still shows. */
class DicomRefusalTest {
  private static final DicomDataSet PHANTOM = DicomPhantom.dataSet(12, false, "MONOCHROME2");

  private static byte[] file(DicomDataSet dataSet) {
    return DicomPhantom.file(dataSet, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
  }

  private static byte[] ofPart(String... parts) {
    return file(
        PHANTOM.with(
            DicomPhantom.text(DicomTag.BODY_PART_EXAMINED, ValueRepresentation.CS, parts)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "CHEST",
        "chest",
        "THORAX",
        "LUNG",
        "RIB",
        "RIBS",
        "STERNUM",
        "HEART",
        "CHEST PA",
        "PORT CHEST",
        "CHESTABDOMEN",
        "CHESTABDPELVIS",
        "WHOLEBODY",
        "TSPINE",
        "1",
        "UNKNOWN"
      })
  void whatMayBeAChestIsRead(String part) {
    assertEquals(
        DicomPhantom.ROWS, DicomRadiographReader.standard().read(ofPart(part)).radiograph().rows());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HAND", "foot", "SKULL", "ABDOMEN", "LSPINE", "L SPINE", "KNEE", "PELVIS", "BREAST"
      })
  void otherPartsOfTheBodyAreRefusedUnlessAskedFor(String part) {
    UnsupportedRadiographException e =
        assertThrows(
            UnsupportedRadiographException.class,
            () -> DicomRadiographReader.standard().read(ofPart(part)));
    assertEquals(Reason.UNSUPPORTED_BODY_PART, e.reason());
    assertTrue(e.getMessage().contains("--any-body-part"), e.getMessage());
    DicomRadiographOptions any = DicomRadiographOptions.DEFAULT.withAnyBodyPart(true);
    assertEquals(
        DicomPhantom.ROWS,
        DicomRadiographReader.standard().read(ofPart(part), any).radiograph().rows());
  }

  @Test
  void ofSeveralPartsOneMayBeTheChest() {
    assertEquals(
        DicomPhantom.ROWS,
        DicomRadiographReader.standard().read(ofPart("ABDOMEN", "CHEST")).radiograph().rows());
  }

  @Test
  void theFrameThatWasReadIsTold() {
    byte[] frames = file(DicomPhantom.monochrome(16, 12, 11, false, "MONOCHROME2", 3));
    DicomRadiograph first = DicomRadiographReader.standard().read(frames);
    assertEquals(List.of(0, 3), List.of(first.frame(), first.frames()));
    DicomRadiograph last =
        DicomRadiographReader.standard().read(frames, DicomRadiographOptions.DEFAULT.withFrame(2));
    assertEquals(List.of(2, 3), List.of(last.frame(), last.frames()));
  }

  /** A fragment's bytes may look like DICOM, or hold a whole instance: it is JPEG all the same. */
  @Test
  void aFragmentThatLooksLikeDicomIsDecodedAsJpeg() {
    DicomFile seed = CodestreamSeeds.ENCAPSULATED.get("jpeg-baseline");
    byte[] codestream = CodestreamSeeds.codestream(seed);
    byte[] inner = file(DicomPhantom.dataSet(8, false, "MONOCHROME1"));
    // Its preamble begins a comment, so that DICM comes after 128 bytes.
    int length = inner.length - 4;
    inner[0] = -1;
    inner[1] = (byte) 0xd8;
    inner[2] = -1;
    inner[3] = (byte) 0xfe;
    inner[4] = (byte) (length >>> 8);
    inner[5] = (byte) length;
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(inner);
    both.write(codestream, 2, codestream.length - 2);
    byte[] polyglot = both.toByteArray();
    assertTrue(DicomFile.isDicom(polyglot, polyglot.length), "looks like DICOM");
    DicomFile outer = CodestreamSeeds.with(seed, polyglot);
    assertEquals(
        DicomRadiographReader.standard()
            .read(CodestreamSeeds.with(seed, codestream), DicomRadiographOptions.DEFAULT)
            .radiograph(),
        DicomRadiographReader.standard()
            .read(outer.toBytes(), DicomRadiographOptions.DEFAULT)
            .radiograph());
  }

  @Test
  void jpegInsideDicomIsRefusedInTheWordsOfAnArchive() {
    DicomFile seed = CodestreamSeeds.ENCAPSULATED.get("jpeg-baseline");
    byte[] whole = CodestreamSeeds.codestream(seed);
    byte[] short_ = Arrays.copyOf(whole, whole.length * 2 / 3);
    byte[] arithmetic = whole.clone();
    for (int at = 0; at + 1 < arithmetic.length; at++) {
      if (arithmetic[at] == -1 && arithmetic[at + 1] == (byte) 0xc0) {
        arithmetic[at + 1] = (byte) 0xc9;
      }
    }
    UnsupportedRadiographException truncated = refusal(CodestreamSeeds.with(seed, short_));
    assertEquals(Reason.TRUNCATED, truncated.reason());
    assertTrue(truncated.getMessage().contains("retrieve the instance again"));
    assertTrue(truncated.getMessage().contains("JPEG codestream"), truncated.getMessage());
    UnsupportedRadiographException coding = refusal(CodestreamSeeds.with(seed, arithmetic));
    assertEquals(Reason.UNSUPPORTED_ENCODING, coding.reason());
    assertTrue(coding.getMessage().contains("arithmetic"), coding.getMessage());
    assertTrue(coding.getMessage().contains("Explicit VR Little Endian"), coding.getMessage());
  }

  private static UnsupportedRadiographException refusal(DicomFile file) {
    return assertThrows(
        UnsupportedRadiographException.class,
        () -> DicomRadiographReader.standard().read(file, DicomRadiographOptions.DEFAULT));
  }

  /** However short a file is, what there is of it is shown, and where it breaks off. */
  @Test
  void anInspectionShowsWhatThereIs() {
    DicomDataSet nested =
        PHANTOM.with(
            DicomElement.ofItems(
                DicomTag.VIEW_CODE_SEQUENCE,
                List.of(
                    DicomDataSet.of(
                        DicomPhantom.text(DicomTag.CODE_VALUE, ValueRepresentation.SH, "R-10214 "),
                        DicomPhantom.text(
                            DicomTag.of(0x00080102), ValueRepresentation.SH, "SRT ")))));
    byte[] whole = file(nested);
    int most = 0;
    for (int length = 0; length <= whole.length; length++) {
      byte[] encoded = Arrays.copyOf(whole, length);
      DicomInspection inspection = DicomInspection.of(encoded, DecodeLimits.DEFAULT);
      boolean read = true;
      try {
        DicomFile parsed = DicomFile.read(encoded, DecodeLimits.DEFAULT);
        assertEquals(parsed.dataSet(), inspection.dataSet());
      } catch (UnsupportedRadiographException e) {
        read = false;
        DicomInspection.Break end = inspection.end().orElseThrow();
        assertEquals(e.getMessage(), end.refusal().getMessage());
        assertTrue(end.offset() <= length, "within the file");
      }
      assertEquals(read, inspection.end().isEmpty());
      int elements = inspection.dataSet().elements().size();
      assertTrue(elements >= most, "what was shown of a shorter one is shown");
      most = elements;
    }
    assertEquals(nested.elements().size(), most);
  }

  @Test
  void anInspectionShowsUnfinishedItems() {
    byte[] whole =
        file(
            DicomDataSet.of(
                DicomElement.ofItems(
                    DicomTag.VIEW_CODE_SEQUENCE,
                    List.of(
                        DicomDataSet.of(
                            DicomPhantom.text(
                                DicomTag.CODE_VALUE, ValueRepresentation.SH, "R-10214 "),
                            DicomPhantom.text(
                                DicomTag.of(0x00080104), ValueRepresentation.LO, "postero"))))));
    // A length within the item that goes on after it.
    whole[whole.length - 10] = 99;
    DicomInspection inspection = DicomInspection.of(whole, DecodeLimits.DEFAULT);
    assertEquals(Reason.TRUNCATED, inspection.end().orElseThrow().refusal().reason());
    assertEquals(whole.length - 16, inspection.end().orElseThrow().offset());
    assertEquals(
        "R-10214",
        inspection
            .dataSet()
            .items(DicomTag.VIEW_CODE_SEQUENCE)
            .get(0)
            .string(DicomTag.CODE_VALUE)
            .orElseThrow());
  }

  @Test
  void anInspectionGoesOnBehindAnUnknownTransferSyntax() {
    byte[] file = file(PHANTOM);
    int place =
        new String(file, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("10008.1.2.1");
    file[place + 10] = '7';
    DicomInspection inspection = DicomInspection.of(file, DecodeLimits.DEFAULT);
    assertEquals(PHANTOM, inspection.dataSet());
    assertEquals(Reason.UNSUPPORTED_ENCODING, inspection.end().orElseThrow().refusal().reason());
  }
}
