package io.cxr.dicom.deidentify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.DicomWriter;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.dicom.deidentify.ConfidentialityProfile.Action;
import io.cxr.dicom.deidentify.ConfidentialityProfile.Rule;
import io.cxr.dicom.deidentify.DeIdentifier.BurnedIn;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.radiograph.DecodeLimits;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the profile takes out, what it leaves, and that nothing of a secret comes through. */
class DeIdentifierTest {
  private static final byte[] KEY = "sixteen or more bytes".getBytes(StandardCharsets.US_ASCII);
  private static final String DX = "1.2.840.10008.5.1.4.1.1.1.1";
  private static final String CT = "1.2.840.10008.5.1.4.1.1.2";
  private static final DicomTag STUDY = DicomTag.of(0x0020000d);
  private static final DicomTag PATIENT_ID = DicomTag.of(0x00100020);
  private static final DicomTag STUDY_DATE = DicomTag.of(0x00080020);
  private static final DicomTag REFERENCED_IMAGES = DicomTag.of(0x00081140);
  private static final DicomTag REFERENCED_UID = DicomTag.of(0x00081155);

  private static DicomElement text(int tag, ValueRepresentation vr, String... values) {
    return DicomElement.ofText(DicomTag.of(tag), vr, values);
  }

  private static DicomFile file(DicomDataSet dataSet) {
    return new DicomFile(DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, dataSet);
  }

  private static DicomDataSet phantom() {
    return DicomPhantom.dataSet(12, false, "MONOCHROME2");
  }

  private static DicomDataSet deIdentify(DicomDataSet dataSet) {
    return DeIdentifier.builder(KEY).build().deIdentify(file(dataSet)).dataSet();
  }

  private static DicomDataSet ofClass(String sopClass, DicomElement... elements) {
    return DicomDataSet.of(elements)
        .with(DicomElement.ofText(DicomTag.SOP_CLASS_UID, ValueRepresentation.UI, sopClass));
  }

  // The table ------------------------------------------------------------------------------------

  /** The numbers of the edition, so that no line gets lost; file meta information is elsewhere. */
  @Test
  void theTableIsWhole() {
    List<DicomTag> listed = ConfidentialityProfile.listed();
    assertEquals(656, listed.size());
    assertEquals(656, new TreeSet<>(listed).size(), "each once");
    assertEquals(new ArrayList<>(new TreeSet<>(listed)), listed, "in order");
    Map<Action, Integer> counts = new TreeMap<>();
    int[] options = new int[4];
    for (DicomTag tag : listed) {
      Rule rule = ConfidentialityProfile.rule(tag).orElseThrow();
      counts.merge(rule.action(), 1, Integer::sum);
      options[0] += rule.keptAsUid() ? 1 : 0;
      options[1] += rule.keptAsDevice() ? 1 : 0;
      options[2] += rule.keptAsCharacteristic() ? 1 : 0;
      options[3] += rule.isTemporal() ? 1 : 0;
    }
    assertEquals(
        Map.of(
            Action.REMOVE, 420,
            Action.EMPTY, 42,
            Action.DUMMY, 92,
            Action.NEW_UID, 52,
            Action.REMOVE_OR_EMPTY, 11,
            Action.REMOVE_OR_DUMMY, 23,
            Action.REMOVE_OR_EMPTY_OR_DUMMY, 8,
            Action.EMPTY_OR_DUMMY, 6,
            Action.REMOVE_OR_EMPTY_OR_NEW_UIDS, 2),
        counts);
    assertArrayEquals(new int[] {55, 50, 14, 169}, options);
  }

  /** Another implementation, of an edition five years older: no attribute has left the table. */
  @Test
  void whatOrthancChangesIsListed() throws IOException {
    List<DicomTag> missing = new ArrayList<>();
    int tags = 0;
    try (InputStream stream =
        Objects.requireNonNull(DeIdentifierTest.class.getResourceAsStream("orthanc-2021b.txt"))) {
      List<String> lines =
          new String(stream.readAllBytes(), StandardCharsets.US_ASCII).lines().skip(1).toList();
      for (String line : lines) {
        DicomTag tag = DicomTag.of(Integer.parseUnsignedInt(line, 16));
        tags++;
        if (ConfidentialityProfile.rule(tag).isEmpty()) {
          missing.add(tag);
        }
      }
    }
    assertEquals(448, tags);
    assertEquals(List.of(), missing);
  }

  @Test
  void whatIsNotListedStaysUnlessItIsPrivateOrUnknown() {
    for (int stays : new int[] {0x00080060, 0x00280010, 0x00185101, 0x7fe00010, 0x00080016}) {
      assertEquals(Optional.empty(), ConfidentialityProfile.rule(DicomTag.of(stays)));
    }
    for (int goes :
        new int[] {
          0x00090010,
          0x00291010,
          0x00020016,
          0x00041500,
          0x50000010,
          0x501e3000,
          0x60000010,
          0x601e3000,
          0x60024000,
          0x00080000,
          0x0008ffff,
          0xfffcfffc,
          0xfffafffa
        }) {
      assertEquals(
          Action.REMOVE,
          ConfidentialityProfile.rule(DicomTag.of(goes)).orElseThrow().action(),
          Integer.toHexString(goes));
    }
  }

