package io.cxr.commandline;

import io.cxr.radiograph.RadiographReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The radiographs that a user names: files as they are, folders with all images below them. */
final class RadiographFiles {
  private RadiographFiles() {}

  /**
   * A file to classify.
   *
   * @param path where it is
   * @param name its place below the folder that the user named, or its own name
   */
  record Named(Path path, Path name) {}

  static List<Named> of(List<Path> paths) throws IOException {
    List<Named> files = new ArrayList<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        try (Stream<Path> below = Files.walk(path)) {
          below
              .filter(file -> RadiographReader.isRadiographName(file) && Files.isRegularFile(file))
              .sorted()
              .forEach(file -> files.add(new Named(file, path.relativize(file))));
        }
      } else {
        Path name = path.getFileName();
        files.add(new Named(path, name == null ? path : name));
      }
    }
    return files;
  }
}
