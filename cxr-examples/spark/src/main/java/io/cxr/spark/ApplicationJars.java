package io.cxr.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The jars that executors of a cluster need beside Spark's own. */
final class ApplicationJars {
  /** Set by the launcher: the jar of this application, which has the others beside it in lib. */
  static final String PROPERTY = "cxr.spark.jar";

  /** Beside {@code io.cxr}'s own, what reading and running needs; training needs all. */
  private static final List<String> SCORING =
      List.of(
          "cxr-core-",
          "cxr-onnx-",
          "onnxruntime-",
          "onnxruntime_gpu-",
          "jspecify-",
          "jackson-core-3",
          "commons-imaging-",
          "commons-io-",
          "commons-lang3-",
          "jai-imageio-");

  private ApplicationJars() {}

  /**
   * The jars, this application's first.
   *
   * @param training whether executors train: hundreds of megabytes more
   * @return paths; none where this application does not run from its launcher
   */
  static List<String> list(boolean training) {
    String own = System.getProperty(PROPERTY);
    if (own == null) {
      return List.of();
    }
    Path jar = Path.of(own).toAbsolutePath();
    try (Stream<Path> files = Files.list(jar.resolveSibling("lib"))) {
      return Stream.concat(
              Stream.of(jar),
              files
                  .filter(file -> file.toString().endsWith(".jar"))
                  .filter(file -> training || isForScoring(file.getFileName().toString()))
                  .sorted())
          .map(Path::toString)
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(
          jar.resolveSibling("lib")
              + ": expected the jars of this application, found no such folder. Build it again.",
          e);
    }
  }

  private static boolean isForScoring(String name) {
    return SCORING.stream().anyMatch(name::startsWith);
  }
}
