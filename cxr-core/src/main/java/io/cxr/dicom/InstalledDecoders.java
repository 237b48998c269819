package io.cxr.dicom;

import io.cxr.codec.SampleLayout;
import io.cxr.dicom.image.Cells;
import io.cxr.error.UnsupportedRadiographException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** The decoders that a reader was given, and those that the class path offers. Thread-safe. */
final class InstalledDecoders {
  static final InstalledDecoders NONE_GIVEN = new InstalledDecoders(List.of());

  private final List<CodestreamDecoder> given;

  InstalledDecoders(List<CodestreamDecoder> given) {
    this.given = List.copyOf(given);
  }

  /** One of those that the reader was given. */
  Optional<CodestreamDecoder> given(String uid) {
    return given.stream().filter(decoder -> decoder.decodes(uid)).findFirst();
  }

  /** One that was given, else one of the class path or module path. */
  Optional<CodestreamDecoder> any(String uid) {
    Optional<CodestreamDecoder> first = given(uid);
    if (first.isPresent()) {
      return first;
    }
    try {
      for (CodestreamDecoder decoder : ServiceLoader.load(CodestreamDecoder.class)) {
        if (decoder.decodes(uid)) {
          return Optional.of(decoder);
        }
      }
      return Optional.empty();
    } catch (ServiceConfigurationError e) {
      throw DicomRefusal.unloadable("a CodestreamDecoder", e);
    }
  }

  static Cells decode(
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
    SampleLayout layout = image.layout();
    for (int i = 0; i < cells.length; i++) {
      Cells.put(into, layout, i, cells[i]);
    }
    ByteBuffer bytes = ByteBuffer.wrap(into);
    return image.samples() == 3 && !image.photometric().startsWith("YBR_FULL")
        ? Cells.ofRgb(bytes, layout)
        : Cells.of(bytes, layout);
  }
}
