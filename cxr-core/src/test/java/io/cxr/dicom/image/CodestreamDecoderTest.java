package io.cxr.dicom.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.CodestreamDecoder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.DicomWriter;
import io.cxr.dicom.EncodedFrame;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.dicom.deidentify.DeIdentifier;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Decoders of the user's, by the class path and given, and the refusals without one. */
class CodestreamDecoderTest {
  private static final String HTJ2K = "1.2.840.10008.1.2.4.201";
  private static final int FRAMES = 3;

  private static DicomDataSet image(String photometric) {
    return photometric.startsWith("MONO")
        ? DicomPhantom.monochrome(16, 12, 11, true, photometric, FRAMES)
        : DicomPhantom.colour(photometric, false);
  }

  /** The phantom with each frame deflated, under any transfer syntax. */
  private static byte[] encoded(String uid, DicomDataSet set) {
    ByteBuffer bytes = set.element(DicomTag.PIXEL_DATA).orElseThrow().bytes();
    int frames = set.integers(DicomTag.NUMBER_OF_FRAMES).length == 0 ? 1 : FRAMES;
    List<ByteBuffer> fragments = new ArrayList<>();
    fragments.add(ByteBuffer.allocate(0));
    byte[] frame = new byte[bytes.remaining() / frames];
    for (int i = 0; i < frames; i++) {
      bytes.get(frame);
      fragments.add(ByteBuffer.wrap(DeflatedFrameDecoder.encode(frame)));
    }
    return file(uid, set.with(DicomElement.ofFragments(DicomTag.PIXEL_DATA, fragments)));
  }

  private static byte[] file(String uid, DicomDataSet set) {
    DicomDataSet meta =
        DicomDataSet.of(
            DicomElement.ofText(DicomTag.TRANSFER_SYNTAX_UID, ValueRepresentation.UI, uid));
    TransferSyntax syntax = TransferSyntax.ofUid(uid).orElse(TransferSyntax.OTHER_ENCAPSULATED);
    return new DicomFile(meta, syntax, set).toBytes();
  }

  private static Radiograph uncompressed(DicomDataSet set, int frame) {
    return DicomRadiographReader.standard()
        .read(
            DicomPhantom.file(set, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN),
            DicomRadiographOptions.DEFAULT.withFrame(frame))
        .radiograph();
  }

  @Test
  void theClassPathOffersADecoderForAPrivateSyntax() {
    DicomDataSet set = image("MONOCHROME2");
    byte[] file = encoded(DeflatedFrameDecoder.PRIVATE_UID, set);
    for (int frame = 0; frame < FRAMES; frame++) {
      assertEquals(
          uncompressed(set, frame),
          DicomRadiographReader.standard()
              .read(file, DicomRadiographOptions.DEFAULT.withFrame(frame))
              .radiograph());
    }
    assertEquals(uncompressed(set, 0), Radiograph.read(file));
    DicomFile parsed = DicomFile.read(file, DecodeLimits.DEFAULT);
    assertEquals(TransferSyntax.OTHER_ENCAPSULATED, parsed.transferSyntax());
    assertEquals(DeflatedFrameDecoder.PRIVATE_UID, parsed.transferSyntaxUid());
    assertEquals(
        parsed, DicomFile.read(DicomWriter.write(parsed), DecodeLimits.DEFAULT), "written again");
  }

