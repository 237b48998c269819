package io.cxr.dicom.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomPeer;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is shown of phantoms: as the formulas of PS3.3, written here once more straight from the
 * standard, and as dcmtk shows it.
 *
 * <p>The formulas give our gray exactly. dcmtk cuts fractions off where we round, so it may be a
 * level off.
 */
class DicomRenderingTest {
  @TempDir Path folder;

  /** How bits are stored. */
  private record Storage(int allocated, int stored, int high, boolean signed, String photometric) {
    DicomDataSet dataSet() {
      return DicomPhantom.monochrome(allocated, stored, high, signed, photometric, 1);
    }

    int least() {
      return signed ? -(1 << (stored - 1)) : 0;
    }

    int most() {
      return least() + (1 << stored) - 1;
    }
  }

  /** From stored values to values of interest: elements, and the formula. */
  private record Modality(String name, List<DicomElement> elements, DoubleUnaryOperator formula) {}

  /**
   * From values of interest to gray from 0 to 1.
   *
   * @param peer how dcmtk is asked for the same
   * @param peerFormula what dcmtk shows
   * @param bits of a table's entries
   */
  private record Voi(
      String name,
      List<DicomElement> elements,
      VoiTransform chosen,
      DoubleUnaryOperator formula,
      List<String> peer,
      DoubleUnaryOperator peerFormula,
      int bits) {}

  /** One way of storing, one way to values of interest, and one to gray. */
  @FunctionalInterface
  private interface Comparison {
    void compare(Storage storage, Modality modality, Voi voi) throws Exception;
  }

  @TestFactory
  Stream<DynamicTest> monochromeIsAsTheFormulasSay() {
    return monochrome(this::compareWithFormulas);
  }

  /** 600 times another process. */
  @Tag("slow")
  @TestFactory
  Stream<DynamicTest> monochromeIsAsDcmtkShowsIt() {
    return monochrome(this::compareWithDcmtk);
  }

  private static Stream<DynamicTest> monochrome(Comparison comparison) {
    List<Storage> storages = new ArrayList<>();
    for (String photometric : List.of("MONOCHROME1", "MONOCHROME2")) {
      for (boolean signed : new boolean[] {false, true}) {
        storages.add(new Storage(8, 8, 7, signed, photometric));
        storages.add(new Storage(8, 5, 6, signed, photometric));
        storages.add(new Storage(16, 10, 12, signed, photometric));
        storages.add(new Storage(16, 12, 11, signed, photometric));
        storages.add(new Storage(16, 16, 15, signed, photometric));
      }
    }
    return storages.stream()
        .flatMap(
            storage ->
                modalities(storage).stream()
                    .flatMap(
                        modality ->
                            vois(storage, modality).stream()
                                .map(
                                    voi ->
                                        DynamicTest.dynamicTest(
                                            storage + ", " + modality.name + ", " + voi.name,
                                            () -> comparison.compare(storage, modality, voi)))));
  }

  private static List<Modality> modalities(Storage storage) {
    int[] rising =
        IntStream.rangeClosed(0, 40)
            .map(i -> (int) Math.round(Math.sqrt(i / 40.0) * 4000))
            .toArray();
    int first = storage.least() + 3;
    return List.of(
        new Modality("no modality LUT", List.of(), value -> value),
        new Modality(
            "rescale",
            List.of(
                DicomPhantom.text(DicomTag.RESCALE_SLOPE, ValueRepresentation.DS, "2"),
                DicomPhantom.text(DicomTag.RESCALE_INTERCEPT, ValueRepresentation.DS, "-1024")),
            value -> 2 * value - 1024),
        new Modality(
            "modality LUT",
            List.of(
                DicomElement.ofItems(
                    DicomTag.MODALITY_LUT_SEQUENCE,
                    List.of(DicomPhantom.table(first, 12, false, rising)))),
            value -> rising[(int) Math.max(0, Math.min(rising.length - 1, value - first))]));
  }

