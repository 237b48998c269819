package io.cxr.commandline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** The radiographs that a user names: files as they are, folders with all images below them. */
final class RadiographFiles {
  private static final Set<String> EXTENSIONS =
      Set.of("png", "jpg", "jpeg", "tif", "tiff", "bmp", "gif", "dcm");

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
              .filter(file -> isImage(file) && Files.isRegularFile(file))
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

  private static boolean isImage(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    int dot = name.lastIndexOf('.');
    return dot > 0 && EXTENSIONS.contains(name.substring(dot + 1));
  }
}
