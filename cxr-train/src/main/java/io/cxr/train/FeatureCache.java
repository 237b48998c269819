package io.cxr.train;

import io.cxr.file.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * Features of frozen bases on disk, one file an image: little-endian float32 values and their
 * CRC-32. A damaged or short file counts as absent and is made again.
 */
final class FeatureCache {
  private static final String ENVIRONMENT_FOLDER = "XDG_CACHE_HOME";
  private final Path folder;
  private final int featureCount;

  /**
   * The cache of one base with one preprocessing.
   *
   * @param root the folder of all caches
   * @param key digits that stand for weights and preprocessing
   * @param featureCount how many values an image has
   */
  FeatureCache(Path root, String key, int featureCount) {
    this.folder = root.resolve(key);
    this.featureCount = featureCount;
  }

  static Path standardFolder() {
    String cache = System.getenv(ENVIRONMENT_FOLDER);
    Path root =
        cache != null && !cache.isBlank()
            ? Path.of(cache)
            : Path.of(System.getProperty("user.home"), ".cache");
    return root.resolve("cxr").resolve("features");
  }

  Optional<float[]> read(String imageHash) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 * featureCount + 4).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(file(imageHash))) {
      if (channel.size() != bytes.capacity()) {
        return Optional.empty();
      }
      while (bytes.hasRemaining()) {
        if (channel.read(bytes) < 0) {
          return Optional.empty();
        }
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (bytes.getInt(4 * featureCount) != checksum(bytes)) {
      return Optional.empty();
    }
    float[] features = new float[featureCount];
    bytes.flip().limit(4 * featureCount);
    bytes.asFloatBuffer().get(features);
    return Optional.of(features);
  }

  void write(String imageHash, float[] features) throws IOException {
    if (features.length != featureCount) {
      throw new IllegalArgumentException(
          "Features: expected " + featureCount + " values, found " + features.length);
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 * featureCount + 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(features);
    bytes.putInt(4 * featureCount, checksum(bytes));
    Files.createDirectories(folder);
    AtomicFile.write(file(imageHash), bytes);
  }

  private Path file(String imageHash) {
    return folder.resolve(imageHash + ".f32");
  }

  private int checksum(ByteBuffer bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes.duplicate().position(0).limit(4 * featureCount));
    return (int) crc.getValue();
  }
}
