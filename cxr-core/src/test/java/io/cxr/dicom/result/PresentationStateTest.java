package io.cxr.dicom.result;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.Prediction;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomPeer;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.dicom.image.VoiTransform;
import io.cxr.dicom.image.VoiWindow;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * A viewer that applies our presentation state shows the radiograph as it was shown to the model:
 * dcmtk's dcmp2pgm against our own rendering, which other tests compare with dcmtk's dcm2pnm.
 */
class PresentationStateTest {
  private static final Path CORPUS = Path.of("/usr/lib/python3/dist-packages/pydicom/data");

  @TempDir Path folder;

  /** A radiograph and its presentation state. */
  private record Shown(Radiograph radiograph, DicomDataSet state) {
    static Shown of(DicomFile file, DicomRadiographOptions options) {
      Radiograph radiograph = DicomRadiographReader.standard().read(file, options).radiograph();
      int rows = radiograph.rows();
      int columns = radiograph.columns();
      Heatmap heatmap =
          Heatmap.ofActivations(
              "NORMAL",
              2,
              2,
              new float[] {0, 1, 0, 0},
              new PixelRegion(0, 0, rows, columns),
              rows,
              columns);
      Prediction prediction =
          new Prediction(
              List.of(new LabelProbability("NORMAL", 0.75), new LabelProbability("COVID19", 0.25)),
              DicomResultsTest.MODEL);
      DicomFile state =
          DicomResults.builder(file.dataSet(), radiograph, new Explanation(prediction, heatmap))
              .options(options)
              .created(DicomResultsTest.NOON)
              .build()
              .presentationState();
      return new Shown(radiograph, DicomFile.read(state.toBytes(), DecodeLimits.DEFAULT).dataSet());
    }

    DicomDataSet area() {
      return state.items(DicomTag.of(0x0070005a)).get(0);
    }
  }

  private static Shown shown(DicomDataSet set, DicomRadiographOptions options) {
    return Shown.of(file(set), options);
  }

  private static DicomFile file(DicomDataSet set) {
    return new DicomFile(DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, set);
  }

  /** The greatest difference in levels of 255 between dcmtk's picture and ours. */
  private double apart(Path image, Shown shown, int frame) throws Exception {
    Path state = folder.resolve("state.dcm");
    Files.write(state, file(shown.state()).toBytes());
    Path out = folder.resolve("shown.pgm");
    Files.deleteIfExists(out);
    DicomPeer.run(
        folder,
        List.of(
            "dcmp2pgm",
            "-q",
            "--frame",
            String.valueOf(frame + 1),
            "--pstate",
            state.toString(),
            image.toString(),
            out.toString()));
    DicomPeer.Bitmap theirs = DicomPeer.Bitmap.of(Files.readAllBytes(out));
    byte[] ours = shown.radiograph().toGray8();
    assertEquals(ours.length, theirs.rows() * theirs.columns());
    double most = 0;
    for (int i = 0; i < ours.length; i++) {
      most = Math.max(most, Math.abs((ours[i] & 255) - theirs.gray(i) * 255 / theirs.white()));
    }
    return most;
  }

  /** A way to show a phantom, and what is taken of it. */
  private record Kind(String name, List<DicomElement> elements, VoiTransform voi) {}

  /** The slope is a whole one: of others dcmtk cuts fractions off, and shows some upside down. */
  private static List<Kind> modalities(boolean signed) {
    int[] rising = IntStream.rangeClosed(0, 40).map(i -> 100 * i).toArray();
    return List.of(
        new Kind("no modality LUT", List.of(), new VoiTransform.First()),
        new Kind(
            "rescale",
            List.of(
                DicomPhantom.text(DicomTag.RESCALE_SLOPE, ValueRepresentation.DS, "2"),
                DicomPhantom.text(DicomTag.RESCALE_INTERCEPT, ValueRepresentation.DS, "-1024")),
            new VoiTransform.First()),
        new Kind(
            "modality LUT",
            List.of(
                DicomElement.ofItems(
                    DicomTag.MODALITY_LUT_SEQUENCE,
                    List.of(DicomPhantom.table(signed ? -7 : 3, 16, false, rising)))),
            new VoiTransform.First()));
  }

  private static List<Kind> vois(int center, int width) {
    List<DicomElement> windows =
        List.of(
            DicomPhantom.text(
                DicomTag.WINDOW_CENTER, ValueRepresentation.DS, center + "", center + 5 + ""),
            DicomPhantom.text(
                DicomTag.WINDOW_WIDTH, ValueRepresentation.DS, width + "", width / 2 + ".5"));
    int[] table = IntStream.rangeClosed(0, 63).map(i -> i * i * 4095 / (63 * 63)).toArray();
    int[] bytes = IntStream.rangeClosed(0, 63).map(i -> i * i * 255 / (63 * 63)).toArray();
    DicomElement tables =
        DicomElement.ofItems(
            DicomTag.VOI_LUT_SEQUENCE,
            List.of(
                DicomPhantom.table(center - 30, 12, false, table),
                DicomPhantom.table(center - 20, 8, true, bytes)));
    List<DicomElement> both = new ArrayList<>(windows);
    both.add(tables);
    return List.of(
        new Kind("full range", windows, new VoiTransform.FullRange()),
        new Kind("window", windows, new VoiTransform.First()),
        new Kind("second window", windows, new VoiTransform.WindowNumber(1)),
        new Kind(
            "own window",
            windows,
            new VoiTransform.Chosen(
                new VoiWindow(center - 3, width + 7, VoiWindow.Function.LINEAR))),
        new Kind("VOI LUT before a window", both, new VoiTransform.First()),
        new Kind("second VOI LUT, of bytes", both, new VoiTransform.TableNumber(1)));
  }

