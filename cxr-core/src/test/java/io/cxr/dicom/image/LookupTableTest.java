package io.cxr.dicom.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.Leniencies;
import io.cxr.dicom.Leniency;
import io.cxr.dicom.LenientValues;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.radiograph.Radiograph;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables whose descriptors disagree with their data: the data decide, or nobody does. */
class LookupTableTest {
  private final Leniencies leniencies = new Leniencies();

  /** A table of rising values from 0 to a largest one. */
  private static int[] rising(int count, int largest) {
    return IntStream.range(0, count)
        .map(i -> (int) Math.round((double) largest * i / (count - 1)))
        .toArray();
  }

  private static byte[] data(int width, int... values) {
    ByteBuffer data = ByteBuffer.allocate(values.length * width).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      if (width == 1) {
        data.put((byte) value);
      } else {
        data.putShort((short) value);
      }
    }
    return data.array();
  }

  private static DicomDataSet item(int entries, int bits, byte[] data) {
    return DicomDataSet.of(
        DicomElement.ofIntegers(
            DicomTag.LUT_DESCRIPTOR, ValueRepresentation.US, entries & 0xffff, 0, bits),
        DicomElement.ofBytes(DicomTag.LUT_DATA, ValueRepresentation.OW, data));
  }

  private Optional<LookupTable> table(DicomDataSet item) {
    return LookupTable.of(
        new LenientValues(item, leniencies), DicomTag.LUT_DESCRIPTOR, DicomTag.LUT_DATA, false);
  }

  private static int bits(int largest) {
    return 32 - Integer.numberOfLeadingZeros(largest);
  }

  @ParameterizedTest
  @CsvSource({
    // stated entries and bits, then entries, bytes an entry and largest entry of the data
    "4096, 12, 4096, 2, 4095",
    "4096, 16, 4096, 2, 65535",
    "256, 8, 256, 1, 255",
    "255, 8, 255, 1, 255",
    "256, 8, 256, 2, 255",
    "65536, 16, 65536, 2, 65535",
    "4096, 12, 4000, 2, 4095",
    "4096, 12, 5000, 2, 4095",
    "65536, 12, 4096, 2, 4095",
    "4096, 8, 4000, 1, 255",
    "4096, 8, 4000, 2, 255",
    "4096, 16, 4096, 2, 1023",
    "4096, 16, 4096, 2, 4095",
    "4096, 12, 4096, 2, 2000",
    "4096, 8, 4096, 2, 4095",
    "4096, 10, 4096, 2, 4095",
    "4096, 16, 4096, 1, 255",
    "4096, 12, 4096, 1, 255",
    "4096, 0, 4096, 2, 4095",
    "4096, 20, 4096, 2, 4095",
  })
  void theDataDecide(int entries, int bits, int count, int width, int largest) {
    int[] values = rising(count, largest);
    LookupTable table = table(item(entries, bits, data(width, values))).orElseThrow();
    for (int i = 0; i < count; i++) {
      assertEquals(values[i], table.apply(i), "entry " + i);
    }
    assertEquals(largest, table.apply(1 << 20));
    assertEquals(0, table.apply(-5));
    assertEquals(bits(largest), table.bits());
    assertEquals(bits, table.statedBits());
    assertEquals(count == entries ? 0 : 1, leniencies.toList().size());
  }

  @Test
  void halvesOfWordsAreNotTakenForBytes() {
    // As many bytes as there should be entries, but they are 2048 words.
    byte[] data = data(2, rising(2048, 65535));
    UnsupportedRadiographException e =
        assertThrows(UnsupportedRadiographException.class, () -> table(item(4096, 16, data)));
    assertEquals(Reason.DAMAGED, e.reason());
  }

  @Test
  void incompleteTablesCountAsMissing() {
    DicomDataSet whole = item(256, 8, data(1, rising(256, 255)));
    assertTrue(table(whole.without(DicomTag.LUT_DATA)).isEmpty());
    assertTrue(table(whole.without(DicomTag.LUT_DESCRIPTOR)).isEmpty());
    assertTrue(table(item(256, 8, new byte[0])).isEmpty());
    assertTrue(table(DicomDataSet.of()).isEmpty());
  }

  private static DicomRadiograph read(DicomDataSet dataSet) {
    return DicomRadiographReader.standard()
        .read(DicomPhantom.file(dataSet, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN));
  }

  private static DicomElement sequence(DicomTag tag, DicomDataSet... items) {
    return DicomElement.ofItems(tag, List.of(items));
  }

  private static final DicomDataSet PHANTOM =
      DicomPhantom.monochrome(16, 12, 11, false, "MONOCHROME2", 1);

  /** A picture through a table is as bright, whatever its descriptor says. */
  @Test
  void picturesThroughWrongDescriptorsAreNeitherBlackNorWhite() {
    Radiograph right =
        read(PHANTOM.with(
                sequence(DicomTag.VOI_LUT_SEQUENCE, item(4096, 10, data(2, rising(4096, 1023))))))
            .radiograph();
    assertEquals(65535, IntStream.range(0, 61).map(row -> right.pixel(row, 0)).max().orElse(0));
    for (int bits : new int[] {8, 12, 16}) {
      DicomRadiograph wrong =
          read(
              PHANTOM.with(
                  sequence(
                      DicomTag.VOI_LUT_SEQUENCE, item(4096, bits, data(2, rising(4096, 1023))))));
      assertEquals(right, wrong.radiograph());
      assertEquals(
          List.of(Leniency.Kind.LOOKUP_TABLE),
          wrong.leniencies().stream().map(Leniency::kind).toList());
    }
    // The Modality LUT's values are what they are, and the window is in their units.
    DicomElement[] window = {
      DicomPhantom.text(DicomTag.WINDOW_CENTER, ValueRepresentation.DS, "2048"),
      DicomPhantom.text(DicomTag.WINDOW_WIDTH, ValueRepresentation.DS, "4096")
    };
    DicomDataSet item = item(4096, 12, data(2, rising(4000, 3999)));
    DicomDataSet whole = item(4000, 12, data(2, rising(4000, 3999)));
    assertEquals(
        read(PHANTOM.with(sequence(DicomTag.MODALITY_LUT_SEQUENCE, whole)).with(window))
            .radiograph(),
        read(PHANTOM.with(sequence(DicomTag.MODALITY_LUT_SEQUENCE, item)).with(window))
            .radiograph());
  }

  @Test
  void aTableWithoutDataGivesWayToTheWindow() {
    DicomDataSet windowed =
        PHANTOM.with(
            DicomPhantom.text(DicomTag.WINDOW_CENTER, ValueRepresentation.DS, "2000"),
            DicomPhantom.text(DicomTag.WINDOW_WIDTH, ValueRepresentation.DS, "1000"));
    for (DicomTag tag : List.of(DicomTag.VOI_LUT_SEQUENCE, DicomTag.MODALITY_LUT_SEQUENCE)) {
      DicomRadiograph read = read(windowed.with(sequence(tag, DicomDataSet.of())));
      assertEquals(read(windowed).radiograph(), read.radiograph());
      assertEquals(1, read.leniencies().size());
    }
    DicomRadiograph alone =
        read(PHANTOM.with(sequence(DicomTag.VOI_LUT_SEQUENCE, DicomDataSet.of())));
    assertEquals(read(PHANTOM).radiograph(), alone.radiograph());
  }

  @Test
  void aTableThroughWhichNothingCanBeSeenIsRefused() {
    for (DicomTag tag : List.of(DicomTag.VOI_LUT_SEQUENCE, DicomTag.MODALITY_LUT_SEQUENCE)) {
      DicomDataSet set = PHANTOM.with(sequence(tag, item(256, 8, new byte[256])));
      UnsupportedRadiographException e =
          assertThrows(UnsupportedRadiographException.class, () -> read(set));
      assertEquals(Reason.DAMAGED, e.reason());
    }
  }

  private static DicomDataSet palette(int bits, int width, int largest) {
    DicomDataSet set = DicomPhantom.monochrome(8, 8, 7, false, "PALETTE COLOR", 1);
    List<DicomElement> elements = new ArrayList<>();
    for (int colour = 0; colour < 3; colour++) {
      // A blue that is nowhere bright.
      int top = colour == 2 ? largest / 8 : largest;
      elements.add(
          DicomElement.ofIntegers(
              DicomTag.of(0x00281101 + colour), ValueRepresentation.US, 256, 0, bits));
      elements.add(
          DicomElement.ofBytes(
              DicomTag.of(0x00281201 + colour),
              ValueRepresentation.OW,
              data(width, rising(256, top))));
    }
    return set.with(elements.toArray(new DicomElement[0]));
  }

  @Test
  void palettesOfOtherBitsThanTheySayShowTheSameColours() {
    Radiograph eight = read(palette(8, 1, 255)).radiograph();
    assertEquals(eight, read(palette(8, 2, 255)).radiograph());
    assertEquals(eight, read(palette(16, 1, 255)).radiograph());
    assertEquals(eight, read(palette(16, 2, 255)).radiograph());
    assertEquals(read(palette(16, 2, 65535)).radiograph(), read(palette(8, 2, 65535)).radiograph());
    assertEquals(List.of(), read(palette(16, 2, 65535)).leniencies());
    assertEquals(1, read(palette(8, 2, 65535)).leniencies().size());
  }
}