  @Test
  void anotherSyntaxNeedsItsIdentifier() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new DicomFile(
                DicomDataSet.of(), TransferSyntax.OTHER_ENCAPSULATED, image("MONOCHROME2")));
  }

  @Test
  void deIdentificationKeepsTheSyntax() {
    DicomFile file = DicomFile.read(encoded(HTJ2K, image("MONOCHROME2")), DecodeLimits.DEFAULT);
    DicomFile clean =
        DeIdentifier.builder(new byte[32])
            .burnedIn(DeIdentifier.BurnedIn.ALLOW)
            .build()
            .deIdentify(file);
    DicomFile read = DicomFile.read(clean.toBytes(), DecodeLimits.DEFAULT);
    assertEquals(HTJ2K, read.transferSyntaxUid());
    assertEquals(
        file.dataSet().element(DicomTag.PIXEL_DATA), read.dataSet().element(DicomTag.PIXEL_DATA));
  }

  @Test
  void aGivenDecoderComesFirst() {
    for (String uid :
        List.of(HTJ2K, TransferSyntax.JPEG_2000.uid(), TransferSyntax.RLE_LOSSLESS.uid())) {
      DicomRadiographReader reader =
          DicomRadiographReader.standard().withDecoders(new DeflatedFrameDecoder(uid));
      DicomDataSet set = image("MONOCHROME1");
      assertEquals(uncompressed(set, 0), reader.read(encoded(uid, set)).radiograph(), uid);
    }
  }

  @Test
  void coloursKeepTheirPhotometricInterpretation() {
    DicomRadiographReader reader =
        DicomRadiographReader.standard().withDecoders(new DeflatedFrameDecoder(HTJ2K));
    for (String photometric : List.of("RGB", "YBR_FULL")) {
      DicomDataSet set = image(photometric);
      assertEquals(uncompressed(set, 0), reader.read(encoded(HTJ2K, set)).radiograph());
    }
    // What only codestreams have comes as RGB.
    DicomDataSet rgb = image("RGB");
    DicomDataSet transformed =
        rgb.with(
            DicomPhantom.text(
                DicomTag.PHOTOMETRIC_INTERPRETATION, ValueRepresentation.CS, "YBR_RCT"));
    assertEquals(uncompressed(rgb, 0), reader.read(encoded(HTJ2K, transformed)).radiograph());
  }

  @Test
  void aVideoIsOneBitStream() {
    String uid = "1.2.840.10008.1.2.4.102";
    DicomDataSet set = image("MONOCHROME2");
    List<Integer> asked = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    CodestreamDecoder decoder =
        decoder(
            uid,
            frame -> {
              asked.add(frame.frame());
              lengths.add(frame.codestream().remaining());
              return new short[frame.rows() * frame.columns()];
            });
    byte[] file = encoded(uid, set);
    DicomRadiographReader reader = DicomRadiographReader.standard().withDecoders(decoder);
    for (int i = 0; i < FRAMES; i++) {
      reader.read(file, DicomRadiographOptions.DEFAULT.withFrame(i));
    }
    int whole =
        DicomFile.read(file, DecodeLimits.DEFAULT)
            .dataSet()
            .element(DicomTag.PIXEL_DATA)
            .orElseThrow()
            .fragments()
            .stream()
            .mapToInt(ByteBuffer::remaining)
            .sum();
    assertEquals(List.of(0, 1, 2), asked);
    assertEquals(List.of(whole, whole, whole), lengths);
  }

  @Test
  void whatGoesWrongRefusesTheInstance() {
    DicomDataSet set = image("MONOCHROME2");
    byte[] file = encoded(HTJ2K, set);
    IOException broken = new IOException("broken");
    UnsupportedRadiographException thrown =
        refused(
            Reason.DAMAGED,
            file,
            decoder(
                HTJ2K,
                frame -> {
                  throw broken;
                }));
    assertSame(broken, thrown.getCause());
    refused(Reason.DAMAGED, file, decoder(HTJ2K, frame -> new short[7]));
    refused(
        Reason.DAMAGED,
        file,
        decoder(
            HTJ2K,
            frame -> {
              throw new ArrayIndexOutOfBoundsException(7);
            }));
    refused(
        Reason.UNSUPPORTED_ENCODING,
        file,
        decoder(
            HTJ2K,
            frame -> {
              throw new UnsatisfiedLinkError("no library");
            }));
    UnsupportedRadiographException own =
        new UnsupportedRadiographException(Reason.TRUNCATED, "expected more");
    assertSame(
        own,
        refused(
            Reason.TRUNCATED,
            file,
            decoder(
                HTJ2K,
                frame -> {
                  throw own;
                })));
  }

  @Test
  void refusalsNameTheSyntaxAndTheRemedy() {
    DicomDataSet set = image("MONOCHROME2");
    String htj2k = message(encoded(HTJ2K, set));
    assertTrue(
        htj2k.contains(
            "found High-Throughput JPEG 2000 Image Compression (Lossless Only) ("
                + HTJ2K
                + "); ask the archive for Explicit VR Little Endian (1.2.840.10008.1.2.1)"),
        htj2k);
    assertTrue(message(encoded("1.2.840.10008.1.2.4.100", set)).contains("MPEG2 Main Profile"));
    assertTrue(message(encoded("1.2.840.10008.1.2.4.110", set)).contains("JPEG XL Lossless"));
    assertTrue(message(encoded("1.2.840.10008.1.2.4.94", set)).contains("JPIP Referenced"));
    assertTrue(message(encoded("1.2.840.10008.1.2.4.55", set)).contains("JPEG (Retired)"));
    assertTrue(message(encoded("1.2.840.10008.1.2.7.1", set)).contains("SMPTE ST 2110-20"));
    assertTrue(
        message(encoded("1.2.826.0.1.3680043.2.1.1", set))
            .contains("found 1.2.826.0.1.3680043.2.1.1, which PS3.6 does not name"));
    // No identifier may be anything, even a name.
    assertTrue(message(encoded("DOE^JOHN", set)).contains("found no identifier;"));
  }

  private static String message(byte[] file) {
    return refused(Reason.UNSUPPORTED_ENCODING, file).getMessage();
  }

  private static UnsupportedRadiographException refused(
      Reason reason, byte[] file, CodestreamDecoder... decoders) {
    DicomRadiographReader reader = DicomRadiographReader.standard().withDecoders(decoders);
    UnsupportedRadiographException e =
        assertThrows(UnsupportedRadiographException.class, () -> reader.read(file));
    assertEquals(reason, e.reason(), e.getMessage());
    return e;
  }

  private interface Decoding {
    short[] decode(EncodedFrame frame) throws IOException;
  }

  private static CodestreamDecoder decoder(String uid, Decoding decoding) {
    return new CodestreamDecoder() {
      @Override
      public boolean decodes(String transferSyntaxUid) {
        return transferSyntaxUid.equals(uid);
      }

      @Override
      public short[] decode(EncodedFrame frame) throws IOException {
        return decoding.decode(frame);
      }
    };
  }
}
