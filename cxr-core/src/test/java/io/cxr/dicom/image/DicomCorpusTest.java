package io.cxr.dicom.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomPeer;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ImagePixel;
import io.cxr.dicom.InstalledDecoders;
import io.cxr.dicom.Leniencies;
import io.cxr.dicom.Leniency;
import io.cxr.dicom.LenientValues;
import io.cxr.dicom.TransferSyntax;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every file that comes with pydicom: what becomes of it is the table of {@code
 * docs/dicom-corpus.md}, which this test writes to {@code target} and compares.
 */
@Tag("slow")
class DicomCorpusTest {
  private static final Path CORPUS = Path.of("/usr/lib/python3/dist-packages/pydicom/data");
  private static final String VERSION = "2.3.1";
  private static final Path TABLE = Path.of("../docs/dicom-corpus.md");

  /** What is behind each refusal, as a look at the file with dcmdump shows. */
  private static final Map<String, String> WHY =
      Map.ofEntries(
          Map.entry(
              "test_files/JPEG2000-embedded-sequence-delimiter.dcm",
              "its SIZ segment is overwritten with a delimiter; GDCM cannot decode it either"),
          Map.entry("test_files/MR_truncated.dcm", "62 bytes of pixel data are missing"),
          Map.entry(
              "test_files/dicomdirtests/DICOMDIR-nooffset",
              "ends within a directory record; no image anyway"),
          Map.entry("test_files/rtplan_truncated.dcm", "ends within a sequence; no image anyway"),
          Map.entry(
              "test_files/meta_missing_tsyntax.dcm",
              "no Transfer Syntax UID, and the first element is of group 0001; no image anyway"),
          Map.entry("test_files/nested_priv_SQ.dcm", "two bytes of pixel data, but no Rows"),
          Map.entry("test_files/liver_1frame.dcm", "a segmentation of 1 bit"),
          Map.entry("test_files/liver_expb_1frame.dcm", "a segmentation of 1 bit"),
          Map.entry("test_files/SC_rgb_rle_32bit.dcm", "colours of 32 bits"),
          Map.entry("test_files/SC_rgb_rle_32bit_2frame.dcm", "colours of 32 bits"));

  /** More than a level apart, and why. */
  private static final Map<String, String> KNOWN =
      Map.of(
          "test_files/GDCMJ2K_TextGBR.dcm",
          "the codestream is broken, and decoders disagree about it");

  /** Many of the files are of other parts of the body, as what is compared is the decoding. */
  private static final DicomRadiographOptions OPTIONS =
      DicomRadiographOptions.DEFAULT.withAnyBodyPart(true);

  private final Map<String, Integer> counts = new TreeMap<>();
  private final List<String> wrong = new ArrayList<>();

  @TempDir Path folder;

  @Test
  void theTableIsTrue() throws Exception {
    Path version = CORPUS.resolveSibling("_version.py");
    assume(Files.isDirectory(CORPUS) && Files.exists(version), "pydicom's files are missing");
    assume(
        Files.readString(version).contains(VERSION),
        "pydicom is of another version than the table's " + VERSION);
    for (String program : List.of("gdcmconv", "dcmdrle", "dcm2pnm", "dcmj2pnm", "dcml2pnm")) {
      assume(DicomPeer.isThere(program), program + " is missing");
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(CORPUS)) {
      files =
          all.filter(Files::isRegularFile)
              .filter(file -> !file.toString().matches(".*(__pycache__.*|\\.py)"))
              .sorted()
              .toList();
    }
    StringBuilder rows = new StringBuilder();
    for (Path file : files) {
      String name = CORPUS.relativize(file).toString();
      byte[] encoded = Files.readAllBytes(file);
      rows.append("| `").append(name).append("` | ");
      rows.append(syntax(encoded)).append(" | ");
      rows.append(outcome(name, file, encoded)).append(" |\n");
    }
    StringBuilder text = new StringBuilder(HEAD.formatted(VERSION, files.size()));
    counts.forEach(
        (what, count) -> text.append("- ").append(count).append(" ").append(what).append('\n'));
    text.append("\n| file | transfer syntax | outcome |\n|---|---|---|\n").append(rows);
    Files.writeString(Path.of("target/dicom-corpus.md"), text);
    System.out.println("pydicom corpus: " + files.size() + " files, " + counts);
    assertEquals(List.of(), wrong);
    assertEquals(
        text.toString(),
        Files.exists(TABLE) ? Files.readString(TABLE) : "",
        "copy target/dicom-corpus.md to docs once its changes are understood");
  }