  private static List<Voi> vois(Storage storage, Modality modality) {
    double[] values =
        IntStream.rangeClosed(storage.least(), storage.most())
            .mapToDouble(modality.formula::applyAsDouble)
            .toArray();
    double low = Arrays.stream(values).min().orElseThrow();
    double high = Arrays.stream(values).max().orElseThrow();
    // In the middle half, with a second one that is narrower; integers, so that DS holds them.
    int center = (int) Math.round((low + high) / 2);
    int width = (int) Math.max(2, Math.round((high - low) / 2));
    List<Voi> all = new ArrayList<>();
    for (String function : List.of("", "LINEAR", "LINEAR_EXACT", "SIGMOID")) {
      List<DicomElement> elements = new ArrayList<>();
      elements.add(
          DicomPhantom.text(
              DicomTag.WINDOW_CENTER, ValueRepresentation.DS, center + "", center + 5 + ""));
      elements.add(
          DicomPhantom.text(
              DicomTag.WINDOW_WIDTH, ValueRepresentation.DS, width + "", width / 2 + 2 + ""));
      if (!function.isEmpty()) {
        elements.add(
            DicomPhantom.text(DicomTag.VOI_LUT_FUNCTION, ValueRepresentation.CS, function));
      }
      String name = "window " + function;
      // dcmtk 3.6.7 knows no LINEAR_EXACT, and shows it as LINEAR.
      String peers = function.equals("LINEAR_EXACT") ? "LINEAR" : function;
      all.add(
          new Voi(
              name.strip(),
              elements,
              new VoiTransform.First(),
              value -> window(function, center, width, value),
              List.of("+Wi", "1"),
              value -> window(peers, center, width, value),
              16));
      if (function.isEmpty()) {
        all.add(
            new Voi(
                "second window",
                elements,
                new VoiTransform.WindowNumber(1),
                value -> window(function, center + 5, width / 2 + 2, value),
                List.of("+Wi", "2"),
                value -> window(function, center + 5, width / 2 + 2, value),
                16));
        all.add(
            new Voi(
                "another window",
                elements,
                new VoiTransform.Chosen(
                    new VoiWindow(center - 3, width + 7, VoiWindow.Function.LINEAR)),
                value -> window(function, center - 3, width + 7, value),
                List.of("+Ww", center - 3 + "", width + 7 + ""),
                value -> window(function, center - 3, width + 7, value),
                16));
      }
    }
    // The first value of a table has 16 bits, with a sign where values may be below zero.
    int start =
        (int) Math.min(low < 0 ? 32000 : 65000, Math.max(low, Math.min(high - 50, center - 30)));
    for (int bits : new int[] {8, 12, 16}) {
      int white = (1 << bits) - 1;
      int[] table =
          IntStream.rangeClosed(0, 59).map(i -> (int) ((long) white * i * i / (59 * 59))).toArray();
      for (boolean bytes : bits == 8 ? new boolean[] {false, true} : new boolean[] {false}) {
        DoubleUnaryOperator formula =
            value ->
                table[(int) Math.max(0, Math.min(59, Math.round(value) - start))] / (double) white;
        all.add(
            new Voi(
                "VOI LUT of " + bits + " bits" + (bytes ? " in bytes" : ""),
                List.of(
                    DicomElement.ofItems(
                        DicomTag.VOI_LUT_SEQUENCE,
                        List.of(DicomPhantom.table(start, bits, bytes, table)))),
                new VoiTransform.First(),
                formula,
                List.of("+Wl", "1"),
                formula,
                bits));
      }
    }
    return all;
  }

  /** PS3.3 C.11.2.1.2.1, C.11.2.1.3.1 and C.11.2.1.3.2 with y from 0 to 1, word for word. */
  private static double window(String function, double c, double w, double x) {
    return switch (function) {
      case "SIGMOID" -> 1 / (1 + Math.exp(-4 * (x - c) / w));
      case "LINEAR_EXACT" -> x <= c - w / 2 ? 0 : x > c + w / 2 ? 1 : (x - c) / w + 0.5;
      default ->
          x <= c - 0.5 - (w - 1) / 2
              ? 0
              : x > c - 0.5 + (w - 1) / 2 ? 1 : (x - (c - 0.5)) / (w - 1) + 0.5;
    };
  }

