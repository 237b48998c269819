package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.CpuTime;
import io.cxr.dicom.image.DicomRadiograph;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.dicom.image.VoiWindow;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.ViewPosition;
import java.io.ByteArrayOutputStream;
import java.time.Period;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What is written reads back, gray is what PS3.3 says, and damage is refused. */
class DicomLawsTest {
  /** Of the processor, so that a busy machine makes no difference. */
  private static final long SLOWEST_NANOS = 10_000_000_000L;

  private static final DicomTag NAME = DicomTag.of(0x00100010);

  @Provide
  Arbitrary<TransferSyntax> nativeSyntaxes() {
    return Arbitraries.of(TransferSyntax.values()).filter(syntax -> !syntax.isEncapsulated());
  }

  @Property(tries = 200)
  void whatIsWrittenReadsBack(
      @ForAll("nativeSyntaxes") TransferSyntax syntax,
      @ForAll @IntRange(min = 1, max = 16) int bits,
      @ForAll boolean signed,
      @ForAll String name,
      @ForAll List<Integer> numbers,
      @ForAll @IntRange(min = 0, max = 10) int depth) {
    String clean = name.replaceAll("[\\\\\\p{Cntrl}\\p{Cs}]", "").strip();
    // Half a character or a space may be what is last now, and spaces at the end are padding.
    clean = clean.substring(0, Math.min(60, clean.length())).replaceAll("\\p{Cs}", "").strip();
    DicomDataSet nested =
        DicomDataSet.of(
            DicomElement.ofIntegers(
                DicomTag.ROWS,
                ValueRepresentation.US,
                numbers.stream().mapToInt(i -> i & 0xffff).toArray()));
    for (int i = 0; i < depth; i++) {
      nested =
          DicomDataSet.of(
              DicomElement.ofItems(DicomTag.VOI_LUT_SEQUENCE, List.of(nested, DicomDataSet.of())));
    }
    DicomDataSet written =
        DicomPhantom.dataSet(bits, signed, "MONOCHROME2")
            .with(
                DicomElement.ofText(
                    DicomTag.SPECIFIC_CHARACTER_SET, ValueRepresentation.CS, "ISO_IR 192"),
                DicomElement.ofText(
                    NAME, ValueRepresentation.PN, SpecificCharacterSet.UTF_8, clean),
                DicomElement.ofItems(DicomTag.VIEW_CODE_SEQUENCE, List.of(nested)));
    DicomFile read = DicomFile.read(DicomPhantom.file(written, syntax), DecodeLimits.DEFAULT);
    assertEquals(syntax, read.transferSyntax());
    assertEquals(clean, read.dataSet().string(NAME).orElse(""));
    if (syntax.isExplicit()) {
      assertEquals(written, read.dataSet());
    } else {
      // Implicit VR forgets that pixels were bytes.
      assertEquals(
          written.without(DicomTag.PIXEL_DATA), read.dataSet().without(DicomTag.PIXEL_DATA));
      assertEquals(
          written.element(DicomTag.PIXEL_DATA).orElseThrow().bytes(),
          read.dataSet().element(DicomTag.PIXEL_DATA).orElseThrow().bytes());
    }
    assertEquals(
        DicomFile.read(DicomWriter.write(read), DecodeLimits.DEFAULT).dataSet(), read.dataSet());
  }

  @Property(tries = 100)
  void monochrome1IsInvertedMonochrome2(
      @ForAll @IntRange(min = 1, max = 16) int bits,
      @ForAll boolean signed,
      @ForAll boolean windowed,
      @ForAll("nativeSyntaxes") TransferSyntax syntax) {
    Radiograph[] both = new Radiograph[2];
    for (int i = 0; i < 2; i++) {
      DicomDataSet set = DicomPhantom.dataSet(bits, signed, "MONOCHROME" + (i + 1));
      set = windowed ? set : set.without(DicomTag.WINDOW_CENTER, DicomTag.WINDOW_WIDTH);
      both[i] = DicomRadiographReader.standard().read(DicomPhantom.file(set, syntax)).radiograph();
    }
    int white = bits <= 8 ? 255 : 65535;
    for (int row = 0; row < DicomPhantom.ROWS; row++) {
      for (int column = 0; column < DicomPhantom.COLUMNS; column++) {
        assertEquals(white - both[0].pixel(row, column), both[1].pixel(row, column));
      }
    }
  }

  @Property(tries = 4000)
  void damageIsReadOrRefused(
      @ForAll("nativeSyntaxes") TransferSyntax syntax,
      @ForAll @IntRange(min = 0, max = 8000) int place,
      @ForAll @IntRange(min = 1, max = 255) int change,
      @ForAll @IntRange(min = 0, max = 999) int permille) {
    byte[] whole = DicomPhantom.file(DicomPhantom.dataSet(12, false, "MONOCHROME2"), syntax);
    byte[] cut = Arrays.copyOf(whole, (int) ((long) whole.length * permille / 1000));
    whole[place % 1000 % whole.length] ^= (byte) change;
    for (byte[] damaged : List.of(whole, cut)) {
      readOrRefuse(damaged);
    }
  }

