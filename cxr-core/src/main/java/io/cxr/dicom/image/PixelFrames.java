package io.cxr.dicom.image;

import io.cxr.dicom.CodestreamDecoder;
import io.cxr.dicom.CodestreamSyntax;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.EncodedFrame;
import io.cxr.dicom.HeapRoom;
import io.cxr.dicom.ImagePixel;
import io.cxr.dicom.InstalledDecoders;
import io.cxr.dicom.OtherTransferSyntaxes;
import io.cxr.dicom.TransferSyntax;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds one frame in pixel data (DICOM PS3.5, section 8 and annex A.4) and decodes it. */
final class PixelFrames {
  private final DicomDataSet dataSet;
  private final DicomElement pixelData;
  private final ImagePixel image;
  private final TransferSyntax syntax;
  private final String uid;
  private final DecodeLimits limits;
  private final InstalledDecoders decoders;

  PixelFrames(DicomFile file, ImagePixel image, DecodeLimits limits, InstalledDecoders decoders) {
    this.dataSet = file.dataSet();
    this.pixelData =
        dataSet
            .element(DicomTag.PIXEL_DATA)
            .orElseThrow(() -> DicomRefusal.damaged("pixel data", "none"));
    this.image = image;
    this.syntax = file.transferSyntax();
    this.uid = file.transferSyntaxUid();
    this.decoders = decoders;
    this.limits = limits;
  }

  /** The cells of a frame, from 0. */
  Cells decode(int frame) {
    if (!syntax.isEncapsulated()) {
      if (pixelData.isEncapsulated()) {
        throw DicomRefusal.encoding(
            "native pixel data for " + syntax.standardName(), "fragments of no known codestream");
      }
      return Cells.of(nativeCells(frame), image.samples());
    }
    if (!pixelData.isEncapsulated()) {
      throw DicomRefusal.damaged(
          "fragments for "
              + OtherTransferSyntaxes.described(uid)
              + ", or as many bytes as the image has pixels",
          "native pixel data of " + pixelData.bytes().remaining() + " bytes");
    }
    byte[] encoded =
        OtherTransferSyntaxes.isVideo(uid)
            ? joined(pixelData.fragments().subList(1, pixelData.fragments().size()))
            : encapsulated(frame);
    checkExpansion(encoded.length);
    HeapRoom.check(encoded.length + decodedBytes());
    Optional<CodestreamDecoder> plugged =
        switch (syntax) {
          case OTHER_ENCAPSULATED, JPEG_2000, JPEG_2000_LOSSLESS -> decoders.any(uid);
          default -> decoders.given(uid);
        };
    if (plugged.isPresent()) {
      return decode(
          plugged.get(), new EncodedFrame(uid, encoded, frame, image), image);
    }
    return switch (syntax) {
      case OTHER_ENCAPSULATED -> throw DicomRefusal.syntax(uid);
      case RLE_LOSSLESS -> Cells.of(RleDecoder.decode(encoded, image), image.samples());
      case JPEG_BASELINE -> jpeg(encoded);
      case JPEG_EXTENDED ->
          JpegFrame.precision(encoded) == 8
              ? jpeg(encoded)
              : Cells.of(JpegExtendedDecoder.decode(encoded, image), image.samples());
      case JPEG_LOSSLESS, JPEG_LOSSLESS_SV1 ->
          Cells.of(JpegLosslessDecoder.decode(encoded, image), image.samples());
      case JPEG_LS_LOSSLESS, JPEG_LS_NEAR_LOSSLESS ->
          Cells.of(JpegLsDecoder.decode(encoded, image), image.samples());
      case JPEG_2000, JPEG_2000_LOSSLESS -> Jpeg2000Decoder.decode(encoded, image);
      default -> throw new AssertionError(syntax);
    };
  }

  /**
   * Large images need a plausible number of bytes, so that a small forged file cannot ask for much
   * memory. Radiographs of more than 8 megapixels compress to no less than a byte for 128 pixels.
   */
  private void checkExpansion(int length) {
    if (image.cells() > 1 << 23 && image.cells() / 128 > length) {
      throw DicomRefusal.tooLarge(
          "a codestream of at least " + image.cells() / 128 + " bytes for these rows and columns",
          length + " bytes");
    }
  }

  /**
   * What decoding takes beside the codestream: what the codec has of its own, samples of 16 bits,
   * gray, and the radiograph's copy of it.
   */
  private long decodedBytes() {
    long bytesPerCell =
        switch (syntax) {
          case JPEG_BASELINE -> 6;
          case JPEG_2000, JPEG_2000_LOSSLESS, OTHER_ENCAPSULATED -> 14;
          default -> 2;
        };
    return bytesPerCell * image.cells() + 3L * image.pixels();
  }