  private static byte[] file(DicomDataSet set, Modality modality, Voi voi) {
    return DicomPhantom.file(
        set.with(modality.elements.toArray(new DicomElement[0]))
            .with(voi.elements.toArray(new DicomElement[0])),
        TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
  }

  private static Radiograph shown(byte[] file, Voi voi) throws IOException {
    return DicomRadiographReader.standard()
        .read(file, DicomRadiographOptions.DEFAULT.withVoi(voi.chosen))
        .radiograph();
  }

  private static int white(Storage storage) {
    return storage.stored <= 8 ? 255 : 65535;
  }

  private void compareWithFormulas(Storage storage, Modality modality, Voi voi) throws IOException {
    DicomDataSet set = storage.dataSet();
    byte[] file = file(set, modality, voi);
    Radiograph shown = shown(file, voi);
    ModalityValues values =
        DicomRadiographReader.standard()
            .readModalityValues(file, DicomRadiographOptions.DEFAULT.withVoi(voi.chosen));
    int white = white(storage);
    for (int i = 0; i < DicomPhantom.ROWS * DicomPhantom.COLUMNS; i++) {
      double value = modality.formula.applyAsDouble(stored(set, storage, i));
      assertEquals(
          value, values.value(i / DicomPhantom.COLUMNS, i % DicomPhantom.COLUMNS), 1e-9 * 65536);
      double gray = voi.formula.applyAsDouble(value);
      int expected = (int) Math.round(gray * white);
      expected = storage.photometric.equals("MONOCHROME1") ? white - expected : expected;
      assertEquals(
          expected, shown.pixel(i / DicomPhantom.COLUMNS, i % DicomPhantom.COLUMNS), "pixel " + i);
    }
  }

  private void compareWithDcmtk(Storage storage, Modality modality, Voi voi) throws Exception {
    assumeTrue(DicomPeer.isThere("dcm2pnm"), "SKIPPED: dcm2pnm (Debian's dcmtk) is missing");
    DicomDataSet set = storage.dataSet();
    byte[] file = file(set, modality, voi);
    Radiograph shown = shown(file, voi);
    int white = white(storage);
    Path in = Files.write(folder.resolve("in.dcm"), file);
    DicomPeer.Bitmap theirs = DicomPeer.rendered(folder, "dcm2pnm", in, false, voi.peer);
    // Shown in 16 bits; entries of a table with fewer are shifted up, not spread over the range.
    double allowed = (white == 255 ? 129.5 : 1.0001) + (voi.bits < 16 ? 1 << (16 - voi.bits) : 0);
    for (int i = 0; i < DicomPhantom.ROWS * DicomPhantom.COLUMNS; i++) {
      double gray =
          voi.peerFormula.applyAsDouble(modality.formula.applyAsDouble(stored(set, storage, i)));
      gray = 65535 * (storage.photometric.equals("MONOCHROME1") ? 1 - gray : gray);
      assertEquals(gray, theirs.gray(i), allowed, "dcmtk's pixel " + i);
      if (!voi.name.endsWith("EXACT")) {
        int ours = shown.pixel(i / DicomPhantom.COLUMNS, i % DicomPhantom.COLUMNS);
        assertEquals(ours * 65535.0 / white, theirs.gray(i), allowed, "dcmtk's and our pixel " + i);
      }
    }
  }

  private static int stored(DicomDataSet set, Storage storage, int pixel) {
    var bytes = set.element(DicomTag.PIXEL_DATA).orElseThrow().bytes();
    int cell = storage.allocated == 8 ? bytes.get(pixel) & 255 : bytes.getChar(2 * pixel);
    int value = cell >>> (storage.high - storage.stored + 1) & ((1 << storage.stored) - 1);
    return storage.signed && value >= 1 << (storage.stored - 1)
        ? value - (1 << storage.stored)
        : value;
  }

  /** Colours and palettes: our gray is that of the colours that dcmtk shows. */
  @TestFactory
  Stream<DynamicTest> colour() {
    return Stream.of(
            "RGB by pixel",
            "RGB by plane",
            "YBR_FULL by pixel",
            "YBR_FULL by plane",
            "YBR_FULL_422 by pixel",
            "PALETTE of 8 bits",
            "PALETTE of 8 bits in bytes",
            "PALETTE of 16 bits",
            "PALETTE of 16 bits from 20",
            "PALETTE of 16 bits, signed")
        .map(kind -> DynamicTest.dynamicTest(kind, () -> compareColour(kind)));
  }

  private void compareColour(String kind) throws Exception {
    assumeTrue(DicomPeer.isThere("dcm2pnm"), "dcm2pnm is missing: skipped");
    DicomDataSet set =
        kind.startsWith("PALETTE")
            ? palette(kind)
            : DicomPhantom.colour(kind.substring(0, kind.indexOf(" by")), kind.endsWith("plane"));
    byte[] file = DicomPhantom.file(set, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    Path in = Files.write(folder.resolve("in.dcm"), file);
    DicomPeer.Bitmap theirs = DicomPeer.rendered(folder, "dcm2pnm", in, true, List.of());
    assertTrue(theirs.colour());
    double most = apart(Radiograph.read(file), 255, theirs);
    // Half a level is the rounding of the gray; dcmtk cuts the fractions of a YBR triple off.
    assertTrue(most <= (kind.startsWith("YBR") ? 1.7 : 0.51), kind + ": " + most);
  }

  private static DicomDataSet palette(String kind) {
    boolean signed = kind.contains("signed");
    int first = kind.contains("from 20") ? 20 : signed ? -100 : 0;
    int bits = kind.contains("16 bits") ? 16 : 8;
    DicomDataSet set = DicomPhantom.monochrome(8, 8, 7, signed, "PALETTE COLOR", 1);
    for (int colour = 0; colour < 3; colour++) {
      int number = colour;
      int[] entries =
          IntStream.range(0, 200)
              .map(i -> (i * (number + 3) * 41 & 255) * (bits == 16 ? 257 : 1))
              .toArray();
      DicomDataSet table = DicomPhantom.table(first, bits, kind.contains("bytes"), entries);
      set =
          set.with(
              DicomElement.ofBytes(
                  DicomTag.of(0x00281101 + colour),
                  signed ? ValueRepresentation.SS : ValueRepresentation.US,
                  bytes(table, DicomTag.LUT_DESCRIPTOR)),
              DicomElement.ofBytes(
                  DicomTag.of(0x00281201 + colour),
                  ValueRepresentation.OW,
                  bytes(table, DicomTag.LUT_DATA)));
    }
    return set;
  }

  private static byte[] bytes(DicomDataSet set, DicomTag tag) {
    var view = set.element(tag).orElseThrow().bytes();
    byte[] bytes = new byte[view.remaining()];
    view.get(bytes);
    return bytes;
  }

  /** Presentation LUT Shape, whatever the photometric interpretation, as dcmtk shows it. */
  @TestFactory
  Stream<DynamicTest> shapes() {
    return Stream.of("MONOCHROME1", "MONOCHROME2")
        .flatMap(
            photometric ->
                Stream.of("IDENTITY", "INVERSE")
                    .map(
                        shape ->
                            DynamicTest.dynamicTest(
                                photometric + " " + shape,
                                () -> compareShape(photometric, shape))));
  }

  private void compareShape(String photometric, String shape) throws Exception {
    assumeTrue(DicomPeer.isThere("dcm2pnm"), "dcm2pnm is missing: skipped");
    DicomDataSet set =
        DicomPhantom.monochrome(16, 12, 11, false, photometric, 1)
            .with(
                DicomPhantom.text(DicomTag.WINDOW_CENTER, ValueRepresentation.DS, "2000"),
                DicomPhantom.text(DicomTag.WINDOW_WIDTH, ValueRepresentation.DS, "3000"),
                DicomPhantom.text(DicomTag.PRESENTATION_LUT_SHAPE, ValueRepresentation.CS, shape));
    byte[] file = DicomPhantom.file(set, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    Path in = Files.write(folder.resolve("in.dcm"), file);
    DicomPeer.Bitmap theirs = DicomPeer.rendered(folder, "dcm2pnm", in, false, List.of("+Wi", "1"));
    assertEquals(0, apart(Radiograph.read(file), 65535, theirs), 1);
  }

  /** Every frame of several, with a window that is no integer. */
  @TestFactory
  Stream<DynamicTest> frames() {
    return IntStream.range(0, 5)
        .mapToObj(frame -> DynamicTest.dynamicTest("frame " + frame, () -> compareFrame(frame)));
  }

  private void compareFrame(int frame) throws Exception {
    assumeTrue(DicomPeer.isThere("dcm2pnm"), "dcm2pnm is missing: skipped");
    DicomDataSet set =
        DicomPhantom.monochrome(16, 12, 11, true, "MONOCHROME2", 5)
            .with(
                DicomPhantom.text(DicomTag.WINDOW_CENTER, ValueRepresentation.DS, "-100.5"),
                DicomPhantom.text(DicomTag.WINDOW_WIDTH, ValueRepresentation.DS, "3001.25"));
    byte[] file = DicomPhantom.file(set, TransferSyntax.IMPLICIT_VR_LITTLE_ENDIAN);
    Path in = Files.write(folder.resolve("in.dcm"), file);
    DicomPeer.Bitmap theirs =
        DicomPeer.rendered(
            folder,
            "dcm2pnm",
            in,
            false,
            List.of("+Wi", "1", "--frame", String.valueOf(frame + 1)));
    Radiograph ours =
        DicomRadiographReader.standard()
            .read(file, DicomRadiographOptions.DEFAULT.withFrame(frame))
            .radiograph();
    assertEquals(0, apart(ours, 65535, theirs), 1);
  }

  /** The greatest difference in levels of ours. */
  private static double apart(Radiograph ours, int white, DicomPeer.Bitmap theirs) {
    assertEquals(ours.rows(), theirs.rows());
    assertEquals(ours.columns(), theirs.columns());
    double most = 0;
    for (int i = 0; i < ours.rows() * ours.columns(); i++) {
      double gray = theirs.gray(i) * white / theirs.white();
      most = Math.max(most, Math.abs(ours.pixel(i / ours.columns(), i % ours.columns()) - gray));
    }
    return most;
  }
}