  // Actions --------------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    // X
    "00081030, LO, removed, removed",
    // Z
    "00080050, SH, empty, empty",
    // D
    "00120010, LO, ANONYMOUS, ANONYMOUS",
    // X/Z
    "00321060, LO, removed, empty",
    "00102203, CS, empty, empty",
    // X/D
    "00181030, LO, removed, ANONYMOUS",
    // X/Z/D
    "00081010, SH, removed, ANONYMOUS",
    // Z/D
    "00180010, LO, empty, ANONYMOUS",
    // Z, and never a dummy
    "00100010, PN, empty, empty"
  })
  void simpleActionsFitTheModules(
      String tag, ValueRepresentation vr, String asRadiograph, String asOther) {
    DicomTag name = DicomTag.of(Integer.parseUnsignedInt(tag, 16));
    for (String sopClass : List.of(DX, CT)) {
      DicomDataSet result = deIdentify(ofClass(sopClass, DicomElement.ofText(name, vr, "SMITH")));
      String expected = sopClass.equals(DX) ? asRadiograph : asOther;
      String found =
          result
              .element(name)
              .map(element -> element.isEmpty() ? "empty" : result.string(name).orElseThrow())
              .orElse("removed");
      assertEquals(expected, found, sopClass);
    }
  }

  @Test
  void identifiersAreReplacedByTheSameEverywhere() {
    DicomElement reference =
        DicomElement.ofItems(
            REFERENCED_IMAGES,
            List.of(
                DicomDataSet.of(
                    text(0x00081150, ValueRepresentation.UI, DX),
                    text(0x00081155, ValueRepresentation.UI, "1.2.3.4.5"))));
    DeIdentifier one = DeIdentifier.builder(KEY).build();
    DicomDataSet first =
        one.deIdentify(file(phantom().with(text(0x00080018, ValueRepresentation.UI, "1.2.3.4.5"))))
            .dataSet();
    DicomDataSet second = deIdentify(phantom().with(reference));
    String uid = first.string(DicomTag.SOP_INSTANCE_UID).orElseThrow();
    DicomDataSet item = second.items(REFERENCED_IMAGES).get(0);
    assertEquals(uid, item.string(REFERENCED_UID).orElseThrow(), "a reference still refers");
    assertEquals(DX, item.string(DicomTag.of(0x00081150)).orElseThrow());
    assertEquals(uid, one.replacement("1.2.3.4.5"));
    assertTrue(uid.matches("2\\.25\\.[1-9][0-9]{30,38}"), uid);
    assertEquals(first.string(STUDY), second.string(STUDY), "one study remains one");
    assertEquals("1.2.840.10008.1.4.1.1", one.replacement("1.2.840.10008.1.4.1.1"));
    DeIdentifier other =
        DeIdentifier.builder("another key, as long".getBytes(StandardCharsets.UTF_8)).build();
    assertNotEquals(uid, other.replacement("1.2.3.4.5"));
    assertNotEquals(
        DeIdentifier.builder().build().replacement("1.2.3.4.5"),
        DeIdentifier.builder().build().replacement("1.2.3.4.5"),
        "a random key");
  }

  @Test
  void severalIdentifiersStaySeveral() {
    DicomTag failed = DicomTag.of(0x00080058);
    DicomDataSet result =
        deIdentify(ofClass(DX, DicomElement.ofText(failed, ValueRepresentation.UI, "1.2", "1.3")));
    DeIdentifier same = DeIdentifier.builder(KEY).build();
    assertEquals(List.of(same.replacement("1.2"), same.replacement("1.3")), result.strings(failed));
  }

  @Test
  void patientsStayApartWithoutTheirNumbers() {
    DeIdentifier deIdentifier = DeIdentifier.builder(KEY).build();
    Set<String> pseudonyms = new TreeSet<>();
    for (int i = 0; i < 1000; i++) {
      String pseudonym = deIdentifier.pseudonym("PAT" + i);
      assertTrue(pseudonym.matches("[A-Z2-7]{16}"), pseudonym);
      pseudonyms.add(pseudonym);
    }
    assertEquals(1000, pseudonyms.size());
    DicomDataSet result =
        deIdentify(phantom().with(text(0x00100020, ValueRepresentation.LO, "PAT7 ")));
    assertEquals(deIdentifier.pseudonym("PAT7"), result.string(PATIENT_ID).orElseThrow());
    DicomDataSet nameless = deIdentify(phantom().with(text(0x00100020, ValueRepresentation.LO)));
    assertTrue(nameless.element(PATIENT_ID).orElseThrow().isEmpty(), "nobody stays nobody");
  }

  /** The first 80 bits of the digest (RFC 2104) in base 32 (RFC 4648), made here by hand. */
  @Test
  void replacementsFollowFromTheKeyByHmac() throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
    byte[] digest = mac.doFinal("pseudonym:4711".getBytes(StandardCharsets.UTF_8));
    String bits = new BigInteger(1, Arrays.copyOf(digest, 10)).toString(2);
    String padded = "0".repeat(80 - bits.length()) + bits;
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 80; i += 5) {
      int digit = Integer.parseInt(padded.substring(i, i + 5), 2);
      expected.append((char) (digit < 26 ? 'A' + digit : '2' + digit - 26));
    }
    assertEquals(expected.toString(), DeIdentifier.builder(KEY).build().pseudonym("4711"));
  }

  @Test
  void shortKeysAreRefused() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> DeIdentifier.builder(new byte[15]).build());
    assertTrue(refusal.getMessage().contains("at least 16"), refusal.getMessage());
  }

  // Sequences ------------------------------------------------------------------------------------

  @Test
  void keptSequencesAreWalkedAndOthersRemoved() {
    DicomDataSet deep =
        DicomDataSet.of(
            text(0x00100010, ValueRepresentation.PN, "SMITH"),
            text(0x00080100, ValueRepresentation.SH, "399348003"),
            text(0x00291010, ValueRepresentation.LO, "SMITH"));
    DicomDataSet middle =
        DicomDataSet.of(DicomElement.ofItems(DicomTag.of(0x00540222), List.of(deep)));
    DicomDataSet result =
        deIdentify(
            phantom()
                .with(
                    DicomElement.ofItems(DicomTag.VIEW_CODE_SEQUENCE, List.of(middle, deep)),
                    DicomElement.ofItems(DicomTag.of(0x00400275), List.of(deep)),
                    DicomElement.ofItems(DicomTag.of(0x00400555), List.of(deep)),
                    DicomElement.ofItems(DicomTag.of(0x00081111), List.of(deep)),
                    DicomElement.ofItems(DicomTag.of(0x0040a730), List.of(deep))));
    List<DicomDataSet> views = result.items(DicomTag.VIEW_CODE_SEQUENCE);
    DicomDataSet walked = views.get(0).items(DicomTag.of(0x00540222)).get(0);
    assertEquals("399348003", walked.string(DicomTag.CODE_VALUE).orElseThrow());
    assertTrue(walked.element(DicomTag.of(0x00100010)).orElseThrow().isEmpty());
    assertEquals(2, walked.elements().size(), "the private one is gone");
    assertEquals(walked, views.get(1));
    assertEquals(Optional.empty(), result.element(DicomTag.of(0x00400275)), "X");
    assertTrue(result.element(DicomTag.of(0x00400555)).orElseThrow().isEmpty(), "Type 2");
    assertEquals(walked, result.items(DicomTag.of(0x00081111)).get(0), "references");
    DicomDataSet dummies = result.items(DicomTag.of(0x0040a730)).get(0);
    assertEquals("ANONYMOUS", dummies.string(DicomTag.CODE_VALUE).orElseThrow(), "D");
  }

  /** As archives write it that did not know an attribute. */
  @Test
  void valuesOfUnknownRepresentationAreRead() {
    byte[] items =
        DicomWriter.write(
            DicomDataSet.of(
                DicomElement.ofItems(
                    REFERENCED_IMAGES,
                    List.of(DicomDataSet.of(text(0x00081155, ValueRepresentation.UI, "1.2.3"))))),
            TransferSyntax.IMPLICIT_VR_LITTLE_ENDIAN);
    DicomDataSet source =
        phantom()
            .with(
                unknown(0x00100020, "PAT7".getBytes(StandardCharsets.US_ASCII)),
                // Without its tag and length, a sequence is its items.
                unknown(0x00081140, Arrays.copyOfRange(items, 8, items.length)),
                unknown(0x00082112, "no items".getBytes(StandardCharsets.US_ASCII)));
    DicomDataSet result = deIdentify(source);
    DeIdentifier same = DeIdentifier.builder(KEY).build();
    assertEquals(same.pseudonym("PAT7"), result.string(PATIENT_ID).orElseThrow());
    assertEquals(
        Optional.of(same.replacement("1.2.3")),
        result.items(REFERENCED_IMAGES).get(0).string(REFERENCED_UID));
    assertEquals(Optional.empty(), result.element(DicomTag.of(0x00082112)));
    DicomDataSet burnedIn =
        phantom().with(unknown(0x00280301, "YES ".getBytes(StandardCharsets.US_ASCII)));
    assertThrows(UnsupportedRadiographException.class, () -> deIdentify(burnedIn));
  }

  private static DicomElement unknown(int tag, byte[] value) {
    return DicomElement.ofBytes(DicomTag.of(tag), ValueRepresentation.UN, value);
  }

  // Options --------------------------------------------------------------------------------------

  @Test
  void datesAreRemovedOrMoveByTheSameNumberOfDays() {
    DicomDataSet source =
        phantom()
            .with(
                text(0x00100020, ValueRepresentation.LO, "PAT7"),
                text(0x00100030, ValueRepresentation.DA, "19620102"),
                text(0x00080020, ValueRepresentation.DA, "20240229"),
                text(0x00080021, ValueRepresentation.DA, "2024.03.01"),
                text(0x00080030, ValueRepresentation.TM, "101112.5"),
                text(0x0008002a, ValueRepresentation.DT, "20240301101112.25+0100"),
                text(0x00080022, ValueRepresentation.DA, "SMITH 01"),
                text(0x00080032, ValueRepresentation.TM, "SMITH"),
                text(0x00181200, ValueRepresentation.DA, "20240101", "20240229"));
    DicomDataSet removed = deIdentify(source);
    assertTrue(removed.element(STUDY_DATE).orElseThrow().isEmpty());
    assertEquals(Optional.empty(), removed.element(DicomTag.of(0x00080021)));
    assertEquals("REMOVED", removed.string(DicomTag.of(0x00280303)).orElseThrow());

    DeIdentifier moving = DeIdentifier.builder(KEY).retainModifiedDates(true).build();
    DicomDataSet moved = moving.deIdentify(file(source)).dataSet();
    assertEquals("MODIFIED", moved.string(DicomTag.of(0x00280303)).orElseThrow());
    LocalDate study = date(moved.string(STUDY_DATE).orElseThrow());
    LocalDate original = LocalDate.of(2024, 2, 29);
    long days = ChronoUnit.DAYS.between(study, original);
    assertTrue(days >= 1 && days <= 3652, days + " days");
    assertEquals(study.plusDays(1), date(moved.string(DicomTag.of(0x00080021)).orElseThrow()));
    assertEquals("101112.5", moved.string(DicomTag.of(0x00080030)).orElseThrow());
    String dateTime = moved.string(DicomTag.of(0x0008002a)).orElseThrow();
    assertEquals(study.plusDays(1), date(dateTime.substring(0, 8)));
    assertEquals("101112.25+0100", dateTime.substring(8));
    assertEquals(Optional.empty(), moved.element(DicomTag.of(0x00080022)), "no date");
    assertEquals(Optional.empty(), moved.element(DicomTag.of(0x00080032)), "no time");
    assertTrue(moved.element(DicomTag.of(0x00100030)).orElseThrow().isEmpty(), "born");
    assertEquals(study, date(moved.strings(DicomTag.of(0x00181200)).get(1)));

    DicomDataSet second =
        moving
            .deIdentify(file(source.with(text(0x0020000d, ValueRepresentation.UI, "1.9"))))
            .dataSet();
    assertEquals(moved.string(STUDY_DATE), second.string(STUDY_DATE), "the patient's days");
    DicomDataSet another =
        moving
            .deIdentify(file(source.with(text(0x00100020, ValueRepresentation.LO, "PAT8"))))
            .dataSet();
    assertNotEquals(moved.string(STUDY_DATE), another.string(STUDY_DATE));
  }

  private static LocalDate date(String text) {
    return LocalDate.parse(text, DateTimeFormatter.BASIC_ISO_DATE);
  }

  @Test
  void optionsKeepWhatTheyNameAndSaySo() {
    DicomDataSet source =
        phantom()
            .with(
                text(0x00100040, ValueRepresentation.CS, "F"),
                text(0x00101030, ValueRepresentation.DS, "70"),
                text(0x00102110, ValueRepresentation.LO, "NUTS"),
                text(0x00081010, ValueRepresentation.SH, "ROOM1"),
                text(0x00080055, ValueRepresentation.AE, "ROOM1_AE"),
                text(0x00181200, ValueRepresentation.DA, "20240101"),
                text(0x00181002, ValueRepresentation.UI, "1.2.3"));
    DicomDataSet plain = deIdentify(source);
    assertTrue(plain.element(DicomTag.of(0x00100040)).orElseThrow().isEmpty());
    assertEquals(Optional.empty(), plain.element(DicomTag.PATIENT_AGE));
    assertEquals(List.of("113100"), codes(plain));

    DicomDataSet kept =
        DeIdentifier.builder(KEY)
            .retainPatientCharacteristics(true)
            .retainDeviceIdentity(true)
            .build()
            .deIdentify(file(source))
            .dataSet();
    assertEquals("F", kept.string(DicomTag.of(0x00100040)).orElseThrow());
    assertEquals("064Y", kept.string(DicomTag.PATIENT_AGE).orElseThrow());
    assertEquals("70", kept.string(DicomTag.of(0x00101030)).orElseThrow());
    assertEquals(Optional.empty(), kept.element(DicomTag.of(0x00102110)), "free text");
    assertEquals("ROOM1", kept.string(DicomTag.of(0x00081010)).orElseThrow());
    assertEquals(Optional.empty(), kept.element(DicomTag.of(0x00080055)), "an AE title");
    assertEquals(Optional.empty(), kept.element(DicomTag.of(0x00181200)), "a date");
    assertEquals("1.2.3", kept.string(DicomTag.of(0x00181002)).orElseThrow());
    assertNotEquals("2.25.4711", kept.string(DicomTag.SOP_INSTANCE_UID).orElseThrow());
    assertEquals(List.of("113100", "113108", "113109"), codes(kept));

    DicomDataSet uids =
        DeIdentifier.builder(KEY)
            .retainUids(true)
            .retainModifiedDates(true)
            .build()
            .deIdentify(file(source))
            .dataSet();
    assertEquals("2.25.4711", uids.string(DicomTag.SOP_INSTANCE_UID).orElseThrow());
    assertEquals(List.of("113100", "113107", "113110"), codes(uids));
    assertEquals("YES", uids.string(DicomTag.of(0x00120062)).orElseThrow());
  }

  private static List<String> codes(DicomDataSet dataSet) {
    return dataSet.items(DicomTag.of(0x00120064)).stream()
        .map(item -> item.string(DicomTag.CODE_VALUE).orElseThrow())
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  void burnedInAnnotationIsRefusedAsAsked(BurnedIn rule) {
    DeIdentifier deIdentifier = DeIdentifier.builder(KEY).burnedIn(rule).build();
    for (String said : List.of("YES", "NO", "no", "")) {
      DicomFile file = file(phantom().with(text(0x00280301, ValueRepresentation.CS, said)));
      boolean passes =
          switch (rule) {
            case ALLOW -> true;
            case REFUSE_YES, REFUSE_CAPTURES -> said.equals("NO") || said.isEmpty();
            case REQUIRE_NO -> said.equals("NO");
          };
      if (passes) {
        DicomDataSet result = deIdentifier.deIdentify(file).dataSet();
        assertEquals(said, result.string(DicomTag.BURNED_IN_ANNOTATION).orElse(""));
      } else {
        UnsupportedRadiographException refusal =
            assertThrows(UnsupportedRadiographException.class, () -> deIdentifier.deIdentify(file));
        assertEquals(Reason.BURNED_IN_ANNOTATION, refusal.reason());
        assertTrue(refusal.getMessage().contains("(0028,0301)"), refusal.getMessage());
      }
    }
  }

  /** What often has text in its pixels has to say that it has none. */
  @ParameterizedTest
  @CsvSource({
    "1.2.840.10008.5.1.4.1.1.7, '', false",
    "1.2.840.10008.5.1.4.1.1.7.2, '', false",
    "1.2.840.10008.5.1.4.1.1.6.1, '', false",
    "1.2.840.10008.5.1.4.1.1.1, DF, false",
    "1.2.840.10008.5.1.4.1.1.1, '', true",
    "1.2.840.10008.5.1.4.1.1.1.1, '', true"
  })
  void capturesThatSayNothingAreRefused(String sopClass, String conversion, boolean passes) {
    DicomDataSet silent =
        phantom()
            .without(DicomTag.BURNED_IN_ANNOTATION)
            .with(
                DicomElement.ofText(DicomTag.SOP_CLASS_UID, ValueRepresentation.UI, sopClass),
                text(0x00080064, ValueRepresentation.CS, conversion));
    if (passes) {
      assertTrue(deIdentify(silent).element(DicomTag.PIXEL_DATA).isPresent());
    } else {
      UnsupportedRadiographException refusal =
          assertThrows(UnsupportedRadiographException.class, () -> deIdentify(silent));
      assertEquals(Reason.BURNED_IN_ANNOTATION, refusal.reason());
      assertTrue(refusal.getMessage().contains("found none"), refusal.getMessage());
    }
    deIdentify(silent.with(text(0x00280301, ValueRepresentation.CS, "NO")));
  }

  /** An overlay in the bits above and below the stored ones, as files before 2004 have it. */
  @Test
  void overlaysInPixelDataAreCleared() {
    for (boolean signed : new boolean[] {false, true}) {
      DicomDataSet source =
          DicomPhantom.monochrome(16, 10, 12, signed, "MONOCHROME2", 2)
              .with(
                  text(0x00280301, ValueRepresentation.CS, "NO"),
                  DicomElement.ofIntegers(DicomTag.of(0x60000102), ValueRepresentation.US, 15));
      DicomDataSet result = deIdentify(source);
      ByteBuffer before = source.element(DicomTag.PIXEL_DATA).orElseThrow().bytes();
      ByteBuffer after = result.element(DicomTag.PIXEL_DATA).orElseThrow().bytes();
      assertEquals(before.remaining(), after.remaining());
      boolean differs = false;
      for (int at = 0; at < after.limit(); at += 2) {
        int cell = after.getShort(at);
        int stored = signed ? before.getShort(at) << 19 >> 22 : before.getShort(at) >> 3 & 0x3ff;
        // A cell is its stored value, shifted, and nothing else.
        assertEquals(stored << 3, signed ? cell : cell & 0xffff, "cell at " + at);
        differs |= before.getShort(at) != after.getShort(at);
      }
      assertTrue(differs, "the phantom has such bits");
      assertTrue(result.element(DicomTag.of(0x60000102)).isEmpty());
    }
    DicomDataSet full = DicomPhantom.monochrome(16, 16, 15, true, "MONOCHROME2", 1);
    assertEquals(full, UnusedBits.cleared(full));
  }

  @Test
  void overlaysInCompressedPixelDataAreRefused() {
    DicomDataSet compressed =
        phantom()
            .with(
                DicomElement.ofFragments(
                    DicomTag.PIXEL_DATA,
                    List.of(ByteBuffer.allocate(0), ByteBuffer.wrap(new byte[4]))));
    DeIdentifier deIdentifier = DeIdentifier.builder(KEY).build();
    DicomFile plain = new DicomFile(DicomDataSet.of(), TransferSyntax.RLE_LOSSLESS, compressed);
    assertEquals(TransferSyntax.RLE_LOSSLESS, deIdentifier.deIdentify(plain).transferSyntax());
    DicomFile hidden =
        new DicomFile(
            DicomDataSet.of(),
            TransferSyntax.RLE_LOSSLESS,
            compressed.with(
                DicomElement.ofIntegers(DicomTag.of(0x60020102), ValueRepresentation.US, 12)));
    UnsupportedRadiographException refusal =
        assertThrows(UnsupportedRadiographException.class, () -> deIdentifier.deIdentify(hidden));
    assertEquals(Reason.BURNED_IN_ANNOTATION, refusal.reason());
    assertTrue(refusal.getMessage().contains("(6002,0102)"), refusal.getMessage());
  }

  @Test
  void patientsOfTwoHospitalsAreTwo() {
    DicomDataSet patient = phantom().with(text(0x00100020, ValueRepresentation.LO, "123"));
    Set<String> pseudonyms = new TreeSet<>();
    Set<String> dates = new TreeSet<>();
    DeIdentifier shifting = DeIdentifier.builder(KEY).retainModifiedDates(true).build();
    DicomElement qualifiers =
        DicomElement.ofItems(
            DicomTag.of(0x00100024),
            List.of(DicomDataSet.of(text(0x00400032, ValueRepresentation.UT, "1.2.3.4"))));
    List<DicomDataSet> hospitals =
        List.of(
            patient,
            patient.with(text(0x00100021, ValueRepresentation.LO, "NORTH")),
            patient.with(text(0x00100021, ValueRepresentation.LO, "SOUTH")),
            patient.with(qualifiers));
    for (DicomDataSet hospital : hospitals) {
      DicomDataSet dated = hospital.with(text(0x00080020, ValueRepresentation.DA, "20200101"));
      pseudonyms.add(deIdentify(hospital).string(PATIENT_ID).orElseThrow());
      dates.add(
          shifting.deIdentify(file(dated)).dataSet().string(DicomTag.of(0x00080020)).orElseThrow());
      assertEquals(
          deIdentify(hospital).string(PATIENT_ID), deIdentify(hospital).string(PATIENT_ID));
    }
    assertEquals(hospitals.size(), pseudonyms.size());
    assertEquals(hospitals.size(), dates.size(), "dates move by other numbers of days");
    assertTrue(
        pseudonyms.contains(DeIdentifier.builder(KEY).build().pseudonym("123")),
        "without an issuer the number alone counts");
  }

  @Test
  void directoriesAreRefused() {
    DicomFile directory =
        file(
            DicomDataSet.of(
                DicomElement.ofItems(DicomTag.of(0x00041220), List.of(DicomDataSet.of()))));
    UnsupportedRadiographException refusal =
        assertThrows(UnsupportedRadiographException.class, () -> deIdentify(directory.dataSet()));
    assertEquals(Reason.NOT_AN_IMAGE, refusal.reason());
  }

  // Files ----------------------------------------------------------------------------------------

  @Test
  void preambleAndFileMetaInformationAreNew() {
    DicomDataSet meta =
        DicomDataSet.of(
            text(0x00020003, ValueRepresentation.UI, "2.25.4711"),
            text(0x00020013, ValueRepresentation.SH, "SMITH_1"),
            text(0x00020016, ValueRepresentation.AE, "SMITH_AE"),
            text(0x00020100, ValueRepresentation.UI, "1.2.3"),
            DicomElement.ofBytes(
                DicomTag.of(0x00020102),
                ValueRepresentation.OB,
                "SMITH".getBytes(StandardCharsets.UTF_8)));
    byte[] source =
        new DicomFile(meta, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, phantom()).toBytes();
    System.arraycopy("SMITH".getBytes(StandardCharsets.UTF_8), 0, source, 17, 5);
    DeIdentifier deIdentifier = DeIdentifier.builder(KEY).build();
    byte[] written =
        deIdentifier.deIdentify(DicomFile.read(source, DecodeLimits.DEFAULT)).toBytes();
    assertArrayEquals(new byte[128], Arrays.copyOf(written, 128));
    assertFalse(contains(written, "SMITH"));
    assertTrue(contains(source, "SMITH"), "it could have been found");
    DicomDataSet newMeta = DicomFile.read(written, DecodeLimits.DEFAULT).metaInformation();
    assertEquals(
        deIdentifier.replacement("2.25.4711"),
        newMeta.string(DicomTag.of(0x00020003)).orElseThrow());
    assertEquals(Optional.empty(), newMeta.element(DicomTag.of(0x00020016)));
  }

  @Test
  void pixelDataAreTheSameBytes() {
    DicomDataSet source = phantom();
    assertEquals(
        source.element(DicomTag.PIXEL_DATA), deIdentify(source).element(DicomTag.PIXEL_DATA));
    DicomElement fragments =
        DicomElement.ofFragments(
            DicomTag.PIXEL_DATA,
            List.of(ByteBuffer.allocate(0), ByteBuffer.wrap(new byte[] {-1, -40, 3, 4})));
    DicomFile encapsulated =
        new DicomFile(DicomDataSet.of(), TransferSyntax.JPEG_BASELINE, source.with(fragments));
    DicomFile result =
        DicomFile.read(
            DeIdentifier.builder(KEY).build().deIdentify(encapsulated).toBytes(),
            DecodeLimits.DEFAULT);
    assertEquals(TransferSyntax.JPEG_BASELINE, result.transferSyntax());
    assertEquals(
        fragments.fragments(),
        result.dataSet().element(DicomTag.PIXEL_DATA).orElseThrow().fragments());
  }

  // Laws -----------------------------------------------------------------------------------------

  /** In texts of any length, and in binary values of any width. */
  private static final String SECRET = "ZQ7SECRET";

  private static final String SECRET_UID = "1.3.6.1.4.1.7777.20771123";
  private static final String SECRET_DATE = "19771123";
  private static final String SECRET_TIME = "235947.917253";

  /** Sequences that stay, lose their values, or are removed. */
  private static final List<DicomTag> SEQUENCES =
      List.of(
          DicomTag.VIEW_CODE_SEQUENCE,
          REFERENCED_IMAGES,
          DicomTag.of(0x00081111),
          DicomTag.of(0x0040a730),
          DicomTag.of(0x00400275),
          DicomTag.of(0x00182112));

  /** Data sets of every attribute that the table names, and of private and unknown ones. */
  private static final class Secrets {
    private final Random random;
    private final boolean explicit;
    private final DeIdentifier.Builder options = DeIdentifier.builder(KEY);
    private final boolean dates;
    private final boolean patient;
    private final boolean device;
    private final boolean uids;

    Secrets(long seed, boolean explicit) {
      random = new Random(seed);
      this.explicit = explicit;
      dates = random.nextBoolean();
      patient = random.nextBoolean();
      device = random.nextBoolean();
      uids = random.nextInt(4) == 0;
      options
          .retainModifiedDates(dates)
          .retainPatientCharacteristics(patient)
          .retainDeviceIdentity(device)
          .retainUids(uids);
    }

    /** Every attribute at the outermost of three levels, some of them within. */
    DicomDataSet dataSet(int depth) {
      List<DicomElement> elements = new ArrayList<>();
      List<DicomTag> tags = new ArrayList<>(ConfidentialityProfile.listed());
      for (int i = 0; i < 60; i++) {
        int odd = 0x00090000 + (random.nextInt(0x3000) << 17);
        tags.add(DicomTag.of(odd + random.nextInt(0x10000)));
        tags.add(DicomTag.of(0x00080000 + (random.nextInt(0x40) << 17) + 0xf000 + i));
        tags.add(DicomTag.of(0x60000000 + (random.nextInt(16) << 17) + i));
        tags.add(DicomTag.of(0x50000000 + (random.nextInt(16) << 17) + i));
      }
      Set<DicomTag> seen = new TreeSet<>(SEQUENCES);
      for (DicomTag tag : tags) {
        if (seen.add(tag) && (depth == 2 || random.nextInt(8) == 0)) {
          secret(tag).ifPresent(elements::add);
        }
      }
      for (DicomTag sequence : SEQUENCES) {
        if (depth > 0 && random.nextInt(3) > 0) {
          elements.add(DicomElement.ofItems(sequence, List.of(dataSet(depth - 1))));
        }
      }
      return DicomDataSet.of(elements);
    }

    private Optional<DicomElement> secret(DicomTag tag) {
      Rule rule = ConfidentialityProfile.rule(tag).orElse(null);
      if (rule == null || tag.isGroupLength()) {
        return Optional.empty();
      }
      boolean kept =
          !rule.isTemporal()
              && ((rule.keptAsUid() && uids)
                  || (rule.keptAsDevice() && device)
                  || (rule.keptAsCharacteristic() && patient));
      ValueRepresentation known = tag.valueRepresentation();
      // What a broken writer may have put there, too.
      ValueRepresentation[] all = ValueRepresentation.values();
      boolean readable = explicit || known != ValueRepresentation.SQ;
      int chance = readable ? random.nextInt(12) : 2;
      ValueRepresentation vr =
          chance == 0
              ? ValueRepresentation.UN
              : chance == 1 ? all[random.nextInt(all.length)] : known;
      // Times of day stay with modified dates.
      if (kept || (dates && rule.isTemporal() && vr == ValueRepresentation.TM)) {
        return Optional.empty();
      }
      byte[] binary = (SECRET + "-BINARY").getBytes(StandardCharsets.UTF_8);
      return Optional.of(
          switch (vr) {
            case SQ -> DicomElement.ofItems(tag, List.of(DicomDataSet.of(text(SECRET))));
            case UI -> DicomElement.ofText(tag, vr, SECRET_UID);
            case DA -> DicomElement.ofText(tag, vr, SECRET_DATE);
            case DT -> DicomElement.ofText(tag, vr, SECRET_DATE + SECRET_TIME.substring(6));
            case TM -> DicomElement.ofText(tag, vr, SECRET_TIME);
            default ->
                vr.isText()
                    ? DicomElement.ofText(tag, vr, SECRET)
                    : DicomElement.ofBytes(tag, vr, binary);
          });
    }

    private static DicomElement text(String secret) {
      return DicomElement.ofText(DicomTag.of(0x00104000), ValueRepresentation.LT, secret);
    }
  }

  @Provide
  Arbitrary<TransferSyntax> nativeSyntaxes() {
    return Arbitraries.of(TransferSyntax.values()).filter(syntax -> !syntax.isEncapsulated());
  }

  @Property(tries = 300)
  void nothingOfASecretRemains(
      @ForAll long seed, @ForAll boolean dx, @ForAll("nativeSyntaxes") TransferSyntax syntax) {
    Secrets secrets = new Secrets(seed, syntax.isExplicit());
    DicomDataSet source =
        phantom()
            .with(secrets.dataSet(2).elements().toArray(new DicomElement[0]))
            .with(
                DicomElement.ofText(DicomTag.SOP_CLASS_UID, ValueRepresentation.UI, dx ? DX : CT));
    DicomFile read =
        DicomFile.read(
            new DicomFile(DicomDataSet.of(), syntax, source).toBytes(), DecodeLimits.DEFAULT);
    DicomFile result = secrets.options.build().deIdentify(read);
    // Once as it is written, and once in the order in which the secrets were put.
    byte[] written = result.toBytes();
    byte[] plain = DicomWriter.write(result.dataSet(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    assertTrue(
        contains(DicomWriter.write(source, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN), SECRET));
    for (String secret : List.of(SECRET, SECRET_UID, SECRET_DATE, SECRET_TIME)) {
      assertEquals(List.of(), carriers(result.dataSet(), secret), secret);
      assertFalse(contains(written, secret), secret + " in " + syntax);
      assertFalse(contains(plain, secret), secret + " in " + syntax);
    }
    DicomDataSet again = DicomFile.read(written, DecodeLimits.DEFAULT).dataSet();
    assertEquals(
        source.element(DicomTag.PIXEL_DATA).orElseThrow().bytes(),
        again.element(DicomTag.PIXEL_DATA).orElseThrow().bytes());
  }

  @Property(tries = 100)
  void theSameKeyGivesTheSameAndTwiceIsOnce(@ForAll long seed) {
    // The study's identifier stays one, whose replacements can be told from each other.
    DicomDataSet source =
        phantom()
            .with(new Secrets(seed, true).dataSet(1).elements().toArray(new DicomElement[0]))
            .with(DicomElement.ofText(STUDY, ValueRepresentation.UI, SECRET_UID));
    DicomDataSet once = deIdentify(source);
    assertEquals(once, deIdentify(source));
    // Replacements are replaced again; all else is as it was.
    assertEquals(withoutReplacements(once), withoutReplacements(deIdentify(once)));
    DeIdentifier other =
        DeIdentifier.builder("another key, as long".getBytes(StandardCharsets.UTF_8)).build();
    DicomDataSet others = other.deIdentify(file(source)).dataSet();
    assertNotEquals(once.string(STUDY), others.string(STUDY));
    assertEquals(once.elements().size(), others.elements().size());
  }

  private static DicomDataSet withoutReplacements(DicomDataSet dataSet) {
    List<DicomElement> kept = new ArrayList<>();
    for (DicomElement element : dataSet.elements()) {
      if (element.vr() == ValueRepresentation.SQ) {
        List<DicomDataSet> items = new ArrayList<>();
        element.items().forEach(item -> items.add(withoutReplacements(item)));
        kept.add(DicomElement.ofItems(element.tag(), items));
      } else if (!element.tag().equals(PATIENT_ID) && element.vr() != ValueRepresentation.UI) {
        kept.add(element);
      }
    }
    return DicomDataSet.of(kept);
  }

  /** Where a secret is, for the message. */
  private static List<String> carriers(DicomDataSet dataSet, String secret) {
    List<String> found = new ArrayList<>();
    for (DicomElement element : dataSet.elements()) {
      byte[] bytes = new byte[element.bytes().remaining()];
      element.bytes().get(bytes);
      if (contains(bytes, secret)) {
        found.add(element.toString());
      }
      for (DicomDataSet item : element.items()) {
        carriers(item, secret).forEach(inner -> found.add(element.tag() + " " + inner));
      }
    }
    return found;
  }

  /** New UIDs are left out: their random digits may happen to be a date's. */
  private static boolean contains(byte[] bytes, String text) {
    String all = new String(bytes, StandardCharsets.ISO_8859_1);
    return all.contains(text) && all.replaceAll("2\\.25\\.[0-9]{30,39}", "").contains(text);
  }
}
