package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.file.Sha256;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The image files of a run. Each is hashed once, and together with the decoding where it has to be
 * decoded: whoever asks for its hash after that, gets it without opening the file. Files must not
 * change while a run goes on. Thread-safe.
 */
final class ImageFiles {
  private final Map<Path, String> hashes = new ConcurrentHashMap<>();

  ImageFiles() {}

  /** Files of which some were hashed elsewhere. */
  ImageFiles(Map<Path, String> known) {
    hashes.putAll(known);
  }

  /** The SHA-256 of the file's bytes, 64 lower-case hexadecimal digits. */
  String hash(LabelledRadiograph item) throws IOException {
    return open(item).hash();
  }

  /** The file, read at once if its hash is not known yet. */
  Opened open(LabelledRadiograph item) throws IOException {
    String known = hashes.get(item.file());
    if (known != null) {
      return new Opened(item, known, null);
    }
    byte[] encoded = bytes(item);
    String hash = Sha256.hex(encoded);
    hashes.put(item.file(), hash);
    return new Opened(item, hash, encoded);
  }

  private static byte[] bytes(LabelledRadiograph item) throws IOException {
    try (InputStream stream = Files.newInputStream(item.file())) {
      // One byte more than allowed, so that the reader refuses it.
      return stream.readNBytes((int) DecodeLimits.DEFAULT.bytes() + 1);
    }
  }

  /** An image file that may have been read already. Thread-safe. */
  static final class Opened {
    private final LabelledRadiograph item;
    private final String hash;
    private final byte @Nullable [] encoded;

    private Opened(LabelledRadiograph item, String hash, byte @Nullable [] encoded) {
      this.item = item;
      this.hash = hash;
      this.encoded = encoded;
    }

    /** The SHA-256 of the file's bytes. */
    String hash() {
      return hash;
    }

    /**
     * Decodes the pixels, each time anew.
     *
     * @throws io.cxr.error.UnsupportedRadiographException if it is not an image, damaged, or too
     *     large; the message names the file
     */
    Radiograph radiograph() throws IOException {
      return encoded == null ? item.readNamed() : item.decodeNamed(encoded);
    }
  }
}
