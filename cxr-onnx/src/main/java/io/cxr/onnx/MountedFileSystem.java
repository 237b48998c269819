package io.cxr.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file system that a folder lies on, as Linux tells it (proc(5), {@code mountinfo}). Elsewhere
 * nothing is known of it.
 *
 * @param options such as {@code rw} and {@code noexec}; none where nothing is known
 */
record MountedFileSystem(List<String> options) {
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  static MountedFileSystem of(Path folder) throws IOException {
    return Files.isReadable(MOUNTS)
        ? of(folder.toRealPath(), Files.readAllLines(MOUNTS))
        : new MountedFileSystem(List.of());
  }

  /**
   * Finds the mount that a folder is below of: the deepest, and of these the last.
   *
   * @param folder absolute, without links
   * @param mounts the lines of {@code mountinfo}
   */
  static MountedFileSystem of(Path folder, List<String> mounts) {
    int deepest = -1;
    List<String> options = List.of();
    for (String line : mounts) {
      String[] fields = line.split(" ", -1);
      if (fields.length < 6) {
        continue;
      }
      Path point = Path.of(unescaped(fields[4]));
      if (folder.startsWith(point) && point.getNameCount() >= deepest) {
        deepest = point.getNameCount();
        options = List.of(fields[5].split(",", -1));
      }
    }
    return new MountedFileSystem(options);
  }

  /** Spaces and the like are written as three octal digits. */
  private static String unescaped(String name) {
    return OCTAL
        .matcher(name)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(found.group(1), 8))));
  }

  /** Whether the kernel refuses to run programs and libraries from there. */
  boolean forbidsPrograms() {
    return options.contains("noexec");
  }
}