  /** 220 times another process. */
  @Tag("slow")
  @TestFactory
  Stream<DynamicTest> dcmtkShowsPhantomsAsWeDo() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String photometric : List.of("MONOCHROME1", "MONOCHROME2")) {
      for (boolean signed : new boolean[] {false, true}) {
        for (int[] bits : new int[][] {{8, 8, 7}, {16, 10, 12}, {16, 16, 15}}) {
          DicomDataSet set =
              DicomPhantom.monochrome(bits[0], bits[1], bits[2], signed, photometric, 1);
          int middle = signed ? 0 : 1 << (bits[1] - 1);
          for (Kind modality : modalities(signed)) {
            int center =
                switch (modality.name()) {
                  case "rescale" -> 2 * middle - 1024;
                  case "modality LUT" -> 2000;
                  default -> middle;
                };
            for (Kind voi : vois(center, 100)) {
              DicomDataSet image =
                  set.with(modality.elements().toArray(DicomElement[]::new))
                      .with(voi.elements().toArray(DicomElement[]::new));
              tests.add(
                  DynamicTest.dynamicTest(
                      String.join(
                          ", ",
                          photometric,
                          bits[1] + (signed ? " bits, signed" : " bits"),
                          modality.name(),
                          voi.name()),
                      () -> compare(image, DicomRadiographOptions.DEFAULT.withVoi(voi.voi()))));
            }
          }
        }
      }
    }
    for (String photometric : List.of("MONOCHROME1", "MONOCHROME2")) {
      for (String shape : List.of("IDENTITY", "INVERSE")) {
        DicomDataSet image =
            DicomPhantom.dataSet(12, false, photometric)
                .with(
                    DicomPhantom.text(
                        DicomTag.PRESENTATION_LUT_SHAPE, ValueRepresentation.CS, shape));
        tests.add(
            DynamicTest.dynamicTest(
                photometric + ", shape " + shape,
                () -> compare(image, DicomRadiographOptions.DEFAULT)));
      }
    }
    return tests.stream();
  }

  private void compare(DicomDataSet phantom, DicomRadiographOptions options) throws Exception {
    assumeTrue(DicomPeer.isThere("dcmp2pgm"), "dcmp2pgm (Debian's dcmtk) is missing: skipped");
    // dcmtk takes no presentation state without a name, though it may be empty.
    DicomDataSet set =
        phantom.with(DicomPhantom.text(DicomTag.of(0x00100010), ValueRepresentation.PN, "Phantom"));
    Path image = Files.write(folder.resolve("image.dcm"), file(set).toBytes());
    double apart = apart(image, shown(set, options), 0);
    // Tables of 12 bits are brought to 8 by dividing there, and by rounding here.
    assertTrue(apart <= 1.01, "levels: " + apart);
  }

  /** Every grayscale image of pydicom's, decoded by GDCM for dcmtk. */
  @Tag("slow")
  @Test
  void dcmtkShowsPydicomsFilesAsWeDo() throws Exception {
    assumeTrue(Files.isDirectory(CORPUS), "pydicom's files are missing: skipped");
    for (String program : List.of("dcmp2pgm", "gdcmconv")) {
      assumeTrue(DicomPeer.isThere(program), program + " is missing: skipped");
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(CORPUS)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    Map<String, String> wrong = new TreeMap<>();
    int compared = 0;
    int notShown = 0;
    for (Path path : files) {
      DicomFile file;
      Shown shown;
      try {
        byte[] encoded = Files.readAllBytes(path);
        if (!DicomFile.isDicom(encoded, encoded.length)) {
          continue;
        }
        file = DicomFile.read(encoded, DecodeLimits.DEFAULT);
        boolean hasVoi =
            !file.dataSet().items(DicomTag.VOI_LUT_SEQUENCE).isEmpty()
                || file.dataSet().decimals(DicomTag.WINDOW_WIDTH).length > 0;
        shown =
            Shown.of(
                file,
                DicomRadiographOptions.DEFAULT.withVoi(
                    hasVoi ? new VoiTransform.First() : new VoiTransform.FullRange()));
      } catch (UnsupportedRadiographException e) {
        continue;
      }
      if (!shown
          .state()
          .string(DicomTag.SOP_CLASS_UID)
          .orElseThrow()
          .equals("1.2.840.10008.5.1.4.1.1.11.1")) {
        continue;
      }
      Path raw = folder.resolve("raw.dcm");
      Files.deleteIfExists(raw);
      double apart;
      try {
        DicomPeer.run(folder, List.of("gdcmconv", "--raw", path.toString(), raw.toString()));
        apart = apart(raw, shown, 0);
      } catch (IOException e) {
        notShown++;
        System.out.println(
            "not shown by dcmp2pgm: " + CORPUS.relativize(path) + ": " + e.getMessage());
        continue;
      }
      compared++;
      if (apart > 1.01) {
        wrong.put(CORPUS.relativize(path).toString(), "levels: " + apart);
      }
    }
    System.out.println(
        "presentation states of pydicom's files: "
            + compared
            + " compared, "
            + notShown
            + " not shown by dcmtk");
    assertEquals(Map.of(), wrong);
    assertTrue(compared >= 30, "compared: " + compared);
  }

  @Test
  void tablesAreCarriedWhole() {
    int[] entries = IntStream.range(0, 65536).map(i -> 65535 - i).toArray();
    DicomDataSet table = DicomPhantom.table(0, 16, false, entries);
    DicomDataSet image =
        DicomPhantom.monochrome(16, 16, 15, false, "MONOCHROME1", 1)
            .with(DicomElement.ofItems(DicomTag.VOI_LUT_SEQUENCE, List.of(table)));
    DicomDataSet state = shown(image, DicomRadiographOptions.DEFAULT).state();
    DicomDataSet carried =
        state.items(DicomTag.of(0x00283110)).get(0).items(DicomTag.VOI_LUT_SEQUENCE).get(0);
    assertEquals(table.element(DicomTag.LUT_DATA), carried.element(DicomTag.LUT_DATA));
    assertArrayEquals(new long[] {0, 0, 16}, carried.integers(DicomTag.LUT_DESCRIPTOR));
    assertEquals("INVERSE", state.string(DicomTag.PRESENTATION_LUT_SHAPE).orElseThrow());
  }

  @Test
  void aFunctionThatIsNotLinearIsNamed() {
    for (String function : List.of("LINEAR", "LINEAR_EXACT", "SIGMOID")) {
      DicomDataSet image =
          DicomPhantom.dataSet(12, false, "MONOCHROME2")
              .with(DicomPhantom.text(DicomTag.VOI_LUT_FUNCTION, ValueRepresentation.CS, function));
      DicomDataSet window =
          shown(image, DicomRadiographOptions.DEFAULT)
              .state()
              .items(DicomTag.of(0x00283110))
              .get(0);
      assertEquals(
          function.equals("LINEAR") ? "" : function,
          window.string(DicomTag.VOI_LUT_FUNCTION).orElse(""));
    }
  }

  @Test
  void pixelsHaveTheirShape() {
    DicomDataSet image =
        DicomPhantom.dataSet(12, false, "MONOCHROME2").without(DicomTag.IMAGER_PIXEL_SPACING);
    DicomTag spacing = DicomTag.of(0x00700101);
    DicomTag ratio = DicomTag.of(0x00700102);
    DicomDataSet square = shown(image, DicomRadiographOptions.DEFAULT).area();
    assertEquals(List.of("1", "1"), square.strings(ratio));
    DicomDataSet flat =
        shown(
                image.with(
                    DicomPhantom.text(
                        DicomTag.PIXEL_SPACING, ValueRepresentation.DS, "0.5", "0.25")),
                DicomRadiographOptions.DEFAULT)
            .area();
    assertEquals(List.of("0.5", "0.25"), flat.strings(spacing));
    assertFalse(flat.element(ratio).isPresent(), "one of the two");
    DicomDataSet detector =
        shown(
                image.with(
                    DicomPhantom.text(
                        DicomTag.IMAGER_PIXEL_SPACING, ValueRepresentation.DS, "0.15", "0.10")),
                DicomRadiographOptions.DEFAULT)
            .area();
    assertEquals(List.of("3", "2"), detector.strings(ratio));
    DicomDataSet stated =
        shown(
                image.with(
                    DicomPhantom.text(DicomTag.of(0x00280034), ValueRepresentation.IS, "4", "3")),
                DicomRadiographOptions.DEFAULT)
            .area();
    assertEquals(List.of("4", "3"), stated.strings(ratio));
  }

  @Test
  void aColouredSourceGetsAColourPresentationState() throws Exception {
    DicomDataSet state =
        shown(DicomPhantom.colour("RGB", false), DicomRadiographOptions.DEFAULT).state();
    assertEquals(
        "1.2.840.10008.5.1.4.1.1.11.2", state.string(DicomTag.SOP_CLASS_UID).orElseThrow());
    assertFalse(state.element(DicomTag.PRESENTATION_LUT_SHAPE).isPresent());
    var profile = state.element(DicomTag.of(0x00282000)).orElseThrow().bytes();
    byte[] words = new byte[8];
    profile.get(12, words);
    assertEquals("scnrRGB ", new String(words, StandardCharsets.US_ASCII));
    assumeTrue(DicomPeer.isThere("dciodvfy"), "dciodvfy is missing: skipped");
    Path file = Files.write(folder.resolve("colour.dcm"), file(state).toBytes());
    String said = DicomPeer.said(folder, 255, "dciodvfy", file.toString());
    assertFalse(said.contains("Error"), said);
  }
}
