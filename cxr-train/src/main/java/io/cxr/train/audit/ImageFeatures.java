package io.cxr.train.audit;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.file.Sha256;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.EnumMap;
import java.util.Map;

/** What the audit keeps of an image: a few kilobytes, whatever its size. */
final class ImageFeatures {
  private final String contentHash;
  private final PerceptualHash picture;
  final FileProperties file;
  private final Map<Probe, float[]> seen;

  private ImageFeatures(
      String contentHash, PerceptualHash picture, FileProperties file, Map<Probe, float[]> seen) {
    this.contentHash = contentHash;
    this.picture = picture;
    this.file = file;
    this.seen = seen;
  }

  /**
   * Reads an image once.
   *
   * @throws IOException if the file is unreadable
   * @throws UnsupportedRadiographException if it is not an image, damaged or too large
   */
  static ImageFeatures read(LabelledRadiograph item) throws IOException {
    byte[] encoded;
    try (InputStream stream = Files.newInputStream(item.file())) {
      // One byte more than allowed, so that the reader refuses it.
      encoded = stream.readNBytes((int) DecodeLimits.DEFAULT.bytes() + 1);
    }
    Radiograph radiograph = Radiograph.read(encoded);
    int rows = radiograph.rows();
    int columns = radiograph.columns();
    GrayGrid gray = new GrayGrid(rows, columns, radiograph.toGray8());
    Map<Probe, float[]> seen = new EnumMap<>(Probe.class);
    seen.put(Probe.BORDERS, gray.borderCells());
    seen.put(Probe.BORDER_HISTOGRAM, gray.histogram(32, false, true));
    seen.put(Probe.THUMBNAIL, gray.cells(8, 8));
    seen.put(Probe.SHARPNESS, Sharpness.of(gray.cells(Sharpness.SIDE, Sharpness.SIDE)));
    seen.put(Probe.HISTOGRAM, gray.histogram(64, true, true));
    seen.put(Probe.CENTRE_HISTOGRAM, gray.histogram(64, true, false));
    seen.put(Probe.CENTRE, gray.centreCells(12, 12));
    return new ImageFeatures(
        Sha256.hex(encoded),
        PerceptualHash.of(gray),
        FileProperties.of(encoded, rows, columns, radiograph.bitsStored()),
        seen);
  }

  /** What copies are known by. */
  CopySearch.Picture forCopies() {
    return new CopySearch.Picture(contentHash, picture);
  }

  /** What a probe of pixels sees. */
  float[] seenBy(Probe probe) {
    float[] features = seen.get(probe);
    if (features == null) {
      throw new IllegalArgumentException(probe + ": expected a probe of pixels");
    }
    return features;
  }
}