  // Native --------------------------------------------------------------------------------------

  private short[] nativeCells(int frame) {
    ByteBuffer bytes = pixelData.bytes();
    if (image.isOfCodestream()) {
      throw DicomRefusal.damaged("RGB or YBR_FULL in native pixel data", image.photometric());
    }
    boolean subsampled = image.photometric().equals("YBR_FULL_422");
    if (subsampled && (image.bitsAllocated() != 8 || image.columns() % 2 != 0)) {
      throw DicomRefusal.encoding(
          "YBR_FULL_422 of 8 bits and even columns", "other bits or odd columns");
    }
    long frameBytes =
        subsampled ? 2L * image.pixels() : (long) image.cells() * (image.bitsAllocated() / 8);
    if (frameBytes * image.frames() > bytes.remaining()) {
      throw DicomRefusal.truncated(
          frameBytes * image.frames() + " bytes of pixel data", String.valueOf(bytes.remaining()));
    }
    HeapRoom.check(decodedBytes());
    ByteBuffer source =
        bytes.slice((int) (frameBytes * frame), (int) frameBytes).order(ByteOrder.LITTLE_ENDIAN);
    short[] cells = new short[image.cells()];
    if (subsampled) {
      // Two luminances, then the colour that they share (PS3.3 C.7.6.3.1.2).
      for (int from = 0, to = 0; from < frameBytes; from += 4, to += 6) {
        short blue = (short) (source.get(from + 2) & 255);
        short red = (short) (source.get(from + 3) & 255);
        cells[to] = (short) (source.get(from) & 255);
        cells[to + 1] = blue;
        cells[to + 2] = red;
        cells[to + 3] = (short) (source.get(from + 1) & 255);
        cells[to + 4] = blue;
        cells[to + 5] = red;
      }
      return cells;
    }
    int step = image.planar() ? image.samples() : 1;
    int planeSize = image.planar() ? image.pixels() : image.cells();
    for (int plane = 0; plane < image.cells() / planeSize; plane++) {
      int from = plane * planeSize;
      for (int i = 0, to = plane; i < planeSize; i++, to += step) {
        cells[to] =
            image.bitsAllocated() == 8
                ? (short) (source.get(from + i) & 255)
                : source.getShort(2 * (from + i));
      }
    }
    return cells;
  }

  // Encapsulated --------------------------------------------------------------------------------

  /** The fragments of a frame put together. */
  private byte[] encapsulated(int frame) {
    List<ByteBuffer> all = pixelData.fragments();
    List<ByteBuffer> fragments = all.subList(1, all.size());
    if (fragments.isEmpty()) {
      throw DicomRefusal.truncated("at least one fragment of pixel data", "none");
    }
    if (image.frames() == 1) {
      return joined(fragments);
    }
    if (fragments.size() < image.frames()) {
      throw DicomRefusal.truncated(
          "at least one fragment for each of " + image.frames() + " frames",
          fragments.size() + " fragments");
    }
    long[] offsets = dataSet.integers(DicomTag.EXTENDED_OFFSET_TABLE);
    offsets =
        offsets.length != 0
            ? offsets
            : dataSet
                .element(DicomTag.EXTENDED_OFFSET_TABLE)
                .map(PixelFrames::longs)
                .orElse(offsets);
    if (offsets.length == 0) {
      ByteBuffer table = all.get(0).order(ByteOrder.LITTLE_ENDIAN);
      offsets = new long[table.remaining() / 4];
      for (int i = 0; i < offsets.length; i++) {
        offsets[i] = Integer.toUnsignedLong(table.getInt(4 * i));
      }
    }
    if (offsets.length != 0) {
      if (offsets.length != image.frames()) {
        throw DicomRefusal.damaged(
            "an offset for each of " + image.frames() + " frames", offsets.length + " offsets");
      }
      long start = offsets[frame];
      long end = frame + 1 < offsets.length ? offsets[frame + 1] : Long.MAX_VALUE;
      return byOffset(fragments, start, end);
    }
    if (fragments.size() == image.frames()) {
      return joined(fragments.subList(frame, frame + 1));
    }
    return byEndMarker(fragments, frame);
  }

