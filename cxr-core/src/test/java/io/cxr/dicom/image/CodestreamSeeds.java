package io.cxr.dicom.image;

import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.radiograph.DecodeLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Small synthetic files of every transfer syntax (made by {@code codestream_seeds.py}). */
public final class CodestreamSeeds {
  /** By name. */
  public static final Map<String, byte[]> FILES = read();

  /** Those with encapsulated pixel data, parsed. */
  public static final Map<String, DicomFile> ENCAPSULATED = encapsulated();

  private CodestreamSeeds() {}

  private static Map<String, byte[]> read() {
    Map<String, byte[]> files = new TreeMap<>();
    try (InputStream in =
            Objects.requireNonNull(
                CodestreamSeeds.class.getResourceAsStream("codestreams.zip"), "codestreams.zip");
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        files.put(entry.getName().replace(".dcm", ""), zip.readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private static Map<String, DicomFile> encapsulated() {
    Map<String, DicomFile> files = new TreeMap<>();
    FILES.forEach(
        (name, bytes) -> {
          DicomFile file = DicomFile.read(bytes, DecodeLimits.DEFAULT);
          if (file.transferSyntax().isEncapsulated()) {
            files.put(name, file);
          }
        });
    return files;
  }

  /** The first fragment of pixel data. */
  public static byte[] codestream(DicomFile file) {
    ByteBuffer fragment =
        file.dataSet().element(DicomTag.PIXEL_DATA).orElseThrow().fragments().get(1);
    byte[] bytes = new byte[fragment.remaining()];
    fragment.get(bytes);
    return bytes;
  }

  /** The file with another codestream in the place of its pixel data, as one frame. */
  public static DicomFile with(DicomFile file, byte[] codestream) {
    byte[] even = Arrays.copyOf(codestream, codestream.length + (codestream.length & 1));
    return new DicomFile(
        file.metaInformation(),
        file.transferSyntax(),
        file.dataSet()
            .without(DicomTag.NUMBER_OF_FRAMES)
            .with(
                DicomElement.ofFragments(
                    DicomTag.PIXEL_DATA, List.of(ByteBuffer.allocate(0), ByteBuffer.wrap(even)))));
  }
}