  private static final String HEAD =
      """
      # pydicom's files

      What becomes of each file that comes with pydicom %s (Debian's `python3-pydicom`). `DicomCorpusTest` writes this table and fails where it is not true.

      "Values" are the decoded samples, compared with GDCM 3.0.21 (`gdcmconv --raw`), of RLE with dcmtk 3.6.7 (`dcmdrle`). "Gray" is what is shown, compared with dcmtk's `dcm2pnm`, `dcmj2pnm` and `dcml2pnm`: by the first VOI LUT or window, else over the full range of the stored bits. JPEG 2000, which dcmtk cannot decode, is shown by `dcm2pnm` from GDCM's values. Colours of JPEG Baseline become gray in our decoder, and are compared as gray with both. Differences of gray are in levels of 255; "equal" is less than half a level. "Forgiven" is what a file has that is not as the standard has it. Body Part Examined is left out of account, since most of the images are no radiographs.

      Of %d files:

      """;

  private static void assume(boolean holds, String what) {
    if (!holds) {
      System.out.println("pydicom corpus: " + what + ": skipped");
    }
    assumeTrue(holds, what + ": skipped");
  }

  private static String syntax(byte[] encoded) {
    if (!DicomFile.isDicom(encoded, encoded.length)) {
      return "";
    }
    try {
      return DicomFile.read(encoded, DecodeLimits.DEFAULT).transferSyntax().standardName();
    } catch (UnsupportedRadiographException e) {
      return "not parsed";
    }
  }

  private String outcome(String name, Path file, byte[] encoded) throws Exception {
    if (!DicomFile.isDicom(encoded, encoded.length)) {
      counts.merge("are no DICOM", 1, Integer::sum);
      return name.equals("test_files/no_meta.dcm")
          ? "no DICOM: a stray byte before the first element"
          : "no DICOM";
    }
    DicomFile parsed;
    DicomRadiograph read;
    try {
      parsed = DicomFile.read(encoded, DecodeLimits.DEFAULT);
      read = DicomRadiographReader.standard().read(parsed, OPTIONS);
    } catch (UnsupportedRadiographException e) {
      counts.merge("are refused as `" + e.reason() + "`", 1, Integer::sum);
      String why = WHY.get(name);
      if (why == null && e.reason() == Reason.NOT_AN_IMAGE) {
        why = "no pixel data";
      }
      if (why == null && e.getMessage().contains("allocated")) {
        why = "a dose of 32 bits, no radiograph";
      }
      if (why == null) {
        wrong.add(name + ": " + e.getMessage());
      }
      return "refused, `" + e.reason() + "`: " + why;
    }
    counts.merge("are read", 1, Integer::sum);
    String forgiven =
        read.leniencies().isEmpty()
            ? ""
            : "; forgiven: "
                + read.leniencies().stream()
                    .map(Leniency::toString)
                    .collect(Collectors.joining(", "));
    return values(name, file, parsed) + "; " + gray(name, file, parsed) + forgiven;
  }

  private Path raw() {
    return folder.resolve("raw.dcm");
  }

  /** Compares samples; leaves the peer's file behind. */
  private String values(String name, Path file, DicomFile parsed) throws Exception {
    boolean rle = parsed.transferSyntax() == TransferSyntax.RLE_LOSSLESS;
    String peer = rle ? "dcmtk" : "GDCM";
    Files.deleteIfExists(raw());
    try {
      // GDCM writes RLE of 16-bit colour with the planes confused; dcmtk does not.
      DicomPeer.run(
          folder,
          rle
              ? List.of("dcmdrle", file.toString(), raw().toString())
              : List.of("gdcmconv", "--raw", file.toString(), raw().toString()));
    } catch (IOException e) {
      return "values not read by " + peer;
    }
    DicomFile theirs = DicomFile.read(raw());
    ImagePixel image = ImagePixel.of(values(parsed), DecodeLimits.DEFAULT);
    ImagePixel other = ImagePixel.of(values(theirs), DecodeLimits.DEFAULT);
    Decoded one = cells(parsed, image);
    Decoded two = cells(theirs, other);
    if (one.samples() != image.samples() || !image.photometric().equals(other.photometric())) {
      return gray(
          name,
          DicomRadiographReader.standard().read(theirs, OPTIONS).radiograph(),
          DicomRadiographReader.standard().read(parsed, OPTIONS).radiograph());
    }
    assertEquals(two.values().length, one.values().length, name);
    int most = 0;
    long sum = 0;
    int mask = (1 << image.bitsStored()) - 1;
    for (int i = 0; i < one.values().length; i++) {
      int ours = one.values()[i] & mask;
      most = Math.max(most, Math.abs(ours - (two.values()[i] & mask)));
      sum += ours;
    }
    return "values " + (most == 0 ? "equal" : "within " + most) + " (" + peer + "), sum " + sum;
  }

