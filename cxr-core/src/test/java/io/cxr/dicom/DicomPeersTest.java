package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.radiograph.Radiograph;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    Path out = folder.resolve("out.dcm");
    Files.deleteIfExists(out);
    List<String> whole = new ArrayList<>(command);
    whole.add(in.toString());
    whole.add(out.toString());
    DicomPeer.run(folder, whole);
    assertEquals(Radiograph.read(file), Radiograph.read(out));
  }
}
