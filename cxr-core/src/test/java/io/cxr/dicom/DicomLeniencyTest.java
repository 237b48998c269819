package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.image.CodestreamSeeds;
import io.cxr.dicom.image.DicomRadiograph;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not as the standard has it is read where its meaning is certain, and told. */
class DicomLeniencyTest {
  private static final TransferSyntax EXPLICIT = TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN;
  private static final TransferSyntax IMPLICIT = TransferSyntax.IMPLICIT_VR_LITTLE_ENDIAN;

  private static final DicomDataSet PHANTOM = DicomPhantom.dataSet(12, false, "MONOCHROME2");
  private static final DicomDataSet WITHOUT_WINDOW =
      PHANTOM.without(DicomTag.WINDOW_CENTER, DicomTag.WINDOW_WIDTH);

  private static DicomRadiograph read(byte[] file) {
    return DicomRadiographReader.standard().read(file);
  }

  private static DicomRadiograph read(DicomDataSet dataSet) {
    return read(DicomPhantom.file(dataSet, EXPLICIT));
  }

  private static Radiograph picture(DicomDataSet dataSet) {
    return read(dataSet).radiograph();
  }

  private static Set<Leniency.Kind> kinds(DicomRadiograph read) {
    Set<Leniency.Kind> kinds = new TreeSet<>();
    read.leniencies().forEach(leniency -> kinds.add(leniency.kind()));
    return kinds;
  }

  private static void assertLenient(Leniency.Kind kind, Radiograph picture, DicomRadiograph read) {
    assertEquals(picture, read.radiograph());
    assertEquals(Set.of(kind), kinds(read), read.leniencies().toString());
  }

  private static UnsupportedRadiographException assertRefused(Reason reason, byte[] file) {
    UnsupportedRadiographException e =
        assertThrows(UnsupportedRadiographException.class, () -> read(file));
    assertEquals(reason, e.reason(), e.getMessage());
    return e;
  }