  private static long[] longs(DicomElement element) {
    ByteBuffer bytes = element.bytes();
    long[] values = new long[bytes.remaining() / 8];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes.getLong(8 * i);
    }
    return values;
  }

  private static byte[] byOffset(List<ByteBuffer> fragments, long start, long end) {
    List<ByteBuffer> chosen = new ArrayList<>();
    long offset = 0;
    boolean found = false;
    for (ByteBuffer fragment : fragments) {
      found |= offset == start;
      if (offset >= start && offset < end) {
        chosen.add(fragment);
      }
      offset += 8L + fragment.remaining();
    }
    if (!found || chosen.isEmpty()) {
      throw DicomRefusal.damaged("offsets at which fragments begin", "another offset");
    }
    return joined(chosen);
  }

  /** Frames of JPEG and its kin end with the marker EOI, and so does their last fragment. */
  private byte[] byEndMarker(List<ByteBuffer> fragments, int frame) {
    int seen = 0;
    List<ByteBuffer> chosen = new ArrayList<>();
    for (ByteBuffer fragment : fragments) {
      if (seen == frame) {
        chosen.add(fragment);
      }
      if (CodestreamSyntax.endsInEndMarker(fragment)) {
        seen++;
      }
    }
    if (syntax == TransferSyntax.RLE_LOSSLESS || seen != image.frames()) {
      throw DicomRefusal.damaged(
          "an offset table, or a fragment for each of " + image.frames() + " frames",
          fragments.size() + " fragments");
    }
    return joined(chosen);
  }

  private static byte[] joined(List<ByteBuffer> fragments) {
    int length = 0;
    for (ByteBuffer fragment : fragments) {
      length = Math.addExact(length, fragment.remaining());
    }
    byte[] joined = new byte[length];
    int at = 0;
    for (ByteBuffer fragment : fragments) {
      int size = fragment.remaining();
      fragment.get(joined, at, size);
      at += size;
    }
    return joined;
  }

  // JPEG ----------------------------------------------------------------------------------------

  private Cells jpeg(byte[] encoded) {
    JpegFrame frame = JpegFrame.of(encoded);
    frame.check(image);
    if (frame.kind() > 0xc2 || frame.precision() != 8) {
      throw DicomRefusal.encoding(
          "JPEG with baseline, extended or progressive Huffman coding of 8 bits",
          CodestreamSyntax.described(frame.kind()) + " of " + frame.precision() + " bits");
    }
    boolean forced = image.photometric().equals("RGB") && !frame.hasAdobeMarker();
    Radiograph gray;
    try {
      gray = RadiographReader.withLimits(limits).readJpeg(forced ? asRgb(encoded) : encoded);
    } catch (UnsupportedRadiographException e) {
      throw DicomRefusal.jpeg(e);
    }
    ByteBuffer pixels = gray.pixels();
    short[] cells = new short[image.pixels()];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = (short) (pixels.get(i) & 255);
    }
    return Cells.of(cells, 1);
  }

  /**
   * A codestream that says itself what the data set says: that it holds RGB (PS3.5 8.2.1), by the
   * segment that JPEG decoders know, in place of application segments.
   */
  private static byte[] asRgb(byte[] encoded) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(encoded.length + 16);
    out.write(encoded, 0, 2);
    out.writeBytes(
        new byte[] {-1, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0});
    int at = 2;
    while (at + 4 <= encoded.length && encoded[at] == -1 && (encoded[at + 1] & 0xf0) == 0xe0) {
      at += 2 + ((encoded[at + 2] & 255) << 8 | (encoded[at + 3] & 255));
    }
    if (at < encoded.length) {
      out.write(encoded, at, encoded.length - at);
    }
    return out.toByteArray();
  }

  private static Cells decode(CodestreamDecoder decoder, EncodedFrame frame, ImagePixel image) {
    short[] cells;
    try {
      cells = decoder.decode(frame);
    } catch (UnsupportedRadiographException e) {
      throw e;
    } catch (LinkageError e) {
      throw DicomRefusal.unloadable("a CodestreamDecoder", e);
    } catch (IOException | RuntimeException e) {
      // The decoder is not ours, and its contract lets it throw what it likes.
      throw DicomRefusal.damaged(e);
    }
    if (cells == null || cells.length != image.cells()) {
      throw DicomRefusal.damaged(
          image.cells() + " samples from the decoder of " + frame.transferSyntaxUid(),
          cells == null ? "none" : String.valueOf(cells.length));
    }
    return image.samples() == 3 && !image.photometric().startsWith("YBR_FULL")
        ? Cells.ofRgb(cells)
        : Cells.of(cells, image.samples());
  }
}