  static void readOrRefuse(byte[] damaged) {
    long start = CpuTime.nanos();
    try {
      DicomRadiographReader.standard().read(damaged);
    } catch (UnsupportedRadiographException e) {
      assertTrue(e.getMessage().contains("expected"), e.getMessage());
    }
    assertTrue(CpuTime.nanos() - start < SLOWEST_NANOS, "slow");
  }

  @Test
  void attributesAreRead() {
    byte[] file =
        DicomPhantom.file(
            DicomPhantom.dataSet(12, false, "MONOCHROME2"),
            TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    DicomRadiograph read = DicomRadiographReader.standard().read(file);
    assertEquals(Optional.of(ViewPosition.PA), read.radiograph().viewPosition());
    assertEquals(0.139, read.radiograph().pixelSpacing().orElseThrow().rowMillimetres());
    assertEquals(Optional.of(Period.ofYears(64)), read.patientAge());
    assertEquals(Optional.of(false), read.burnedInAnnotation());
    assertEquals(read.radiograph(), Radiograph.read(file));
  }

  @Test
  void windowsFollowTheirFormulas() {
    VoiWindow linear = new VoiWindow(2048, 4096, VoiWindow.Function.LINEAR);
    assertEquals(0, linear.apply(0));
    assertEquals(1, linear.apply(4096));
    assertEquals((2048 - 2047.5) / 4095 + 0.5, linear.apply(2048));
    assertEquals(0.5, new VoiWindow(10, 4, VoiWindow.Function.LINEAR_EXACT).apply(10));
    assertEquals(0.5, new VoiWindow(10, 4, VoiWindow.Function.SIGMOID).apply(10));
    assertEquals(
        1 / (1 + Math.exp(-2)), new VoiWindow(10, 4, VoiWindow.Function.SIGMOID).apply(12));
  }

  @Test
  void rawImagesAreRefusedUnlessAskedFor() {
    byte[] file =
        DicomPhantom.file(
            DicomPhantom.dataSet(12, false, "MONOCHROME2")
                .with(
                    DicomPhantom.text(
                        DicomTag.PRESENTATION_INTENT_TYPE,
                        ValueRepresentation.CS,
                        "FOR PROCESSING")),
            TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    assertRefused(Reason.NOT_FOR_PRESENTATION, file);
    DicomRadiographOptions asked = DicomRadiographOptions.DEFAULT.withForProcessing(true);
    assertEquals(
        DicomPhantom.ROWS, DicomRadiographReader.standard().read(file, asked).radiograph().rows());
  }

  @Test
  void bombsAreRefused() throws Exception {
    ByteArrayOutputStream deep = new ByteArrayOutputStream();
    for (int i = 0; i < 100_000; i++) {
      // (0008,1140) SQ and an item, both of undefined length.
      deep.writeBytes(new byte[] {8, 0, 0x40, 0x11, 'S', 'Q', 0, 0, -1, -1, -1, -1});
      deep.writeBytes(new byte[] {-2, -1, 0, -32, -1, -1, -1, -1});
    }
    assertRefused(Reason.TOO_LARGE, deep.toByteArray());

    byte[] head =
        DicomPhantom.file(DicomDataSet.of(), TransferSyntax.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN);
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    bomb.write(head, 0, head.length - 2);
    try (DeflaterOutputStream out = new DeflaterOutputStream(bomb, new Deflater(9, true))) {
      for (int i = 0; i < 200; i++) {
        out.write(new byte[1 << 20]);
      }
    }
    assertRefused(Reason.TOO_LARGE, bomb.toByteArray());

    byte[] lying = {8, 0, 5, 0, 'U', 'T', 0, 0, -2, -1, -1, 127};
    assertRefused(Reason.TRUNCATED, lying);
  }

  @Test
  void escapeSequencesAreDecoded() {
    // PS3.5 H.3.1 and I.2.
    byte[] yamada = {
      'Y', 'a', 'm', 'a', 'd', 'a', '^', 'T', 'a', 'r', 'o', 'u', '=', 27, '$', 'B', 0x3b, 0x33,
      0x45, 0x44, 27, '(', 'B', '^', 27, '$', 'B', 0x42, 0x40, 0x4f, 0x3a, 27, '(', 'B'
    };
    assertEquals(
        "Yamada^Tarou=山田^太郎", SpecificCharacterSet.of("", "ISO 2022 IR 87").decode(yamada, true));
    byte[] hong = {27, '$', ')', 'C', (byte) 0xfb, (byte) 0xf3, '^'};
    assertEquals("洪^", SpecificCharacterSet.of("", "ISO 2022 IR 149").decode(hong, true));
  }

  private static void assertRefused(Reason reason, byte[] file) {
    UnsupportedRadiographException e =
        assertThrows(
            UnsupportedRadiographException.class,
            () -> DicomRadiographReader.standard().read(file));
    assertEquals(reason, e.reason(), e.getMessage());
  }
}
