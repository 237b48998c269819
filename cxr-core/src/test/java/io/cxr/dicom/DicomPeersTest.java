package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.Radiograph;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Against dcmtk and GDCM; skipped where they are missing. */
class DicomPeersTest {
  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> phantomsComeBackIdenticalFromEverySyntax() {
    List<List<String>> peers = new ArrayList<>();
    for (String option : List.of("+te", "+ti", "+tb", "+td")) {
      peers.add(List.of("dcmconv", option));
    }
    peers.add(List.of("dcmcrle"));
    peers.add(List.of("dcmcjpeg", "+e1"));
    for (int predictor = 1; predictor <= 7; predictor++) {
      peers.add(List.of("dcmcjpeg", "+el", "+sv", String.valueOf(predictor)));
    }
    peers.add(List.of("dcmcjpls"));
    for (String option : List.of("--raw", "--rle", "--jpeg", "--jpegls", "--j2k")) {
      peers.add(List.of("gdcmconv", option));
    }
    return peers.stream()
        .flatMap(
            command ->
                Stream.of(8, 12, 16)
                    .map(
                        bits ->
                            DynamicTest.dynamicTest(
                                String.join(" ", command) + " of " + bits + " bits",
                                () -> transcode(command, bits))));
  }

  private void transcode(List<String> command, int bits) throws Exception {
    assumeTrue(DicomPeer.isThere(command.get(0)), command.get(0) + " is missing: skipped");
    byte[] file =
        DicomPhantom.file(
            DicomPhantom.dataSet(bits, false, "MONOCHROME2"),
            TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    Path in = Files.write(folder.resolve("in.dcm"), file);
    Path out = convert(command, in, "out.dcm");
    assertEquals(Radiograph.read(file), Radiograph.read(out));
  }

  /** With loss, so that what counts is what the peer decodes from the same codestream. */
  @TestFactory
  Stream<DynamicTest> lossyCodestreamsDecodeAsAtPeers() {
    List<DynamicTest> tests = new ArrayList<>();
    for (int bits : new int[] {8, 12, 16}) {
      for (int near : new int[] {1, 2, 5, 20}) {
        tests.add(
            lossy(
                List.of("dcmcjpls", "+en", "+md", String.valueOf(near)),
                List.of("dcmdjpls"),
                DicomPhantom.dataSet(bits, false, "MONOCHROME2"),
                0));
        tests.add(
            lossy(
                List.of("gdcmconv", "--jpegls", "--lossy", "-e", String.valueOf(near)),
                List.of("gdcmconv", "--raw"),
                DicomPhantom.dataSet(bits, false, "MONOCHROME2"),
                0));
      }
    }
    for (String interleave : List.of("+il", "+is", "+in")) {
      tests.add(
          lossy(
              List.of("dcmcjpls", "+en", "+md", "3", interleave),
              List.of("dcmdjpls"),
              DicomPhantom.colour("RGB", false),
              0));
      tests.add(
          lossy(
              List.of("dcmcjpls", interleave),
              List.of("dcmdjpls"),
              DicomPhantom.colour("RGB", false),
              0));
    }
    tests.add(
        lossy(
            List.of("dcmcjpls", "+t1", "5", "+t2", "11", "+t3", "30", "+rs", "31", "+pc"),
            List.of("dcmdjpls"),
            DicomPhantom.dataSet(8, false, "MONOCHROME2"),
            0));
    for (String quality : List.of("30", "90", "100")) {
      tests.add(
          lossy(
              List.of("dcmcjpeg", "+ee", "+q", quality),
              List.of("dcmdjpeg"),
              DicomPhantom.dataSet(12, false, "MONOCHROME2"),
              0));
      // The inverse transform of dcmtk's JPEG is the same, to the bit.
      tests.add(
          lossy(
              List.of("dcmcjpeg", "+eb", "+q", quality),
              List.of("dcmdjpeg"),
              DicomPhantom.dataSet(8, false, "MONOCHROME2"),
              0));
    }
    return tests.stream();
  }

  private DynamicTest lossy(
      List<String> encoder, List<String> decoder, DicomDataSet set, int allowed) {
    String name =
        String.join(" ", encoder)
            + " of "
            + set.integers(DicomTag.BITS_STORED)[0]
            + " bits, "
            + set.string(DicomTag.PHOTOMETRIC_INTERPRETATION).orElseThrow();
    return DynamicTest.dynamicTest(
        name,
        () -> {
          for (String program : List.of(encoder.get(0), decoder.get(0))) {
            assumeTrue(DicomPeer.isThere(program), program + " is missing: skipped");
          }
          Path in =
              Files.write(
                  folder.resolve("in.dcm"),
                  DicomPhantom.file(set, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN));
          Path coded = convert(encoder, in, "coded.dcm");
          Path decoded = convert(decoder, coded, "decoded.dcm");
          assertTrue(DicomFile.read(coded).transferSyntax().isEncapsulated());
          Radiograph ours = Radiograph.read(coded);
          Radiograph theirs = Radiograph.read(decoded);
          int most = 0;
          for (int row = 0; row < ours.rows(); row++) {
            for (int column = 0; column < ours.columns(); column++) {
              most = Math.max(most, Math.abs(ours.pixel(row, column) - theirs.pixel(row, column)));
            }
          }
          assertEquals(allowed, most);
        });
  }

  private Path convert(List<String> command, Path in, String name) throws Exception {
    Path out = folder.resolve(name);
    Files.deleteIfExists(out);
    List<String> whole = new ArrayList<>(command);
    whole.add(in.toString());
    whole.add(out.toString());
    DicomPeer.run(folder, whole);
    return out;
  }

  /** Frames in one or several fragments, found by either table or by none. */
  @TestFactory
  Stream<DynamicTest> framesAreFound() {
    List<List<String>> encoders =
        List.of(
            List.of("dcmcjpls", "+ff"),
            List.of("dcmcjpls", "+fs", "1"),
            List.of("dcmcjpeg", "+e1", "+ff"),
            List.of("dcmcjpeg", "+e1", "+fs", "1"),
            List.of("dcmcrle", "+ff"),
            List.of("dcmcrle", "+fs", "1"),
            List.of("gdcmconv", "--j2k"));
    return encoders.stream()
        .flatMap(
            encoder ->
                Stream.of("as written", "basic table", "no table", "extended table")
                    .map(
                        table ->
                            DynamicTest.dynamicTest(
                                String.join(" ", encoder) + ", " + table,
                                () -> frames(encoder, table))));
  }

  private void frames(List<String> encoder, String table) throws Exception {
    assumeTrue(DicomPeer.isThere(encoder.get(0)), encoder.get(0) + " is missing: skipped");
    int count = 4;
    DicomDataSet set = DicomPhantom.monochrome(16, 12, 11, false, "MONOCHROME2", count);
    byte[] file = DicomPhantom.file(set, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    DicomFile coded =
        DicomFile.read(convert(encoder, Files.write(folder.resolve("in.dcm"), file), "coded.dcm"));
    List<ByteBuffer> fragments =
        coded.dataSet().element(DicomTag.PIXEL_DATA).orElseThrow().fragments();
    boolean several = fragments.size() - 1 > count;
    assertEquals(encoder.contains("+fs"), several, fragments.size() + " fragments");
    long[] offsets = offsets(fragments, count);
    List<ByteBuffer> changed = new ArrayList<>(fragments);
    changed.set(0, table.equals("basic table") ? basic(offsets) : ByteBuffer.allocate(0));
    DicomDataSet data = coded.dataSet();
    if (!table.equals("as written")) {
      data = data.with(DicomElement.ofFragments(DicomTag.PIXEL_DATA, changed));
    }
    if (table.equals("extended table")) {
      data =
          data.with(
              longs(DicomTag.EXTENDED_OFFSET_TABLE, offsets),
              longs(DicomTag.of(0x7fe00002), lengths(offsets, fragments)));
    }
    byte[] written = new DicomFile(coded.metaInformation(), coded.transferSyntax(), data).toBytes();
    if (several && table.equals("no table") && encoder.contains("dcmcrle")) {
      // Nothing in RLE tells where a frame begins; PS3.5 A.4.2 wants one fragment a frame.
      UnsupportedRadiographException e =
          assertThrows(UnsupportedRadiographException.class, () -> Radiograph.read(written));
      assertEquals(UnsupportedRadiographException.Reason.DAMAGED, e.reason());
      return;
    }
    for (int frame = 0; frame < count; frame++) {
      DicomRadiographOptions options = DicomRadiographOptions.DEFAULT.withFrame(frame);
      assertEquals(
          DicomRadiographReader.standard().read(file, options).radiograph(),
          DicomRadiographReader.standard().read(written, options).radiograph(),
          "frame " + frame);
    }
  }

  /** Where frames begin: at the table of the peer, or of one fragment each. */
  private static long[] offsets(List<ByteBuffer> fragments, int count) {
    ByteBuffer table = fragments.get(0).order(ByteOrder.LITTLE_ENDIAN);
    long[] offsets = new long[count];
    if (table.hasRemaining()) {
      Arrays.setAll(offsets, i -> Integer.toUnsignedLong(table.getInt(4 * i)));
      return offsets;
    }
    assertEquals(count, fragments.size() - 1);
    for (int i = 1; i < count; i++) {
      offsets[i] = offsets[i - 1] + 8 + fragments.get(i).remaining();
    }
    return offsets;
  }

  private static long[] lengths(long[] offsets, List<ByteBuffer> fragments) {
    long end = fragments.stream().skip(1).mapToLong(f -> 8 + f.remaining()).sum();
    long[] lengths = new long[offsets.length];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = (i + 1 < offsets.length ? offsets[i + 1] : end) - offsets[i] - 8;
    }
    return lengths;
  }

  private static ByteBuffer basic(long[] offsets) {
    ByteBuffer table = ByteBuffer.allocate(4 * offsets.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long offset : offsets) {
      table.putInt((int) offset);
    }
    return table.flip();
  }

  private static DicomElement longs(DicomTag tag, long[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      bytes.putLong(value);
    }
    return DicomElement.ofBytes(tag, ValueRepresentation.OV, bytes.array());
  }
}
