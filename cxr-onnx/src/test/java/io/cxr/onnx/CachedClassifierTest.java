package io.cxr.onnx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A classifier whose optimised graph comes from a cache, but for the first time. */
class CachedClassifierTest extends SmallNetworkContract {
  @TempDir Path folder;

  @Override
  SmallNetwork network() {
    return SmallNetwork.softmax();
  }

  @Override
  OnnxClassifier.Builder options(OnnxClassifier.Builder builder) {
    // jqwik makes no temporary folders.
    return builder.cache(folder == null ? SHARED : folder.resolve("cache"));
  }

  private static final Path SHARED = temporary();

  private static Path temporary() {
    try {
      Path temporary = Files.createTempDirectory("cxr-cache");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> ModelCacheTest.deleteAll(temporary)));
      return temporary;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
