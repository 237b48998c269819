package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.radiograph.DecodeLimits;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written, where the data set or the file that it came from makes it hard. */
class DicomWriterTest {
  private static final DicomTag LONG_NUMBERS = DicomTag.of(0x00189810);
  private static final DicomTag LONG_TEXT = DicomTag.of(0x00204000);

  @TempDir Path folder;

  private static byte[] bytes(DicomElement element) {
    ByteBuffer view = element.bytes();
    byte[] bytes = new byte[view.remaining()];
    view.get(bytes);
    return bytes;
  }

  /** As the parser makes it of implicit VR, where every length has 32 bits. */
  private static DicomElement longer(DicomTag tag, ValueRepresentation vr, int length) {
    byte[] value = new byte[length];
    for (int i = 0; i < length; i++) {
      value[i] = (byte) (vr.isText() ? 'a' + i % 26 : i * 7);
    }
    return DicomElement.sharing(tag, vr, value, 0, length);
  }

  /** Table data of 65,536 entries, numbers and text: more than 16 bits of length can say. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "EXPLICIT_VR_LITTLE_ENDIAN",
        "EXPLICIT_VR_BIG_ENDIAN",
        "DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN",
        "IMPLICIT_VR_LITTLE_ENDIAN"
      })
  void longValuesSurvive(TransferSyntax syntax) throws Exception {
    DicomDataSet table =
        DicomPhantom.table(0, 16, false, IntStream.range(0, 65536).toArray())
            .with(longer(DicomTag.LUT_DATA, ValueRepresentation.US, 131072));
    DicomDataSet source =
        DicomPhantom.dataSet(12, false, "MONOCHROME2")
            .with(
                longer(LONG_NUMBERS, ValueRepresentation.US, 65536),
                longer(LONG_TEXT, ValueRepresentation.LT, 70000),
                longer(DicomTag.of(0x00081030), ValueRepresentation.LO, 65534),
                DicomElement.ofItems(DicomTag.VOI_LUT_SEQUENCE, List.of(table)));
    // An implicit file first: such elements come from there.
    byte[] implicit = DicomPhantom.file(source, TransferSyntax.IMPLICIT_VR_LITTLE_ENDIAN);
    DicomDataSet read = DicomFile.read(implicit, DecodeLimits.DEFAULT).dataSet();
    byte[] file = DicomPhantom.file(read, syntax);
    DicomDataSet again = DicomFile.read(file, DecodeLimits.DEFAULT).dataSet();
    assertEquals(read.elements().size(), again.elements().size());
    for (DicomElement element : read.elements()) {
      DicomElement other = again.element(element.tag()).orElseThrow();
      assertArrayEquals(bytes(element), bytes(other), element.toString());
    }
    assertArrayEquals(
        bytes(table.element(DicomTag.LUT_DATA).orElseThrow()),
        bytes(
            again
                .items(DicomTag.VOI_LUT_SEQUENCE)
                .get(0)
                .element(DicomTag.LUT_DATA)
                .orElseThrow()));
    boolean implicitly = syntax == TransferSyntax.IMPLICIT_VR_LITTLE_ENDIAN;
    assertEquals(
        implicitly ? LONG_TEXT.valueRepresentation() : ValueRepresentation.UN,
        again.element(LONG_TEXT).orElseThrow().vr());
    assertEquals(ValueRepresentation.LO, again.element(DicomTag.of(0x00081030)).orElseThrow().vr());
    assumeTrue(DicomPeer.isThere("dcmdump"), "dcmdump (Debian's dcmtk) is missing: skipped");
    Path path = Files.write(folder.resolve("long.dcm"), file);
    String dump = DicomPeer.said(folder, 0, "dcmdump", "-M", path.toString());
    assertTrue(dump.contains("(7fe0,0010)"), dump);
    assertFalse(dump.matches("(?s).*^[EW]: .*"), dump);
  }

  /** A file that was edited says of itself what the data set is, not what it was. */
  @Test
  void staleMetaInformationGivesWay() {
    DicomDataSet stale =
        DicomDataSet.of(
            DicomPhantom.text(
                DicomTag.of(0x00020002), ValueRepresentation.UI, "1.2.840.10008.5.1.4.1.1.2"),
            DicomPhantom.text(DicomTag.of(0x00020003), ValueRepresentation.UI, "2.25.1"),
            DicomPhantom.text(DicomTag.of(0x00020012), ValueRepresentation.UI, "2.25.2"),
            DicomPhantom.text(DicomTag.of(0x00020013), ValueRepresentation.SH, "OTHER_1"),
            DicomPhantom.text(DicomTag.of(0x00020016), ValueRepresentation.AE, "SENDER"),
            DicomElement.ofBytes(
                DicomTag.of(0x00020001), ValueRepresentation.OB, new byte[] {9, 9}));
    DicomDataSet source = DicomPhantom.dataSet(12, false, "MONOCHROME2");
    DicomDataSet meta = meta(stale, source);
    assertEquals(source.string(DicomTag.SOP_CLASS_UID), meta.string(DicomTag.of(0x00020002)));
    assertEquals(source.string(DicomTag.SOP_INSTANCE_UID), meta.string(DicomTag.of(0x00020003)));
    assertTrue(meta.string(DicomTag.of(0x00020012)).orElseThrow().startsWith("2.25.25070"), "ours");
    assertTrue(meta.element(DicomTag.of(0x00020013)).isEmpty());
    assertEquals("SENDER", meta.string(DicomTag.of(0x00020016)).orElseThrow());
    assertArrayEquals(
        new byte[] {0, 1}, bytes(meta.element(DicomTag.of(0x00020001)).orElseThrow()));
    DicomDataSet bare = source.without(DicomTag.SOP_CLASS_UID, DicomTag.SOP_INSTANCE_UID);
    assertEquals("2.25.1", meta(stale, bare).string(DicomTag.of(0x00020003)).orElseThrow());
  }

  private static DicomDataSet meta(DicomDataSet stale, DicomDataSet source) {
    byte[] file = new DicomFile(stale, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, source).toBytes();
    return DicomFile.read(file, DecodeLimits.DEFAULT).metaInformation();
  }
}
