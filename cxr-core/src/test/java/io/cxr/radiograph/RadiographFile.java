package io.cxr.radiograph;

import io.cxr.golden.NpyFile;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The small image files that radiograph_files.py made, and the gray that each must give. */
final class RadiographFile {
  private RadiographFile() {}

  static Path folder() {
    try {
      return Path.of(
              Objects.requireNonNull(RadiographFile.class.getResource("originals.txt")).toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** The names of the files that can be read. */
  static List<String> readable() throws IOException {
    try (Stream<Path> files = Files.list(folder())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".gray.npy"))
          .map(name -> name.substring(0, name.length() - ".gray.npy".length()))
          .sorted()
          .toList();
    }
  }

  static byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(folder().resolve(name));
  }

  static Radiograph expected(String name) throws IOException {
    NpyFile gray = NpyFile.read(folder().resolve(name + ".gray.npy"));
    int[] shape = gray.shape();
    return gray.type().equals("<u2")
        ? Radiograph.ofGray16(shape[0], shape[1], name.contains("gray12") ? 12 : 16, gray.shorts())
        : Radiograph.ofGray8(shape[0], shape[1], gray.bytes());
  }
}