  private static DicomElement ds(DicomTag tag, String value) {
    return DicomElement.ofBytes(
        tag, ValueRepresentation.DS, value.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** An explicit element of any two characters, whose length has 16 bits. */
  private static byte[] element(int tag, String vr, byte[] value) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + value.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort((short) (tag >>> 16)).putShort((short) tag);
    bytes.put(vr.getBytes(StandardCharsets.ISO_8859_1)).putShort((short) value.length);
    return bytes.put(value).array();
  }

  private static byte[] wideElement(int tag, String vr, byte[] value) {
    ByteBuffer bytes = ByteBuffer.allocate(12 + value.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort((short) (tag >>> 16)).putShort((short) tag);
    bytes.put(vr.getBytes(StandardCharsets.ISO_8859_1)).putShort((short) 0).putInt(value.length);
    return bytes.put(value).array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Preamble, prefix and file meta information of a transfer syntax. */
  private static byte[] head(TransferSyntax syntax) {
    return DicomPhantom.file(DicomDataSet.of(), syntax);
  }

  /** The phantom in explicit VR with an element before those of a greater tag. */
  private static byte[] with(byte[] element) {
    return with(PHANTOM, element);
  }

  private static byte[] with(DicomDataSet dataSet, byte[] element) {
    ByteBuffer header = ByteBuffer.wrap(element).order(ByteOrder.LITTLE_ENDIAN);
    DicomTag tag = new DicomTag(header.getChar(0), header.getChar(2));
    List<DicomElement> before = new ArrayList<>();
    List<DicomElement> after = new ArrayList<>();
    for (DicomElement present : dataSet.elements()) {
      (present.tag().compareTo(tag) <= 0 ? before : after).add(present);
    }
    return concat(
        head(EXPLICIT),
        DicomWriter.write(DicomDataSet.of(before), EXPLICIT),
        element,
        DicomWriter.write(DicomDataSet.of(after), EXPLICIT));
  }

  // Numbers -------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0,143\\0,143",
        "NaN\\NaN",
        "0.143,0.143",
        "0\\0",
        "0.143",
        "-0.1\\0.1",
        "1e999\\1",
        "a\\b",
        "0.143\\0,143"
      })
  void spacingThatIsNoPairOfNumbersCountsAsMissing(String spacing) {
    DicomDataSet set =
        PHANTOM.without(DicomTag.IMAGER_PIXEL_SPACING).with(ds(DicomTag.PIXEL_SPACING, spacing));
    DicomRadiograph read = read(set);
    assertTrue(read.radiograph().pixelSpacing().isEmpty());
    assertEquals(Set.of(Leniency.Kind.NUMBER), kinds(read));
    assertTrue(read.leniencies().get(0).message().contains("PixelSpacing (0028,0030)"));
    assertTrue(
        read.leniencies().stream().noneMatch(leniency -> leniency.message().contains("143")),
        "no value is told");
  }

  /** Of a broken writer, in place of text. */
  @Test
  void spacingInBinaryNumbersThatIsInfiniteCountsAsMissing() {
    byte[] infinite = {0, 0, (byte) 0x80, 0x7f, 0, 0, (byte) 0x80, 0x3f};
    DicomRadiograph read =
        read(
            PHANTOM
                .without(DicomTag.IMAGER_PIXEL_SPACING)
                .with(
                    DicomElement.ofBytes(
                        DicomTag.PIXEL_SPACING, ValueRepresentation.FL, infinite)));
    assertTrue(read.radiograph().pixelSpacing().isEmpty());
    assertEquals(Set.of(Leniency.Kind.NUMBER), kinds(read));
  }

  @Test
  void spacingThatMeansNothingGivesWayToThatOfTheDetector() {
    DicomRadiograph read = read(PHANTOM.with(ds(DicomTag.PIXEL_SPACING, "0,2\\0,2")));
    assertEquals(0.14, read.radiograph().pixelSpacing().orElseThrow().columnMillimetres());
  }

  @ParameterizedTest
  @ValueSource(strings = {"2048,0", "NaN", "2048,1024", "Infinity", "0x800", "2048 HU", "-"})
  void aWindowThatIsNoNumberCountsAsMissing(String center) {
    assertLenient(
        Leniency.Kind.NUMBER,
        picture(WITHOUT_WINDOW),
        read(PHANTOM.with(ds(DicomTag.WINDOW_CENTER, center))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-5", "0.5"})
  void aWindowWithoutWidthCountsAsMissing(String width) {
    assertLenient(
        Leniency.Kind.NUMBER,
        picture(WITHOUT_WINDOW),
        read(PHANTOM.with(ds(DicomTag.WINDOW_WIDTH, width))));
  }

  @Test
  void ofSeveralWindowsThoseBeforeTheUnreadableOneCount() {
    DicomDataSet set =
        WITHOUT_WINDOW.with(
            ds(DicomTag.WINDOW_CENTER, "1000\\N/A"), ds(DicomTag.WINDOW_WIDTH, "800\\400"));
    Radiograph first =
        picture(
            WITHOUT_WINDOW.with(
                ds(DicomTag.WINDOW_CENTER, "1000"), ds(DicomTag.WINDOW_WIDTH, "800")));
    assertLenient(Leniency.Kind.NUMBER, first, read(set));
  }

  @Test
  void rescaleSlopeZeroCountsAsNoRescale() {
    DicomDataSet set =
        PHANTOM.with(ds(DicomTag.RESCALE_SLOPE, "0"), ds(DicomTag.RESCALE_INTERCEPT, "100"));
    assertLenient(Leniency.Kind.NUMBER, picture(PHANTOM), read(set));
  }

  /** Windows are in units of a rescale that nobody knows. */
  @Test
  void aRescaleThatIsNoNumberTakesItsWindowWithIt() {
    for (DicomElement broken :
        List.of(ds(DicomTag.RESCALE_SLOPE, "1,5"), ds(DicomTag.RESCALE_INTERCEPT, "-1024,0"))) {
      assertLenient(Leniency.Kind.NUMBER, picture(WITHOUT_WINDOW), read(PHANTOM.with(broken)));
    }
    assertRefused(
        Reason.DAMAGED,
        DicomPhantom.file(PHANTOM.with(ds(DicomTag.RESCALE_SLOPE, "-1,5")), EXPLICIT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "one", "1.0"})
  void framesThatAreNoNumberAboveZeroCountAsMissing(String frames) {
    DicomElement element =
        DicomElement.ofBytes(DicomTag.NUMBER_OF_FRAMES, ValueRepresentation.IS, ascii(frames));
    DicomRadiograph read = read(PHANTOM.with(element));
    assertLenient(Leniency.Kind.NUMBER, picture(PHANTOM), read);
    assertEquals(1, read.frames());
  }

  @Test
  void elementsWithoutAValueAreNoLeniency() {
    DicomDataSet set =
        PHANTOM.with(
            ds(DicomTag.RESCALE_SLOPE, ""),
            ds(DicomTag.RESCALE_INTERCEPT, ""),
            ds(DicomTag.PIXEL_SPACING, ""),
            DicomElement.ofBytes(DicomTag.NUMBER_OF_FRAMES, ValueRepresentation.IS, new byte[0]));
    DicomRadiograph read = read(set);
    assertEquals(picture(PHANTOM), read.radiograph());
    assertEquals(List.of(), read.leniencies());
  }

  // Code strings --------------------------------------------------------------------------------

  @Test
  void codesInLowerCaseCount() {
    for (String photometric : List.of("MONOCHROME1", "MONOCHROME2")) {
      DicomDataSet set = DicomPhantom.dataSet(12, false, photometric);
      DicomElement lower =
          DicomPhantom.text(
              DicomTag.PHOTOMETRIC_INTERPRETATION,
              ValueRepresentation.CS,
              photometric.toLowerCase(java.util.Locale.ROOT));
      assertLenient(Leniency.Kind.CODE_STRING, picture(set), read(set.with(lower)));
    }
    DicomDataSet inverse =
        PHANTOM.with(
            DicomPhantom.text(DicomTag.PRESENTATION_LUT_SHAPE, ValueRepresentation.CS, "inverse"));
    assertNotEquals(picture(PHANTOM), picture(inverse));
    assertRefused(
        Reason.NOT_FOR_PRESENTATION,
        DicomPhantom.file(
            PHANTOM.with(
                DicomPhantom.text(
                    DicomTag.PRESENTATION_INTENT_TYPE, ValueRepresentation.CS, "for processing")),
            EXPLICIT));
  }

  @Test
  void anUnknownVoiLutFunctionCountsAsLinear() {
    DicomDataSet set =
        PHANTOM.with(
            DicomPhantom.text(DicomTag.VOI_LUT_FUNCTION, ValueRepresentation.CS, "NORMAL"));
    assertLenient(Leniency.Kind.CODE_STRING, picture(PHANTOM), read(set));
  }

  @Test
  void anUnknownPhotometricInterpretationIsNamed() {
    byte[] file =
        DicomPhantom.file(
            PHANTOM.with(
                DicomPhantom.text(
                    DicomTag.PHOTOMETRIC_INTERPRETATION, ValueRepresentation.CS, "GRAYSCALE")),
            EXPLICIT);
    UnsupportedRadiographException e = assertRefused(Reason.UNSUPPORTED_COLOUR, file);
    assertTrue(e.getMessage().contains("GRAYSCALE"), e.getMessage());
  }

  // Elements ------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"??", "  ", "\u0000\u0000", "un", "Xx", "--"})
  void unknownRepresentationsWithShortLengthsAreRead(String vr) {
    byte[] file = with(element(0x00091001, vr, ascii("of a maker")));
    assertLenient(Leniency.Kind.VALUE_REPRESENTATION, picture(PHANTOM), read(file));
    DicomElement element =
        DicomFile.read(file, DecodeLimits.DEFAULT)
            .dataSet()
            .element(DicomTag.of(0x00091001))
            .orElseThrow();
    assertEquals(ValueRepresentation.UN, element.vr());
    assertEquals(10, element.bytes().remaining());
  }

  @Test
  void futureRepresentationsHaveLongLengths() {
    byte[] value = new byte[100_000];
    Arrays.fill(value, (byte) 7);
    byte[] file = with(wideElement(0x00091001, "ZZ", value));
    assertLenient(Leniency.Kind.VALUE_REPRESENTATION, picture(PHANTOM), read(file));
  }

  @Test
  void ofStandardElementsTheDictionaryKnowsTheRepresentation() {
    byte[] file =
        with(
            WITHOUT_WINDOW,
            concat(
                element(0x00281050, "??", ascii("2047")),
                element(0x00281051, "??", ascii("2047"))));
    assertLenient(Leniency.Kind.VALUE_REPRESENTATION, picture(PHANTOM), read(file));
  }

  @Test
  void anUnknownRepresentationThatNothingFollowsIsRefused() {
    byte[] element = element(0x00091001, "??", ascii("of a maker"));
    element[6] = 4;
    assertRefused(Reason.DAMAGED, with(element));
  }

  @Test
  void repeatedElementsAreReadUnlessTheyContradict() {
    byte[] rows = element(0x00280010, "US", new byte[] {DicomPhantom.ROWS, 0});
    assertLenient(Leniency.Kind.REPEATED_ELEMENT, picture(PHANTOM), read(with(rows)));
    rows[8]--;
    UnsupportedRadiographException e = assertRefused(Reason.DAMAGED, with(rows));
    assertTrue(e.getMessage().contains("Rows (0028,0010)"), e.getMessage());
    DicomDataSet described =
        PHANTOM.with(DicomPhantom.text(DicomTag.of(0x00081030), ValueRepresentation.LO, "ONE"));
    byte[] other = with(described, element(0x00081030, "LO", ascii("TWO ")));
    assertLenient(Leniency.Kind.REPEATED_ELEMENT, picture(PHANTOM), read(other));
    assertEquals(
        "ONE",
        DicomFile.read(other, DecodeLimits.DEFAULT)
            .dataSet()
            .string(DicomTag.of(0x00081030))
            .orElseThrow());
    DicomDataSet named =
        PHANTOM.with(DicomPhantom.text(DicomTag.of(0x00100010), ValueRepresentation.PN, "A^B "));
    assertRefused(Reason.DAMAGED, with(named, element(0x00100010, "PN", ascii("C^D "))));
  }

  @Test
  void groupTwoInTheDataSetIsLeftOut() {
    byte[] uid = element(0x00020010, "UI", ascii("1.2.840.10008.1.2\0"));
    byte[] file = concat(head(EXPLICIT), uid, DicomWriter.write(PHANTOM, EXPLICIT));
    DicomRadiograph read = read(file);
    assertLenient(Leniency.Kind.FILE_META_INFORMATION, picture(PHANTOM), read);
    assertEquals(EXPLICIT, DicomFile.read(file, DecodeLimits.DEFAULT).transferSyntax());
  }

  @Test
  void fileMetaInformationInImplicitVrIsRead() {
    ByteBuffer meta = ByteBuffer.allocate(132 + 8 + 20).order(ByteOrder.LITTLE_ENDIAN);
    meta.position(128);
    meta.put(ascii("DICM")).putShort((short) 2).putShort((short) 0x10).putInt(20);
    meta.put(ascii("1.2.840.10008.1.2.1\0"));
    byte[] file = concat(meta.array(), DicomWriter.write(PHANTOM, EXPLICIT));
    assertLenient(Leniency.Kind.FILE_META_INFORMATION, picture(PHANTOM), read(file));
  }

  @Test
  void aMissingTransferSyntaxIsTakenFromTheDataSet() {
    for (TransferSyntax syntax : List.of(EXPLICIT, IMPLICIT)) {
      byte[] file = concat(new byte[128], ascii("DICM"), DicomWriter.write(PHANTOM, syntax));
      assertLenient(Leniency.Kind.FILE_META_INFORMATION, picture(PHANTOM), read(file));
    }
  }

  @Test
  void manyLenienciesTakeLittleMemory() {
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    for (int i = 0; i < 50_000; i++) {
      many.writeBytes(element(0x00090100 + i, "??", new byte[2]));
    }
    DicomRadiograph read = read(with(many.toByteArray()));
    assertEquals(picture(PHANTOM), read.radiograph());
    assertTrue(read.leniencies().size() < 100, "bounded");
    assertEquals(50_000, read.leniencies().stream().mapToInt(Leniency::times).sum());
  }

  // Ends ----------------------------------------------------------------------------------------

  @TestFactory
  Stream<DynamicTest> bytesAfterTheDataSetAreLeftOut() {
    Map<String, byte[]> ends =
        Map.of(
            "a line end", ascii("\r\n"),
            "a zero", new byte[1],
            "zeros", new byte[512],
            "spaces", ascii("                    "),
            "a page of text", ascii("<!-- stored by a proxy -->\n".repeat(40)),
            "an element that is cut off", new byte[] {-4, -1, -4, -1, 'O', 'B', 0, 0, 99, 0, 0, 0},
            "another file's beginning", head(EXPLICIT));
    return ends.entrySet().stream()
        .flatMap(
            end ->
                Stream.of(EXPLICIT, IMPLICIT, TransferSyntax.EXPLICIT_VR_BIG_ENDIAN)
                    .map(
                        syntax ->
                            DynamicTest.dynamicTest(
                                end.getKey() + ", " + syntax,
                                () ->
                                    assertLenient(
                                        Leniency.Kind.TRAILING_BYTES,
                                        picture(PHANTOM),
                                        read(
                                            concat(
                                                DicomPhantom.file(PHANTOM, syntax),
                                                end.getValue()))))));
  }

  /** Wherever a file ends too early: nothing of a picture is missing without a word. */
  @TestFactory
  Stream<DynamicTest> aBeginningOfAFileIsRefusedOrShowsTheWholePicture() {
    return CodestreamSeeds.FILES.entrySet().stream()
        .map(
            seed ->
                DynamicTest.dynamicTest(
                    seed.getKey(),
                    () -> {
                      byte[] whole = seed.getValue();
                      Radiograph picture = read(whole).radiograph();
                      int read = 0;
                      for (int length = 1; length < whole.length; length++) {
                        try {
                          assertEquals(
                              picture,
                              read(Arrays.copyOf(whole, length)).radiograph(),
                              length + " of " + whole.length);
                          read++;
                        } catch (UnsupportedRadiographException e) {
                          assertEquals(0, read, "what is longer holds the picture as well");
                        }
                      }
                      // A delimiter of 8 bytes and padding may be missing.
                      assertTrue(read <= 12, read + " beginnings are read");
                    }));
  }

  @TestFactory
  Stream<DynamicTest> aMissingDelimiterIsNotedWhereTheLastFragmentIsWhole() {
    return CodestreamSeeds.ENCAPSULATED.keySet().stream()
        .map(
            name ->
                DynamicTest.dynamicTest(
                    name,
                    () -> {
                      byte[] whole = CodestreamSeeds.FILES.get(name);
                      byte[] cut = Arrays.copyOf(whole, whole.length - 8);
                      Radiograph picture = read(whole).radiograph();
                      assertLenient(Leniency.Kind.MISSING_DELIMITER, picture, read(cut));
                      byte[] zeros = Arrays.copyOf(cut, whole.length);
                      DicomRadiograph read = read(zeros);
                      assertEquals(picture, read.radiograph());
                      assertTrue(kinds(read).contains(Leniency.Kind.MISSING_DELIMITER));
                    }));
  }

  // Transfer syntaxes ---------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN",
    "IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN",
    "EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN",
    "EXPLICIT_VR_BIG_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN",
    "JPEG_LOSSLESS_SV1, EXPLICIT_VR_LITTLE_ENDIAN",
    "RLE_LOSSLESS, EXPLICIT_VR_LITTLE_ENDIAN",
  })
  void aDataSetIsReadAsItIs(TransferSyntax stated, TransferSyntax actual) {
    byte[] file = concat(head(stated), DicomWriter.write(PHANTOM, actual));
    assertLenient(Leniency.Kind.TRANSFER_SYNTAX, picture(PHANTOM), read(file));
    DicomFile parsed = DicomFile.read(file, DecodeLimits.DEFAULT);
    assertEquals(actual, parsed.transferSyntax());
    DicomRadiograph again = read(parsed.toBytes());
    assertEquals(picture(PHANTOM), again.radiograph());
    assertEquals(List.of(), again.leniencies(), "writing mends it");
  }

  @Test
  void byteOrdersThatNoPeerReadsAreRefused() {
    for (TransferSyntax stated : List.of(EXPLICIT, IMPLICIT)) {
      byte[] file =
          concat(head(stated), DicomWriter.write(PHANTOM, TransferSyntax.EXPLICIT_VR_BIG_ENDIAN));
      UnsupportedRadiographException e = assertRefused(Reason.DAMAGED, file);
      assertTrue(e.getMessage().contains("big-endian"), e.getMessage());
    }
  }

  /** A codestream of JPEG and its kin says itself what it is. */
  @TestFactory
  Stream<DynamicTest> codestreamsAreReadAsTheyAre() {
    List<TransferSyntax> labels =
        Arrays.stream(TransferSyntax.values())
            .filter(label -> label.isEncapsulated() && label != TransferSyntax.OTHER_ENCAPSULATED)
            .toList();
    return CodestreamSeeds.ENCAPSULATED.entrySet().stream()
        .filter(seed -> seed.getValue().transferSyntax() != TransferSyntax.RLE_LOSSLESS)
        .flatMap(
            seed ->
                labels.stream()
                    .map(
                        label ->
                            DynamicTest.dynamicTest(
                                seed.getKey() + " labelled " + label,
                                () -> relabelled(seed.getValue(), label))));
  }

  private static void relabelled(DicomFile seed, TransferSyntax label) {
    byte[] file = new DicomFile(DicomDataSet.of(), label, seed.dataSet()).toBytes();
    DicomRadiograph read = read(file);
    assertEquals(read(seed.toBytes()).radiograph(), read.radiograph());
    // Decoders of JPEG Extended read JPEG Baseline, too.
    boolean alike =
        family(label).equals(family(seed.transferSyntax()))
            || (label == TransferSyntax.JPEG_EXTENDED
                && seed.transferSyntax() == TransferSyntax.JPEG_BASELINE);
    assertEquals(
        alike ? Set.of() : Set.of(Leniency.Kind.TRANSFER_SYNTAX),
        kinds(read),
        read.leniencies().toString());
  }

  /** Transfer syntaxes whose codestreams look alike. */
  private static String family(TransferSyntax syntax) {
    return switch (syntax) {
      case JPEG_LOSSLESS, JPEG_LOSSLESS_SV1 -> "lossless";
      case JPEG_LS_LOSSLESS, JPEG_LS_NEAR_LOSSLESS -> "JPEG-LS";
      case JPEG_2000, JPEG_2000_LOSSLESS -> "JPEG 2000";
      default -> syntax.name();
    };
  }

  @Test
  void fragmentsUnderANativeTransferSyntaxAreReadAsTheyAre() {
    DicomFile seed = CodestreamSeeds.ENCAPSULATED.get("jpeg-lossless");
    byte[] file = seed.toBytes();
    String uid = new String(file, StandardCharsets.ISO_8859_1);
    int place = uid.indexOf("1.2.840.10008.1.2.4.57");
    // As long as the other, so that no length changes.
    byte[] label = ascii("1.2.840.10008.1.2.1\0\0\0");
    System.arraycopy(label, 0, file, place, label.length);
    assertLenient(Leniency.Kind.TRANSFER_SYNTAX, read(seed.toBytes()).radiograph(), read(file));
  }
}
