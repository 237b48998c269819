package io.cxr.dicom.image;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecMemory;
import io.cxr.codec.SampleLayout;
import io.cxr.codec.jpeg.JpegExtendedDecoder;
import io.cxr.codec.jpeg.JpegFrameHeader;
import io.cxr.codec.jpeg.JpegLosslessDecoder;
import io.cxr.codec.jpegls.JpegLsDecoder;
import io.cxr.codec.rle.RleDecoder;
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
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.DecodeOptions;
import io.cxr.radiograph.JpegCodec;
import io.cxr.radiograph.JpegFormat;
import io.cxr.radiograph.Radiograph;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Finds one frame in pixel data (DICOM PS3.5, section 8 and annex A.4) and decodes it. */
final class PixelFrames {
  /** The segment that says that components are not transformed. */
  private static final byte[] ADOBE_RGB = {
    -1, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
  };

  private final DicomDataSet dataSet;
  private final DicomElement pixelData;
  private final ImagePixel image;
  private final TransferSyntax syntax;
  private final String uid;
  private final DecodeLimits limits;
  private final InstalledDecoders decoders;
  private final DecodeBuffers buffers;
  private final CodecMemory memory;
  private final SampleLayout layout;

  PixelFrames(
      DicomFile file,
      ImagePixel image,
      DecodeLimits limits,
      InstalledDecoders decoders,
      DecodeBuffers buffers) {
    this.buffers = buffers;
    this.memory = CodecMemory.of(buffers);
    this.layout = Cells.layout(image);
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

  /**
   * Decodes a frame and makes something of it.
   *
   * @param frame which, from 0
   * @param rendering makes it of the cells, which are valid only meanwhile
   */
  <T> T render(int frame, Function<Cells, T> rendering) {
    try {
      return rendered(frame, rendering);
    } catch (CodecException e) {
      throw refusal(e);
    }
  }

  /** What a codec found in a frame. */
  private static UnsupportedRadiographException refusal(CodecException e) {
    return switch (e.kind()) {
      case TRUNCATED -> DicomRefusal.truncated(e.expected(), e.found());
      case DAMAGED -> DicomRefusal.damaged(e.expected(), e.found());
      case TOO_LARGE -> DicomRefusal.tooLarge(e.expected(), e.found());
      case COLOUR, ENCODING -> DicomRefusal.encoding(e.expected(), e.found());
    };
  }

  private <T> T rendered(int frame, Function<Cells, T> rendering) {
    if (!syntax.isEncapsulated()) {
      if (pixelData.isEncapsulated()) {
        throw DicomRefusal.encoding(
            "native pixel data for " + syntax.standardName(), "fragments of no known codestream");
      }
      return rendering.apply(nativeCells(frame));
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
    HeapRoom.check(encoded.length + decodedBytes(encoded.length));
    Optional<CodestreamDecoder> plugged =
        switch (syntax) {
          case OTHER_ENCAPSULATED, JPEG_2000, JPEG_2000_LOSSLESS -> decoders.any(uid);
          default -> decoders.given(uid);
        };
    if (plugged.isPresent()) {
      return rendering.apply(
          decode(plugged.get(), new EncodedFrame(uid, encoded, frame, image), image, cellMemory()));
    }
    switch (syntax) {
      case OTHER_ENCAPSULATED -> throw DicomRefusal.syntax(uid);
      case JPEG_BASELINE -> {
        return jpeg(encoded, rendering);
      }
      case JPEG_2000, JPEG_2000_LOSSLESS -> {
        return rendering.apply(Jpeg2000Decoder.decode(encoded, image, cellMemory()));
      }
      case JPEG_EXTENDED -> {
        if (JpegFrameHeader.find(encoded).precision() == 8) {
          return jpeg(encoded, rendering);
        }
      }
      default -> {}
    }
    byte[] cells = cellMemory();
    switch (syntax) {
      case RLE_LOSSLESS -> RleDecoder.decode(encoded, layout, cells);
      case JPEG_EXTENDED -> JpegExtendedDecoder.decode(encoded, layout, cells, memory);
      case JPEG_LOSSLESS, JPEG_LOSSLESS_SV1 ->
          JpegLosslessDecoder.decode(encoded, layout, cells, memory);
      case JPEG_LS_LOSSLESS, JPEG_LS_NEAR_LOSSLESS -> JpegLsDecoder.decode(encoded, layout, cells);
      default -> throw new AssertionError(syntax);
    }
    return rendering.apply(Cells.of(ByteBuffer.wrap(cells), layout));
  }

  /** Where cells are decoded to. */
  private byte[] cellMemory() {
    return memory.samples(layout.length());
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
   * What decoding takes beside the codestream: its copy, what the codec has of its own, cells, and
   * the radiograph.
   */
  private long decodedBytes(int encoded) {
    long bytesPerCell =
        switch (syntax) {
          case JPEG_BASELINE -> 6;
          case JPEG_2000, JPEG_2000_LOSSLESS, OTHER_ENCAPSULATED -> 14;
          default -> 2;
        };
    return encoded + bytesPerCell * image.cells() + 2L * image.pixels();
  }

  // Native --------------------------------------------------------------------------------------

  private Cells nativeCells(int frame) {
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
    HeapRoom.check(decodedBytes(0));
    int start = bytes.position() + (int) (frameBytes * frame);
    ByteBuffer source = bytes.duplicate().position(start).limit(start + (int) frameBytes).slice();
    if (!subsampled && !image.planar()) {
      return Cells.of(source, layout);
    }
    byte[] cells = cellMemory();
    if (subsampled) {
      // Two luminances, then the colour that they share (PS3.3 C.7.6.3.1.2).
      for (int from = 0, to = 0; from < frameBytes; from += 4, to += 6) {
        byte blue = source.get(from + 2);
        byte red = source.get(from + 3);
        cells[to] = source.get(from);
        cells[to + 1] = blue;
        cells[to + 2] = red;
        cells[to + 3] = source.get(from + 1);
        cells[to + 4] = blue;
        cells[to + 5] = red;
      }
      return Cells.of(ByteBuffer.wrap(cells), layout);
    }
    int size = layout.sampleBytes();
    for (int plane = 0, from = 0; plane < image.samples(); plane++) {
      int to = plane * size;
      for (int i = 0; i < image.pixels(); i++, to += image.samples() * size) {
        for (int k = 0; k < size; k++) {
          cells[to + k] = source.get(from++);
        }
      }
    }
    return Cells.of(ByteBuffer.wrap(cells), layout);
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

  private <T> T jpeg(byte[] encoded, Function<Cells, T> rendering) {
    JpegFrameHeader frame = JpegFrameHeader.find(encoded);
    frame.check(layout);
    if (frame.kind() > 0xc2 || frame.precision() != 8) {
      throw DicomRefusal.encoding(
          "JPEG with baseline, extended or progressive Huffman coding of 8 bits",
          JpegFrameHeader.coding(frame.kind()) + " of " + frame.precision() + " bits");
    }
    boolean forced = image.photometric().equals("RGB") && !frame.hasAdobeMarker();
    byte[] codestream = forced ? asRgb(encoded) : encoded;
    Radiograph gray;
    try {
      gray =
          new JpegFormat()
              .read(
                  codestream, codestream.length, new DecodeOptions(limits, JpegCodec.OWN), buffers);
    } catch (UnsupportedRadiographException e) {
      throw DicomRefusal.jpeg(e);
    }
    T rendered =
        rendering.apply(
            Cells.of(gray.pixels(), new SampleLayout(gray.rows(), gray.columns(), 1, 1)));
    buffers.giveBack(gray);
    return rendered;
  }

  /**
   * A codestream that says itself what the data set says: that it holds RGB (PS3.5 8.2.1), by the
   * segment that JPEG decoders know, in place of application segments.
   */
  private static byte[] asRgb(byte[] encoded) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(encoded.length + 16);
    out.write(encoded, 0, 2);
    out.write(ADOBE_RGB, 0, ADOBE_RGB.length);
    int at = 2;
    while (at + 4 <= encoded.length && encoded[at] == -1 && (encoded[at + 1] & 0xf0) == 0xe0) {
      at += 2 + ((encoded[at + 2] & 255) << 8 | (encoded[at + 3] & 255));
    }
    if (at < encoded.length) {
      out.write(encoded, at, encoded.length - at);
    }
    return out.toByteArray();
  }

  private static Cells decode(
      CodestreamDecoder decoder, EncodedFrame frame, ImagePixel image, byte[] into) {
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
    SampleLayout layout = Cells.layout(image);
    for (int i = 0; i < cells.length; i++) {
      Cells.put(into, layout, i, cells[i]);
    }
    ByteBuffer bytes = ByteBuffer.wrap(into);
    return image.samples() == 3 && !image.photometric().startsWith("YBR_FULL")
        ? Cells.ofRgb(bytes, layout)
        : Cells.of(bytes, layout);
  }
}