  /** Colours of JPEG, whose decoder makes gray of them: compared as gray. */
  private String gray(String name, Radiograph theirs, Radiograph ours) {
    byte[] one = ours.toGray8();
    byte[] two = theirs.toGray8();
    int most = 0;
    for (int i = 0; i < one.length; i++) {
      most = Math.max(most, Math.abs((one[i] & 255) - (two[i] & 255)));
    }
    return "gray " + within(name, most) + " (GDCM)";
  }

  private String within(String name, long levels) {
    String known = KNOWN.get(name);
    if (levels > 1 && known == null) {
      wrong.add(name + " by " + levels);
    }
    return (levels == 0 ? "equal" : "within " + levels) + (known == null ? "" : ", " + known);
  }

  private static LenientValues values(DicomFile file) {
    return new LenientValues(file.dataSet(), new Leniencies());
  }

  /** The samples of a whole frame. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Decoded(int samples, char[] values) {
    static Decoded of(Cells cells, ImagePixel image) {
      int length = image.columns() * cells.samples();
      char[] values = new char[image.rows() * length];
      Cells.Row row = cells.newRow();
      for (int y = 0; y < image.rows(); y++) {
        cells.row(y, row);
        System.arraycopy(row.samples, 0, values, y * length, length);
      }
      return new Decoded(cells.samples(), values);
    }
  }

  private static Decoded cells(DicomFile file, ImagePixel image) {
    List<Decoded> decoded = new ArrayList<>();
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      new PixelFrames(file, image, DecodeLimits.DEFAULT, InstalledDecoders.NONE_GIVEN, buffers)
          .render(
              0,
              cells -> {
                decoded.add(Decoded.of(cells, image));
                return buffers.radiograph(1, 1, 8, pixels -> {});
              });
    }
    return decoded.get(0);
  }

  /** Compares what is shown. */
  private String gray(String name, Path file, DicomFile parsed) throws Exception {
    TransferSyntax syntax = parsed.transferSyntax();
    String program =
        switch (syntax) {
          case JPEG_BASELINE, JPEG_EXTENDED, JPEG_LOSSLESS, JPEG_LOSSLESS_SV1 -> "dcmj2pnm";
          case JPEG_LS_LOSSLESS, JPEG_LS_NEAR_LOSSLESS -> "dcml2pnm";
          default -> "dcm2pnm";
        };
    boolean fromGdcm =
        syntax == TransferSyntax.JPEG_2000 || syntax == TransferSyntax.JPEG_2000_LOSSLESS;
    DicomDataSet set = parsed.dataSet();
    double[] width = set.decimals(DicomTag.WINDOW_WIDTH);
    List<String> options = List.of("-W");
    VoiTransform voi = new VoiTransform.FullRange();
    if (!set.items(DicomTag.VOI_LUT_SEQUENCE).isEmpty()) {
      options = List.of("+Wl", "1");
      voi = new VoiTransform.First();
    } else if (width.length > 0 && width[0] >= 1) {
      options = List.of("+Wi", "1");
      voi = new VoiTransform.First();
    }
    boolean colour = set.integers(DicomTag.SAMPLES_PER_PIXEL)[0] == 3;
    Radiograph ours =
        DicomRadiographReader.standard().read(parsed, OPTIONS.withVoi(voi)).radiograph();
    DicomPeer.Bitmap theirs;
    try {
      theirs = DicomPeer.rendered(folder, program, fromGdcm ? raw() : file, colour, options);
    } catch (IOException e) {
      return "gray not shown by dcmtk";
    }
    assertEquals(ours.rows() * ours.columns(), theirs.rows() * theirs.columns(), name);
    int white = ours.bitsStored() == 8 ? 255 : 65535;
    double most = 0;
    for (int i = 0; i < ours.rows() * ours.columns(); i++) {
      double gray = theirs.gray(i) * 255 / theirs.white();
      double own = ours.pixel(i / ours.columns(), i % ours.columns()) * 255.0 / white;
      most = Math.max(most, Math.abs(own - gray));
    }
    long levels = Math.round(most - 0.02);
    return "gray " + within(name, levels) + " (dcmtk)";
  }
}
